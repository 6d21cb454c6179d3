"""One setting of the jeans shop: its name, default, bounds and meaning, and how a text becomes its value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from riverrun.errors import Problem, Where

Value = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """`default` also gives the type: bool, int, float, str or a tuple of str. `original`: in what the original differs.

    blanks      items of a list may contain blanks
    empty       a list may be empty
    """

    name: str
    default: Value
    meaning: str
    minimum: float | None = None
    maximum: float | None = None
    original: str = ""
    blanks: bool = False
    empty: bool = False

    @property
    def kind(self) -> str:
        for python, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "text")):
            if isinstance(self.default, python):
                return name
        return "list"

    @property
    def bounds(self) -> str:
        if self.minimum is None and self.maximum is None:
            return ""
        low = "" if self.minimum is None else f"{self.minimum:g}"
        high = "" if self.maximum is None else f"{self.maximum:g}"
        return f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"

    def read(self, raw: Any) -> Value | Problem:
        """The value of `raw`: what TOML gave, or a text from the command line."""
        value = self._from_text(raw) if isinstance(raw, str) else self._from_toml(raw)
        if value is None:
            kind, todo = _EXPECTED[self.kind]
            return self._problem(f"{_shown(raw)} is not {kind}", todo)
        return self._outside(value) or value

    def _from_text(self, text: str) -> Value | None:
        try:
            match self.kind:
                case "boolean":
                    return {"true": True, "false": False}[text.strip().lower()]
                case "integer":
                    return int(text)
                case "number":
                    return float(text)
                case "list":
                    return tuple(item.strip() for item in text.split(",")) if text.strip() else ()
        except (ValueError, KeyError):
            return None
        return text

    def _from_toml(self, raw: Any) -> Value | None:
        match self.kind:
            case "boolean":
                return raw if isinstance(raw, bool) else None
            case "integer":
                return raw if isinstance(raw, int) and not isinstance(raw, bool) else None
            case "number":
                return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else None
            case "list" if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
                return tuple(raw)
        return None

    def _outside(self, value: Value) -> Problem | None:
        if isinstance(value, tuple):
            return self._bad_list(value)
        if isinstance(value, str):
            return None if value else self._problem("is empty", "give a text")
        if not math.isfinite(value):
            return self._problem(f"{value} is not a number to count with", "give a finite number")
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            return self._problem(f"{value} is out of bounds", f"allowed: {self.bounds}")
        return None

    def _bad_list(self, items: tuple[str, ...]) -> Problem | None:
        if not items and not self.empty:
            return self._problem("the list is empty", "give at least one item")
        for item in items:
            if not item:
                return self._problem("an item of the list is empty", "take it out")
            if " " in item and not self.blanks:
                return self._problem(f"the item {item!r} contains a blank", "use a hyphen")
        if len(set(items)) < len(items):
            return self._problem("an item stands in the list twice", "take one out")
        return None

    def _problem(self, what: str, todo: str) -> Problem:
        return Problem(what, where=Where(path=self.name), todo=todo)


_EXPECTED = {
    "boolean": ("a boolean", "write true or false"),
    "integer": ("an integer", "write a whole number"),
    "number": ("a number", "write a number"),
    "text": ("a text", "write a text"),
    "list": ("a list", "write a list of texts, on the command line with commas"),
}


def _shown(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else text[:57] + "..."
