"""A script's text and where things are in it: line, column, and the excerpt with a caret that every message shows."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from riverrun.errors import InputError, Problem, UnsupportedError, Where
from riverrun.sql.expr import Span


@dataclass(frozen=True)
class Source:
    """The text of one script. Spans count characters from 0; lines and columns count from 1."""

    text: str
    file: str | None = None

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(i + 1 for i, char in enumerate(self.text) if char == "\n")]

    def line_and_column(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset) - 1
        return line + 1, offset - self._starts[line] + 1

    def before(self, line: int | None, column: int | None) -> str:
        """The text before a place."""
        return self.text[: self._starts[(line or 1) - 1] + (column or 1) - 1]

    def where(self, span: Span) -> Where:
        line, column = self.line_and_column(span.start)
        return Where(file=self.file or "<sql>", line=line, column=column)

    def excerpt(self, span: Span) -> str:
        """The line of the span, and below it a caret with tildes up to the span's end on that line."""
        line, column = self.line_and_column(span.start)
        start = self._starts[line - 1]
        end = self.text.find("\n", start)
        text = self.text[start : len(self.text) if end < 0 else end].rstrip("\r")
        width = max(1, min(span.end - span.start, len(text) - column + 1))
        text, column = _near(text, column)
        width = min(width, max(1, len(text) - column + 1))
        blanks = "".join("\t" if char == "\t" else " " for char in text[: column - 1])
        gutter = f"{line:>5} | "
        return f"{gutter}{text}\n{' ' * (len(gutter) - 2)}| {blanks}^{'~' * (width - 1)}"

    def problem(self, what: str, span: Span, todo: str | None = None) -> Problem:
        return Problem(what, self.where(span), todo, self.excerpt(span))

    def error(self, what: str, span: Span, todo: str | None = None) -> InputError:
        """Not Flink SQL, or Flink SQL that is invalid (exit status 2)."""
        return InputError((self.problem(what, span, todo),))

    def unsupported(self, feature: str, span: Span, todo: str | None = None) -> UnsupportedError:
        """Valid Flink SQL that riverrun does not run (exit status 3)."""
        hint = todo or "docs/sql/statements.md says what is supported"
        return UnsupportedError((self.problem(f"{feature}: riverrun does not run this", span, hint),))


# A line that is longer is shown from this many characters before the place to this many behind it.
_LONG, _BEFORE, _BEHIND = 150, 60, 80


def _near(text: str, column: int) -> tuple[str, int]:
    """A long line cut to what stands around the column, and the column in that."""
    if len(text) <= _LONG:
        return text, column
    start = max(0, column - 1 - _BEFORE)
    end = min(len(text), column - 1 + _BEHIND)
    before, behind = "..." if start else "", "..." if end < len(text) else ""
    return before + text[start:end] + behind, column - start + len(before)
