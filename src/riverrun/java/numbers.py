"""Numbers as Java writes and reads them."""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal
from fractions import Fraction

import numpy as np

# What `String.trim` removes.
JAVA_BLANKS = "".join(map(chr, range(33)))
_DOUBLE = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?"
    r"|0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFdD]?)"
)


def double_text(value: float) -> str:
    """As `Double.toString`: at least one fraction digit, an exponent from 1.0E7 and below 0.001.

    >>> double_text(1e7), double_text(0.5), double_text(1e-5)
    ('1.0E7', '0.5', '1.0E-5')
    """
    return _java(value, repr(value))


def float_text(value: float) -> str:
    """As `Float.toString`, of a 32-bit float."""
    return _java(value, _shortest(value))


def _shortest(value: float) -> str:
    """The shortest decimal that gives the same 32-bit float."""
    if math.isnan(value) or math.isinf(value):
        return repr(value)
    packed = struct.pack("f", value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == packed:
            return text
    return repr(value)


def _java(value: float, shortest: str) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    mantissa, _, power = shortest.lower().partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    exponent = int(power or 0) + len(whole)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    exponent -= len(digits) - len(stripped)
    digits = stripped.rstrip("0") or "0"
    if -3 < exponent <= 7:
        return sign + _plain(digits, exponent)
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent - 1}"


def _plain(digits: str, exponent: int) -> str:
    if exponent <= 0:
        return "0." + "0" * -exponent + digits
    whole = digits[:exponent].ljust(exponent, "0")
    return f"{whole}.{digits[exponent:] or '0'}"


def parse_double(text: str) -> float | None:
    """As `Double.parseDouble`: blanks around, a suffix `d` or `f`, hexadecimal floats; None when it is no number."""
    trimmed = text.strip(JAVA_BLANKS)
    if not _DOUBLE.fullmatch(trimmed):
        return None
    sign = -1.0 if trimmed.startswith("-") else 1.0
    body = trimmed.lstrip("+-")
    if body == "NaN":
        return float("nan")
    if body == "Infinity":
        return sign * float("inf")
    if body[:2].lower() == "0x":
        return sign * _hexadecimal(body.rstrip("fFdD") if "p" in body.lower() else body)
    return sign * float(body.rstrip("fFdD"))


def parse_float(text: str) -> float | None:
    """As `Float.parseFloat`; the result is rounded to 32 bits once, from the exact decimal."""
    value = parse_double(text)
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return value
    return _nearest_float(value, text)


def _nearest_float(value: float, text: str) -> float:
    with np.errstate(over="ignore"):
        nearest = np.float32(value)
    if not np.isfinite(nearest):
        return float(nearest)
    body = text.strip(JAVA_BLANKS).rstrip("fFdD")
    if "x" in body.lower():
        return float(nearest)
    # Rounding twice can go wrong when the double lies exactly between two floats.
    exact = Fraction(Decimal(body))
    beside = (np.nextafter(nearest, np.float32(np.inf)), np.nextafter(nearest, np.float32(-np.inf)))
    best = min((nearest, *(f for f in beside if np.isfinite(f))), key=lambda f: abs(Fraction(float(f)) - exact))
    return float(best)


def _hexadecimal(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        return float("inf")
