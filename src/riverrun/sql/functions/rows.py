"""ROW, ARRAY, MAP and how to get into them: fields, subscripts, CARDINALITY, ELEMENT."""

from __future__ import annotations

from riverrun.schema.types import INT, Field, Root, Type, array, map_of
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions.belief import default
from riverrun.sql.functions.check import as_type, refuse
from riverrun.sql.functions.common import can_widen, common_type, is_null, is_string
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request, always
from riverrun.sql.functions.physical import duckdb_type, literal
from riverrun.sql.functions.render import error


def _resolve_field(request: Request) -> Expr:
    (row,) = request.args
    index = request.options[0]
    if row.type.root is not Root.ROW or not 0 <= index < len(row.type.fields):
        raise refuse(request)
    type_ = row.type.fields[index].type
    return request.call(type_.with_nullable(type_.nullable or row.type.nullable))


def _render_field(call: Call, args: list[str], renderer: Renderer) -> str:
    return f"struct_extract({args[0]}, 'f{call.options[0]}')"


def _resolve_row(request: Request) -> Expr:
    if not request.args:
        raise refuse(request, "ROW(value1, ...)")
    names = request.options or tuple(f"EXPR${i}" for i in range(len(request.args)))
    fields = tuple(Field(name, arg.type) for name, arg in zip(names, request.args, strict=True))
    return request.call(Type(Root.ROW, nullable=False, fields=fields), options=())


def _render_row(call: Call, args: list[str], renderer: Renderer) -> str:
    parts = (f"f{i} := {_written(arg, expr)}" for i, (arg, expr) in enumerate(zip(args, call.args, strict=True)))
    return f"struct_pack({', '.join(parts)})"


def _written(text: str, expr: Expr) -> str:
    """A value put into a ROW: a NULL of a NOT NULL type is written as the type's default."""
    fallback = None if expr.type.nullable or isinstance(expr, Literal) else default(expr.type)
    return text if fallback is None else f"COALESCE({text}, {literal(fallback)})"


def _resolve_array(request: Request) -> Expr:
    if not request.args:
        raise InvalidCall("ARRAY needs at least one element")
    element = common_type(request.types)
    if element is None or (element.fields and any(is_null(f.type) for type_ in request.types for f in type_.fields)):
        raise refuse(request)
    return request.call(array(element).not_null(), [as_type(arg, element) for arg in request.args])


def _render_array(call: Call, args: list[str], renderer: Renderer) -> str:
    items = [arg if is_string(expr.type) else _written(arg, expr) for arg, expr in zip(args, call.args, strict=True)]
    return f"CAST([{', '.join(items)}] AS {duckdb_type(call.type)})"


def _resolve_map(request: Request) -> Expr:
    if not request.args or len(request.args) % 2:
        raise InvalidCall("MAP needs pairs of a key and a value")
    keys, values = request.args[::2], request.args[1::2]
    key, value = common_type([k.type for k in keys]), common_type([v.type for v in values])
    if key is None or value is None:
        raise refuse(request)
    args: list[Expr] = []
    for k, v in zip(keys, values, strict=True):
        args += [as_type(k, key), as_type(v, value)]
    return request.call(map_of(key, value).not_null(), args)


def _render_map(call: Call, args: list[str], renderer: Renderer) -> str:
    keys, values = call.args[::2], args[1::2]
    constants = [key.value for key in keys if isinstance(key, Literal) and key.value is not None]
    name = duckdb_type(call.type)
    if len(constants) == len(keys):
        last = dict(zip(constants, zip(args[::2], values, strict=True), strict=True))
        pairs = last.values()
        return f"CAST(map([{', '.join(k for k, _ in pairs)}], [{', '.join(v for _, v in pairs)}]) AS {name})"
    return unique_map(f"[{', '.join(args[::2])}]", f"[{', '.join(values)}]", call, name)


def unique_map(keys: str, values: str, call: Call, name: str) -> str:
    """A map of two lists in which a later key replaces an earlier one; DuckDB has no NULL keys."""
    later = f"list_contains(({keys})[_i + 1:], ({keys})[_i])"
    kept = f"list_filter(range(1, len({keys}) + 1), lambda _i: NOT {later})"
    made = f"map(list_transform({kept}, lambda _i: ({keys})[_i]), list_transform({kept}, lambda _i: ({values})[_i]))"
    null_key = error("unsupported", call.span, "a MAP with a NULL key is not supported")
    has_null = f"list_contains(list_transform({keys}, lambda _k: _k IS NULL), TRUE)"
    return f"CAST(CASE WHEN {has_null} THEN {null_key} ELSE {made} END AS {name})"


