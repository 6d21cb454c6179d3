"""CAST and TRY_CAST: what Flink allows, and how DuckDB does it exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.java.numbers import double_text, float_text, parse_double, parse_float
from riverrun.schema.types import (
    BYTES,
    INTEGERS,
    INTERVALS,
    MAX_LENGTH,
    NUMERICS,
    STRINGS,
    TIMESTAMPS,
    Root,
    Type,
)
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions import parsing
from riverrun.sql.functions.check import as_type
from riverrun.sql.functions.common import (
    as_decimal,
    can_widen,
    is_approximate,
    is_bytes,
    is_null,
    is_numeric,
    is_string,
    is_timestamp,
)
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request
from riverrun.sql.functions.numbers import saturate, wrap
from riverrun.sql.functions.physical import duckdb_type, epoch_ms, is_nanos, micros
from riverrun.sql.functions.python import Failure, PythonFunction, python_function
from riverrun.sql.functions.render import ERROR_PREFIX
from riverrun.sql.functions.zones import to_instant, to_local
from riverrun.sql.session import Session

LEGACY = "table.exec.legacy-cast-behaviour"


def is_legacy(session: Session) -> bool:
    return session.options.get(LEGACY, "DISABLED").upper() == "ENABLED"


# -- what is allowed


def castable(source: Type, target: Type) -> bool:
    """Whether Flink casts values of `source` to `target`."""
    a, b = source.root, target.root
    if is_null(source):
        return True
    if b in STRINGS:
        return True
    if a in NUMERICS or a is Root.BOOLEAN:
        return b in NUMERICS or b is Root.BOOLEAN
    if a in STRINGS:
        return b in (*NUMERICS, *BYTES, *TIMESTAMPS, Root.BOOLEAN, Root.DATE, Root.TIME)
    if a in BYTES:
        return b in BYTES
    if a is Root.DATE:
        return b in (*TIMESTAMPS, Root.DATE)
    if a is Root.TIME:
        return b in (*TIMESTAMPS, Root.TIME)
    if a in TIMESTAMPS:
        return b in (*TIMESTAMPS, Root.DATE, Root.TIME)
    return a is b and _castable_inside(source, target)


def _castable_inside(source: Type, target: Type) -> bool:
    if source.root in INTERVALS:
        return True
    if source.root is Root.ROW:
        return len(source.fields) == len(target.fields) and all(
            castable(x.type, y.type) for x, y in zip(source.fields, target.fields, strict=True)
        )
    inner = source.element is not None and target.element is not None and castable(source.element, target.element)
    if source.root is Root.MAP and source.key is not None and target.key is not None:
        return inner and castable(source.key, target.key)
    return inner


def cast(expr: Expr, target: Type, session: Session, *, try_: bool = False) -> Expr:
    """An explicit CAST or TRY_CAST; InvalidCall when Flink's validator or planner refuses it."""
    source = expr.type
    if not castable(source, target):
        raise InvalidCall(_refusal(source, target))
    if is_null(source):
        return Literal(None, target.null(), span=expr.span)
    if has_untyped(source):
        raise InvalidCall("NULL has no type inside of a value that is cast; say which: CAST(NULL AS INT)")
    if try_ and (target.element is not None or target.fields) and _parses(source, target):
        # Flink makes the whole value NULL where a part of it cannot be cast.
        raise InvalidCall(f"TRY_CAST to {target.summary(nullability=False)}", unsupported=True)
    nullable = True if try_ else source.nullable
    result = target.plain().with_nullable(nullable)
    return Call("TRY_CAST" if try_ else "CAST", (expr,), result, span=expr.span)


def has_untyped(type_: Type) -> bool:
    """Is there a NULL without a type inside?"""
    inner = (type_.element, type_.key, *(field.type for field in type_.fields))
    return any(part is not None and (is_null(part) or has_untyped(part)) for part in inner)


def _refusal(source: Type, target: Type) -> str:
    text = f"a {source.plain().null()} cannot be cast to {target.null()}"
    if is_numeric(source) and is_timestamp(target):
        return text + "; use TO_TIMESTAMP_LTZ(number, precision)"
    if is_timestamp(source) and is_numeric(target):
        return text + "; use UNIX_TIMESTAMP(CAST(timestamp AS STRING))"
    return text


