"""An INSERT of rows with two event times."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql.lint.rule import Found, Rule, Subject


def _check(subject: Subject) -> Iterator[Found]:
    if len(subject.event_times) < 2:
        return
    names = " and ".join(subject.event_times)
    what = f"{names} are both event times; Flink writes rows with one of them, and refuses this when it runs"
    mended = "\n".join(f"CAST({name} AS TIMESTAMP(3)) AS {name}" for name in subject.event_times[1:])
    yield Found(subject.statement.source, subject.statement.span, what, mended)


RULE = Rule(
    "two-event-times",
    "A query with two event times (an interval join keeps both) can be read but not written by INSERT.",
    "SELECT a.event_time AS registration_time, b.event_time AS click_time: shown by SELECT, refused by INSERT INTO",
    _check,
)
