"""Times and texts: DATE_FORMAT, TO_TIMESTAMP, TO_DATE, FROM_UNIXTIME, UNIX_TIMESTAMP, CONVERT_TZ."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

import pyarrow as pa

from riverrun.java import datetime_format, simple_date
from riverrun.java.datetime_format import BadPattern, BadTime
from riverrun.java.moments import DAY_NANOS, Moment, days_of, month_length
from riverrun.java.numbers import JAVA_BLANKS
from riverrun.schema.types import BIGINT, DATE, STRING, Root, timestamp, timestamp_ltz
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions import parsing
from riverrun.sql.functions.casting import usual_timestamp
from riverrun.sql.functions.check import fits, refuse, takes
from riverrun.sql.functions.common import is_exact, is_null, is_numeric, is_string
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request, always
from riverrun.sql.functions.physical import is_nanos, quote
from riverrun.sql.functions.python import Failure, PythonFunction, python_function
from riverrun.sql.functions.render import place
from riverrun.sql.functions.zones import is_utc, to_local, zone_info

_NANOS = 10**9


# -- DATE_FORMAT


def _resolve_date_format(request: Request) -> Expr:
    usage = "DATE_FORMAT(timestamp or string, format)"
    args = fits(request.args, "str|timestamp, str")
    if args is None:
        raise refuse(request, usage)
    form = args[1]
    if isinstance(form, Literal) and isinstance(form.value, str):
        try:
            datetime_format.pattern(form.value)
        except BadPattern as problem:
            raise InvalidCall(f"'{form.value}' is not a date format: {problem}") from problem
    return request.call(STRING, args)


# What DuckDB's strftime writes exactly as Java does, for years of four digits.
_NATIVE = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "SSS": "%g", "SSSSSS": "%f"}
_TOKENS = re.compile(r"([A-Za-z])\1*|'[^']*'|[^A-Za-z']")


def strftime_format(form: str) -> str | None:
    """The strftime format that means the same as a Java pattern; None when there is none."""
    out = []
    for match in _TOKENS.finditer(form):
        token = match[0]
        if token[0].isascii() and token[0].isalpha():
            if token not in _NATIVE:
                return None
            out.append(_NATIVE[token])
        elif token in ("[", "]", "{", "}", "#") or token == "''":
            return None
        else:
            out.append(token.strip("'").replace("%", "%%"))
    return "".join(out)


def _render_date_format(call: Call, args: list[str], renderer: Renderer) -> str:
    value, form = args
    type_, constant = call.args[0].type, call.args[1]
    if is_string(type_):
        return f"rr_date_format_text({place(call.span)}, {value}, {form})"
    local = value
    if type_.root is Root.TIMESTAMP_LTZ:
        local = to_local(value, renderer.session.zone, nanos=is_nanos(type_))
    native = None
    if isinstance(constant, Literal) and isinstance(constant.value, str):
        native = strftime_format(constant.value)
    micros, nanos = f"epoch_us({local})", "CAST(0 AS BIGINT)"
    if is_nanos(type_):
        micros, nanos = f"(epoch_ns({local}) // 1000)", f"(epoch_ns({local}) % 1000)"
    exact = f"rr_date_format({place(call.span)}, {micros}, {nanos}, {form})"
    if native is None or is_nanos(type_):
        return exact
    usual = f"year({local}) BETWEEN 1000 AND 9999"
    return f"(CASE WHEN {usual} THEN strftime({local}, {quote(native)}) ELSE {exact} END)"


def _date_format(where: str, micros: int, nanos: int, form: str) -> str:
    try:
        return datetime_format.pattern(form).write(Moment.of(micros * 1000 + nanos))
    except (BadPattern, BadTime) as problem:
        raise Failure("format", where, f"DATE_FORMAT with '{form}': {problem}") from problem


def _date_format_text(where: str, text: str, form: str) -> str | None:
    """A text is read as `yyyy-MM-dd HH:mm:ss` first, leniently; the fraction is lost."""
    try:
        ms = simple_date.pattern("yyyy-MM-dd HH:mm:ss").read(text)
    except BadTime:
        return None
    try:
        return simple_date.pattern(form).write(Moment.of(ms * 10**6))
    except (BadPattern, BadTime) as problem:
        raise Failure("format", where, f"DATE_FORMAT with '{form}': {problem}") from problem


# -- TO_TIMESTAMP, TO_TIMESTAMP_LTZ, TO_DATE


def read_timestamp(text: str, form: str | None = None) -> int | None:
    """A text as nanoseconds since the epoch (milliseconds exact), by a pattern or as CAST reads it; None when not."""
    if form is None:
        return parsing.parse_timestamp(text, 3)
    try:
        fields = datetime_format.pattern(form).read(text)
    except BadPattern:
        return None
    except BadTime:
        return _plain_timestamp(text.strip())
    days = days_of(fields.get("year", 1970), fields.get("month", 1), 1) + fields.get("day", 1) - 1
    seconds = (fields.get("hour", 0) * 60 + fields.get("minute", 0)) * 60 + fields.get("second", 0)
    nanos = fields.get("nano", 0)
    return days * DAY_NANOS + seconds * _NANOS + nanos - nanos % 10**6


_PLAIN = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?)?", re.ASCII)


def _plain_timestamp(text: str) -> int | None:
    """As `Timestamp.valueOf` and `Date.valueOf`, which Flink tries when the pattern does not fit."""
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    nanos = int(((match[7] or "") + "0" * 9)[:9])
    days = days_of(year, month, 1) + day - 1
    return days * DAY_NANOS + ((hour * 60 + minute) * 60 + second) * _NANOS + nanos - nanos % 10**6


def _micros(nanos: int | None) -> int | None:
    return None if nanos is None else nanos // 1000


def _to_timestamp(text: str) -> int | None:
    return _micros(read_timestamp(text))


def _to_timestamp_by(text: str, form: str) -> int | None:
    return _micros(read_timestamp(text, form))


def _resolve_to_timestamp(request: Request) -> Expr:
    args = fits(request.args, "str, str?")
    if args is None:
        raise refuse(request, "TO_TIMESTAMP(string[, format])")
    return request.call(timestamp(3), args)


def _render_to_timestamp(call: Call, args: list[str], renderer: Renderer) -> str:
    if len(args) == 1:
        return usual_timestamp(args[0], f"make_timestamp(rr_to_timestamp({args[0]}))")
    exact = f"make_timestamp(rr_to_timestamp_by({', '.join(args)}))"
    return usual_timestamp(args[0], exact, fraction=False) if _is_default(call.args[1]) else exact


_DEFAULT = "yyyy-MM-dd HH:mm:ss"


def _is_default(form: Expr) -> bool:
    return isinstance(form, Literal) and form.value == _DEFAULT


def _resolve_to_ltz(request: Request) -> Expr:
    usage = "TO_TIMESTAMP_LTZ(number[, precision]) or TO_TIMESTAMP_LTZ(string[, format[, zone]])"
    if not 1 <= len(request.args) <= 3:
        raise refuse(request, usage)
    first = request.types[0]
    if is_string(first) or (is_null(first) and len(request.args) != 2):
        args = fits(request.args, "str, str?, str")
    elif is_numeric(first):
        args = fits(request.args, "num, int?")
    else:
        args = None
    if args is None:
        raise refuse(request, usage)
    if len(args) > 1 and isinstance(args[1], Literal) and args[1].value not in (0, 3, None) and is_numeric(first):
        raise InvalidCall(f"TO_TIMESTAMP_LTZ of a number with precision {args[1].value}", unsupported=True)
    return request.call(timestamp_ltz(3), args)


def _render_to_ltz(call: Call, args: list[str], renderer: Renderer) -> str:
    if is_string(call.args[0].type):
        form = args[1] if len(args) > 1 else "'yyyy-MM-dd HH:mm:ss.SSS'"
        zone = args[2] if len(args) > 2 else "'UTC'"
        return f"make_timestamp(rr_to_timestamp_ltz({place(call.span)}, {args[0]}, {form}, {zone}))"
    precision = args[1] if len(args) > 1 else "3"
    if is_exact(call.args[0].type):
        return (
            f"(CASE {precision} WHEN 0 THEN {_instant_of(args[0], 10**6)} WHEN 3 THEN {_instant_of(args[0], 1000)} "
            f"ELSE make_timestamp(rr_ltz_of_number({place(call.span)}, CAST({args[0]} AS DOUBLE), {precision})) END)"
        )
    return f"make_timestamp(rr_ltz_of_number({place(call.span)}, CAST({args[0]} AS DOUBLE), {precision}))"


_FIRST, _LAST = -62_167_219_200_000_000, 253_402_300_799_999_000  # the microseconds of the years 0 to 9999


def _instant_of(number: str, unit: int) -> str:
    """A whole number, or the whole part of a DECIMAL, of so many microseconds; NULL outside of the years 0 to 9999."""
    inside = f"{number} BETWEEN {_FIRST // unit} AND {_LAST // unit}"
    return f"(CASE WHEN {inside} THEN make_timestamp(CAST(trunc({number}) AS BIGINT) * {unit}) END)"


def _ltz_of_number(where: str, value: float, precision: int) -> int | None:
    if precision not in (0, 3):
        raise Failure("time", where, f"TO_TIMESTAMP_LTZ has no precision {precision}; use 0 or 3")
    if math.isnan(value):
        return 0
    unit = 10**6 if precision == 0 else 1000
    if not _FIRST // unit <= value <= _LAST // unit:
        return None
    # Flink counts nanoseconds in a long: beyond the years 1677 and 2262 it stays at the last of them.
    nanos = min(max(math.trunc(value * (unit * 1000)), -(2**63)), 2**63 - 1)
    return nanos // 10**6 * 1000


def _to_timestamp_ltz(where: str, text: str, form: str, zone: str) -> int | None:
    nanos = read_timestamp(text, form)
    if nanos is None:
        raise Failure("time", where, f"TO_TIMESTAMP_LTZ: '{text[:60]}' is not of the format '{form}'")
    return _instant(nanos, zone) // 1000


def _instant(nanos: int, zone: str) -> int:
    import numpy as np

    from riverrun.sql.functions.zones import offsets_of_local

    if is_utc(zone):
        return nanos
    offset = int(offsets_of_local(np.array([nanos // _NANOS], np.int64), zone)[0])
    return nanos - offset * _NANOS


def _resolve_to_date(request: Request) -> Expr:
    args = fits(request.args, "str, str?")
    if args is None:
        raise refuse(request, "TO_DATE(string[, format])")
    return request.call(DATE, args)


def _render_to_date(call: Call, args: list[str], renderer: Renderer) -> str:
    if len(args) == 1:
        days = f"rr_to_date({place(call.span)}, {args[0]})"
    else:
        days = f"rr_to_date_by({', '.join(args)})"
    return f"(DATE '1970-01-01' + {days})"


def _to_date(where: str, text: str) -> int | None:
    """As CAST reads a date, but NULL when it is none; too many digits fail as in Flink."""
    head = text.strip(JAVA_BLANKS).split(" ", 1)[0].split("-")
    if any(part.isdigit() and int(part) >= 2**31 for part in head[:3]):
        raise Failure("time", where, f"TO_DATE: '{text[:60]}' has a number that is too large")
    found = parsing.parse_date(text)
    return None if found is None else (found - datetime.date(1970, 1, 1)).days


# What Flink makes of a text that is not of the format: Long.MIN_VALUE ms in days, as an int.
_GARBAGE_DAY = 622191233


def _to_date_by(text: str, form: str) -> int | None:
    try:
        ms = simple_date.pattern(form).read(text)
    except (BadPattern, BadTime):
        return _GARBAGE_DAY
    return int(ms / 86_400_000) if abs(ms) < 2**53 else ms // 86_400_000


# -- seconds since the epoch


def _resolve_unix(request: Request) -> Expr:
    args = fits(request.args, "str?, str")
    if args is None:
        raise refuse(request, "UNIX_TIMESTAMP([string[, format]])")
    nullable = any(arg.type.nullable for arg in args)
    return request.call(BIGINT.with_nullable(nullable), args)


def _render_unix(call: Call, args: list[str], renderer: Renderer) -> str:
    from riverrun.sql.functions.times import NOW

    if not args:
        return f"(epoch_ms({NOW}) // 1000)"
    form = args[1] if len(args) > 1 else quote(_DEFAULT)
    exact = f"rr_unix_timestamp({args[0]}, {form}, {quote(renderer.session.zone)})"
    if not is_utc(renderer.session.zone) or not (len(args) == 1 or _is_default(call.args[1])):
        return exact
    usual = usual_timestamp(args[0], "NULL::TIMESTAMP", fraction=False)
    return f"COALESCE(epoch_ms({usual}) // 1000, {exact})"


def _unix_timestamp(text: str, form: str, zone: str) -> int:
    try:
        ms = simple_date.pattern(form).read(text)
    except (BadPattern, BadTime):
        return -(2**63)
    return _instant(ms * 10**6, zone) // 10**6 // 1000


def _from_unixtime(where: str, seconds: int, form: str, zone: str) -> str | None:
    nanos = seconds * _NANOS + _offset(seconds, zone) * _NANOS
    try:
        return simple_date.pattern(form).write(Moment.of(nanos))
    except (BadPattern, BadTime):
        return None


def _offset(seconds: int, zone: str) -> int:
    known = min(max(seconds, -_KNOWN), _KNOWN)
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=known)
    delta = moment.astimezone(zone_info(zone)).utcoffset()
    return int(delta.total_seconds()) if delta is not None else 0


_KNOWN = 60_000_000_000  # Python's calendar ends with the year 9999; offsets do not change from long before


def _render_from_unixtime(call: Call, args: list[str], renderer: Renderer) -> str:
    form = args[1] if len(args) > 1 else quote(_DEFAULT)
    exact = f"rr_from_unixtime({place(call.span)}, {args[0]}, {form}, {quote(renderer.session.zone)})"
    constant = call.args[1] if len(args) > 1 else Literal(_DEFAULT, STRING)
    native = strftime_format(constant.value) if isinstance(constant, Literal) and constant.value else None
    if native is None or "S" in form:
        return exact
    local = to_local(f"make_timestamp({args[0]} * 1000000)", renderer.session.zone)
    usual = f"{args[0]} BETWEEN {_FROM_1900} AND {_TO_9998}"
    return f"(CASE WHEN {usual} THEN strftime({local}, {quote(native)}) ELSE {exact} END)"


# Seconds between which DuckDB's calendar is that of SimpleDateFormat, in any zone.
_FROM_1900, _TO_9998 = -2_208_902_400, 253_370_764_800


def _convert_tz(text: str, source: str, target: str) -> str | None:
    """With unknown zones taken as UTC (as `TimeZone.getTimeZone` does)."""
    try:
        ms = simple_date.pattern("yyyy-MM-dd HH:mm:ss").read(text)
    except BadTime:
        return None
    instant = _instant(ms * 10**6, _known_zone(source)) // _NANOS
    local = instant + _offset(instant, _known_zone(target))
    return simple_date.pattern("yyyy-MM-dd HH:mm:ss").write(Moment.of(local * _NANOS))


def _known_zone(name: str) -> str:
    if re.fullmatch(r"[+-].*", name):
        return "UTC"
    try:
        zone_info(name)
    except KeyError:
        return "UTC"
    return name


# -- months between two moments


def months_between(later: int, earlier: int) -> int:
    """Full months between two moments in ms, days clamped to the month's end, as Calcite counts them."""
    (days1, ms1), (days2, ms2) = divmod(later, 86_400_000), divmod(earlier, 86_400_000)
    months = _months_of_days(days1, days2)
    if _add_months(days2, months) == days1 and ms1 < ms2:
        months -= 1
    return months