def assign(expr: Expr, target: Type) -> Expr | None:
    """The implicit cast of a query's column to a sink's column; None when Flink refuses it."""
    source = expr.type
    if is_null(source) or source.same_as(target):
        return as_type(expr, target) if is_null(source) else expr
    if not _assignable(source, target):
        return None
    return Call("CAST", (expr,), target.plain().with_nullable(source.nullable), span=expr.span)


def _assignable(source: Type, target: Type) -> bool:
    return can_widen(source, target)


def _resolve(request: Request) -> Expr:
    (target,) = request.options
    return cast(request.args[0], target, request.session, try_=request.name == "TRY_CAST")


# -- rendering


def fails(call: Call) -> bool:
    """A cast of a text to something else fails where the text is not of that form."""
    return call.function == "CAST" and _parses(call.args[0].type, call.type)


def _parses(source: Type, target: Type) -> bool:
    if is_string(source) and not is_string(target) and not is_bytes(target):
        return True
    if source.element is not None and target.element is not None:
        keys = source.key is not None and target.key is not None and _parses(source.key, target.key)
        return keys or _parses(source.element, target.element)
    return any(_parses(a.type, b.type) for a, b in zip(source.fields, target.fields, strict=False))


def _render(call: Call, args: list[str], renderer: Renderer) -> str:
    lenient = call.function == "TRY_CAST" or is_legacy(renderer.session)
    return Caster(renderer.session, call, lenient)(args[0], call.args[0].type, call.type)


