"""The ledger's equations, worked out from what the rooms say of themselves and from what the topics hold.

    received                   = delivered + rejected                 for a collector
    stored in the input topics = delivered + rejected + open          for a mapping
    stored in the input topics = taken in (late ones included) + open  for a query
    stored in an output topic  = delivered to it, by whoever writes it

A `difference` is the left side minus the right side: 0, or something was lost or counted twice. A room writes its
account just after its outputs, so while data flows a line may be ahead of its account for a moment: it is `settled`
when its account is younger than the last growth of its topics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from riverrun.ledger import Account

Ends = Mapping[str, Mapping[int, int]]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One equation. `kind`: room (what a room made of its inputs) or topic (what a topic holds of what it was given).

    stored = delivered + rejected + others + open + difference. For a query `delivered` are the entries taken in; for a
    mapping `others` are the events of sources and types that it does not take.
    """

    kind: str
    room: str
    name: str
    inputs: tuple[str, ...]
    stored: int
    delivered: int
    rejected: dict[str, int]
    open: int
    late: int
    difference: int
    settled: bool
    updated: int
    others: int = 0


class Books(msgspec.Struct, frozen=True, kw_only=True):
    lines: tuple[Line, ...]
    difference: int
    open: int
    settled: bool


def open_entries(account: Account, ends: Ends) -> int:
    """Entries that are stored in the account's input topics and not yet taken in."""
    return sum(
        max(0, end - positions.get(partition, 0))
        for topic, positions in account.positions.items()
        for partition, end in ends.get(topic, {}).items()
    )


def books(accounts: Iterable[Account], ends: Ends, grown: Callable[[str], int] = lambda _: 0) -> Books:
    """All lines. `grown` tells when a topic last grew, in ms since the epoch."""
    accounts = list(accounts)
    lines = [_collector_line(account) for account in accounts if not account.positions and account.delivered]
    lines += [_room_line(account, ends, grown) for account in accounts if account.positions]
    lines += _topic_lines(accounts, ends, grown)
    return Books(
        lines=tuple(lines),
        difference=sum(abs(line.difference) for line in lines if line.settled),
        open=sum(line.open for line in lines),
        settled=all(line.settled for line in lines),
    )


def _collector_line(account: Account) -> Line:
    """A room without input topics: what it received came from outside."""
    delivered, rejected = sum(account.delivered.values()), sum(account.rejected.values())
    return Line(
        kind="room",
        room=account.room,
        name=account.name,
        inputs=(),
        stored=account.received,
        delivered=delivered,
        rejected=account.rejected,
        open=0,
        late=0,
        difference=account.received - delivered - rejected,
        settled=True,
        updated=account.updated,
    )


def _room_line(account: Account, ends: Ends, grown: Callable[[str], int]) -> Line:
    waiting = open_entries(account, ends)
    stored = sum(sum(ends.get(topic, {}).values()) for topic in account.positions)
    rejected = sum(account.rejected.values())
    taken = account.received - rejected
    others = account.details.get("other_events", 0)  # a mapping leaves events of other sources and types alone
    others = others if isinstance(others, int) else 0
    difference = stored - account.received - others - waiting
    if account.room == "map":
        # An entry may go to several outputs; what went to none of them and was not rejected is missing.
        delivered = sum(account.delivered.values())
        missing = account.received - rejected - delivered
        difference += missing if len(account.delivered) < 2 else max(0, missing)
    return Line(
        kind="room",
        room=account.room,
        name=account.name,
        inputs=tuple(account.positions),
        stored=stored,
        delivered=taken,
        rejected=account.rejected,
        others=others,
        open=waiting,
        late=account.late,
        difference=difference,
        settled=difference == 0 or all(grown(topic) < account.updated for topic in account.positions),
        updated=account.updated,
    )


def _topic_lines(accounts: list[Account], ends: Ends, grown: Callable[[str], int]) -> list[Line]:
    writers: dict[str, list[Account]] = {}
    for account in accounts:
        for topic in account.delivered:
            if topic in ends:
                writers.setdefault(topic, []).append(account)
    return [_topic_line(topic, writers[topic], ends, grown) for topic in sorted(writers)]


def _topic_line(topic: str, writers: list[Account], ends: Ends, grown: Callable[[str], int]) -> Line:
    stored = sum(ends[topic].values())
    delivered = sum(account.delivered[topic] for account in writers)
    updated = max(account.updated for account in writers)
    return Line(
        kind="topic",
        room=", ".join(sorted({account.room for account in writers})),
        name=topic,
        inputs=(),
        stored=stored,
        delivered=delivered,
        rejected={},
        open=0,
        late=0,
        difference=stored - delivered,
        settled=stored == delivered or grown(topic) < updated,
        updated=updated,
    )
