"""What each page says, as plain values: the JSON twin of a page and its event stream send exactly this.

A view takes the watcher, the names in the page's path, and `since`: entries that did not change after that number are
left out, so that a stream sends each entry once. It raises `NotThere` for a name that is not known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import psutil

from riverrun import __version__
from riverrun.errors import did_you_mean
from riverrun.ledger import Account
from riverrun.serve.queries import QueryText, columns_of
from riverrun.serve.watch import RECENT, SERIES_S, Followed, Seen, Watcher
from riverrun.status import Process, read_status

Facts = dict[str, Any]
_LIVE = 60
_CARD_ROWS = 120
_NO_TEXT = QueryText(None, ())


class NotThere(Exception):
    """Nothing has this name; the message says which names are known."""


class Views:
    """The views over one watcher. When a configuration is known: `texts`, pipeline -> its SQL, and `results`, topic ->
    pipeline; their order is the pages' order."""

    def __init__(
        self, watcher: Watcher, texts: Mapping[str, QueryText] | None = None, results: Mapping[str, str] | None = None
    ) -> None:
        self.watcher = watcher
        self.texts = texts or {}
        self.results = results or {}

    def overview(self, since: int) -> Facts:
        watcher, events = self.watcher, self.watcher.of_role("events")
        status = read_status(watcher.data)
        return {
            **self._head(since),
            "addresses": status.addresses if status else {},
            "totals": self._totals(),
            "series": self._series(),
            "entries": _shown(watcher.entries_after(events, since, _LIVE)),
            "queries": [self._query(topic, _CARD_ROWS) for topic in self._results()],
            "processes": [_process(process) for process in self._processes()],
        }

    def topics(self, since: int) -> Facts:
        return {**self._head(since), "topics": [self._topic(topic) for topic in self._sorted()]}

    def topic(self, since: int, name: str) -> Facts:
        followed = self._named(name)
        entries = self.watcher.entries_after([followed], since, RECENT)
        return {
            **self._head(since),
            "topic": self._topic(followed),
            "columns": columns_of(followed.schema),
            "schema": followed.schema,
            "entries": _shown(entries),
        }

    def queries(self, since: int) -> Facts:
        return {**self._head(since), "queries": [self._query(topic, _CARD_ROWS) for topic in self._results()]}

    def query(self, since: int, name: str) -> Facts:
        followed = self._named(name, self._results(), "result")
        account = self._account_of(name)
        return {
            **self._head(since),
            "query": self._query(followed, RECENT),
            "account": msgspec.to_builtins(account) if account else None,
            "sql": [{"file": file, "text": text} for file, text in (self._text_of(name) or _NO_TEXT).files],
        }

    def ledger(self, since: int) -> Facts:
        return {
            **self._head(since),
            "ledger": msgspec.to_builtins(self.watcher.books()),
            "totals": self._totals(),
            "accounts": [msgspec.to_builtins(account) for account in self.watcher.accounts],
        }

    def rejected(self, since: int) -> Facts:
        topics = self.watcher.of_role("rejected")
        reasons: dict[str, dict[str, int]] = {}
        for account in self.watcher.accounts:
            for reason, count in account.rejected.items():
                rooms = reasons.setdefault(reason, {})
                rooms[f"{account.room}/{account.name}"] = rooms.get(f"{account.room}/{account.name}", 0) + count
        return {
            **self._head(since),
            "reasons": [{"reason": reason, "count": sum(by.values()), "by": by} for reason, by in reasons.items()],
            "topics": [topic.name for topic in topics],
            "entries": _shown(self.watcher.entries_after(topics, since, RECENT)),
        }

    def sessions(self, since: int) -> Facts:
        found = [_session(session, list(entries)) for session, entries in self.watcher.sessions(100)]
        return {**self._head(since), "sessions": found}

    def session(self, since: int, session: str) -> Facts:
        entries = self.watcher.session(session)
        for entry in entries:
            _with_role(entry, self.watcher)
        return {
            **self._head(since),
            "session": session,
            "summary": _session(session, entries) if entries else None,
            "entries": [
                {**entry.shown(), "role": _with_role(entry, self.watcher)} for entry in entries if entry.seq > since
            ],
        }

    def health(self, since: int) -> Facts:
        status = read_status(self.watcher.data)
        return {
            **self._head(since),
            "supervisor": None if status is None else {"pid": status.pid, "started": status.started,
                                                       "updated": status.updated, "config": status.config},
            "addresses": {} if status is None else status.addresses,
            "processes": [_process(process) for process in self._processes()],
            "disk": _disk(self.watcher),
            "accounts": [
                {"room": a.room, "name": a.name, "updated": a.updated, "details": a.details}
                for a in self.watcher.accounts
            ],
        }  # fmt: skip

    def _head(self, since: int) -> Facts:
        return {
            "version": __version__,
            "now": self.watcher.clock.now_ms(),
            "seq": self.watcher.seq,
            "whole": since == 0,
        }

    def _totals(self) -> Facts:
        """The equation of the first page. Its parts come from the same accounts, so they add up at every moment.

        Several mappings may read the same events: the one that takes most of them is shown, the ledger has them all.
        """
        watcher, ledger = self.watcher, self.watcher.books()
        mappings = [line for line in ledger.lines if line.kind == "room" and line.room == "map"]
        main = max(mappings, key=lambda line: line.stored - line.others, default=None)
        stored = sum(topic.entries for topic in watcher.of_role("events"))
        refused = sum(sum(line.rejected.values()) for line in ledger.lines if line.room == "collect")
        return {
            "received": refused + (main.stored - main.others if main else stored),
            "mapped": main.delivered if main else 0,
            "rejected": refused + (sum(main.rejected.values()) if main else 0),
            "open": main.open if main else stored,
            "late": sum(account.late for account in watcher.accounts),
            "results": sum(topic.entries for topic in watcher.of_role("result")),
            "difference": ledger.difference,
            "settled": ledger.settled,
        }

    def _series(self) -> Facts:
        """Entries per second of the last five minutes, oldest first; the running second is left out."""
        now = self.watcher.clock.now_ms() // 1000
        seconds = range(now - SERIES_S, now)
        kinds = {"received": "events", "mapped": "mapped", "rejected": "rejected"}
        return {"first": seconds.start} | {
            kind: [sum(topic.counts.get(second, 0) for topic in self.watcher.of_role(role)) for second in seconds]
            for kind, role in kinds.items()
        }

    def _sorted(self) -> list[Followed]:
        order = ("events", "mapped", "rejected", "topic", "result")
        return sorted(self.watcher.followed.values(), key=lambda topic: (order.index(topic.role), topic.name))

    def _results(self) -> list[Followed]:
        """The results in the order of the pipelines and of their scripts; then the others by name."""
        jobs, topics = list(self.texts), list(self.results)

        def place(topic: Followed) -> tuple[int, int, str]:
            job, number = self._job_of(topic.name), len(topics)
            if topic.name in self.results:
                number = topics.index(topic.name)
            return (jobs.index(job) if job in jobs else len(jobs), number, topic.name)

        return sorted(self.watcher.of_role("result"), key=place)

    def _job_of(self, topic: str) -> str | None:
        """The job that writes a topic: as the configuration says, or as an account does."""
        account = self._account_of(topic)
        return self.results.get(topic) or (account.name if account else None)

    def _named(self, name: str, among: Iterable[Followed] | None = None, kind: str = "topic") -> Followed:
        known = {t.name: t for t in (self.watcher.followed.values() if among is None else among)}
        if name not in known:
            raise NotThere(f"no {kind} {name}; {did_you_mean(name, known)}")
        return known[name]

    def _topic(self, followed: Followed) -> Facts:
        recent = [followed.counts.get(self.watcher.clock.now_ms() // 1000 - back, 0) for back in range(1, 11)]
        name = followed.schema.get("name") if isinstance(followed.schema, dict) else None
        return {
            "name": followed.name,
            "role": followed.role,
            "partitions": len(followed.end),
            "entries": followed.entries,
            "kept": followed.entries - sum(followed.start.values()),
            "per_second": sum(recent) / len(recent),
            "grown": followed.grown,
            "record": name,
            "problem": followed.problem,
        }

    def _query(self, followed: Followed, limit: int) -> Facts:
        account = self._account_of(followed.name)
        text = self._text_of(followed.name)
        newest = list(followed.recent)[-limit:]
        return {
            "name": followed.name,
            "title": followed.name.replace("_", " ").replace("-", " "),
            "about": text.about if text else None,
            "columns": columns_of(followed.schema),
            "count": followed.entries,
            "grown": followed.grown,
            "job": self._job_of(followed.name),
            "late": account.late if account else 0,
            "rows": [{"id": seen.id, "timestamp": seen.timestamp, "value": seen.raw} for seen in reversed(newest)],
        }

    def _account_of(self, topic: str) -> Account | None:
        """The account of the job that writes a topic. A job without rows yet has an account too."""
        jobs = [account for account in self.watcher.accounts if account.room == "run"]
        writers = [account for account in jobs if topic in account.delivered]
        return next(iter(writers), None) or next((a for a in jobs if a.name == self.results.get(topic)), None)

    def _text_of(self, topic: str) -> QueryText | None:
        return self.texts.get(self._job_of(topic) or "")

    def _processes(self) -> tuple[Process, ...]:
        status = read_status(self.watcher.data)
        return status.processes if status else ()


def _shown(entries: list[Seen]) -> list[Facts]:
    return [entry.shown() for entry in entries]


def _with_role(entry: Seen, watcher: Watcher) -> str:
    followed = watcher.followed.get(entry.topic)
    return followed.role if followed else "topic"


def _session(session: str, entries: list[Seen]) -> Facts:
    times = [entry.timestamp for entry in entries]
    return {"session": session, "entries": len(entries), "first": min(times), "last": max(times)}


def _process(process: Process) -> Facts:
    found: Facts = msgspec.to_builtins(process)
    found |= {"memory": None, "alive": False}
    if process.pid is not None:
        with contextlib.suppress(psutil.Error):  # gone since the status was written: `alive` stays False
            found |= {"memory": psutil.Process(process.pid).memory_info().rss, "alive": True}
    return found


def _disk(watcher: Watcher) -> Facts:
    usage = psutil.disk_usage(str(watcher.data))
    return {"free": usage.free, "total": usage.total}