class Caster:
    """Renders the conversion of a value; `lenient`: NULL where the job would fail."""

    def __init__(self, session: Session, call: Call, lenient: bool) -> None:
        self.session = session
        self.call = call
        self.lenient = lenient

    def __call__(self, value: str, source: Type, target: Type) -> str:
        if source.same_as(target):
            return value
        if is_null(source):
            return f"CAST({value} AS {duckdb_type(target)})"
        if is_string(target):
            return self._to_string(value, source, target)
        if is_string(source):
            return self._parse(value, target)
        rule = _RULES.get(target.root)
        if rule is None:
            raise InvalidCall(_refusal(source, target))
        return rule(self, value, source, target)

    # -- to text

    def _to_string(self, value: str, source: Type, target: Type) -> str:
        plain = value if is_string(source) else self.text(value, source)
        if target.length == MAX_LENGTH or is_legacy(self.session):
            return plain
        if target.root is Root.VARCHAR:
            fits = is_string(source) and source.length <= target.length
            return plain if fits else f"left({plain}, {target.length})"
        if is_string(source) and source.root is Root.CHAR and source.length == target.length:
            return plain
        return f"rpad({plain}, {target.length}, ' ')"

    def text(self, value: str, source: Type) -> str:
        """A value as STRING."""
        root = source.root
        if root is Root.BOOLEAN:
            return f"(CASE {value} WHEN TRUE THEN 'TRUE' WHEN FALSE THEN 'FALSE' END)"
        if root is Root.DECIMAL:
            return decimal_text(value, source)
        if root in INTEGERS or root is Root.DATE:
            return f"CAST({value} AS VARCHAR)"
        if root is Root.DOUBLE:
            return double_to_text(value)
        if root is Root.FLOAT:
            return f"rr_float_text({value})"
        if is_bytes(source):
            return f"rr_utf8({value})"
        if root is Root.TIME:
            return _time_text(value, source.precision)
        if is_timestamp(source):
            local = value
            if root is Root.TIMESTAMP_LTZ:
                local = to_local(value, self.session.zone, nanos=is_nanos(source))
            return timestamp_text(local, source)
        if root in INTERVALS:
            return f"rr_interval_text({value}, {'TRUE' if root is Root.INTERVAL_YEAR_MONTH else 'FALSE'})"
        return self._nested_text(value, source)

    def _nested_text(self, value: str, source: Type) -> str:
        if source.root is Root.ROW:
            parts = [self._part(f"struct_extract({value}, 'f{i}')", f.type) for i, f in enumerate(source.fields)]
            return f"(CASE WHEN {value} IS NOT NULL THEN '(' || {_joined(parts)} || ')' END)"
        assert source.element is not None
        if source.root is Root.ARRAY:
            items = f"list_transform({value}, lambda _x: {self._part('_x', source.element)})"
            return f"('[' || array_to_string({items}, ', ') || ']')"
        key = source.key if source.root is Root.MAP else source.element
        element = source.element if source.root is Root.MAP else Type(Root.INTEGER)
        assert key is not None
        pair = f"{self._part('_e.key', key)} || '=' || {self._part('_e.value', element)}"
        return f"('{{' || array_to_string(list_transform(map_entries({value}), lambda _e: {pair}), ', ') || '}}')"

    def _part(self, value: str, source: Type) -> str:
        return f"COALESCE({value if is_string(source) else self.text(value, source)}, 'NULL')"

    # -- from text

    def _parse(self, value: str, target: Type) -> str:
        if is_bytes(target):
            return self._sized_bytes(f"encode({value})", Type(Root.VARBINARY, length=MAX_LENGTH), target)
        parsed = parse(value, target, self.session)
        if self.lenient:
            return parsed
        name = str(target.null()).replace("'", "''")
        start, end = self.call.span.start, self.call.span.end
        text = f"'{ERROR_PREFIX}:cast:{start}:{end}:cannot cast ''' || left({value}, 60) || ''' to {name}'"
        return f"COALESCE({parsed}, CASE WHEN {value} IS NOT NULL THEN error({text}) END)"

    # -- the others

    def _sized_bytes(self, value: str, source: Type, target: Type) -> str:
        if is_legacy(self.session) or target.length == MAX_LENGTH:
            return value
        if target.root is Root.VARBINARY:
            return value if source.length <= target.length else f"({value})[1:{target.length}]"
        return value if source == target else f"rr_fixed_bytes({value}, {target.length})"

    def to_boolean(self, value: str, source: Type, target: Type) -> str:
        return f"({value} <> 0)"

    def to_integer(self, value: str, source: Type, target: Type) -> str:
        name = duckdb_type(target)
        if source.root is Root.BOOLEAN:
            return f"CAST({value} AS {name})"
        if is_approximate(source):
            return saturate(value, target.root)
        if source.root is Root.DECIMAL:
            small = source.precision - source.scale <= 9 and target.root in (Root.INTEGER, Root.BIGINT)
            whole = f"trunc({value})"
            return f"CAST({whole} AS {name})" if small else wrap(f"CAST({whole} AS HUGEINT)", target.root, of="HUGEINT")
        if INTEGERS.index(target.root) >= INTEGERS.index(source.root):
            return f"CAST({value} AS {name})"
        return wrap(f"CAST({value} AS BIGINT)", target.root)

    def to_decimal(self, value: str, source: Type, target: Type) -> str:
        name = duckdb_type(target)
        if is_approximate(source):
            return f"CAST(rr_float_decimal({value}, {target.precision}, {target.scale}) AS {name})"
        if source.root is Root.BOOLEAN:
            return f"TRY_CAST(CAST({value} AS INTEGER) AS {name})"
        wide = as_decimal(source)
        safe = wide.scale <= target.scale and wide.precision - wide.scale <= target.precision - target.scale
        return f"{'CAST' if safe else 'TRY_CAST'}({value} AS {name})"

    def to_float(self, value: str, source: Type, target: Type) -> str:
        name = duckdb_type(target)
        if source.root is Root.DOUBLE:
            return f"rr_to_float({value})"
        if source.root is Root.DECIMAL and source.precision > (15 if target.root is Root.DOUBLE else 7):
            return f"CAST(CAST({value} AS VARCHAR) AS {name})"
        if source.root is Root.BOOLEAN:
            return f"CAST(CAST({value} AS INTEGER) AS {name})"
        return f"CAST({value} AS {name})"

    def to_bytes(self, value: str, source: Type, target: Type) -> str:
        return self._sized_bytes(value, source, target)

    def to_date(self, value: str, source: Type, target: Type) -> str:
        if source.root is Root.TIMESTAMP:
            # Flink cuts the days toward zero: before 1970 the day after, unless it is midnight.
            return f"(DATE '1970-01-01' + CAST({epoch_ms(value, source)} // 86400000 AS INTEGER))"
        return f"CAST({micros(self._local(value, source), source)} AS DATE)"

    def to_time(self, value: str, source: Type, target: Type) -> str:
        if source.root is Root.TIME:
            return time_at(value, target.precision) if target.precision < source.precision else value
        local = micros(self._local(value, source), source)
        return time_at(f"CAST({local} AS TIME)", target.precision)

    def to_timestamp(self, value: str, source: Type, target: Type) -> str:
        zone = self.session.zone
        if source.root is Root.DATE:
            out = _retyped(f"CAST({value} AS TIMESTAMP)", False, target)
            return to_instant(out, zone, nanos=is_nanos(target)) if target.root is Root.TIMESTAMP_LTZ else out
        if source.root is Root.TIME:
            out = _retyped(f"(DATE '1970-01-01' + {value})", False, target)
            return to_instant(out, zone, nanos=is_nanos(target)) if target.root is Root.TIMESTAMP_LTZ else out
        if source.root is not target.root:
            move = to_instant if target.root is Root.TIMESTAMP_LTZ else to_local
            value = move(value, zone, nanos=is_nanos(source))
        value = cut(value, source, target.precision) if target.precision < source.precision else value
        return _retyped(value, is_nanos(source), target)

    def to_array(self, value: str, source: Type, target: Type) -> str:
        assert source.element is not None and target.element is not None
        return f"list_transform({value}, lambda _x: {self('_x', source.element, target.element)})"

    def to_map(self, value: str, source: Type, target: Type) -> str:
        if source.key is None or target.key is None or source.element is None or target.element is None:
            raise InvalidCall("a cast between multisets is not supported", unsupported=True)
        key = self("_x", source.key, target.key)
        element = self("_x", source.element, target.element)
        keys = f"list_transform(map_keys({value}), lambda _x: {key})"
        values = f"list_transform(map_values({value}), lambda _x: {element})"
        return f"(CASE WHEN {value} IS NOT NULL THEN map({keys}, {values}) END)"

    def to_row(self, value: str, source: Type, target: Type) -> str:
        parts = []
        for i, (a, b) in enumerate(zip(source.fields, target.fields, strict=True)):
            parts.append(f"f{i} := {self(f'struct_extract({value}, {chr(39)}f{i}{chr(39)})', a.type, b.type)}")
        return f"(CASE WHEN {value} IS NOT NULL THEN struct_pack({', '.join(parts)}) END)"

    def to_interval(self, value: str, source: Type, target: Type) -> str:
        return value

    def _local(self, value: str, source: Type) -> str:
        if source.root is Root.TIMESTAMP_LTZ:
            return to_local(value, self.session.zone, nanos=is_nanos(source))
        return value


