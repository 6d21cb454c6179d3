"""The words at the bottom of the house: their docstring examples are right, and ids hold what Divolte says."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.ids import from_base36, new_identifier, parse_identifier, to_base36
from riverrun.ledger import Account, read_account, read_accounts, write_account


@pytest.mark.parametrize("name", ["errors", "ids"])
def test_docstring_examples(name: str) -> None:
    module = importlib.import_module(f"riverrun.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("i0rjfnxd", 1412220184033),
        ("is8tiwk4", 1472038179412),
        ("j5399reo", 1500000000000),
        ("zz", 1295),
        ("-16", -42),
        ("1y2p0ij32e8e7", 2**63 - 1),
        ("1y2p0ij32e8e8", None),
        ("000000000000000000016", 42),
        ("", None),
        ("+", None),
        ("-", None),
        ("1_0", None),
        ("１", None),
        ("1.i", None),
        ("16\n", None),
    ],
)
def test_base36(text: str, number: int | None) -> None:
    assert from_base36(text) == number


@given(st.integers(-(2**63), 2**63 - 1))
def test_base36_both_ways(number: int) -> None:
    assert from_base36(to_base36(number)) == number


@given(st.text(max_size=40))
def test_base36_never_raises(text: str) -> None:
    number = from_base36(text)
    assert number is None or text.isascii()


@pytest.mark.parametrize("text", ["1:16:x", "0:16", "0:16:a:b", "0:!:x", "notavalidpartyid", ""])
def test_not_an_identifier(text: str) -> None:
    assert parse_identifier(text) is None


def test_a_new_identifier_parses() -> None:
    made = new_identifier(1_500_000_000_000)
    assert parse_identifier(str(made)) == made
    assert len(made.unique) == 32


def test_an_account_is_read_as_it_was_written(tmp_path: Path) -> None:
    account = Account(room="map", name="clicks", positions={"events": {0: 7}}, received=7, rejected={"unmappable": 2})
    write_account(tmp_path, account)
    assert read_account(tmp_path, "map", "clicks") == account
    assert list(read_accounts(tmp_path)) == [account]
    assert read_account(tmp_path, "map", "other") is None
