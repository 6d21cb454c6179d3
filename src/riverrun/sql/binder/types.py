"""Data types as written to logical types."""

from __future__ import annotations

from riverrun.errors import did_you_mean
from riverrun.schema import types as t
from riverrun.schema.types import Field, Root, Type
from riverrun.sql.source import Source
from riverrun.sql.tree import expressions as tree

_PLAIN = {
    "BOOLEAN": t.BOOLEAN,
    "TINYINT": t.TINYINT,
    "SMALLINT": t.SMALLINT,
    "INT": t.INT,
    "BIGINT": t.BIGINT,
    "FLOAT": t.FLOAT,
    "DOUBLE": t.DOUBLE,
    "STRING": t.STRING,
    "BYTES": t.BYTES_TYPE,
    "DATE": t.DATE,
}
_LENGTH = {"CHAR": Root.CHAR, "VARCHAR": Root.VARCHAR, "BINARY": Root.BINARY, "VARBINARY": Root.VARBINARY}
_TIMES = {
    "TIME": (Root.TIME, 0),
    "TIMESTAMP": (Root.TIMESTAMP, 6),
    "TIMESTAMP_LTZ": (Root.TIMESTAMP_LTZ, 6),
}
_REFUSED = {
    "REAL": "REAL: Flink does not support this type; use FLOAT",
    "TIME_LTZ": "TIME WITH LOCAL TIME ZONE: Flink does not support this type",
    "ANY": "ANY: Flink does not support this type",
}
_UNSUPPORTED = ("VARIANT", "BITMAP", "RAW", "STRUCTURED")
NAMES = (*_PLAIN, *_LENGTH, *_TIMES, "DECIMAL", "ARRAY", "MAP", "MULTISET", "ROW", "INTEGER", "NUMERIC")


def bind_type(kind: tree.DataType, source: Source) -> Type:
    """The logical type; nullable unless NOT NULL was said."""
    found = _bind(kind, source)
    return found.not_null() if kind.not_null else found


def _bind(kind: tree.DataType, source: Source) -> Type:
    if kind.name in _PLAIN:
        return _PLAIN[kind.name]
    if kind.name in _LENGTH:
        length = kind.parameters[0] if kind.parameters else 1
        if length < 1:
            raise source.error(f"{kind.name} needs a length of at least 1", kind.span)
        return Type(_LENGTH[kind.name], length=length)
    if kind.name in _TIMES:
        return _time(kind, source)
    if kind.name == "DECIMAL":
        return _decimal(kind, source)
    if kind.name in ("ARRAY", "MULTISET", "MAP", "ROW"):
        return _nested(kind, source)
    raise _refuse(kind, source)


def _time(kind: tree.DataType, source: Source) -> Type:
    root, default = _TIMES[kind.name]
    precision = kind.parameters[0] if kind.parameters else default
    if precision > 9:
        raise source.error(f"{kind.name} has a precision of 0 to 9", kind.span)
    return Type(root, precision=precision)


def _decimal(kind: tree.DataType, source: Source) -> Type:
    precision, scale = (*kind.parameters, 10, 0)[:2] if len(kind.parameters) != 1 else (kind.parameters[0], 0)
    if not (1 <= precision <= 38 and 0 <= scale <= precision):
        raise source.error("DECIMAL(p, s) needs 1 <= p <= 38 and 0 <= s <= p", kind.span)
    return t.decimal(precision, scale)


def _nested(kind: tree.DataType, source: Source) -> Type:
    elements = [bind_type(element, source) for element in kind.elements]
    if kind.name == "ARRAY":
        return t.array(elements[0])
    if kind.name == "MULTISET":
        return t.multiset(elements[0])
    if kind.name == "MAP":
        return t.map_of(elements[0], elements[1])
    fields = tuple(Field(field.name.text, bind_type(field.type, source), field.comment) for field in kind.fields)
    return Type(Root.ROW, fields=fields)


def _refuse(kind: tree.DataType, source: Source) -> Exception:
    if kind.name in _REFUSED:
        return source.error(_REFUSED[kind.name], kind.span)
    if kind.name in _UNSUPPORTED:
        return source.unsupported(f"the type {kind.name}", kind.span)
    name = str(kind.user)
    return source.error(f"there is no type {name}", kind.span, did_you_mean(name, NAMES))