Rule = Callable[[Caster, str, Type, Type], str]
_RULES: dict[Root, Rule] = {
    Root.BOOLEAN: Caster.to_boolean,
    **dict.fromkeys(INTEGERS, Caster.to_integer),
    Root.DECIMAL: Caster.to_decimal,
    Root.FLOAT: Caster.to_float,
    Root.DOUBLE: Caster.to_float,
    **dict.fromkeys(BYTES, Caster.to_bytes),
    Root.DATE: Caster.to_date,
    Root.TIME: Caster.to_time,
    **dict.fromkeys(TIMESTAMPS, Caster.to_timestamp),
    Root.ARRAY: Caster.to_array,
    Root.MAP: Caster.to_map,
    Root.MULTISET: Caster.to_map,
    Root.ROW: Caster.to_row,
    **dict.fromkeys(INTERVALS, Caster.to_interval),
}


def _joined(parts: list[str]) -> str:
    return " || ', ' || ".join(parts)


def decimal_text(value: str, type_: Type) -> str:
    """DuckDB leaves the 0 before the point out where the type has no digit for it."""
    text = f"CAST({value} AS VARCHAR)"
    return text if type_.precision > type_.scale else f"regexp_replace({text}, '^(-?)[.]', '\\10.')"


def double_to_text(value: str) -> str:
    """A DOUBLE as Java writes it; DuckDB writes the same from 0.001 up to 10 million."""
    plain = f"abs({value}) >= 0.001 AND abs({value}) < 10000000"
    return f"(CASE WHEN {plain} THEN CAST({value} AS VARCHAR) ELSE rr_double_text({value}) END)"


def timestamp_text(value: str, type_: Type) -> str:
    """`yyyy-MM-dd HH:mm:ss[.f...]` with as many fraction digits as the type has."""
    precision = type_.precision
    if precision == 0:
        return f"strftime({value}, '%Y-%m-%d %H:%M:%S')"
    if is_nanos(type_):
        return f"left(strftime({value}, '%Y-%m-%d %H:%M:%S.%n'), {20 + precision})"
    if precision == 3:
        return f"strftime({value}, '%Y-%m-%d %H:%M:%S.%g')"
    return f"left(strftime({value}, '%Y-%m-%d %H:%M:%S.%f'), {20 + precision})"


