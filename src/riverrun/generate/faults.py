"""What may go wrong on the way: late, out of order, repeated, malformed, incomplete records, and clocks that are wrong.

A fault is drawn with the rows of a block, so it does not depend on how a run is cut. `fault` says in bits what was done
to a row; the outputs break what has to be broken, and the side file has a line for each of them.
"""

from __future__ import annotations

from enum import IntFlag
from typing import Any

import numpy as np

from riverrun.generate.draw import Ints, Random, chance, whole
from riverrun.generate.numbered import by_number
from riverrun.generate.times import SECOND
from riverrun.generate.world import Rows, World


class Fault(IntFlag):
    LATE = 1
    DISORDER = 2
    DUPLICATE = 4
    MALFORMED = 8
    MISSING = 16
    SKEW = 32


def active(world: World, stream: str) -> bool:
    """Whether rows of the stream may have faults."""
    settings = world.settings
    kinds = ("late", "disorder", "duplicates", "malformed", "missing", "skew")
    named = settings.items("faults.topics")
    return (not named or stream in named) and any(settings.number(f"faults.{kind}.ratio") > 0 for kind in kinds)


def with_faults(world: World, stream: str, rows: Rows, random: Random) -> Rows:
    """The rows with their faults, in the order in which they arrive.

    Added columns: `fault`; `moved` (ms by which it arrives too late), `skew` (ms), `luck` (for who breaks the record).
    """
    rows = _skewed(world, stream, rows, random)
    rows = _repeated(world, _delayed(world, rows, random), random)
    settings, count = world.settings, len(rows)
    fault = rows.codes["fault"]
    fault = fault | Fault.MALFORMED * chance(random, settings.number("faults.malformed.ratio"), count)
    missing = chance(random, settings.number("faults.missing.ratio"), count) & (fault & Fault.MALFORMED == 0)
    rows = rows.replaced(fault=fault | Fault.MISSING * missing, luck=random.integers(0, 2**31, count))
    return rows.take(np.argsort(rows.publish, kind="stable"))


def _skewed(world: World, stream: str, rows: Rows, random: Random) -> Rows:
    ratio, most = world.settings.number("faults.skew.ratio"), world.settings.integer("faults.skew.secs.max")

    def draw(source: Random, count: int) -> Ints:
        amount = whole(source, 1, most * SECOND, count) * (1 - 2 * source.integers(0, 2, count))
        return np.where(chance(source, ratio, count), amount, 0)

    clicks = stream == "clicktracking"
    skew = by_number(world, "clocks", rows.codes["visit"], draw) if clicks else draw(random, len(rows))
    return rows.replaced(
        skew=skew, fault=np.where(skew != 0, int(Fault.SKEW), 0),
        time=rows.codes["time"] + skew, stamp=rows.codes["stamp"] + skew,
    )  # fmt: skip


def _delayed(world: World, rows: Rows, random: Random) -> Rows:
    settings, count = world.settings, len(rows)
    late = chance(random, settings.number("faults.late.ratio"), count)
    by_seconds = whole(random, *settings.bounds("faults.late.secs"), count) * SECOND
    disorder = chance(random, settings.number("faults.disorder.ratio"), count) & ~late
    slightly = whole(random, 1, settings.integer("faults.disorder.ms.max"), count)
    moved = np.where(late, by_seconds, np.where(disorder, slightly, 0))
    fault = rows.codes["fault"] | Fault.LATE * late | Fault.DISORDER * disorder
    return Rows(rows.publish + moved, {**rows.codes, "moved": moved, "fault": fault})


def _repeated(world: World, rows: Rows, random: Random) -> Rows:
    count = len(rows)
    again = np.flatnonzero(chance(random, world.settings.number("faults.duplicates.ratio"), count))
    after = whole(random, 0, world.settings.integer("faults.duplicates.secs.max") * SECOND, again.size)
    both = rows.take(np.concatenate((np.arange(count), again)))
    publish, moved, fault = both.publish.copy(), both.codes["moved"].copy(), both.codes["fault"].copy()
    publish[count:] += after
    moved[count:] += after
    fault[count:] |= Fault.DUPLICATE
    return Rows(publish, {**both.codes, "moved": moved, "fault": fault})


def label(topic: str, record: int, key: str, fault: int, codes: dict[str, int]) -> dict[str, Any]:
    """The line of the side file for a record: its place in its topic, and what was done to it."""
    names = [kind.name.lower() for kind in Fault if fault & kind and kind.name]
    line: dict[str, Any] = {"topic": topic, "record": record, "key": key, "faults": names}
    if fault & (Fault.LATE | Fault.DISORDER | Fault.DUPLICATE):
        line["late_ms"] = codes["moved"]
    if fault & Fault.SKEW:
        line["skew_ms"] = codes["skew"]
    return line
