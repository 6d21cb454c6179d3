"""Follows all topics of a data folder and remembers the latest entries of each, for everybody who looks at the pages.

The work of one look is bounded: of a topic that grew by more than `RECENT` entries only the newest are read.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from riverrun.clock import Clock, SystemClock
from riverrun.errors import RiverrunError
from riverrun.ledger import Account, read_accounts
from riverrun.serve.books import Books, books
from riverrun.topics import LocalTopics, Stored, TopicReader
from riverrun.topics.plain import plain, text_of

RECENT = 400
SERIES_S = 300
SESSIONS = 1000
SESSION_ENTRIES = 300
_LARGEST_VALUE = 20_000
ORIGIN = "riverrun-origin"

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Seen:
    """An entry as the pages show it. `seq` grows whenever the entry, or what is known of it, changes."""

    id: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str | None
    origin: str | None
    session: str | None
    value: Any
    raw: msgspec.Raw
    seq: int = 0
    outcome: dict[str, Any] | None = None

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "topic": self.topic,
            "offset": self.offset,
            "timestamp": self.timestamp,
            "key": self.key,
            "session": self.session,
            "outcome": self.outcome,
            "value": self.raw,
        }


@dataclass(slots=True)
class Followed:
    """What is known of one topic. `counts` holds entries per second of wall time, while this process looked."""

    name: str
    reader: TopicReader
    role: str = "topic"
    schema: Any = None
    start: dict[int, int] = field(default_factory=dict)
    end: dict[int, int] = field(default_factory=dict)
    grown: int = 0
    version: int = 0
    problem: str | None = None
    counts: Counter[int] = field(default_factory=Counter)
    recent: deque[Seen] = field(default_factory=lambda: deque(maxlen=RECENT))

    @property
    def entries(self) -> int:
        return sum(self.end.values())


class Watcher:
    """`look` reads what is new; views are built under `lock` from the rest. `version` grows when something changed.

    `results`: topics that are known to be results of queries, also before there is a row in them.
    """

    def __init__(self, data: Path, clock: Clock | None = None, results: Collection[str] = ()) -> None:
        self.data = data
        self._results = frozenset(results)
        self.clock = clock or SystemClock()
        self.topics = LocalTopics(data, self.clock)
        self.lock = threading.Lock()
        self.followed: dict[str, Followed] = {}
        self.accounts: list[Account] = []
        self.version = 0
        self.seq = 0
        self._made_of: OrderedDict[str, list[Seen]] = OrderedDict()
        self._sources: OrderedDict[str, Seen] = OrderedDict()
        self._sessions: OrderedDict[str, deque[Seen]] = OrderedDict()

    def look(self) -> bool:
        """Read what is new; True when anything changed. Called by one thread at a time."""
        found = [(followed, *self._read(followed)) for followed in self._all_topics()]
        accounts = self._read_accounts()
        with self.lock:
            changed = False
            if accounts != self.accounts:
                self.accounts, changed = accounts, True
                self._assign_roles()
            for followed, start, end, entries in found:
                changed = self._merge(followed, start, end, entries) or changed
            self.version += changed
        return changed

    def close(self) -> None:
        for followed in self.followed.values():
            followed.reader.close()

    def books(self) -> Books:
        ends = {name: followed.end for name, followed in self.followed.items()}
        return books(self.accounts, ends, lambda topic: self.followed[topic].grown if topic in self.followed else 0)

    def of_role(self, role: str) -> list[Followed]:
        return [followed for followed in self.followed.values() if followed.role == role]

    def session(self, session: str) -> list[Seen]:
        """The remembered entries of a session, oldest first. Asking for a session keeps it remembered."""
        found = self._sessions.get(session)
        if found is None:
            return []
        self._sessions.move_to_end(session)
        return sorted(found, key=lambda seen: seen.timestamp)

    def sessions(self, limit: int) -> list[tuple[str, deque[Seen]]]:
        """The sessions that were active last, newest first."""
        newest: list[tuple[str, deque[Seen]]] = []
        for session in reversed(self._sessions):
            if len(newest) == limit:
                break
            newest.append((session, self._sessions[session]))
        return newest

    def entries_after(self, topics: Iterable[Followed], since: int, limit: int) -> list[Seen]:
        """The newest entries of the topics that changed after `since`, newest first."""
        found = [seen for followed in topics for seen in followed.recent if seen.seq > since]
        found.sort(key=lambda seen: (seen.timestamp, seen.offset), reverse=True)
        return found[:limit]

    def _all_topics(self) -> list[Followed]:
        for name in self.topics.names():
            if name not in self.followed:
                self.followed[name] = Followed(name, self.topics.reader(name))
        return [self.followed[name] for name in sorted(self.followed)]

    def _read(self, followed: Followed) -> tuple[dict[int, int], dict[int, int], list[Stored]]:
        try:
            end = self.topics.end(followed.name)
            if end == followed.end and followed.schema is not None:
                return followed.start, end, []
            position, start = followed.reader.position, self.topics.start(followed.name)
            jumps = {
                partition: newest
                for partition, offset in end.items()
                if (newest := max(start.get(partition, 0), offset - RECENT)) > position.get(partition, 0)
            }
            followed.reader.seek(jumps)
            entries = followed.reader.read(RECENT * max(1, len(end)))
            if followed.schema is None or (entries and entries[-1].schema is not followed.schema):
                followed.schema = self.topics.value_schema(followed.name)
            followed.problem = None
            return start, end, entries
        except (RiverrunError, OSError) as error:
            # Retention may take a segment between two looks, and a damaged segment must not stop the other pages.
            followed.problem = str(error)
            return followed.start, followed.end, []

    def _read_accounts(self) -> list[Account]:
        try:
            return list(read_accounts(self.data))
        except (msgspec.DecodeError, OSError):
            return self.accounts  # an account of another version; the rest of the page still tells the truth

    def _assign_roles(self) -> None:
        for followed in self.followed.values():
            followed.role = self._role(followed)

    def _role(self, followed: Followed) -> str:
        """events, rejected (dead letters), mapped, result, or topic (anything else)."""
        if followed.name in self._results:
            return "result"
        schema = followed.schema if isinstance(followed.schema, Mapping) else {}
        if (schema.get("namespace"), schema.get("name")) == ("io.riverrun", "Event"):
            return "events"
        names = {part["name"] for part in schema.get("fields", ())}
        if {"reason", "message"} <= names:
            return "rejected"
        for room, role in (("map", "mapped"), ("run", "result")):
            if any(account.room == room and followed.name in account.delivered for account in self.accounts):
                return role
        return "topic"

    def _merge(self, followed: Followed, start: dict[int, int], end: dict[int, int], entries: list[Stored]) -> bool:
        if end == followed.end and not entries:
            return False
        now = self.clock.now_ms()
        if followed.end:
            grown = sum(offset - followed.end.get(partition, 0) for partition, offset in end.items())
            followed.counts[now // 1000] += grown
            for second in [second for second in followed.counts if second < now // 1000 - SERIES_S]:
                del followed.counts[second]
        followed.start, followed.end, followed.grown = start, end, now
        followed.version += 1
        followed.role = self._role(followed)
        for stored in entries:
            self._remember(followed, stored)
        return True

    def _remember(self, followed: Followed, stored: Stored) -> None:
        self.seq += 1
        seen = _seen(followed.name, stored)
        seen.seq = self.seq
        followed.recent.append(seen)
        if followed.role == "events":
            _keep(self._sources, seen.id, seen, RECENT * 2)
            for made in self._made_of.pop(seen.id, ()):
                self._tell(seen, made, role=self.followed[made.topic].role)
        elif seen.origin is not None and followed.role in ("mapped", "rejected"):
            source = self._sources.get(seen.origin)
            if source is not None:
                self._tell(source, seen, role=followed.role)
            else:  # topics are read one after the other: what was made of an event may be seen before the event
                _keep(self._made_of, seen.origin, [*self._made_of.get(seen.origin, ()), seen], RECENT * 2)
        if seen.session is not None:
            self._remember_session(seen.session, seen)

    def _tell(self, source: Seen, made: Seen, *, role: str) -> None:
        """What became of an event is known: a record, or a dead letter. Both belong to the event's session."""
        outcome: dict[str, Any] = {"state": role, "topic": made.topic}
        if isinstance(made.value, Mapping):
            outcome |= {name: made.value.get(name) for name in ("reason", "message", "field")}
        source.outcome, source.seq = outcome, self.seq
        if made.session is None and source.session is not None:
            made.session, made.seq = source.session, self.seq
            self._remember_session(source.session, made)

    def _remember_session(self, session: str, seen: Seen) -> None:
        """Keep the entry with its session, once; the session that was quiet longest is forgotten for it."""
        entries = self._sessions.get(session)
        if entries is None:
            entries = self._sessions[session] = deque(maxlen=SESSION_ENTRIES)
        if not entries or entries[-1] is not seen:
            entries.append(seen)
        self._sessions.move_to_end(session)
        while len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)


def _keep(store: OrderedDict[str, Any], key: str, value: Any, limit: int) -> None:
    store[key] = value
    while len(store) > limit:
        store.popitem(last=False)


def _seen(topic: str, stored: Stored) -> Seen:
    value = plain(stored.value, stored.schema)
    raw = _encode(value)
    if len(raw) > _LARGEST_VALUE:
        raw = _encode({"too large to show": f"{len(raw)} bytes; riverrun topics tail {topic} prints it"})
    origin = next((text_of(part) for name, part in stored.headers if name == ORIGIN), None)
    return Seen(
        id=f"{topic}/{stored.partition}/{stored.offset}",
        topic=topic,
        partition=stored.partition,
        offset=stored.offset,
        timestamp=stored.timestamp,
        key=text_of(stored.key),
        origin=origin,
        session=_session_of(value),
        value=value if isinstance(value, Mapping) and "reason" in value else None,
        raw=msgspec.Raw(raw),
    )


def _session_of(value: Any) -> str | None:
    """The value of the field that names the session, whatever a schema calls it: sessionId, sessionid, session_id."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if isinstance(part, str) and name.replace("_", "").casefold() == "sessionid":
                return part
    return None
