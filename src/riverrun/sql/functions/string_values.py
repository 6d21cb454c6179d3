"""What string functions do to one value where DuckDB has no exact counterpart."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from riverrun.sql.functions.python import Failure


def initcap(text: str) -> str:
    """ASCII letters and digits make words; each word starts with an upper-case letter."""
    out = []
    start = True
    for char in text:
        word = char.isascii() and char.isalnum()
        out.append((char.upper() if start else char.lower()) if word else char)
        start = not word
    return "".join(out)


def replace(text: str, search: str, replacement: str) -> str:
    """Also with an empty search: the replacement stands between all UTF-16 units."""
    if search or text.isascii():
        return text.replace(search, replacement)
    return _whole([replacement + unit for unit in _units(text)] + [replacement])


def reverse(text: str) -> str:
    return text[::-1]


def _units(text: str) -> list[str]:
    """The UTF-16 units of a text, as Java's strings count; halves of a pair are lone surrogates."""
    if text.isascii():
        return list(text)
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(data), 2)]


def units(text: str) -> list[str]:
    return [_whole([unit]) for unit in _units(text)]


def _whole(units: list[str]) -> str:
    """A text from UTF-16 units; a lone half becomes `?`, as in Java's UTF-8."""
    text = "".join(units)
    if text.isascii():
        return text
    return (
        text.encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "surrogatepass")
        .encode("utf-8", "replace")
        .decode()
    )