def _months_of_days(later: int, earlier: int) -> int:
    if later < earlier:
        return -_months_of_days(earlier, later)
    y1, m1, _ = Moment(later, 0).date
    y2, m2, _ = Moment(earlier, 0).date
    months = (y1 - y2) * 12 + m1 - m2
    return months if _add_months(earlier, months) <= later else months - 1


def _add_months(days: int, months: int) -> int:
    year, month, day = Moment(days, 0).date
    years, index = divmod(month - 1 + months, 12)
    return days_of(year + years, index + 1, min(day, month_length(year + years, index + 1)))


def _months_vector(later: Any, earlier: Any) -> Any:
    pairs = zip(later.to_pylist(), earlier.to_pylist(), strict=True)
    return pa.array([None if a is None or b is None else months_between(a, b) for a, b in pairs], pa.int64())


_T = "VARCHAR"
FUNCTIONS = (
    python_function("rr_date_format", (_T, "BIGINT", "BIGINT", _T), _T, _date_format),
    python_function("rr_date_format_text", (_T, _T, _T), _T, _date_format_text),
    python_function("rr_to_timestamp", (_T,), "BIGINT", _to_timestamp),
    python_function("rr_to_timestamp_by", (_T, _T), "BIGINT", _to_timestamp_by),
    python_function("rr_to_timestamp_ltz", (_T, _T, _T, _T), "BIGINT", _to_timestamp_ltz),
    python_function("rr_ltz_of_number", (_T, "DOUBLE", "INTEGER"), "BIGINT", _ltz_of_number),
    python_function("rr_to_date", (_T, _T), "INTEGER", _to_date),
    python_function("rr_to_date_by", (_T, _T), "INTEGER", _to_date_by),
    python_function("rr_unix_timestamp", (_T, _T, _T), "BIGINT", _unix_timestamp),
    python_function("rr_from_unixtime", (_T, "BIGINT", _T, _T), _T, _from_unixtime),
    python_function("rr_convert_tz", (_T, _T, _T), _T, _convert_tz),
    PythonFunction("rr_months_between", ("BIGINT", "BIGINT"), "BIGINT", _months_vector),
)

