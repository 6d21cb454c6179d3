"""Invent the events of a jeans shop: thirteen streams, or visitors that click on a real one.

streams: all, or any of orders cancellations stockmovements badgeins newcustomers sensorreadings onlineorders
outofstocks returnrequests productreviews transactions abandonedorders clicks

examples:
  riverrun generate clicks --events 1000 --seed 1 --output -
  riverrun generate all --for 1h --seed 1 --output DIR --format jsonl      a file a topic, and truth.json
  riverrun generate all --from now-7d --topics --data data                history, then live, into local topics
  riverrun generate clicks --for 2h --faults late=0.01,duplicates=0.001 --output DIR
  riverrun generate settings                                              every setting, its default and its meaning
  riverrun generate visitors --collector http://127.0.0.1:8290/ --for 30s --speed 60   as browsers with the tag
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riverrun.cli.main import add_data
from riverrun.clock import SystemClock
from riverrun.errors import InputError, Where

if TYPE_CHECKING:
    from riverrun.generate.job import Job

_DEFAULT_START = "2026-01-05T00:00:00Z"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="+", metavar="STREAM", help="streams, `all`, `settings` or `visitors`")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the same seed gives the same bytes (default: 1)"
    )
    time = parser.add_argument_group("time (simulated)")
    time.add_argument("--events", type=int, metavar="N", help="stop after N records in all")
    time.add_argument("--for", dest="length", metavar="TIME", help="stop after so much time: 30s, 2h, 10d")
    time.add_argument("--from", dest="start", metavar="TIME",
                      help=f"begin then: ISO time, now, now-2h (default: {_DEFAULT_START} or now)")  # fmt: skip
    time.add_argument("--to", metavar="TIME", help="stop then")
    time.add_argument(
        "--speed", metavar="X", help="60x: an hour a minute (default: as fast as it can up to now, then 1x)"
    )
    what = parser.add_argument_group("settings")
    what.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML")
    what.add_argument(
        "--set", dest="assignments", action="append", default=[], metavar="NAME=VALUE", help="one setting"
    )
    what.add_argument("--faults", metavar="KIND=RATIO,...", help="late, disorder, duplicates, malformed, missing, skew")
    what.add_argument("--lively", action="store_true", help="traffic by the hour, campaigns that differ, crawlers")
    what.add_argument("--faithful", action="store_true", help="as the original behaves where a consumer depends on it")
    where = parser.add_argument_group("destination")
    where.add_argument(
        "--output", default="-", metavar="-|FILE|DIR", help="standard output (default), a file, a folder"
    )
    where.add_argument(
        "--format", choices=("jsonl", "avro", "csv", "parquet"), help="(default: jsonl, or by the file's name)"
    )
    where.add_argument("--meta", action="store_true", help="JSON lines with topic, timestamp, key and headers")
    where.add_argument("--topics", action="store_true", help="write to local topics under --data")
    add_data(where)  # type: ignore[arg-type]  # a group takes arguments as a parser does
    where.add_argument(
        "--truth", type=Path, metavar="FILE", help="write the truth there (default with `all`: DIR/truth.json)"
    )
    where.add_argument("--no-truth", action="store_true", help="write no truth")
    where.add_argument("--truth-window", default="1h", metavar="TIME", help="windows of the truth (default: 1h)")
    where.add_argument("--truth-gap", default="15m", metavar="TIME", help="session gap of the truth (default: 15m)")
    where.add_argument(
        "--faults-file", type=Path, metavar="FILE", help="the labels of faults (default: DIR/faults.jsonl)"
    )
    where.add_argument(
        "--state", type=Path, metavar="FILE", help="go on where the run that wrote FILE stopped, and note it there"
    )
    visitors = parser.add_argument_group("visitors")
    visitors.add_argument("--collector", metavar="URL", help="the collector, with the path of its browser source")
    visitors.add_argument(
        "--site", "--shop", default="http://127.0.0.1:8292/", metavar="URL", help="the shop (%(default)s)"
    )
    visitors.add_argument("--rate", type=float, default=20.0, metavar="N", help="requests a second (default: 20)")
    visitors.add_argument(
        "--broken", type=float, default=0.005, metavar="RATIO", help="share of broken requests (%(default)s)"
    )
    parser.add_argument(
        "--json", action="store_true", help="`settings`: one JSON object each; else a summary at the end"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == ["settings"]:
        return _list_settings(as_json=arguments.json)
    if arguments.what == ["visitors"]:
        return _run_visitors(arguments)
    started = time.monotonic()
    job = _job(arguments)
    try:
        with _asked_to_stop() as asked:
            job.run(asked)
    finally:
        job.close()
    _report(job, arguments, time.monotonic() - started)
    return 0


@contextlib.contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM came: the run then ends behind a whole slice of time."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda *_: came.append(1)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(job: Job, arguments: argparse.Namespace, seconds: float) -> None:
    from msgspec import json

    totals = job.totals
    if arguments.json:
        summary = {"records": totals.records, "faulty": totals.faulty, "seconds": round(seconds, 3)}
        print(json.encode(summary).decode(), file=sys.stderr if arguments.output == "-" else sys.stdout)
    elif arguments.output != "-" or arguments.topics:
        print(f"{totals.all} records in {seconds:.1f} s", file=sys.stderr)


def _list_settings(*, as_json: bool) -> int:
    from msgspec import json

    from riverrun.generate.settings import ALL

    for setting in ALL.values():
        if as_json:
            facts: dict[str, Any] = {"name": setting.name, "type": setting.kind, "default": setting.default}
            facts |= {"minimum": setting.minimum, "maximum": setting.maximum, "meaning": setting.meaning}
            print(json.encode(facts | {"original": setting.original or None}).decode())
        else:
            default = ",".join(setting.default) if isinstance(setting.default, tuple) else setting.default
            shown = str(default) if len(str(default)) <= 40 else str(default)[:37] + "..."
            print(f"{setting.name:<52} {shown:<40} {setting.meaning}")
    return 0


def _run_visitors(arguments: argparse.Namespace) -> int:
    import asyncio

    from msgspec import json

    from riverrun.generate.http import split
    from riverrun.generate.settings import load
    from riverrun.generate.times import duration
    from riverrun.generate.visitors import run_visitors
    from riverrun.serve.shop.catalogue import models

    if arguments.collector is None:
        raise InputError("visitors need a collector", where=Where(path="--collector"), todo="give its URL")
    split(arguments.collector), split(arguments.site)
    if not 0 < arguments.rate <= 1e6:
        raise InputError(f"{arguments.rate} is not a rate", where=Where(path="--rate"), todo="give requests a second")
    settings = load(arguments.config, arguments.assignments)

    async def until_stopped() -> Any:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        return await run_visitors(
            arguments.collector, arguments.site, arguments.seed,
            duration(arguments.length, "--for") / 1000 if arguments.length else None,
            _speed(arguments.speed) or 1.0, arguments.rate, stop=stop, broken_ratio=arguments.broken,
            settings=settings.changed(), prices={slug: model.price_cents for slug, model in models().items()},
        )  # fmt: skip

    report = asyncio.run(until_stopped())
    found = report.as_json()
    if arguments.json:
        print(json.encode(found).decode())
    else:
        print("\n".join(f"{name:<20} {value}" for name, value in found.items()))
    return 1 if report.refused and not report.sent else 0


def _job(arguments: argparse.Namespace) -> Job:
    from riverrun.generate.job import Job, Options
    from riverrun.generate.settings import load
    from riverrun.generate.streams import chosen
    from riverrun.generate.times import duration, instant

    now = SystemClock().now_ms()
    if arguments.events is not None and arguments.events < 1:
        raise InputError("--events has to be 1 or more", where=Where(path="--events"))
    if arguments.length and arguments.to:
        raise InputError("--for and --to are two ends", where=Where(path="--to"), todo="give one of them")
    bounded = bool(arguments.events or arguments.length or arguments.to)
    start = instant(arguments.start or (_DEFAULT_START if bounded else "now"), now, "--from")
    end = start + duration(arguments.length, "--for") if arguments.length else None
    if arguments.to:
        end = instant(arguments.to, now, "--to")
    if end is not None and end <= start:
        raise InputError("the end is not after the beginning", where=Where(path="--to"), todo="mind --from")
    faults = [f"faults.{part.replace('=', '.ratio=', 1)}" for part in (arguments.faults or "").split(",") if part]
    settings = load(
        arguments.config, [*faults, *arguments.assignments], faithful=arguments.faithful, lively=arguments.lively
    )
    return Job(
        Options(
            settings=settings, streams=chosen(arguments.what), seed=arguments.seed, start=start, end=end,
            events=arguments.events, speed=_speed(arguments.speed), output=arguments.output, format=arguments.format,
            meta=arguments.meta, data=arguments.data if arguments.topics else None, state=arguments.state,
            truth=arguments.truth, no_truth=arguments.no_truth, faults_file=arguments.faults_file,
            truth_window=duration(arguments.truth_window, "--truth-window"),
            truth_gap=duration(arguments.truth_gap, "--truth-gap"), all_streams="all" in arguments.what,
        ),
        SystemClock(),
    )  # fmt: skip


def _speed(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e9:
        raise InputError(f"{text!r} is not a speed", where=Where(path="--speed"), todo="write 1x, 60x or 0.5x")
    return speed
