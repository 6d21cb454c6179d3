"""Watermarks by row, and what an operator makes of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import END, OP, START, WM, Batch, columns, concat, ops, watermarks, with_ops
from riverrun.engine.inputs import Inputs


def rows(*marks: int) -> pa.Table:
    return pa.table({"c0": list(range(len(marks))), WM: pa.array(marks, pa.int64())})


def test_one_input_is_its_own_watermark() -> None:
    inputs = Inputs()
    arrival = inputs.arrive(0, Batch(rows(START, 5, 5, 9), 12))
    assert arrival.rows.tolist() == [START, 5, 5, 9]
    assert (arrival.before, arrival.after) == (START, 12)


def test_two_inputs_wait_for_the_slower() -> None:
    inputs = Inputs(2)
    assert inputs.arrive(0, Batch(rows(1, 2), 7)).after == START
    arrival = inputs.arrive(1, Batch(rows(START, 3, 9), 20))
    assert arrival.rows.tolist() == [START, 3, 7]
    assert arrival.after == 7
    assert inputs.arrive(1, Batch(rows(), END)).after == 7
    assert inputs.arrive(0, Batch(rows(8), END)).after == END


def test_nobody_waits_for_an_idle_input_and_time_never_goes_back() -> None:
    inputs = Inputs(2)
    inputs.arrive(1, Batch(rows(), idle=True))
    assert inputs.arrive(0, Batch(rows(4), 9)).after == 9
    late = inputs.arrive(1, Batch(rows(START, 2), 3))
    assert late.rows.tolist() == [9, 9]
    assert late.after == 9
    inputs.arrive(0, Batch(rows(), 9, idle=True))
    assert not inputs.idle
    inputs.arrive(1, Batch(rows(), 3, idle=True))
    assert inputs.idle


def test_an_input_that_falls_silent_with_its_rows_has_said_their_watermark() -> None:
    inputs = Inputs()
    assert inputs.arrive(0, Batch(rows(START, 5), 9, idle=True)).after == 9
    assert inputs.idle
    two = Inputs(2)
    two.arrive(1, Batch(rows(1), 4))
    assert two.arrive(0, Batch(rows(2), 9, idle=True)).after == 4
    assert two.arrive(1, Batch(rows(4), 12, idle=True)).after == 12


def test_timers_fire_at_the_first_watermark_that_reaches_them() -> None:
    inputs = Inputs()
    arrival = inputs.arrive(0, Batch(rows(2, 2, 5, 8), 8))
    fired, step, before = arrival.fire(np.array([1, 2, 5, 6, 8, 9]))
    assert fired.tolist() == [True, True, True, True, True, False]
    assert step.tolist()[:5] == [1, 1, 3, 4, 4]
    assert before.tolist()[:5] == [START, START, 2, 5, 5]


def test_concat_gives_missing_control_columns_their_default() -> None:
    plain = pa.table({"c0": [1]})
    changed = pa.table({"c0": [2], OP: pa.array([3], pa.int8())})
    together = concat([plain, rows(7), changed])
    assert ops(together).tolist() == [0, 0, 3]
    assert watermarks(together).tolist() == [START, 7, START]


def test_rows_of_nothing_are_still_counted() -> None:
    assert columns(pa.table({"c0": [1, 2, 3]}), []).num_rows == 3


def test_an_op_column_of_inserts_is_left_out() -> None:
    assert OP not in with_ops(pa.table({"c0": [1]}), np.zeros(1, np.int8)).column_names
