"""What a run of the demo came to: counted in the topics and the accounts, not remembered by those who wrote them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from riverrun.ledger import Account, read_accounts
from riverrun.serve.books import Books, books
from riverrun.serve.watch import ORIGIN
from riverrun.status import Process
from riverrun.topics import LocalTopics


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run, as `riverrun demo --json` prints it.

    sent                events that the visitors sent, and got an answer for
    received            events in the events topic, and requests that the collector rejected
    mapped              records in the mapped topics; duplicates: of these, records whose event has one already
    rejected            reason -> events
    open                entries that a room has still to read
    results             topic -> rows
    late                rows that came after their window had closed
    differences         line of the ledger -> difference, the ones that are not 0
    peak_bytes          process -> largest resident memory; restarts: process -> how often it was started again
    first_result_s      seconds from the start until the first row of a result was there
    problems            why this run is not a good one; empty when it is
    """

    sent: int | None
    received: int
    mapped: int
    duplicates: int
    rejected: dict[str, int]
    open: int
    results: dict[str, int]
    late: int
    differences: dict[str, int]
    peak_bytes: dict[str, int]
    restarts: dict[str, int]
    first_result_s: float | None
    seconds: float
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.problems


def take_stock(
    data: Path,
    *,
    events: str,
    mapped: Collection[str],
    expected: Collection[str],
    processes: Collection[Process],
    sent: int | None,
    first_result_s: float | None,
    seconds: float,
) -> Report:
    """Count everything under `data`. `expected`: the topics in which there have to be rows."""
    topics = LocalTopics(data)
    ends = {name: topics.end(name) for name in topics.names()}
    accounts = list(read_accounts(data))
    ledger = books(accounts, ends)
    counts = {name: sum(end.values()) for name, end in ends.items()}
    report = Report(
        sent=sent,
        received=counts.get(events, 0) + sum(sum(a.rejected.values()) for a in accounts if a.room == "collect"),
        mapped=sum(counts.get(name, 0) for name in mapped),
        duplicates=sum(duplicates(topics, name) for name in mapped),
        rejected=_rejected(accounts),
        open=ledger.open,
        results={name: counts.get(name, 0) for name in sorted(expected)},
        late=sum(account.late for account in accounts),
        differences=_differences(ledger),
        peak_bytes={process.name: process.peak_bytes for process in processes},
        restarts={process.name: process.restarts for process in processes if process.restarts},
        first_result_s=first_result_s,
        seconds=seconds,
    )
    return msgspec.structs.replace(report, problems=tuple(_problems(report, processes)))


def duplicates(topics: LocalTopics, name: str) -> int:
    """Entries of a topic whose origin another entry of it has too."""
    seen: set[bytes] = set()
    found = 0
    with topics.reader(name, topics.start(name)) as reader:
        while entries := reader.read():
            for entry in entries:
                origin = next((value for header, value in entry.headers if header == ORIGIN), None)
                if origin is None:
                    continue
                found += origin in seen
                seen.add(origin)
    return found


def _rejected(accounts: list[Account]) -> dict[str, int]:
    found: dict[str, int] = {}
    for account in accounts:
        for reason, count in account.rejected.items():
            found[reason] = found.get(reason, 0) + count
    return dict(sorted(found.items()))


def _differences(ledger: Books) -> dict[str, int]:
    return {f"{line.room} {line.name}": line.difference for line in ledger.lines if line.difference}


def _problems(report: Report, processes: Collection[Process]) -> list[str]:
    problems = [f"{name}: the ledger differs by {count}" for name, count in report.differences.items()]
    problems += [f"{name}: no rows" for name, count in report.results.items() if count == 0]
    if report.sent is not None and report.sent > report.received:
        problems.append(f"{report.sent} events were acknowledged and {report.received} are stored")
    if report.duplicates:
        problems.append(f"{report.duplicates} records stand in a mapped topic twice")
    if report.open:
        problems.append(f"{report.open} entries are still open")
    if report.received == 0:
        problems.append("nothing was received")
    problems += [f"{p.name}: {p.error or 'ended'} (status {p.exit})" for p in processes if p.state == "failed"]
    return problems
