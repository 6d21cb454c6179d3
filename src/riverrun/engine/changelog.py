"""From results after every row to a changelog: what to say when a group's result appears, changes, or is gone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from riverrun.engine.batch import AFTER, BEFORE, DELETE, INSERT, Ints, Mask
from riverrun.engine.keys import in_order


def changes(
    group: Ints, exists: Mask, value: Ints, row: Ints, *, unchanged: bool = False
) -> tuple[Ints, npt.NDArray[np.int8], Ints]:
    """`group`, whether there is a result, and a code of it, at moments in order inside their group; the first moment of
    every group is what was said before. `row` is the arriving row (-1 for first moments). `unchanged`: a result that is
    as before is said again.

    Returns (moment whose result is said, op, arriving row), in the order of the arriving rows.
    """
    order = in_order(group)
    first = np.concatenate(([True], group[order][1:] != group[order][:-1])) if len(order) else np.zeros(0, np.bool_)
    now, before = order[~first], order[np.flatnonzero(~first) - 1]
    had, has = exists[before], exists[now]
    changed = had & has & (unchanged | (value[before] != value[now]))
    parts = [
        (before[had & ~has], DELETE, row[now[had & ~has]], 0),
        (before[changed], BEFORE, row[now[changed]], 0),
        (now[changed], AFTER, row[now[changed]], 1),
        (now[has & ~had], INSERT, row[now[has & ~had]], 1),
    ]
    moment = np.concatenate([part[0] for part in parts])
    kinds = np.concatenate([np.full(len(part[0]), part[1], np.int8) for part in parts])
    rows = np.concatenate([part[2] for part in parts])
    place = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
    said = in_order(rows, place)
    return moment[said], kinds[said], rows[said]
