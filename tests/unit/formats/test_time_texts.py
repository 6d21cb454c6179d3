"""Whole columns of times, against one time after the other."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.formats.time_texts import equal_times, timestamp_texts
from riverrun.formats.times import timestamp_text

_EPOCH = datetime.datetime(1970, 1, 1)
_MILLIS = st.integers(-62_135_596_800_000, 253_402_300_799_999) | st.integers(0, 2_000_000_000).map(lambda s: s * 1000)


def _text(millis: int) -> str:
    return (_EPOCH + datetime.timedelta(milliseconds=millis)).isoformat(timespec="milliseconds")


@given(st.lists(st.none() | _MILLIS, min_size=1), st.sampled_from(["us", "ns"]))
def test_texts_are_those_of_single_timestamps(values: list[int | None], unit: str) -> None:
    if unit == "ns":
        values = [None if value is None else value % 9_000_000_000_000 for value in values]
    factor = 1000 if unit == "us" else 1_000_000
    column = pa.array([None if v is None else v * factor for v in values], pa.int64()).cast(pa.timestamp(unit))
    expected = [None if value is None else timestamp_text(value * 1_000_000, "T") for value in values]
    assert timestamp_texts(column, "T").to_pylist() == expected


def test_what_is_no_whole_millisecond_is_left_alone() -> None:
    assert timestamp_texts(pa.array([1, 1000], pa.timestamp("us")), " ") is None
    assert timestamp_texts(pa.array([], pa.timestamp("us")), " ") is None


@given(st.lists(_MILLIS, min_size=1), st.integers(0, 3))
def test_equal_times_are_read_back(values: list[int], cut: int) -> None:
    texts = pa.array([_text(value) + "Z" for value in values])
    expected = values[cut:]
    found = equal_times(texts.slice(cut), "T", "Z")
    assert (found is None) if not expected else np.array_equal(found, expected)


@pytest.mark.parametrize(
    "odd",
    [
        "2025-02-29T00:00:00.000Z", "1900-02-29T00:00:00.000Z", "2025-04-31T00:00:00.000Z", "2025-13-01T00:00:00.000Z",
        "2025-00-01T00:00:00.000Z", "2025-01-00T00:00:00.000Z", "2025-01-01T24:00:00.000Z", "2025-01-01T00:60:00.000Z",
        "2025-01-01T00:00:60.000Z", "0000-01-01T00:00:00.000Z", "2025-01-01 00:00:00.000Z", "2025-01-01T00:00:00,000Z",
        "2025-01-01T00:00:00.00xZ", "2025-01-01T00:00:00.000z", "2025-01-01T00:00:00.00Z", "-025-01-01T00:00:00.000Z",
        "2025-01-01T00:00:0/.000Z", "2025-01-01T00:00:0:.000Z", None,
    ],
)  # fmt: skip
def test_what_is_no_such_time_is_left_to_others(odd: str | None) -> None:
    assert equal_times(pa.array(["2024-02-29T23:59:59.999Z", odd]), "T", "Z") is None
