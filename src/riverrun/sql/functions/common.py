"""Types that Flink derives from other types: common types (two rules, both Flink's), arithmetic, implicit casts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

from riverrun.schema.types import (
    APPROXIMATE_NUMERICS,
    BYTES,
    DOUBLE,
    EXACT_NUMERICS,
    INTEGERS,
    INTERVALS,
    NUMERICS,
    STRINGS,
    TIMESTAMPS,
    Field,
    Root,
    Type,
    decimal,
)

MAX_PRECISION = 38
MIN_KEPT_SCALE = 6
_INTEGER_DIGITS = {Root.TINYINT: 3, Root.SMALLINT: 5, Root.INTEGER: 10, Root.BIGINT: 19}


def is_numeric(type_: Type) -> bool:
    return type_.root in NUMERICS


def is_integer(type_: Type) -> bool:
    return type_.root in INTEGERS


def is_exact(type_: Type) -> bool:
    return type_.root in EXACT_NUMERICS


def is_approximate(type_: Type) -> bool:
    return type_.root in APPROXIMATE_NUMERICS


def is_string(type_: Type) -> bool:
    return type_.root in STRINGS


def is_bytes(type_: Type) -> bool:
    return type_.root in BYTES


def is_timestamp(type_: Type) -> bool:
    return type_.root in TIMESTAMPS


def is_interval(type_: Type) -> bool:
    return type_.root in INTERVALS


def is_null(type_: Type) -> bool:
    return type_.root is Root.NULL


def as_decimal(type_: Type) -> Type:
    """The DECIMAL that an exact numeric counts as: INT is DECIMAL(10, 0)."""
    digits = _INTEGER_DIGITS.get(type_.root)
    return type_ if digits is None else decimal(digits, 0).with_nullable(type_.nullable)


def any_nullable(types: Sequence[Type]) -> bool:
    return any(type_.nullable for type_ in types)


# -- the common type of several (CASE, UNION, VALUES, IN, ARRAY): Calcite's leastRestrictive


def common_type(types: Sequence[Type]) -> Type | None:
    """The type that CASE, UNION, VALUES, IN and ARRAY give to several; None when there is none.

    >>> from riverrun.schema.types import INT, char, decimal
    >>> print(common_type([INT, decimal(2, 1)]), common_type([char(2), char(3)]))
    DECIMAL(11, 1) VARCHAR(3)
    """
    return _fold(types, _common)


def merged_type(types: Sequence[Type]) -> Type | None:
    """The type that COALESCE, IFNULL, GREATEST ... give to several (Flink's own rule); None when there is none."""
    return _fold(types, _merged)


def _fold(types: Sequence[Type], pair: Callable[[Type, Type], Type | None]) -> Type | None:
    known = [type_ for type_ in types if not is_null(type_)]
    if not known:
        return types[0] if types else None

    def step(so_far: Type | None, next_: Type) -> Type | None:
        return None if so_far is None else pair(so_far, next_)

    found = reduce(step, known[1:], known[0])  # type: ignore[arg-type]  # reduce's accumulator may become None
    return None if found is None else found.with_nullable(any_nullable(types))


def _common(a: Type, b: Type) -> Type | None:
    if a.same_as(b) and not a.fields and a.element is None:
        return a
    if is_numeric(a) and is_numeric(b):
        return _common_numeric(a, b)
    if is_timestamp(a) and is_timestamp(b):
        return a if a.precision == b.precision else replace(b.plain(), precision=max(a.precision, b.precision))
    return _common_other(a, b, _common)


def _merged(a: Type, b: Type) -> Type | None:
    if a.same_as(b) and not a.fields and a.element is None:
        return a
    if is_numeric(a) and is_numeric(b):
        return _merged_numeric(a, b)
    if is_timestamp(a) and is_timestamp(b):
        ltz = next((t for t in (a, b) if t.root is Root.TIMESTAMP_LTZ), a)
        precision = max(a.precision, b.precision)
        return ltz if ltz.precision == precision else replace(ltz.plain(), precision=precision)
    for narrow, wide in ((a, b), (b, a)):
        if narrow.root in (Root.DATE, Root.TIME) and wide.root is Root.TIMESTAMP:
            return narrow
    return _common_other(a, b, _merged)


def _common_numeric(a: Type, b: Type) -> Type:
    if is_integer(a) and is_integer(b):
        return a if _INTEGER_DIGITS[a.root] >= _INTEGER_DIGITS[b.root] else b
    if is_exact(a) and is_exact(b):
        return _common_decimal(as_decimal(a), as_decimal(b))
    if Root.DECIMAL in (a.root, b.root):
        return DOUBLE
    return a if is_approximate(a) else b


def _merged_numeric(a: Type, b: Type) -> Type:
    if is_exact(a) and is_exact(b):
        return _common_numeric(a, b)
    if Root.DOUBLE in (a.root, b.root) or (a.root is Root.FLOAT and b.root is Root.DECIMAL):
        return DOUBLE
    return a if is_approximate(a) else b


def _common_decimal(a: Type, b: Type) -> Type:
    digits = min(max(a.precision - a.scale, b.precision - b.scale), MAX_PRECISION)
    scale = max(a.scale, b.scale)
    precision = min(digits + scale, MAX_PRECISION)
    return decimal(precision, precision - digits)


def _common_other(a: Type, b: Type, pair: Callable[[Type, Type], Type | None]) -> Type | None:
    for kinds, fixed, varying in ((STRINGS, Root.CHAR, Root.VARCHAR), (BYTES, Root.BINARY, Root.VARBINARY)):
        if a.root in kinds and b.root in kinds:
            same = a.root is fixed and b.root is fixed and a.length == b.length
            return Type(fixed if same else varying, length=max(a.length, b.length))
    if a.root is not b.root:
        return None
    if a.root in (Root.ARRAY, Root.MULTISET, Root.MAP):
        element = _inner(a.element, b.element, pair)
        key = _inner(a.key, b.key, pair) if a.root is Root.MAP else None
        if element is None or (a.root is Root.MAP and key is None):
            return None
        return replace(a, element=element, key=key)
    if a.root is Root.ROW:
        return _common_row(a, b, pair)
    if a.root in INTERVALS:
        return a
    if a.root is Root.TIME:
        return a if a.precision >= b.precision else b
    return a if a.same_as(b) else None


def _inner(a: Type | None, b: Type | None, pair: Callable[[Type, Type], Type | None]) -> Type | None:
    if a is None or b is None:
        return None
    if is_null(a) or is_null(b):
        return (b if is_null(a) else a).null()
    found = pair(a, b)
    return None if found is None else found.with_nullable(a.nullable or b.nullable)


def _common_row(a: Type, b: Type, pair: Callable[[Type, Type], Type | None]) -> Type | None:
    if len(a.fields) != len(b.fields):
        return None
    fields = []
    for left, right in zip(a.fields, b.fields, strict=True):
        type_ = _inner(left.type, right.type, pair)
        if type_ is None:
            return None
        fields.append(Field(left.name, type_))
    return replace(a, fields=tuple(fields))


# -- arithmetic


def sum_type(a: Type, b: Type) -> Type | None:
    """The type of a + b and a - b for numbers."""
    return _arithmetic(a, b, _decimal_sum)


def product_type(a: Type, b: Type) -> Type | None:
    return _arithmetic(a, b, _decimal_product)


def quotient_type(a: Type, b: Type) -> Type | None:
    return _arithmetic(a, b, _decimal_quotient)


def remainder_type(a: Type, b: Type) -> Type | None:
    """The type of MOD(a, b): of whole numbers the type of b."""
    if not (is_exact(a) and is_exact(b)):
        return None
    if as_decimal(a).scale == 0 and as_decimal(b).scale == 0:
        return b.with_nullable(a.nullable or b.nullable)
    return _arithmetic(a, b, _decimal_remainder)


def _arithmetic(a: Type, b: Type, of_decimals: Callable[[Type, Type], Type]) -> Type | None:
    if not (is_numeric(a) and is_numeric(b)):
        return None
    if is_exact(a) and is_exact(b) and Root.DECIMAL in (a.root, b.root):
        found = of_decimals(as_decimal(a), as_decimal(b))
    else:
        found = _common_numeric(a, b)
    return found.with_nullable(a.nullable or b.nullable)


def _decimal_sum(a: Type, b: Type) -> Type:
    scale = max(a.scale, b.scale)
    return fit_decimal(max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)


def _decimal_product(a: Type, b: Type) -> Type:
    return fit_decimal(a.precision + b.precision + 1, a.scale + b.scale)


def _decimal_quotient(a: Type, b: Type) -> Type:
    scale = max(6, a.scale + b.precision + 1)
    return fit_decimal(a.precision - a.scale + b.scale + scale, scale)


def _decimal_remainder(a: Type, b: Type) -> Type:
    scale = max(a.scale, b.scale)
    return fit_decimal(min(a.precision - a.scale, b.precision - b.scale) + scale, scale)


def fit_decimal(precision: int, scale: int) -> Type:
    """A decimal that may be too wide, cut to 38 digits: the fraction gives way, down to 6 digits."""
    if precision <= MAX_PRECISION:
        return decimal(precision, scale)
    whole = precision - scale
    return decimal(MAX_PRECISION, max(MAX_PRECISION - whole, min(scale, MIN_KEPT_SCALE)))


# -- implicit casts (Flink's LogicalTypeCasts)

_WIDER = {
    Root.TINYINT: (Root.TINYINT,),
    Root.SMALLINT: (Root.TINYINT, Root.SMALLINT),
    Root.INTEGER: (Root.TINYINT, Root.SMALLINT, Root.INTEGER),
    Root.BIGINT: INTEGERS,
    Root.DECIMAL: NUMERICS,
    Root.FLOAT: (*EXACT_NUMERICS, Root.FLOAT),
    Root.DOUBLE: NUMERICS,
    Root.CHAR: (Root.CHAR,),
    Root.VARCHAR: STRINGS,
    Root.BINARY: (Root.BINARY,),
    Root.VARBINARY: BYTES,
    Root.DATE: (Root.DATE, Root.TIMESTAMP),
    Root.TIME: (Root.TIME, Root.TIMESTAMP),
    Root.TIMESTAMP: TIMESTAMPS,
    Root.TIMESTAMP_LTZ: TIMESTAMPS,
}


def can_widen(source: Type, target: Type) -> bool:
    """Whether Flink casts `source` to `target` without being asked."""
    if is_null(source):
        return True
    if source.root in _WIDER or target.root in _WIDER:
        return source.root in _WIDER.get(target.root, (target.root,))
    if source.root is not target.root:
        return False
    if source.element is not None and target.element is not None:
        inner = can_widen(source.element, target.element)
        return inner and (source.key is None or target.key is None or can_widen(source.key, target.key))
    return len(source.fields) == len(target.fields) and all(
        can_widen(a.type, b.type) for a, b in zip(source.fields, target.fields, strict=True)
    )
