"""What went wrong, where, and what to do: the one way in which riverrun reports a mistake.

A wrong configuration, script or SQL text is an exception that carries every `Problem` found. A bad event is not an
exception; it is a `Rejected` value (see `riverrun.record`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """A place in something a person wrote.

    `file` with `line` and `column` (both from 1) for text; `path` for a key in a configuration (`sinks.clicks.topic`),
    a field in a schema (`context.device`), or an event (`events/0/1842`).
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}" + (f":{self.column}" if self.column is not None else "")
        return ": ".join(part for part in (place, self.path) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: what is wrong, where, and what to do about it (`todo`, without a final stop)."""

    what: str
    where: Where | None = None
    todo: str | None = None
    excerpt: str | None = None

    def __str__(self) -> str:
        place = str(self.where) if self.where else ""
        text = (f"{place}: " if place else "") + self.what + (f"; {self.todo}" if self.todo else "")
        return text + (f"\n{self.excerpt}" if self.excerpt else "")


class RiverrunError(Exception):
    """Something a person has to mend. `exit_status` is what the command line ends with.

    >>> print(InputError("unknown option", where=Where(path="sinks.clicks.topc"), todo="did you mean topic?"))
    sinks.clicks.topc: unknown option; did you mean topic?
    """

    exit_status = 1
    statement: int | None = None  # of an SQL script: the number (from 1) of the statement that is wrong

    def __init__(
        self,
        what: str | Sequence[Problem],
        *,
        where: Where | None = None,
        todo: str | None = None,
        excerpt: str | None = None,
    ) -> None:
        self.problems: tuple[Problem, ...] = (
            (Problem(what, where, todo, excerpt),) if isinstance(what, str) else tuple(what)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RunError(RiverrunError):
    """It ran and failed, or the answer is no (exit status 1)."""


class InputError(RiverrunError):
    """Wrong use or wrong input, found before anything ran (exit status 2)."""

    exit_status = 2


class UnsupportedError(RiverrunError):
    """Valid Flink SQL, or a valid Divolte script, that riverrun does not run yet (exit status 3)."""

    exit_status = 3


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be, if there is one.

    >>> nearest("topc", ["topic", "mode"])
    'topic'
    """
    choices = list(known)
    folded = {choice.casefold(): choice for choice in choices}
    if name.casefold() in folded:
        return folded[name.casefold()]
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A `todo`: the nearest known name, or the list of what is allowed.

    >>> did_you_mean("topc", ["topic", "mode"])
    'did you mean topic?'
    >>> did_you_mean("x", ["topic", "mode"])
    'known: mode, topic'
    """
    choices = sorted(known)
    near = nearest(name, choices)
    if near is not None:
        return f"did you mean {near}?"
    return "known: " + ", ".join(choices) if choices else "nothing is known here"
