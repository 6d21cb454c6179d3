"""A mapping that follows its files: a changed script or schema is checked first, then takes over; a wrong one does
not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from riverrun.clock import Clock
from riverrun.errors import RiverrunError
from riverrun.mapping.mapping import Mapping

_log = logging.getLogger(__name__)
_CHECK_MS = 300.0
_Stamp = tuple[tuple[int, int, int] | None, ...]


class Reloading:
    """`current` is the mapping in use; `error` says why the newest files are not."""

    def __init__(
        self, load: Callable[[], Mapping], files: tuple[Path | None, ...], clock: Clock, every_ms: float = _CHECK_MS
    ) -> None:
        self._load = load
        self._every_ms = every_ms
        self._files = tuple(file for file in files if file is not None)
        self._clock = clock
        self._seen = self._stamp()
        self._next_check = 0.0
        self.current = load()
        self.error: str | None = None
        self.reloads = 0

    def refresh(self) -> bool:
        """Look at the files, at most every `every_ms`; True when `current` is a new mapping."""
        now = self._clock.monotonic_ms()
        if now < self._next_check:
            return False
        self._next_check = now + self._every_ms
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self.current = self._load()
        except RiverrunError as error:
            self.error = str(error)
            _log.error("the changed mapping is not used, the old one is kept:\n%s", error)
            return False
        self.error = None
        self.reloads += 1
        _log.info("reloaded the mapping: %s", self.current.script.file)
        return True

    def _stamp(self) -> _Stamp:
        return tuple(map(_stamp, self._files))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None  # being replaced; the next look finds it
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
