"""What the processes say, one stream for all: every line under the name of its process."""

from __future__ import annotations

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
        # Control characters would let a visitor's text move the cursor of the operator's terminal.
        clean = "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in line)
        self._to.write(f"{head} {clean}\n")
        self._to.flush()
