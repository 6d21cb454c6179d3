"""A run as asked for on the command line: when it begins, its pace, where it goes, and its truth at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from riverrun.clock import Clock
from riverrun.errors import InputError, Where
from riverrun.generate.drive import STATE_VERSION, Driver, Faulty, Limits, Pace, Totals, read_state, write_state
from riverrun.generate.faults import active
from riverrun.generate.files import FORMATS
from riverrun.generate.outputs import Files, Output, Stdout, Topics, folder_paths
from riverrun.generate.run import Run
from riverrun.generate.settings import Settings
from riverrun.generate.streams import Stream
from riverrun.generate.times import DAY
from riverrun.generate.truth import truth
from riverrun.generate.world import make_world
from riverrun.topics import LocalTopics

_HISTORY_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Options:
    """Times are ms since the epoch. `output` is `-`, a file or a folder; or `data` is the folder of local topics."""

    settings: Settings
    streams: tuple[Stream, ...]
    seed: int
    start: int
    end: int | None
    events: int | None
    speed: float | None
    output: str
    format: str | None
    meta: bool
    data: Path | None
    state: Path | None
    truth: Path | None
    no_truth: bool
    faults_file: Path | None
    truth_window: int
    truth_gap: int
    all_streams: bool


class Job:
    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        history = _HISTORY_DAYS * DAY if options.settings.flag("startup.history.enabled") else 0
        self._world = make_world(options.settings, options.seed, options.start - history)
        self._fingerprint = _fingerprint(options, self._world.start)
        state: Mapping[str, Any] = (options.state and read_state(options.state, self._fingerprint)) or {}
        self._output = _output(options, self._world, state.get("output"))
        self._faulty = self._side_file(state.get("faults"))
        run = Run(self._world, options.streams, state.get("run"))
        noted = state.get("totals", {})
        self._driver = Driver(
            run, self._output, Limits(options.end, options.events),
            _pace(options, run.position.time, clock.now_ms()), clock,
            faulty=self._faulty, save=self._note if options.state else None,
            totals=Totals(dict(noted.get("records", {})), noted.get("faulty", 0)),
        )  # fmt: skip
        self._run = run

    @property
    def totals(self) -> Totals:
        return self._driver.totals

    def run(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Run to the end, or until `stop` says so: what was published is whole, and so is its truth."""
        self._driver.drive(stop)
        self._write_truth()

    def close(self) -> None:
        self._output.close()
        if self._faulty:
            self._faulty.close()

    def _note(self, state: Mapping[str, Any]) -> None:
        assert self._options.state is not None
        write_state(self._options.state, self._fingerprint, state)

    def _side_file(self, position: int | None) -> Faulty | None:
        options = self._options
        if not any(active(self._world, stream.name) for stream in options.streams):
            return None
        path = options.faults_file
        if path is None and _is_folder(options):
            path = Path(options.output) / "faults.jsonl"
        if path is None:
            raise InputError(
                "faults need a file for their labels",
                where=Where(path="--faults-file"),
                todo="say where, or write to a folder",
            )
        return Faulty(path, position)

    def _write_truth(self) -> None:
        options = self._options
        path = options.truth
        if path is None and options.all_streams and _is_folder(options):
            path = Path(options.output) / "truth.json"
        if path is None or options.no_truth:
            return
        to, counts = self._driver.published()
        settings = {"settings": options.settings.changed(), "faithful": options.settings.faithful}
        found = truth(self._world, to, counts, window_ms=options.truth_window, gap_ms=options.truth_gap)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(settings | found), indent=1) + b"\n")


def _fingerprint(options: Options, start: int) -> dict[str, Any]:
    """What two runs must have in common for one to go on with what the other did."""
    changed = {name: list(v) if isinstance(v, tuple) else v for name, v in options.settings.changed().items()}
    return {
        "version": STATE_VERSION, "seed": options.seed, "start": start,
        "streams": [stream.name for stream in options.streams],
        "settings": changed, "faithful": options.settings.faithful, "meta": options.meta,
        "output": str(options.data or options.output), "format": options.format,
    }  # fmt: skip


def _pace(options: Options, position: int, now: int) -> Pace:
    """As fast as it can through what is past; live, or at the given speed, from then on."""
    to_come = options.events is None and (options.end is None or options.end > now)
    if options.speed is None:
        return Pace(1.0 if to_come else None, origin=now, since=now)
    return Pace(options.speed, origin=now if to_come and position <= now else position, since=now)


def _is_folder(options: Options) -> bool:
    return options.data is None and options.output != "-" and _file_format(options.output) is None


def _file_format(output: str) -> str | None:
    """The format of a file by its name; None for a folder."""
    return next((name for name, (ending, _) in FORMATS.items() if output.endswith(ending)), None)


def _output(options: Options, world: Any, resumed: Mapping[str, Any] | None) -> Output:
    streams = options.streams
    if options.data is not None:
        return Topics(LocalTopics(options.data), streams, world, resumed)
    if options.output == "-":
        if options.format not in (None, "jsonl"):
            raise InputError(
                f"{options.format} cannot go to standard output",
                where=Where(path="--format"),
                todo="give --output FILE",
            )
        return Stdout(meta=options.meta or len(streams) > 1)
    by_name = _file_format(options.output)
    format_name = options.format or by_name or "jsonl"
    if by_name is not None and len(streams) > 1:
        raise InputError(
            "several streams need a folder", where=Where(path="--output"), todo="leave out the ending of the name"
        )
    if options.meta and format_name != "jsonl":
        raise InputError(
            "--meta is for JSON lines",
            where=Where(path="--meta"),
            todo="write to --topics for Avro with keys and headers",
        )
    if by_name is not None:
        paths = {streams[0].name: Path(options.output)}
    else:
        paths = folder_paths(Path(options.output), streams, world, format_name)
    return Files(paths, streams, format_name, options.seed, resumed, meta=options.meta)
