"""The settings of the jeans shop, the original's 117 under their own names and ours: loading and checking them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from riverrun.errors import InputError, Problem, Where, did_you_mean
from riverrun.generate.setting import Setting, Value
from riverrun.generate.setting_table import EXTRA, LIVELY, ORIGINAL

ALL: Mapping[str, Setting] = {setting.name: setting for setting in (*ORIGINAL, *EXTRA)}


class Settings:
    """Every setting's value. `faithful` copies the original's behaviour where a consumer depends on it."""

    def __init__(self, values: Mapping[str, Value], *, faithful: bool = False) -> None:
        self._values = {name: values.get(name, setting.default) for name, setting in ALL.items()}
        self.faithful = faithful

    def integer(self, name: str) -> int:
        value = self._values[name]
        assert type(value) is int, name
        return value

    def number(self, name: str) -> float:
        value = self._values[name]
        assert type(value) is float, name
        return value

    def text(self, name: str) -> str:
        value = self._values[name]
        assert isinstance(value, str), name
        return value

    def flag(self, name: str) -> bool:
        value = self._values[name]
        assert isinstance(value, bool), name
        return value

    def items(self, name: str) -> tuple[str, ...]:
        value = self._values[name]
        assert isinstance(value, tuple), name
        return value

    def bounds(self, name: str) -> tuple[int, int]:
        """The whole numbers of NAME.min and NAME.max."""
        return self.integer(f"{name}.min"), self.integer(f"{name}.max")

    def changed(self) -> dict[str, Value]:
        """What differs from the defaults."""
        return {name: value for name, value in self._values.items() if value != ALL[name].default}


def load(
    file: Path | None = None, assignments: Iterable[str] = (), *, faithful: bool = False, lively: bool = False
) -> Settings:
    """The settings of a TOML file, then of `NAME=VALUE` texts. Raises InputError with every mistake found.

    >>> load(assignments=["cancellations.ratio=0.05"]).number("cancellations.ratio")
    0.05
    """
    problems: list[Problem] = []
    values: dict[str, Value] = dict(LIVELY) if lively else {}
    where: dict[str, Where] = {}
    for name, raw, place in (*_from_file(file), *_from_assignments(assignments, problems)):
        where[name] = place
        _take(name, raw, place, values, problems)
    problems += _reversed(values, where)
    settings = Settings(values, faithful=faithful)
    problems += _countries(settings, where)
    if problems:
        raise InputError(problems)
    return settings


def _take(name: str, raw: Any, place: Where, values: dict[str, Value], problems: list[Problem]) -> None:
    setting = ALL.get(name)
    if setting is None:
        problems.append(Problem("unknown setting", where=place, todo=did_you_mean(name, _related(name))))
        return
    value = setting.read(raw)
    if isinstance(value, Problem):
        problems.append(Problem(value.what, where=place, todo=value.todo))
    else:
        values[name] = value


def _from_file(file: Path | None) -> list[tuple[str, Any, Where]]:
    if file is None:
        return []
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=Where(file=str(file))) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", where=Where(file=str(file))) from error
    return [(name, raw, Where(file=str(file), path=name)) for name, raw in _flat(tree, "")]


def _flat(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, raw in tree.items():
        if isinstance(raw, dict):
            yield from _flat(raw, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", raw


def _from_assignments(texts: Iterable[str], problems: list[Problem]) -> list[tuple[str, Any, Where]]:
    found = []
    for text in texts:
        name, equals, raw = text.partition("=")
        if not equals:
            problems.append(Problem("is not NAME=VALUE", where=Where(path=text), todo="write --set name=value"))
        else:
            found.append((name.strip(), raw, Where(path=name.strip())))
    return found


def _reversed(values: Mapping[str, Value], where: Mapping[str, Where]) -> list[Problem]:
    """Pairs whose least value is above the greatest: with the original they stop all generation."""
    problems = []
    for low_name, high_name in pairs():
        low, high = (values.get(name, ALL[name].default) for name in (low_name, high_name))
        assert isinstance(low, int | float)
        assert isinstance(high, int | float)
        if low > high:
            place = where.get(low_name) or where.get(high_name)
            problems.append(
                Problem(f"{low_name} ({low}) is above {high_name} ({high})", where=place, todo="swap or change one")
            )
    return problems


def pairs() -> list[tuple[str, str]]:
    """(NAME.min, NAME.max) of every setting that is half of such a pair."""
    stems = [name.removesuffix(".min") for name in ALL if name.endswith(".min")]
    found = [(f"{stem}.min", f"{stem}.max") for stem in stems if f"{stem}.max" in ALL]
    return [*found, ("orders.small.quantity.min", "orders.large.quantity.max")]


def _countries(settings: Settings, where: Mapping[str, Where]) -> list[Problem]:
    name = "locations.regions.countries"
    try:
        countries(settings.text(name))
    except ValueError as error:
        return [Problem(str(error), where=where.get(name, Where(path=name)), todo="write NA:CA,US;SA:BR,PY")]
    return []


def countries(text: str) -> dict[str, tuple[str, ...]]:
    """
    >>> countries("NA:CA,US;SA:BR")
    {'NA': ('CA', 'US'), 'SA': ('BR',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        region, colon, codes = part.partition(":")
        names = tuple(code.strip() for code in codes.split(",") if code.strip())
        if not colon or not region.strip() or not names:
            raise ValueError(f"{part!r} is not REGION:COUNTRY,COUNTRY")
        found[region.strip()] = names
    return found


def _related(name: str) -> Iterable[str]:
    """The settings of the same family, so that a list of suggestions stays short."""
    family = [known for known in ALL if known.partition(".")[0] == name.partition(".")[0]]
    return family or ALL
