"""The methods that Groovy and Java give to texts, as far as mapping scripts use them."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from riverrun.errors import UnsupportedError
from riverrun.java.regex import compile_pattern
from riverrun.mapping.groovy.common import ANY, Method, drop, drop_right, item_at, part, picked, take, take_right
from riverrun.mapping.groovy.lexer import Float, Long
from riverrun.mapping.groovy.values import compare, text, truth, without
from riverrun.mapping.values import numbers

_DIRECTIVE = re.compile(r"%[-+0 ,#]*[0-9]*(?:\.[0-9]+)?([a-zA-Z%])")


def java_format(template: str, *values: Any) -> str:
    """As far as Java's and Python's formats are alike."""
    rest = iter(values)
    given: list[Any] = []
    for found in _DIRECTIVE.finditer(template):
        if found[1] == "%":
            continue
        if found[1] not in "sdfxXeEc" or "," in found[0] or "#" in found[0]:
            raise UnsupportedError(f"the format {found[0]} is not supported in a mapping")
        value = next(rest)
        if (found[1] == "d" and not isinstance(value, int)) or (found[1] in "xX" and value < 0):
            raise ValueError(value)
        given.append(text(value) if found[1] == "s" else value)
    return template % tuple(given)


def _whole(kind: type[int], bits: int) -> Callable[..., int]:
    """A text as a whole number, as Java parses it."""

    def parse(value: Any) -> int:
        found = re.fullmatch(r"[+-]?[0-9]+", value, re.ASCII) if isinstance(value, str) else None
        if isinstance(value, str) and (found is None or not -(1 << bits) <= int(value) < 1 << bits):
            raise ValueError(value)
        return kind(int(value))

    return parse


integer, long = _whole(int, 31), _whole(Long, 63)


def real(value: str) -> float:
    if re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[dDfF]?", value.strip()) is None:
        raise ValueError(value)
    return float(value.strip().rstrip("dDfF"))


def _is(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def test(value: str) -> bool:
        try:
            parse(value.strip())
        except (ValueError, ArithmeticError):
            return False
        return True

    return test


def java_replacement(replacement: str) -> str:
    """$1 and ${name} as Python writes them."""
    escaped = re.sub(r"\\(.)", lambda found: "\\\\" if found[1] == "\\" else f"\x00{found[1]}", replacement)
    made = re.sub(r"(?<!\x00)\$(?:(\d)|\{(\w+)\})", lambda found: rf"\g<{found[1] or found[2]}>", escaped)
    return made.replace("\x00", "")


def _regex(pattern: Any) -> re.Pattern[str]:
    return compile_pattern(text(pattern))


def _with_groups(found: re.Match[str], closure: Any) -> Any:
    """A closure gets the match, and the groups too where there are some; one that takes one, as a list."""
    if not found.re.groups:
        return closure(found[0])
    parts = [found[0], *found.groups()]
    return closure(*parts) if getattr(closure, "arity", 1) > 1 else closure(parts)


def _replaced(value: str, pattern: Any, by: Any, count: int = 0) -> str:
    if callable(by):
        return _regex(pattern).sub(lambda found: text(_with_groups(found, by)), value, count=count)
    return _regex(pattern).sub(java_replacement(text(by)), value, count=count)


def _split(value: str, pattern: Any = None, limit: int = 0) -> list[str]:
    """Java's: without empty texts at the end, nor one that an empty match at the beginning would make."""
    if pattern is None:
        return value.split()
    parts: list[str] = []
    at = 0
    for found in _regex(pattern).finditer(value):
        if found.end() == 0 or (limit > 0 and len(parts) == limit - 1):
            continue
        if found.start() < len(value) or found.end() > found.start():
            parts.append(value[at : found.start()])
            at = found.end()
    parts.append(value[at:])
    while limit == 0 and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _find_in_text(value: str, test: Any, closure: Any = None) -> str | None:
    if callable(test):
        return next((one for one in value if truth(test(one))), None)
    found = _regex(test).search(value)
    if found is None or closure is None:
        return found[0] if found else None
    return text(_with_groups(found, closure))


