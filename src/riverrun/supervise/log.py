"""What the processes say, one stream for all: every line under the name of its process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)


class NamedLines:
    """Writes `name | line`; on a terminal each name has its colour."""

    def __init__(self, to: TextIO, names: list[str]) -> None:
        self._to = to
        self._width = max((len(name) for name in (*names, "up")), default=2)
        self._colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(names)}
        self._coloured = to.isatty()

    def __call__(self, name: str, line: str) -> None:
        head = f"{name:<{self._width}} |"
        if self._coloured:
            head = f"\x1b[{self._colours.get(name, 1)}m{head}\x1b[0m"
        self._to.write(f"{head} {printable(line)}\n")
        self._to.flush()


class LogFile:
    """Writes all lines to a file, which begins anew when it is too large, and tells the supervisor's own ones."""

    def __init__(self, path: Path, tell: Callable[[str], None], *, largest: int = 20_000_000) -> None:
        self._path = path
        self._tell = tell
        self._largest = largest

    def __enter__(self) -> LogFile:
        self._file = self._path.open("w")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __call__(self, name: str, line: str) -> None:
        if self._file.tell() > self._largest:
            self._file.seek(0)
            self._file.truncate()
        self._file.write(f"{name:<20} | {printable(line)}\n")
        self._file.flush()
        if name == "up" or "; started again in " in line or "mend what it says" in line:
            self._tell(f"{name}: {printable(line)}")


def printable(line: str) -> str:
    """Without control characters: a visitor's text must not move the cursor of the operator's terminal."""
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in line)
