"""Wall time and instants, by the rules of java.time (which Python's zoneinfo shares) and of Flink's window timers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.engine.zones import Zone
from riverrun.errors import InputError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "+05:30")


def ms(month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    return int((datetime(2021, month, day, hour, minute, second, tzinfo=UTC) - EPOCH) / timedelta(milliseconds=1))


@given(st.sampled_from(ZONES), st.integers(0, 2_000_000_000_000))
def test_to_local_is_what_zoneinfo_says(name: str, instant: int) -> None:
    zone = timezone(timedelta(hours=5, minutes=30)) if name[0] == "+" else ZoneInfo(name)
    wall = (EPOCH + timedelta(milliseconds=instant)).astimezone(zone).replace(tzinfo=UTC)
    assert Zone(name).to_local(np.array([instant]))[0] == (wall - EPOCH) / timedelta(milliseconds=1)


@given(st.sampled_from(ZONES), st.integers(0, 2_000_000_000_000))
def test_to_instant_is_what_zoneinfo_says(name: str, local: int) -> None:
    zone = timezone(timedelta(hours=5, minutes=30)) if name[0] == "+" else ZoneInfo(name)
    wall = (EPOCH + timedelta(milliseconds=local)).replace(tzinfo=zone, fold=0)
    assert Zone(name).to_instant(np.array([local]))[0] == (wall - EPOCH) / timedelta(milliseconds=1)


def test_timers_in_the_gap_and_the_overlap() -> None:
    # The two examples of Flink's TimeWindowUtil: Los Angeles on 2021-03-14 and 2021-11-07.
    zone = Zone("America/Los_Angeles")
    skipped = np.array([ms(3, 14, 2), ms(3, 14, 2, 59, 59), ms(3, 14, 3)])
    assert zone.to_timer(skipped).tolist() == [1615716000000] * 3
    repeated = np.array([ms(11, 7, 0), ms(11, 7, 1), ms(11, 7, 2)])
    assert zone.to_timer(repeated).tolist() == [1636268400000, 1636275600000, 1636279200000]


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(InputError, match="no time zone 'Europe/Nowhere'"):
        Zone("Europe/Nowhere")