def _find_all_in_text(value: str, test: Any, closure: Any = None) -> Any:
    if callable(test):
        return [one for one in value if truth(test(one))]
    matches = list(_regex(test).finditer(value))
    return [found[0] for found in matches] if closure is None else [_with_groups(found, closure) for found in matches]


def _strip_margin(value: str, margin: str = "|") -> str:
    lines = (re.sub(rf"^[\x00-\x20]*{re.escape(margin)}", "", line) for line in value.split("\n"))
    return "\n".join(lines)


def _center(value: str, width: int, fill: str = " ") -> str:
    left = max(width - len(value), 0) // 2
    return _pad(_pad(value, len(value) + left, fill, left=True), max(width, len(value)), fill, left=False)


def _pad(value: str, width: int, fill: str = " ", *, left: bool) -> str:
    missing = max(width - len(value), 0)
    filling = (fill * missing)[:missing]
    return filling + value if left else value + filling


_BLANKS = "".join(map(chr, range(33)))


def _tokenize(value: str, delimiters: str = " \t\n\r\f") -> list[str]:
    return [part for part in re.split(f"[{re.escape(delimiters)}]", value) if part]


TEXTS: dict[str, Method] = {
    **ANY,
    "length": len,
    "size": len,
    "isEmpty": lambda v: not v,
    "isBlank": lambda v: not v.strip(),
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "trim": lambda v: v.strip(_BLANKS),
    "strip": str.strip,
    "capitalize": lambda v: v[:1].upper() + v[1:],
    "uncapitalize": lambda v: v[:1].lower() + v[1:],
    "contains": lambda v, part: text(part) in v,
    "startsWith": lambda v, part: v.startswith(part),
    "endsWith": lambda v, part: v.endswith(part),
    "replace": lambda v, old, new: v.replace(old, new),
    "replaceAll": _replaced,
    "replaceFirst": lambda v, pattern, by: _replaced(v, pattern, by, 1),
    "find": _find_in_text,
    "findAll": _find_all_in_text,
    "split": _split,
    "tokenize": _tokenize,
    "substring": part,
    "subSequence": part,
    "take": take,
    "drop": drop,
    "takeRight": take_right,
    "dropRight": drop_right,
    "takeWhile": lambda v, closure: "".join(itertools.takewhile(lambda one: truth(closure(one)), v)),
    "indexOf": lambda v, part, start=0: v.find(part, max(start, 0)),
    "lastIndexOf": lambda v, part: v.rfind(part),
    "charAt": item_at,
    "count": lambda v, part: v.count(part),
    "stripMargin": _strip_margin,
    "readLines": str.splitlines,
    "center": _center,
    "isInteger": _is(integer),
    "isLong": _is(long),
    "isNumber": _is(real),
    "isDouble": _is(real),
    "isBigDecimal": _is(real),
    "any": lambda v, closure: any(truth(closure(one)) for one in v),
    "every": lambda v, closure: all(truth(closure(one)) for one in v),
    "inject": lambda v, first, closure: functools.reduce(closure, v, first),
    "getAt": lambda v, at: picked(v, at) if isinstance(at, list) else v[at],
    "concat": lambda v, other: v + other,
    "plus": lambda v, other: v + text(other),
    "minus": without,
    "multiply": lambda v, count: v * count,
    "reverse": lambda v: v[::-1],
    "padLeft": functools.partial(_pad, left=True),
    "padRight": functools.partial(_pad, left=False),
    "compareTo": lambda v, other: compare("<=>", v, other),
    "equalsIgnoreCase": lambda v, other: v.casefold() == other.casefold(),
    "matches": lambda v, pattern: _regex(pattern).fullmatch(v) is not None,
    "toInteger": lambda v: integer(v.strip()),
    "toLong": lambda v: long(v.strip()),
    "toDouble": real,
    "toFloat": lambda v: Float(numbers.as_float32(real(v))),
    "toBigDecimal": lambda v: Decimal(v.strip()),
    "toBoolean": lambda v: v.strip().lower() in ("true", "y", "1"),
    "toList": list,
    "each": lambda v, closure: ([closure(one) for one in v], v)[1],
    "collect": lambda v, closure: [closure(one) for one in v],
    "intern": lambda v: v,
}
