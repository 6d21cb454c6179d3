"""Stores say what changed since they were saved, and are the same again when loaded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.engine.batch import Ints
from riverrun.engine.stores import Numbers, Rows, Values

SCHEMA = pa.schema([pa.field("c0", pa.int64())])


class Disk:
    """What a job's file does with changes."""

    def __init__(self) -> None:
        self.rows: dict[int, Any] = {}
        self.schema: pa.Schema | None = None

    def add(self, name: str, rows: pa.Table) -> None:
        self.schema = rows.schema
        for row in rows.to_pylist():
            assert row["_id"] not in self.rows
            self.rows[row["_id"]] = row

    def remove(self, name: str, ids: Ints) -> None:
        for number in ids.tolist():
            del self.rows[number]

    def table(self, schema: pa.Schema) -> pa.Table:
        return pa.Table.from_pylist([self.rows[number] for number in sorted(self.rows)], schema)


Step = tuple[str, int]


@given(st.lists(st.tuples(st.sampled_from(["add", "drop", "keep", "save", "load"]), st.integers(0, 5)), max_size=30))
def test_rows_survive_any_sequence(steps: list[Step]) -> None:
    disk, rows, model = Disk(), Rows(SCHEMA), dict[int, int]()
    value, saved = 0, dict[int, int]()
    for step, number in steps:
        if step == "add":
            values = list(range(value, value + number))
            value += number
            model.update(zip(rows.add(pa.table({"c0": pa.array(values, pa.int64())})).tolist(), values, strict=True))
        elif step == "drop":
            gone = sorted(model)[:number]
            rows.drop(np.array(gone, np.int64))
            model = {key: kept for key, kept in model.items() if key not in gone}
        elif step == "keep":
            rows.keep(rows.ids % 2 == number % 2)
            model = {key: kept for key, kept in model.items() if key % 2 == number % 2}
        elif step == "save":
            rows.save("rows", disk)
            saved = dict(model)
        else:
            rows = Rows(SCHEMA)
            rows.load(disk.table(rows.schema))
            model = dict(saved)
            value = max([*model.values(), -1]) + 1
        assert len(rows) == len(model)
        assert dict(zip(rows.ids.tolist(), rows.table.column("c0").to_pylist(), strict=True)) == model
        assert rows.take(rows.ids).column("c0").to_pylist() == list(model.values())


@given(st.lists(st.tuples(st.sampled_from(["set", "pop", "save", "load"]), st.integers(0, 3)), max_size=30))
def test_values_survive_any_sequence(steps: list[Step]) -> None:
    disk, values, model, saved = Disk(), Values(), dict[int, int](), dict[int, int]()
    for number, (step, key) in enumerate(steps):
        if step == "set":
            values[key] = model[key] = number
        elif step == "pop":
            assert values.pop(key) == model.pop(key, None)
        elif step == "save":
            values.save("values", disk)
            saved = dict(model)
        else:
            values, model = Values(), dict(saved)
            values.load(disk.table(Values.schema))
        assert dict(values.items()) == model


def test_numbers_are_saved_when_they_changed() -> None:
    disk, numbers = Disk(), Numbers(seen=0)
    numbers.save("numbers", disk)
    numbers["seen"] = 5
    numbers.save("numbers", disk)
    numbers.save("numbers", disk)
    assert len(disk.rows) == 1
    again = Numbers(seen=0)
    again.load(disk.table(Numbers.schema))
    assert again["seen"] == 5


def test_a_state_file_cannot_run_code() -> None:
    evil = b"cposix\nsystem\n(S'true'\ntR."
    table = pa.table({"key": [b""], "value": [evil], "_id": [1]}, schema=Numbers.schema)
    with pytest.raises(Exception, match=r"holds no posix\.system"):
        Numbers().load(table)
