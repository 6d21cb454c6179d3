"""JSON_ARRAYAGG and JSON_OBJECTAGG."""

from __future__ import annotations

from riverrun.schema.types import STRING, Root, Type
from riverrun.sql.expr import AggregateCall, Expr
from riverrun.sql.functions import json_text
from riverrun.sql.functions.aggregate import Aggregate, AggregateRequest, Clauses, one, refuse
from riverrun.sql.functions.check import as_type
from riverrun.sql.functions.common import is_string
from riverrun.sql.functions.render import place

_RESULT = Type(Root.VARCHAR, nullable=False, length=2000)


def _options(request: AggregateRequest, value: Expr, default: str) -> tuple[str, bool]:
    """(what becomes of NULL, whether the value is JSON already)."""
    json_text.check(value.type)
    return (request.options[0] if request.options else default, json_text.is_raw(value))


def _resolve_array(request: AggregateRequest) -> AggregateCall:
    one(request, "JSON_ARRAYAGG(value [NULL ON NULL | ABSENT ON NULL])")
    (value,) = request.args
    return request.call(_RESULT, options=_options(request, value, "ABSENT"))


def _json(call: AggregateCall, value: str) -> str:
    return value if call.options[1] else json_text.json_text(value, call.args[-1].type)


def _render_array(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    text = _json(call, args[0])
    kept = clauses.filter() if call.options[0] == "NULL" else clauses.filter(f"{args[0]} IS NOT NULL")
    items = f"list(COALESCE({text}, 'null'){clauses.order}){kept}"
    return f"('[' || COALESCE(array_to_string({items}, ','), '') || ']')"


def _resolve_object(request: AggregateRequest) -> AggregateCall:
    usage = "JSON_OBJECTAGG([KEY] name VALUE value [NULL ON NULL | ABSENT ON NULL])"
    if len(request.args) != 2 or not is_string(request.types[0]):
        raise refuse(request, usage)
    name, value = request.args
    return request.call(_RESULT, (as_type(name, STRING), value), _options(request, value, "NULL"))


def _render_object(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    names = f"list({args[0]}{clauses.order}){clauses.filter()}"
    values = f"list({_json(call, args[1])}{clauses.order}){clauses.filter()}"
    found = f"rr_json_objectagg({names}, {values}, '{call.options[0]}', {place(call.span)})"
    return f"COALESCE({found}, '{{}}')"


AGGREGATES = (
    Aggregate(
        "JSON_ARRAYAGG",
        ("JSON_ARRAYAGG(value [NULL ON NULL | ABSENT ON NULL])",),
        "The values as a JSON array, in order of arrival.",
        _resolve_array,
        _render_array,
        nulls="leaves NULL out, or writes null; [] when there is nothing",
    ),
    Aggregate(
        "JSON_OBJECTAGG",
        ("JSON_OBJECTAGG([KEY] name VALUE value [NULL ON NULL | ABSENT ON NULL])",),
        "A JSON object with a member per row, in order of the names; a name that is NULL or comes twice fails.",
        _resolve_object,
        _render_object,
        nulls="writes null, or leaves it out; {} when there is nothing",
    ),
)