def _time_text(value: str, precision: int) -> str:
    if precision == 0:
        return f"strftime(DATE '1970-01-01' + {value}, '%H:%M:%S')"
    whole = f"left(strftime(DATE '1970-01-01' + {value}, '%H:%M:%S.%f'), {9 + min(precision, 3)})"
    return f"regexp_replace({whole}, '([.][0-9]+?)0+$', '\\1')"


def time_at(value: str, precision: int) -> str:
    """A TIME cut to `precision` digits (3 at most: Flink keeps milliseconds)."""
    unit = 10 ** (6 - min(precision, 3))
    micros = f"CAST(epoch_us({value}) - epoch_us({value}) % {unit} AS BIGINT)"
    return f"(TIME '00:00:00' + to_microseconds({micros}))"


def cut(value: str, type_: Type, precision: int) -> str:
    """A timestamp without the digits after `precision`; whole milliseconds are cut toward 1970."""
    if precision < 3:
        size = 10 ** (3 - precision)
        made = f"epoch_ms({epoch_ms(value, type_)} // {size} * {size})"
        return f"CAST({made} AS TIMESTAMP_NS)" if is_nanos(type_) else made
    if is_nanos(type_):
        unit = 10 ** (9 - precision)
        return f"make_timestamp_ns(epoch_ns({value}) - (epoch_ns({value}) % {unit} + {unit}) % {unit})"
    unit = 10 ** (6 - precision)
    return f"make_timestamp(epoch_us({value}) - (epoch_us({value}) % {unit} + {unit}) % {unit})"


def _retyped(value: str, nanos: bool, target: Type) -> str:
    return value if nanos == is_nanos(target) else f"CAST({value} AS {duckdb_type(target)})"