ENTRIES = (
    Entry(
        "DATE_FORMAT",
        ("DATE_FORMAT(timestamp, format)", "DATE_FORMAT(string, format)"),
        "A timestamp as text by a Java pattern (yyyy, MM, dd, HH, mm, ss, SSS, EEE, MMM ...); a string is read as "
        "`yyyy-MM-dd HH:mm:ss` first.",
        _resolve_date_format,
        _render_date_format,
        {
            "DATE_FORMAT(TIMESTAMP '2024-02-29 13:14:15.678', 'yyyyMMdd HH:mm:ss.SSS')": "20240229 13:14:15.678",
            "DATE_FORMAT(TIMESTAMP '2024-02-29 13:14:15', 'EEE, d MMM')": "Thu, 29 Feb",
            "DATE_FORMAT('2024-01-05 03:04:05', 'HH:mm')": "03:04",
        },
        nulls="also NULL for a string that is no timestamp",
        fails=always,
    ),
    Entry(
        "TO_TIMESTAMP",
        ("TO_TIMESTAMP(string[, format])",),
        "A text as a timestamp: `yyyy-M-d[ H:m:s[.f]]`, or by a Java pattern; missing parts are those of 1970-01-01.",
        _resolve_to_timestamp,
        _render_to_timestamp,
        {
            "TO_TIMESTAMP('2024-02-29 12:34:56.789')": "2024-02-29 12:34:56.789",
            "TO_TIMESTAMP('29/02/2024 01', 'dd/MM/yyyy HH')": "2024-02-29 01:00:00",
            "TO_TIMESTAMP('garbage')": None,
        },
        nulls="also NULL for what is no timestamp",
    ),
    Entry(
        "TO_TIMESTAMP_LTZ",
        ("TO_TIMESTAMP_LTZ(number[, precision])", "TO_TIMESTAMP_LTZ(string[, format[, zone]])"),
        "Seconds (precision 0) or milliseconds (3) since the epoch, or a text in a zone (UTC), as an instant; fails "
        "for a text that is no timestamp.",
        _resolve_to_ltz,
        _render_to_ltz,
        {
            "TO_TIMESTAMP_LTZ(1700000000, 0)": "2023-11-14 22:13:20Z",
            "TO_TIMESTAMP_LTZ(100, 3)": "1970-01-01 00:00:00.1Z",
            "TO_TIMESTAMP_LTZ(253402300799, 0)": "9999-12-31 23:59:59Z",
            "TO_TIMESTAMP_LTZ(253402300800, 0)": None,
        },
        nulls="also NULL outside of the years 0 to 9999",
        fails=always,
    ),
    Entry(
        "TO_DATE",
        ("TO_DATE(string[, format])",),
        "A text as a date, as CAST reads it, or leniently by a Java pattern.",
        _resolve_to_date,
        _render_to_date,
        {"TO_DATE('2024-02-29')": "2024-02-29", "TO_DATE('29.02.2024', 'dd.MM.yyyy')": "2024-02-29"},
        nulls="also NULL for what is no date; with a format such a text is day +1705471-09-27 (as in Flink)",
        fails=lambda call: len(call.args) == 1,
    ),
    Entry(
        "FROM_UNIXTIME",
        ("FROM_UNIXTIME(seconds[, format])",),
        "Seconds since the epoch as text in the session's zone.",
        takes("bigint, str?", returns=STRING, nulls="always"),
        _render_from_unixtime,
        {"FROM_UNIXTIME(44)": "1970-01-01 00:00:44", "FROM_UNIXTIME(0, 'yyyy')": "1970"},
        fails=always,
    ),
    Entry(
        "UNIX_TIMESTAMP",
        ("UNIX_TIMESTAMP()", "UNIX_TIMESTAMP(string[, format])"),
        "Seconds since the epoch of now, or of a text in the session's zone.",
        _resolve_unix,
        _render_unix,
        {"UNIX_TIMESTAMP('1970-01-01 00:00:44')": 44, "UNIX_TIMESTAMP('x')": -9223372036854775808},
        nulls="what is no time is -9223372036854775808",
        deterministic=True,
    ),
    Entry(
        "CONVERT_TZ",
        ("CONVERT_TZ(string, zone1, zone2)",),
        "A local time of one zone in another.",
        takes("str, str, str", returns=STRING, nulls="always"),
        lambda call, args, renderer: f"rr_convert_tz({', '.join(args)})",
        {"CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')": "1969-12-31 16:00:00"},
        nulls="also NULL for what is no time",
    ),
)