def _padded(text: str, length: int, padding: str, join: Callable[[list[str], list[str]], list[str]]) -> str | None:
    if length < 0:
        return None
    units, fill = _units(text), _units(padding)
    if len(units) >= length:
        return _whole(units[:length])
    if not fill:
        return None
    missing = length - len(units)
    return _whole(join((fill * (missing // len(fill) + 1))[:missing], units))


def lpad(text: str, length: int, padding: str) -> str | None:
    return _padded(text, length, padding, lambda fill, units: fill + units)


def rpad(text: str, length: int, padding: str) -> str | None:
    return _padded(text, length, padding, lambda fill, units: units + fill)


def overlay(text: str, replacement: str, position: int, length: int | None = None) -> str:
    units, new = _units(text), _units(replacement)
    count = len(new) if length is None else length
    if position <= 0 or position > len(units):
        return text
    end = position - 1 + count
    # What a length of 0 or less covers, Flink drops as well.
    rest = units[end:] if count > 0 and end < len(units) else []
    return _whole(units[: position - 1] + new + rest)


def instr(place: str, text: str, search: str, start: int, occurrence: int = 1) -> int:
    if occurrence <= 0:
        raise Failure("instr", place, "the occurrence of INSTR has to be positive")
    if start == 0:
        return 0
    if not search:
        return 1 if start > 0 else len(text) + 1
    if not text:
        return 0
    if start > 0:
        at = start - 2
        for _ in range(occurrence):
            at = text.find(search, at + 1)
            if at < 0:
                return 0
        return at + 1
    end = len(text) + start
    for _ in range(occurrence):
        at = text.rfind(search, 0, end + len(search)) if end >= 0 else -1
        if at < 0:
            return 0
        end = at - 1
    return at + 1


def locate(search: str, text: str, start: int) -> int:
    if not search or not text:
        return 0 if search else 1
    return text.find(search, max(start - 1, 0)) + 1


def split_index(text: str, delimiter: str, index: int) -> str | None:
    if not text or index < 0:
        return None
    parts = text.split(delimiter) if delimiter else re.split(r"\s", text)
    return parts[index] if index < len(parts) else None


def str_to_map(text: str, delimiter: str, key_delimiter: str) -> list[tuple[str, str | None]]:
    from riverrun.sql.functions.regex_values import split

    if not text:
        return []
    found: dict[str, str | None] = {}
    for pair in split(text, delimiter):
        parts = split(pair, key_delimiter, 2)
        found[parts[0]] = parts[1] if len(parts) > 1 else None
    return list(found.items())


def translate(text: str | None, source: str | None, target: str | None) -> str | None:
    if text is None or not source:
        return text
    target = target or ""
    table: dict[int, str | None] = {}
    for i, char in enumerate(source):
        table.setdefault(ord(char), target[i] if i < len(target) else None)
    return text.translate(table)


def ascii_code(text: str) -> int:
    first = text.encode()[0] if text else 0
    return first - 256 if first > 127 else first


def is_alpha(text: str | None) -> bool:
    return bool(text) and all(char.isalpha() for char in text or "")


def is_digit(text: str | None) -> bool:
    return bool(text) and all(char.isdecimal() for char in text or "")


_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def is_decimal(text: str | None) -> bool:
    return bool(text) and _DECIMAL.fullmatch(text or "") is not None


def hash_code(text: str) -> int:
    """The size of `String.hashCode`, which is over the UTF-16 units."""
    value = 0
    data = text.encode("utf-16-be", "surrogatepass")
    for i in range(0, len(data), 2):
        value = (31 * value + (data[i] << 8 | data[i + 1])) & 0xFFFFFFFF
    return abs(value - (1 << 32) if value & 0x80000000 else value)


_FORMAT = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([tT])?([a-zA-Z%])")


def printf(form: str | None, *args: Any) -> str | None:
    """`String.format` for the conversions d s S f e E g x X o b B c n %; None for a format that Java refuses."""
    if form is None:
        return None
    out: list[str] = []
    at = following = 0
    for match in _FORMAT.finditer(form):
        out.append(form[at : match.start()])
        at = match.end()
        number, flags, width, precision, _, conversion = match.groups()
        if conversion in ("%", "n"):
            out.append(_sized("%" if conversion == "%" else "\n", flags, width))
            continue
        if number is None:
            following += 1
        index = int(number) - 1 if number else following - 1
        if index >= len(args):
            return None
        written = _converted(args[index], conversion, flags, width, precision)
        if written is None:
            return None
        out.append(written)
    rest = form[at:]
    return None if "%" in rest or any("%" in part for part in out[::2] if part == "%?") else "".join(out) + rest


def _sized(text: str, flags: str, width: str | None) -> str:
    if width is None:
        return text
    return text.ljust(int(width)) if "-" in flags else text.rjust(int(width))


def _converted(value: Any, conversion: str, flags: str, width: str | None, precision: str | None) -> str | None:
    lower = conversion.lower()
    if value is None:
        text: str | None = "false" if lower == "b" else "null"
        text = text[: int(precision)] if precision and text else text
    elif lower == "s":
        text = _java_text(value)
        text = text[: int(precision)] if precision else text
    elif lower == "b":
        text = ("true" if value else "false") if isinstance(value, bool) else "true"
    elif lower == "c":
        text = value if isinstance(value, str) and len(value) == 1 else chr(value) if isinstance(value, int) else None
    elif lower in ("d", "x", "o"):
        return _whole_number(value, lower, conversion, flags, width, precision)
    elif lower in ("f", "e"):
        return _fraction(value, lower, conversion, flags, width, precision)
    else:
        return None
    if text is None:
        return None
    return _sized(text.upper() if conversion.isupper() else text, flags, width)


def _java_text(value: Any) -> str:
    from riverrun.java.numbers import double_text

    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _whole_number(
    value: Any, lower: str, conversion: str, flags: str, width: str | None, precision: str | None
) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool) or precision is not None:
        return None
    if lower == "d":
        text = f"{abs(value):,}" if "," in flags else str(abs(value))
        return _signed(text, value < 0, flags, width)
    bits = value if value >= 0 else value + (1 << (32 if value >= -(2**31) else 64))
    text = f"{bits:{lower}}"
    text = ("0x" if lower == "x" else "0") + text if "#" in flags else text
    text = text.upper() if conversion.isupper() else text
    return text.rjust(int(width), "0") if width and "0" in flags else _sized(text, flags, width)


def _fraction(
    value: Any, lower: str, conversion: str, flags: str, width: str | None, precision: str | None
) -> str | None:
    if isinstance(value, bool) or not isinstance(value, float):
        return None
    digits = int(precision) if precision else 6
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return _sized("NaN" if exact.is_nan() else "Infinity" if exact > 0 else "-Infinity", flags, width)
    size = abs(exact)
    if lower == "f":
        rounded = size.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
        text = f"{rounded:,f}" if "," in flags else f"{rounded:f}"
    else:
        text = f"{float(size):.{digits}e}"
    text = text.upper() if conversion.isupper() else text
    return _signed(text, exact < 0, flags, width)


def _signed(text: str, negative: bool, flags: str, width: str | None) -> str:
    if negative and "(" in flags:
        text = f"({text})"
        sign = ""
    else:
        sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    if width and "0" in flags:
        return sign + text.rjust(int(width) - len(sign), "0")
    return _sized(sign + text, flags, width)