def _resolve_item(request: Request) -> Expr:
    if len(request.args) != 2:
        raise refuse(request)
    collection, key = request.args
    type_ = collection.type
    if type_.root is Root.ARRAY and type_.element is not None:
        if key.type.root not in (Root.INTEGER, Root.NULL):
            raise InvalidCall(f"an array index has to be INT, not {key.type}")
        if isinstance(key, Literal) and isinstance(key.value, int) and key.value < 1:
            raise InvalidCall(f"an array index starts at 1, not {key.value}")
        return request.call(type_.element.null(), (collection, as_type(key, INT)))
    if type_.root is Root.MAP and type_.element is not None and type_.key is not None:
        if not (is_null(key.type) or can_widen(key.type, type_.key) or key.type.root is type_.key.root):
            raise refuse(request)
        return request.call(type_.element.null(), (collection, as_type(key, type_.key)))
    raise refuse(request)


def item(call: Call, args: list[str]) -> str:
    """The element, NULL when there is none."""
    collection, key = args
    if call.args[0].type.root is Root.MAP:
        return f"map_extract_value({collection}, {key})"
    index = call.args[1]
    if isinstance(index, Literal):
        return f"({collection})[{key}]"
    return f"(CASE WHEN {key} > 0 THEN ({collection})[{key}] END)"


def _resolve_cardinality(request: Request) -> Expr:
    if len(request.args) != 1 or request.types[0].root not in (Root.ARRAY, Root.MAP):
        raise refuse(request, "CARDINALITY(array or map)")
    return request.call(INT.with_nullable(request.types[0].nullable))


def _resolve_element(request: Request) -> Expr:
    if len(request.args) != 1 or request.types[0].root is not Root.ARRAY:
        raise refuse(request, "ELEMENT(array)")
    type_ = request.types[0]
    assert type_.element is not None
    return request.call(type_.element)


def _render_element(call: Call, args: list[str], renderer: Renderer) -> str:
    many = error("element", call.span, "ELEMENT of an array with more than one element")
    return f"(CASE WHEN len({args[0]}) > 1 THEN {many} ELSE ({args[0]})[1] END)"


ENTRIES = (
    Entry(
        "FIELD",
        ("row.field",),
        "A field of a ROW.",
        _resolve_field,
        _render_field,
        nulls="NULL if the row is NULL",
        options="(index of the field,)",
    ),
    Entry(
        "ROW",
        ("ROW(value1, ...)", "(value1, value2, ...)"),
        "A row of the values; fields without a name are EXPR$0, EXPR$1 ...",
        _resolve_row,
        _render_row,
        {"ROW(1, 'a')": {"EXPR$0": 1, "EXPR$1": "a"}},
        nulls="never NULL",
        options="the names of the fields, or nothing",
    ),
    Entry(
        "ARRAY",
        ("ARRAY[value1, ...]",),
        "An array of the values, which get their common type.",
        _resolve_array,
        _render_array,
        {"ARRAY[1, 2.5]": ["1.0", "2.5"], "ARRAY['a', NULL]": ["a", None]},
        nulls="never NULL",
    ),
    Entry(
        "MAP",
        ("MAP[key1, value1, ...]",),
        "A map; of equal keys the last counts.",
        _resolve_map,
        _render_map,
        {"MAP['a', 1, 'b', 2]": {"$map": [["a", 1], ["b", 2]]}, "MAP['a', 1, 'a', 2]": {"$map": [["a", 2]]}},
        nulls="never NULL",
    ),
    Entry(
        "ITEM",
        ("array[index]", "map[key]"),
        "The element of an array (the first has index 1), the value of a key.",
        _resolve_item,
        lambda call, args, renderer: item(call, args),
        {"ARRAY['a', 'b'][2]": "b", "ARRAY['a', NULL][3]": None, "MAP['a', 1]['a']": 1},
        nulls="NULL when there is no such element; of NOT NULL elements -1, FALSE or '' is written",
    ),
    Entry(
        "CARDINALITY",
        ("CARDINALITY(array)", "CARDINALITY(map)"),
        "The number of elements.",
        _resolve_cardinality,
        lambda call, args, renderer: (
            f"CAST({'cardinality' if call.args[0].type.root is Root.MAP else 'len'}({args[0]}) AS INTEGER)"
        ),
        {"CARDINALITY(ARRAY[1, 2])": 2, "CARDINALITY(MAP['a', 1])": 1},
    ),
    Entry(
        "ELEMENT",
        ("ELEMENT(array)",),
        "The only element of an array; fails when there are several.",
        _resolve_element,
        _render_element,
        {"ELEMENT(ARRAY[7])": 7},
        fails=always,
    ),
)
