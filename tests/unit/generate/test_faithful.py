"""`--faithful`: what a consumer of the original may depend on. Each test says first what is right by default."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riverrun.generate.run import Run
from riverrun.generate.settings import load
from riverrun.generate.streams import BY_NAME, render
from riverrun.generate.world import Rows, make_world
from riverrun.topics import LocalTopics

START = 1_767_571_200_000
HOUR = 3_600_000
_SETTINGS = ("timings.ms.onlineorders=30000", "timings.ms.newcustomers=60000", "newcustomers.order.ratio=1",
             "onlineorders.outofstock.ratio=1", "duplicates.onlineorders.ratio=0.5", "duplicates.orders.ratio=0.5",
             "eventdelays.orders.secs.max=100", "eventdelays.badgeins.secs.max=100")  # fmt: skip


@cache
def rows(stream: str, faithful: bool) -> Rows:
    world = make_world(load(assignments=_SETTINGS, faithful=faithful), 3, START)
    return Run(world, [BY_NAME[stream]]).advance(START + 4 * HOUR)[stream]


@cache
def values(stream: str, faithful: bool) -> list[Any]:
    world = make_world(load(assignments=_SETTINGS, faithful=faithful), 3, START)
    found: list[Any] = render(BY_NAME[stream], world, rows(stream, faithful)).value.to_pylist()
    return found


def test_record_timestamps() -> None:
    right, original = rows("badgeins", False), rows("badgeins", True)
    assert right.codes["stamp"].tolist() == right.publish.tolist()
    assert (right.codes["time"] <= right.codes["stamp"]).all()
    assert original.codes["stamp"].tolist() == (original.codes["time"] // 1000 * 1000).tolist()


def test_formats_of_registrations() -> None:
    iso, plain = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), re.compile(r"\d{4}-\d\d-\d\d [\d:.]+")
    assert all(iso.fullmatch(row["registered"]) for row in values("newcustomers", False))
    formats = {bool(iso.fullmatch(row["registered"])) for row in values("newcustomers", True)}
    assert formats == {True, False}
    assert all(
        iso.fullmatch(row["registered"]) or plain.fullmatch(row["registered"]) for row in values("newcustomers", True)
    )


def test_who_begins_logged_in() -> None:
    """The original's such customers are new each time and never registered."""

    def known_at_first(faithful: bool) -> list[str]:
        first: dict[str, Any] = {}
        for row in values("clicktracking", faithful):
            first.setdefault(row["sessionid"], row["customer"])
        return [customer["id"] for customer in first.values() if customer]

    registered = {row["customerid"] for row in values("newcustomers", False)}
    assert set(known_at_first(False)) & registered
    original = known_at_first(True)
    assert len(set(original)) == len(original)
    assert not set(original) & {row["customerid"] for row in values("newcustomers", True)}


def test_first_orders() -> None:
    def quantities(faithful: bool) -> set[int]:
        codes = rows("orders", faithful).codes
        return set(codes["quantity"][codes["number"] >> 56 == 1].tolist())

    assert quantities(True) == {1}
    assert len(quantities(False)) > 5


def test_out_of_stock_events_have_the_time_of_the_order() -> None:
    right, original = rows("outofstocks", False), rows("outofstocks", True)
    assert (np.diff(right.codes["time"]) >= 0).all()
    assert (np.diff(original.codes["time"]) < 0).any()
    delay = original.publish - original.codes["time"]
    assert delay.min() >= 300_000
    assert delay.max() <= 7_200_000
    orders = set(rows("onlineorders", True).codes["time"].tolist())
    assert set(original.codes["time"].tolist()) <= orders


def test_dead_settings_are_dead() -> None:
    assert (rows("orders", False).publish - rows("orders", False).codes["time"]).max() > 50_000
    assert (rows("orders", True).publish == rows("orders", True).codes["time"]).all()
    # The ratio of online orders rules the clicks; orders of stories are never repeated.
    clicks = {faithful: len(rows("clicktracking", faithful)) for faithful in (False, True)}
    assert clicks[True] > 1.4 * clicks[False]

    def repeated(faithful: bool, once: int) -> bool:
        numbers = rows("orders", faithful).codes["number"][rows("orders", faithful).codes["once"] == once]
        return len(set(numbers.tolist())) < len(numbers.tolist())

    assert [repeated(faithful, once) for faithful in (False, True) for once in (0, 1)] == [True, True, True, False]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_live_run_ends_when_it_is_told(tmp_path: Path, number: signal.Signals) -> None:
    options = ["--topics", "--data", str(tmp_path), "--from", "now-1h", "--state", str(tmp_path / "state"), "--json"]
    command = [sys.executable, "-m", "riverrun", "generate", "clicks", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
        topics, deadline = LocalTopics(tmp_path), time.monotonic() + 60
        while sum(topics.end("CLICKTRACKING").values()) < 5000 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    count = sum(topics.end("CLICKTRACKING").values())
    assert count >= 5000
    assert f'"clicktracking":{count}' in (out + err).decode()
    assert (tmp_path / "state").exists()
