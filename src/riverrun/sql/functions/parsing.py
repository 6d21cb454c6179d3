"""Texts to decimals, dates and times, exactly as Flink's casts read them."""

from __future__ import annotations

import calendar
import datetime
import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from riverrun.java.numbers import JAVA_BLANKS

_DATE = re.compile(r"([0-9]+)(?:-([0-9]+)(?:-([0-9]+))?)?")
_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]*))?)?)?")
_BIG = Context(prec=1200, rounding=ROUND_HALF_UP)
# DecimalData keeps up to so many digits in a long, and reads short texts of them with a lenient parser.
_LONG_DIGITS = 18


def parse_decimal(text: str, precision: int, scale: int) -> Decimal | None:
    """A DECIMAL(precision, scale), rounded half up; None when it is no number or too large."""
    if precision <= _LONG_DIGITS and len(text.encode()) <= _LONG_DIGITS:
        return _short_decimal(text, precision, scale)
    trimmed = text.strip(" \n\t")
    if not trimmed or "_" in trimmed or trimmed != trimmed.strip():
        return None
    try:
        value = Decimal(trimmed)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > 1000:
        return Decimal(0).scaleb(-scale) if value.is_finite() and value.adjusted() < 0 else None
    return fit(value, precision, scale)


def fit(value: Decimal, precision: int, scale: int) -> Decimal | None:
    """`value` rounded half up to `scale`; None when it needs more digits than `precision`."""
    out = value.quantize(Decimal(1).scaleb(-scale), context=_BIG)
    return out if out.is_zero() or out.adjusted() < precision - scale else None


_SHORT = re.compile(r"[ \n\t]*([+-]?)([0-9]*)(?:\.([0-9]*))?(.?)", re.DOTALL)


def _short_decimal(text: str, precision: int, scale: int) -> Decimal | None:
    """The lenient reading of short texts: one foreign character after the digits is skipped (`1.a` is 1)."""
    if not text.strip(" \n\t"):
        return None
    match = _SHORT.match(text)
    assert match is not None
    sign, whole, fraction, stop = match.groups()
    rest = text[match.end() :]
    if (sign and not (whole or fraction or stop or match.group(3) is not None)) or stop == ".":
        return None
    exponent = 0
    if stop in ("e", "E") and rest:
        power = re.match(r"([+-]?)([0-9]*)(.?)", rest, re.DOTALL)
        assert power is not None
        if power.group(1) and len(rest) == 1:
            return None
        exponent = _exponent(power.group(1), power.group(2))
        # The character that ends the digits is skipped as well.
        rest = rest[power.end() :]
    if rest.strip(" \n\t") or (len(stop.encode()) > 1):
        return None
    digits = whole + (fraction or "")
    change = exponent - len(fraction or "") + scale
    if len(digits) + change > precision or change < -_LONG_DIGITS - 1:
        return None
    value = Decimal(f"{sign}{digits or '0'}E{exponent - len(fraction or '')}")
    return value.quantize(Decimal(1).scaleb(-scale), context=_BIG)


def _exponent(sign: str, digits: str) -> int:
    value = 0
    for digit in digits:
        if value < 40:
            value = value * 10 + int(digit)
    return -value if sign == "-" else value


def parse_date(text: str) -> datetime.date | None:
    """`yyyy[-M[-d]]`, missing parts are 1; blanks around and what follows the first blank are ignored."""
    trimmed = text.strip(JAVA_BLANKS)
    match = _DATE.fullmatch(trimmed.split(" ", 1)[0])
    if match is None:
        return None
    year, month, day = (int(part) if part is not None else 1 for part in match.groups())
    if not 1 <= year <= 9999 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return datetime.date(year, month, day)


def parse_time(text: str) -> int | None:
    """`H[:m[:s[.f]]]` as milliseconds of the day."""
    match = _TIME.fullmatch(text.strip(JAVA_BLANKS))
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        return None
    ms = int(((match.group(4) or "") + "000")[:3])
    return ((hour * 60 + minute) * 60 + second) * 1000 + ms


_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{0,2})(?: ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.([0-9]{0,9}))?)?"
)


def parse_timestamp(text: str, precision: int) -> int | None:
    """`yyyy-M-d[ H:m:s[.f]]` as nanoseconds since the epoch; a day after the month's end is its last day."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    day = day or (1 if not match.group(3) else 0)
    if not 1 <= month <= 12 or not 1 <= day <= 31 or minute > 59 or second > 59 or year < 1:
        return None
    if hour > 24 or (hour == 24 and (minute or second)):
        return None
    day = min(day, calendar.monthrange(year, month)[1])
    days = datetime.date(year, month, day).toordinal() - EPOCH_ORDINAL
    nanos: int = int(((match.group(7) or "") + "0" * 9)[:9])
    nanos -= nanos % int(10 ** (9 - precision))
    return ((days * 24 + hour) * 60 + minute) * 60 * 10**9 + second * 10**9 + nanos


EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