# Dates and times as nearly all texts have them: DuckDB reads these as Flink does.
_DATE = (
    "(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_CLOCK = " (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"


def usual_timestamp(value: str, otherwise: str, *, fraction: bool = True) -> str:
    """A text as TIMESTAMP by DuckDB where it is `yyyy-MM-dd HH:mm:ss[.f]`; by `otherwise` where it is not."""
    form = _DATE + _CLOCK + ("(?:[.][0-9]{1,3})?" if fraction else "")
    return f"(CASE WHEN regexp_full_match({value}, '{form}') THEN TRY_CAST({value} AS TIMESTAMP) ELSE {otherwise} END)"


def parse(value: str, target: Type, session: Session) -> str:
    """A text as `target`, NULL when it is not one."""
    root = target.root
    name = duckdb_type(target)
    if root is Root.BOOLEAN:
        return (
            f"(CASE WHEN lower({value}) IN ('true', 't', 'yes', 'y', '1') THEN TRUE "
            f"WHEN lower({value}) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END)"
        )
    if root in INTEGERS:
        trimmed = f"trim({value}, ' ')"
        whole = f"regexp_extract({trimmed}, '^([+-]?[0-9]*)', 1)"
        digits = f"(CASE WHEN {whole} IN ('', '+', '-') THEN '0' ELSE {whole} END)"
        good = f"regexp_full_match({trimmed}, '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]*)')"
        return f"(CASE WHEN {good} THEN TRY_CAST({digits} AS {name}) END)"
    if root in (Root.DOUBLE, Root.FLOAT):
        plain = f"regexp_full_match({value}, '[+-]?[0-9]{{1,15}}(\\.[0-9]{{0,15}})?')"
        return f"(CASE WHEN {plain} THEN CAST({value} AS {name}) ELSE rr_parse_{name.lower()}({value}) END)"
    if root is Root.DECIMAL:
        return f"CAST(rr_parse_decimal({value}, {target.precision}, {target.scale}) AS {name})"
    if root is Root.DATE:
        plain = f"regexp_full_match({value}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"
        return f"(CASE WHEN {plain} THEN TRY_CAST({value} AS DATE) ELSE rr_parse_date({value}) END)"
    if root is Root.TIME:
        return f"(TIME '00:00:00' + to_microseconds(rr_parse_time({value}, {min(target.precision, 3)})))"
    nanos = f"rr_parse_timestamp({value}, {target.precision})"
    out = f"make_timestamp_ns({nanos})" if is_nanos(target) else f"make_timestamp({nanos})"
    if 3 <= target.precision <= 6:
        out = usual_timestamp(value, out)
    return to_instant(out, session.zone, nanos=is_nanos(target)) if root is Root.TIMESTAMP_LTZ else out


# -- Python functions


def _parse_decimal(text: str, precision: int, scale: int) -> str | None:
    value = parsing.parse_decimal(text, precision, scale)
    if value is not None and value.adjusted() >= precision - scale:
        # Flink keeps what has one digit too many after rounding; a DECIMAL here cannot.
        raise Failure(
            "unsupported", "0:0", f"'{text[:60]}' rounds to more digits than DECIMAL({precision}, {scale}) has"
        )
    return None if value is None else f"{value:f}"


def _float_decimal(value: float, precision: int, scale: int) -> str | None:
    if math.isnan(value) or math.isinf(value):
        return None
    exact = parsing.fit(Decimal(repr(value)), precision, scale)
    return None if exact is None else f"{exact:f}"


def _parse_timestamp(text: str, precision: int) -> int | None:
    nanos = parsing.parse_timestamp(text, precision)
    if nanos is None:
        return None
    found = nanos if precision > 6 else nanos // 1000
    if not -(2**63) <= found < 2**63:
        reach = f"TIMESTAMP({precision}) reaches from 1677 to 2262 here"
        raise Failure("unsupported", "0:0", f"'{text[:60]}' cannot be kept: {reach}; use a precision up to 6")
    return found


def _parse_time(text: str, precision: int) -> int | None:
    ms = parsing.parse_time(text)
    if ms is None:
        return None
    unit = int(10 ** (3 - precision))
    return (ms - ms % unit) * 1000


def _interval_text(value: int, months: bool) -> str:
    sign, size = ("-" if value < 0 else "+"), abs(value)
    if months:
        return f"{sign}{size // 12}-{size % 12:02d}"
    days, ms = divmod(size, 86_400_000)
    hours, ms = divmod(ms, 3_600_000)
    minutes, ms = divmod(ms, 60_000)
    return f"{sign}{days} {hours:02d}:{minutes:02d}:{ms // 1000:02d}.{ms % 1000:03d}"


def _fixed_bytes(value: bytes, length: int) -> bytes:
    return value[:length].ljust(length, b"\0")


def _to_float(values: Any) -> Any:
    whole = values.combine_chunks()
    numbers = whole.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        return pa.array(numbers.astype(np.float32), pa.float32(), mask=whole.is_null().to_numpy(zero_copy_only=False))


FUNCTIONS = (
    python_function("rr_parse_decimal", ("VARCHAR", "INTEGER", "INTEGER"), "VARCHAR", _parse_decimal),
    python_function("rr_parse_double", ("VARCHAR",), "DOUBLE", parse_double),
    python_function("rr_parse_float", ("VARCHAR",), "FLOAT", parse_float),
    python_function("rr_parse_date", ("VARCHAR",), "DATE", parsing.parse_date),
    python_function("rr_parse_time", ("VARCHAR", "INTEGER"), "BIGINT", _parse_time),
    python_function("rr_parse_timestamp", ("VARCHAR", "INTEGER"), "BIGINT", _parse_timestamp),
    python_function("rr_double_text", ("DOUBLE",), "VARCHAR", double_text),
    python_function("rr_float_text", ("FLOAT",), "VARCHAR", float_text),
    python_function("rr_float_decimal", ("DOUBLE", "INTEGER", "INTEGER"), "VARCHAR", _float_decimal),
    python_function("rr_interval_text", ("BIGINT", "BOOLEAN"), "VARCHAR", _interval_text),
    python_function("rr_utf8", ("BLOB",), "VARCHAR", lambda value: value.decode("utf-8", "replace")),
    python_function("rr_fixed_bytes", ("BLOB", "INTEGER"), "BLOB", _fixed_bytes),
    PythonFunction("rr_to_float", ("DOUBLE",), "FLOAT", _to_float),
)

ENTRIES = (
    Entry(
        "CAST",
        ("CAST(value AS type)",),
        "The value as another type; fails where a text does not have the form. A decimal that is too large is NULL.",
        _resolve,
        _render,
        options="(the target type,)",
        fails=fails,
    ),
    Entry(
        "TRY_CAST",
        ("TRY_CAST(value AS type)",),
        "As CAST, but NULL where CAST fails.",
        _resolve,
        _render,
        options="(the target type,)",
    ),
)
