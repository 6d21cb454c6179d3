"""Groovy's values while a script is read: truth, texts, arithmetic and comparison as Groovy has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from riverrun.errors import InputError, UnsupportedError
from riverrun.java.regex import compile_pattern
from riverrun.mapping.groovy.lexer import BigInteger, Float, Long
from riverrun.mapping.vocabulary import DigestBuilder, Typed, Value

NUMBERS = (int, float, Decimal)


class Entry:
    """An entry of a map."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value


class Range(list[Any]):
    """A list made by `first..last` (or `first..<end`); as an index its ends count from the end where negative."""

    def __init__(self, values: Iterable[Any], first: Any, last: Any, *, open_end: bool) -> None:
        super().__init__(values)
        self._ends = first, last
        self._open_end = open_end

    def within(self, size: int) -> list[int]:
        """The places in something of that size. Raises IndexError for what is outside."""
        first, last = (end + size if end < 0 else end for end in self._ends)
        by = 1 if first <= last else -1
        places = list(range(first, last if self._open_end else last + by, by))
        if any(not 0 <= place < size for place in places):
            raise IndexError(first)
        return places


@dataclass(frozen=True, slots=True)
class Pattern:
    """`~/.../`."""

    source: str


class Matcher:
    """`text =~ pattern`: true when it is found; its items are the matches, with groups as lists."""

    def __init__(self, value: str, source: str) -> None:
        self._pattern = compile_pattern(source)
        self._value = value
        self._rest = self._pattern.finditer(value)
        self._last: re.Match[str] | None = None

    def items(self) -> list[Any]:
        return [
            [found[0], *found.groups()] if found.re.groups else found[0]
            for found in self._pattern.finditer(self._value)
        ]

    def find(self) -> bool:
        self._last = next(self._rest, None)
        return self._last is not None

    def matches(self) -> bool:
        self._last = self._pattern.fullmatch(self._value)
        return self._last is not None

    def group(self, which: Any = 0) -> str | None:
        if self._last is None:
            raise InputError("there is no match", todo="ask .matches() or .find() first")
        found: str | None = self._last[which]
        return found


@dataclass(frozen=True, slots=True)
class ClassName:
    """A class that a value can be asked for: `x instanceof Map`, `case List:`."""

    name: str


class Lazy(Exception):
    """An operator was used on a value that is not known while the script is read."""


def type_name(value: Any) -> str:
    """As Groovy calls it."""
    if value is None:
        return "null"
    names: tuple[tuple[type, str], ...] = (
        (bool, "Boolean"), (Long, "Long"), (BigInteger, "BigInteger"), (int, "Integer"), (Float, "Float"),
        (float, "Double"), (Decimal, "BigDecimal"), (str, "String"), (list, "List"), (dict, "Map"), (Entry,
        "Map.Entry"),
        (Value, "value of the mapping"), (DigestBuilder, "digest"), (Pattern, "Pattern"), (Matcher, "Matcher"),
    )  # fmt: skip
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


def truth(value: Any) -> bool:
    if isinstance(value, (Value, DigestBuilder)):
        raise InputError(
            "the value is known only when an event comes, so it cannot decide anything while the script is read",
            todo="use `when ... apply { }` instead of `if`, and .and(), .or() and not() instead of &&, || and !",
        )
    if isinstance(value, Matcher):
        return bool(value.items())
    return bool(value) if not isinstance(value, (Entry,)) else True


