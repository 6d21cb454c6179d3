"""Our frozen dataclasses, against those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    names: list[str] = dataclasses.field(default_factory=list, compare=False, repr=False)


@dataclasses.dataclass(frozen=True)
class Theirs:
    x: int
    y: int = 2
    names: list[str] = dataclasses.field(default_factory=list, compare=False, repr=False)


@pytest.mark.parametrize(
    "make", [lambda c: c(1), lambda c: c(1, 3), lambda c: c(x=1, names=["a"]), lambda c: c(1, y=4)]
)
def test_values_are_the_same(make: Any) -> None:
    ours, theirs = make(Point), make(Theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert repr(ours).partition("(")[2] == repr(theirs).partition("(")[2]
    assert ours == make(Point)
    assert hash(ours) == hash(make(Point))
    assert ours != theirs
    assert dataclasses.replace(ours, x=7) == Point(7, ours.y)
    assert pickle.loads(pickle.dumps(ours)) == ours == copy.deepcopy(ours)


@pytest.mark.parametrize("make", [lambda c: c(), lambda c: c(1, 2, [], 4), lambda c: c(1, x=1), lambda c: c(1, z=1)])
def test_wrong_calls_are_refused(make: Any) -> None:
    for each in (Point, Theirs):
        with pytest.raises(TypeError):
            make(each)


def test_they_are_frozen_and_match_by_position() -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)
    assert Point(1, names=["a"]) == Point(1, names=["b"])
