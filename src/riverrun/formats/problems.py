"""What goes wrong in a row of a text format."""

from __future__ import annotations

from riverrun.errors import RunError, Where


class BadField(ValueError):
    """A field that is not of its column's type. The path is completed on the way out."""

    def __init__(self, what: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.path = path

    def inside(self, name: str) -> BadField:
        return BadField(self.what, (name, *self.path))


class BadRow(ValueError):
    """A row that cannot be read at all."""


def failure(format_: str, row: int, problem: BadField | BadRow) -> RunError:
    """The job's failure: which row of the block (from 1), which field, and what can be done."""
    path = f"row {row}"
    what = str(problem)
    if isinstance(problem, BadField) and problem.path:
        path += ", field " + ".".join(problem.path)
    return RunError(
        f"{format_}: {what}",
        where=Where(path=path),
        todo=f"mend the row, or set '{format_}.ignore-parse-errors' = 'true' to go on without it",
    )