def text(value: Any) -> str:
    """As toString() gives it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Value):
        raise InputError(
            "the value is known only when an event comes, so it cannot be put into a text while the script is read",
            todo='use format("{} ...", value)',
        )
    if isinstance(value, float):
        return _double_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "[" + (", ".join(f"{text(k)}:{text(v)}" for k, v in value.items()) or ":") + "]"
    if isinstance(value, Entry):
        return f"{text(value.key)}={text(value.value)}"
    return value.source if isinstance(value, Pattern) else str(value)


def _double_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    mantissa, _, exponent = f"{Decimal(repr(float(value))):e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def typed(value: Any) -> Any:
    """A Groovy value as the vocabulary takes it, literals with their exact Java type."""
    kinds = (
        (bool, "boolean"), (Long, "long"), (BigInteger, "big_integer"), (int, "int"), (Float, "float"), (float,
        "double"),
        (Decimal, "big_decimal"), (str, "string"),
    )  # fmt: skip
    if isinstance(value, int) and not isinstance(value, (bool, Long, BigInteger)) and not -(2**31) <= value < 2**31:
        return Typed(value, "long")
    for kind, name in kinds:
        if isinstance(value, kind):
            return Typed(value, name)
    return value


def _plain_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, (bool, Long, BigInteger))


_CLASSES: dict[str, Callable[[Any], bool]] = {
    "Object": lambda value: value is not None,
    "Integer": _plain_int,
    "Number": lambda value: _is_number(value),
    "Double": lambda value: isinstance(value, float) and not isinstance(value, Float),
    "Closure": callable,
    **{
        name: (lambda value, kind=kind: isinstance(value, kind))  # type: ignore[misc]
        for kind, names in (
            (str, ("String", "CharSequence")), (Long, ("Long",)), (BigInteger, ("BigInteger",)), (Float, ("Float",)),
            (Decimal, ("BigDecimal",)), (bool, ("Boolean",)), (dict, ("Map", "LinkedHashMap", "HashMap")),
            (list, ("List", "Collection", "Iterable", "ArrayList")), (Entry, ("Map.Entry", "Entry")),
            (Pattern, ("Pattern",)),
        )
        for name in names
    },
}  # fmt: skip


def is_class(name: str) -> bool:
    return name in _CLASSES


def instance_of(value: Any, name: str) -> bool:
    """Raises UnsupportedError for classes that scripts have no use for."""
    test = _CLASSES.get(name.rpartition(".")[2] if name not in _CLASSES else name)
    if test is None:
        raise UnsupportedError(f"the class {name} is not supported in a mapping", todo="write the mapping in Python")
    return test(value)


def is_case(subject: Any, value: Any) -> bool:
    """Whether a `case`, or what stands behind `in`, takes the value."""
    if isinstance(value, ClassName):
        return instance_of(subject, value.name)
    if isinstance(value, list):
        return contains(value, subject)
    if isinstance(value, dict):
        return subject in value
    if isinstance(value, Pattern):
        return subject is not None and compile_pattern(value.source).fullmatch(text(subject)) is not None
    if callable(value):
        return truth(value(subject))
    return subject is None if value is None else bool(compare("==", subject, value))


def contains(values: list[Any], one: Any) -> bool:
    """Java's: an Integer is no Long."""
    return any(equal(one, other) for other in values)


def among(values: list[Any], one: Any) -> bool:
    """Groovy's: numbers by their values."""
    return any(_same(one, other) for other in values)


def equal(one: Any, other: Any) -> bool:
    return _same(one, other) and (type_name(one) == type_name(other) or not _is_number(one))


def bits(op: str, left: Any, right: Any) -> Any:
    """& | ^ << >> >>> on whole numbers, and the first three on booleans."""
    if isinstance(left, bool) and isinstance(right, bool) and op in ("&", "|", "^"):
        return {"&": left & right, "|": left | right, "^": left ^ right}[op]
    if not (_is_number(left) and _is_number(right) and isinstance(left, int) and isinstance(right, int)):
        raise InputError(f"{op} cannot be applied to {type_name(left)} and {type_name(right)}")
    rank = _rank(left) if op in ("<<", ">>", ">>>") else max(_rank(left), _rank(right))
    size = {0: 32, 1: 64}.get(rank)
    if size is None:
        raise UnsupportedError(f"{op} on a BigInteger is not supported in a mapping")
    by = right % size
    made = {
        "&": left & right, "|": left | right, "^": left ^ right, "<<": left << by, ">>": left >> by,
        ">>>": (left % (1 << size)) >> by,
    }[op]  # fmt: skip
    made = (made + (1 << (size - 1))) % (1 << size) - (1 << (size - 1))
    return Long(made) if rank else made


def _rank(value: Any) -> int:
    if isinstance(value, float):
        return 4
    if isinstance(value, Decimal):
        return 3
    return 2 if isinstance(value, BigInteger) else 1 if isinstance(value, Long) else 0


