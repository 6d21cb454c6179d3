"""Numbers as Java writes them."""

from __future__ import annotations

import math
import struct


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
