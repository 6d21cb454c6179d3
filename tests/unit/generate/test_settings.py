"""The settings: read, checked, and wrong ones told apart with the nearest right one."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from riverrun.errors import InputError
from riverrun.generate.setting_table import EXTRA, LIVELY, ORIGINAL
from riverrun.generate.settings import ALL, Settings, countries, load, pairs


def test_there_are_the_117_of_the_original() -> None:
    assert len(ORIGINAL) == 117
    assert len(ALL) == 117 + len(EXTRA)
    assert set(LIVELY) <= set(ALL)


@pytest.mark.parametrize("name", ["settings", "times", "vocabulary"])
def test_docstring_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"riverrun.generate.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_every_default_is_allowed() -> None:
    for setting in ALL.values():
        raw = list(setting.default) if isinstance(setting.default, tuple) else setting.default
        if raw != [] or not setting.empty:
            assert setting.read(raw) == setting.default, setting.name
    load()


def test_a_file_then_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(
        'formats.timestamps = "yyyy-MM-dd"\n"formats.timestamps.ltz" = "HH:mm:ss"\n'
        '[timings.ms]\norders = 600\nbadgeins = 700\n[products]\nsizes = ["S", "L"]\n'
    )
    settings = load(file, ["timings.ms.orders=800", "cancellations.ratio=0", "onlineorders.cities=New York,Boston"])
    assert settings.integer("timings.ms.orders") == 800
    assert settings.integer("timings.ms.badgeins") == 700
    assert settings.items("products.sizes") == ("S", "L")
    assert settings.text("formats.timestamps") == "yyyy-MM-dd"
    assert settings.text("formats.timestamps.ltz") == "HH:mm:ss"
    assert settings.number("cancellations.ratio") == 0
    assert settings.items("onlineorders.cities") == ("New York", "Boston")
    assert set(settings.changed()) == {
        "timings.ms.orders", "timings.ms.badgeins", "products.sizes", "formats.timestamps", "formats.timestamps.ltz",
        "cancellations.ratio", "onlineorders.cities",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("timings.ms.order=5", "timings.ms.order: unknown setting; did you mean timings.ms.orders?"),
        ("timings.ms.orders=fast", "timings.ms.orders: 'fast' is not an integer; write a whole number"),
        ("timings.ms.orders=499", "timings.ms.orders: 499 is out of bounds; allowed: 500 to 8.64e+07"),
        ("duplicates.orders.ratio=1.5", "duplicates.orders.ratio: 1.5 is out of bounds; allowed: 0 to 1"),
        ("duplicates.orders.ratio=nan", "duplicates.orders.ratio: nan is not a number to count with"),
        ("products.sizes=", "products.sizes: the list is empty; give at least one item"),
        ("products.sizes=S,,L", "products.sizes: an item of the list is empty; take it out"),
        ("products.sizes=S,X L", "products.sizes: the item 'X L' contains a blank; use a hyphen"),
        ("products.sizes=S,S", "products.sizes: an item stands in the list twice; take one out"),
        ("startup.history.enabled=yes", "startup.history.enabled: 'yes' is not a boolean; write true or false"),
        ("locations.regions.countries=NA", "locations.regions.countries: 'NA' is not REGION:COUNTRY,COUNTRY"),
        ("prices.min=80", "prices.min: prices.min (80.0) is above prices.max (59.99); swap or change one"),
        ("nothing", "nothing: is not NAME=VALUE; write --set name=value"),
    ],
)
def test_what_is_wrong_is_said(assignment: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        load(assignments=[assignment])
    assert message in str(error.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        load(assignments=["prices.mim=1", "orders.small.quantity.min=0", "topic.name.orders="])
    assert len(error.value.problems) == 3


@pytest.mark.parametrize(("low", "high"), pairs())
def test_a_reversed_pair_is_refused(low: str, high: str) -> None:
    greatest = max(ALL[low].maximum or 10**9, 10)
    values = {low: type(ALL[low].default)(min(greatest, 10**9)), high: type(ALL[high].default)(ALL[high].minimum or 0)}  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is above"):
        load(assignments=[f"{name}={value}" for name, value in values.items()])


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("a = ")
    with pytest.raises(InputError, match=r"bad\.toml: is not TOML"):
        load(tmp_path / "bad.toml")
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_asking_for_another_type_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        Settings({}).integer("prices.min")


def test_countries() -> None:
    assert countries(" A : x , y ;; B:z;") == {"A": ("x", "y"), "B": ("z",)}