def _number(value: Any, rank: int) -> Any:
    """A result in the wider type of its operands; what does not fit is an error (Java would wrap it silently)."""
    if rank == 4:
        return float(value)
    if rank == 3:
        return Decimal(value)
    bits = {0: 31, 1: 63}.get(rank)
    if bits is not None and not -(1 << bits) <= value < 1 << bits:
        raise InputError(
            f"{value} does not fit {'an Integer' if bits == 31 else 'a Long'}", todo="write a literal with L or G"
        )
    return {0: int, 1: Long, 2: BigInteger}[rank](value)


def arithmetic(op: str, left: Any, right: Any) -> Any:
    """+ - * / % ** on texts, lists, maps and numbers. Raises InputError for what Groovy refuses."""
    if isinstance(left, Value) or isinstance(right, Value):
        todo = "use .concat() or format() for texts" if op == "+" else "write a function in a Python script"
        raise InputError(f"{op} cannot be applied to a value that is known only when an event comes", todo=todo)
    if op == "+" and (isinstance(left, str) or isinstance(right, str)):
        return text(left) + text(right)
    if isinstance(left, list) and op in ("+", "-"):
        others = right if isinstance(right, list) else [right]
        return left + others if op == "+" else [one for one in left if one not in others]
    if isinstance(left, dict) and isinstance(right, dict) and op == "+":
        return {**left, **right}
    if isinstance(left, (str, list)) and op == "*" and isinstance(right, int):
        return left * right
    if isinstance(left, str) and op == "-":
        return without(left, right)
    if isinstance(left, dict) and isinstance(right, dict) and op == "-":
        return {key: value for key, value in left.items() if key not in right or not _same(value, right[key])}
    if not (_is_number(left) and _is_number(right)):
        raise InputError(f"{op} cannot be applied to {type_name(left)} and {type_name(right)}")
    return _calculate(op, left, right, max(_rank(left), _rank(right)))


def without(value: str, part: Any) -> str:
    """The text without the first place of a part or pattern."""
    if isinstance(part, Pattern):
        return compile_pattern(part.source).sub("", value, count=1)
    return value.replace(text(part), "", 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def _calculate(op: str, left: Any, right: Any, rank: int) -> Any:
    if rank == 4:
        left, right = float(left), float(right)
    elif rank == 3 or op == "/":
        left, right, rank = Decimal(left), Decimal(right), 3
    try:
        if op == "/":
            result = left / right
            return result if rank == 4 else _short(result)
        if op == "%":
            return _number(left - right * int(left / right) if rank > 2 else _remainder(left, right), rank)
        if op == "**":
            if right < 0 or right > 1000:
                raise InputError("the exponent is out of range")
            return _widened(left**right, rank)
        return _number({"+": left + right, "-": left - right, "*": left * right}[op], rank)
    except (ZeroDivisionError, InvalidOperation) as error:
        raise InputError("division by zero") from error


def _widened(value: Any, rank: int) -> Any:
    """A power: as its base, or as a BigInteger where that cannot hold it."""
    fits = rank >= 2 or -(1 << (31, 63)[rank]) <= value < 1 << (31, 63)[rank]
    return _number(value, rank if fits else 2)


def _short(value: Decimal) -> Decimal:
    return round(value, 10).normalize() if value != value.to_integral_value() else value.quantize(Decimal(1))


def _remainder(left: int, right: int) -> int:
    """Java's: with the sign of the left side."""
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def compare(op: str, left: Any, right: Any) -> Any:
    if isinstance(left, (Value, DigestBuilder)) or isinstance(right, (Value, DigestBuilder)):
        todo = (
            "write x.equalTo(y), and not(x.equalTo(y)) for !="
            if op in ("==", "!=")
            else "use .lessThan() or .greaterThan()"
        )
        raise InputError(f"{op} is worked out while the script is read, when the value is not yet known", todo=todo)
    if op in ("==", "!="):
        same = _same(left, right)
        return same if op == "==" else not same
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        raise InputError(f"{type_name(left)} and {type_name(right)} cannot be compared by {op}")
    try:
        order = (left > right) - (left < right)
    except TypeError as error:
        raise InputError(f"{type_name(left)} and {type_name(right)} cannot be compared by {op}") from error
    if op == "<=>":
        return order
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[op]


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
