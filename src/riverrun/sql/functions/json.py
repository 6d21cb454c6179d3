"""JSON_VALUE, JSON_QUERY, JSON_EXISTS, IS JSON; JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_QUOTE and their like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riverrun.java.json_path import BadPath
from riverrun.schema.types import BOOLEAN, DOUBLE, INT, STRING, Root, Type, array
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions import json_text, json_values
from riverrun.sql.functions.check import as_type, refuse, takes
from riverrun.sql.functions.common import is_null, is_string
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request
from riverrun.sql.functions.physical import duckdb_type
from riverrun.sql.functions.render import place

FUNCTIONS = json_values.FUNCTIONS
_RETURNS = {Root.BOOLEAN: BOOLEAN, Root.INTEGER: INT, Root.DOUBLE: DOUBLE}


def _clauses(options: tuple[Any, ...]) -> dict[str, Any]:
    """Options as the binder gives them: ("RETURNING", type), ("WRAPPER", text), ("ON EMPTY", behaviour[, argument])."""
    return {clause: rest for clause, *rest in options if isinstance(clause, str)}


def _document(request: Request) -> list[Expr]:
    """The document and the path; the path is checked now where it is constant."""
    if request.name == "JSON_VALUE" and len(request.args) > 1 and not is_string(request.types[0]):
        raise InvalidCall("JSON_VALUE of what is no text; write a CAST to STRING", unsupported=True)
    if len(request.args) < 2 or not all(is_string(arg.type) for arg in request.args[:2]):
        raise refuse(request, f"{request.name}(json, path ...)")
    path = request.args[1]
    if isinstance(path, Literal) and isinstance(path.value, str):
        try:
            json_values.mode_and_path(path.value)
        except BadPath as problem:
            if problem.unsupported:
                raise InvalidCall(f"{request.name}: {problem} is not supported", unsupported=True) from None
    return [as_type(arg, STRING) for arg in request.args[:2]]


def _resolve_exists(request: Request) -> Expr:
    return request.call(BOOLEAN, _document(request))


def _render_exists(call: Call, args: list[str], renderer: Renderer) -> str:
    behaviour = call.options[0] if call.options else "FALSE"
    return f"rr_json_exists({args[0]}, {args[1]}, '{behaviour}', {place(call.span)})"


def _resolve_value(request: Request) -> Expr:
    clauses = _clauses(request.options)
    (returning,) = clauses.get("RETURNING", [STRING])
    if returning.root not in _RETURNS and not is_string(returning):
        raise InvalidCall(f"JSON_VALUE cannot return {returning.null()}; use STRING, INTEGER, DOUBLE or BOOLEAN")
    for clause in ("ON EMPTY", "ON ERROR"):
        for index in clauses.get(clause, ["NULL"])[1:]:
            _check_default(request.args[index], returning)
    return request.call(returning.plain().null(), [*_document(request), *request.args[2:]])


def _check_default(default: Expr, returning: Type) -> None:
    while isinstance(default, Call) and default.function in ("CAST", "NEGATE"):
        (default,) = default.args
    if not isinstance(default, Literal):
        raise InvalidCall("the DEFAULT of JSON_VALUE has to be a constant")
    if not is_string(returning) and default.value is not None and default.type.root is not returning.root:
        raise InvalidCall(f"the DEFAULT of JSON_VALUE has to be {returning.null()}, not {default.type.null()}")
    if returning.root is Root.DOUBLE and default.value is not None:
        raise InvalidCall("JSON_VALUE ... RETURNING DOUBLE takes no DEFAULT: Flink fails when it is used")


def _render_value(call: Call, args: list[str], renderer: Renderer) -> str:
    clauses = _clauses(call.options)
    defaults, behaviours = [], []
    for clause in ("ON EMPTY", "ON ERROR"):
        behaviour, *index = clauses.get(clause, ["NULL"])
        behaviours.append(behaviour)
        defaults.append(f"CAST({args[index[0]]} AS VARCHAR)" if index else "CAST(NULL AS VARCHAR)")
    kind = "STRING" if is_string(call.type) else call.type.root.name
    spec = "|".join((kind, *behaviours))
    text = f"rr_json_value({args[0]}, {args[1]}, {', '.join(defaults)}, '{spec}', {place(call.span)})"
    return text if is_string(call.type) else f"CAST({text} AS {duckdb_type(call.type)})"


def _resolve_query(request: Request) -> Expr:
    clauses = _clauses(request.options)
    (returning,) = clauses.get("RETURNING", [STRING])
    if returning.root is Root.ARRAY and returning.element is not None and is_string(returning.element):
        for clause in ("ON EMPTY", "ON ERROR"):
            if clauses.get(clause) == ["EMPTY OBJECT"]:
                raise InvalidCall(f"JSON_QUERY returns an array, EMPTY OBJECT {clause} is none")
        returning = array(STRING)
    elif not is_string(returning):
        raise InvalidCall(f"JSON_QUERY cannot return {returning.null()}; use STRING or ARRAY<STRING>")
    return request.call(returning.plain().null(), _document(request))


def _render_query(call: Call, args: list[str], renderer: Renderer) -> str:
    clauses: Mapping[str, list[Any]] = {"WRAPPER": ["WITHOUT"], **_clauses(call.options)}
    spec = "|".join(clauses.get(clause, ["NULL"])[0] for clause in ("WRAPPER", "ON EMPTY", "ON ERROR"))
    name = "rr_json_query_array" if call.type.root is Root.ARRAY else "rr_json_query"
    return f"{name}({args[0]}, {args[1]}, '{spec}', {place(call.span)})"


def _can_error(call: Call) -> bool:
    """JSON functions fail where they are told to, and JSON_VALUE where the value is not of the type."""
    behaviours = (part for option in call.options for part in (option if isinstance(option, tuple) else (option,)))
    typed = call.function == "JSON_VALUE" and not is_string(call.type)
    return typed or "ERROR" in list(behaviours) or not isinstance(call.args[1], Literal)


def _resolve_is_json(request: Request) -> Expr:
    (value,) = request.args
    if not is_string(value.type):
        raise refuse(request, "string IS [NOT] JSON [VALUE | OBJECT | ARRAY | SCALAR]")
    return request.call(BOOLEAN.not_null(), (as_type(value, STRING),))


# -- constructors


def _resolve_object(request: Request) -> Expr:
    if len(request.args) % 2:
        raise refuse(request, "JSON_OBJECT('name' VALUE value, ...)")
    for name in request.args[::2]:
        if not (isinstance(name, Literal) and is_string(name.type) and name.value is not None):
            raise InvalidCall("the names of JSON_OBJECT have to be constant strings")
    return request.call(STRING.not_null(), _members(request, 1), (_on_null(request, "NULL"),))


def _resolve_array(request: Request) -> Expr:
    return request.call(STRING.not_null(), _members(request, 0), (_on_null(request, "ABSENT"),))


def _on_null(request: Request, default: str) -> str:
    return request.options[0] if request.options else default


def _members(request: Request, first: int) -> list[Expr]:
    for value in request.args[first :: first + 1]:
        json_text.check(value.type)
    return list(request.args)


def _render_object(call: Call, args: list[str], renderer: Renderer) -> str:
    names = ", ".join(args[::2])
    values = [json_text.member(expr, text) for expr, text in zip(call.args[1::2], args[1::2], strict=True)]
    if not values:
        return "'{}'"
    return f"rr_json_object([{names}], [{', '.join(values)}], '{call.options[0]}')"


def _render_array(call: Call, args: list[str], renderer: Renderer) -> str:
    if not args:
        return "'[]'"
    values = [json_text.member(expr, text) for expr, text in zip(call.args, args, strict=True)]
    if call.options[0] == "NULL":
        values = [f"COALESCE({value}, 'null')" for value in values]
    return f"('[' || COALESCE(array_to_string([{', '.join(values)}], ','), '') || ']')"


def _resolve_string(request: Request) -> Expr:
    if len(request.args) != 1:
        raise refuse(request, "JSON_STRING(value)")
    if is_null(request.types[0]):
        return Literal(None, STRING)
    json_text.check(request.types[0])
    return request.call(STRING.with_nullable(request.types[0].nullable))


ENTRIES = (
    Entry(
        "JSON_VALUE",
        ("JSON_VALUE(json, path [RETURNING type] [behaviour ON EMPTY] [behaviour ON ERROR])",),
        "The scalar at a path. RETURNING (STRING, INTEGER, DOUBLE or BOOLEAN) converts nothing: another kind fails. "
        "The behaviours are NULL (the default), ERROR and DEFAULT value.",
        _resolve_value,
        _render_value,
        {
            """JSON_VALUE('{"a": {"b": 1.50}}', '$.a.b')""": "1.50",
            """JSON_VALUE('{"a": true}', '$.a' RETURNING BOOLEAN)""": True,
            """JSON_VALUE('{"a": [1]}', '$.a')""": None,
            """JSON_VALUE('{}', 'lax $.a' DEFAULT '-' ON EMPTY)""": "-",
            """JSON_VALUE('{}', '$.a' DEFAULT '-' ON EMPTY DEFAULT '!' ON ERROR)""": "!",
        },
        nulls="NULL if the document or the path is; a null inside is empty in lax mode, an error in strict mode",
        options="clauses: (RETURNING, type), (ON EMPTY | ON ERROR, NULL | ERROR | DEFAULT[, number of the argument])",
        fails=_can_error,
    ),
    Entry(
        "JSON_QUERY",
        ("JSON_QUERY(json, path [RETURNING type] [wrapper] [behaviour ON EMPTY] [behaviour ON ERROR])",),
        "The object or array at a path, as JSON with its keys in order; RETURNING ARRAY<STRING> gives its elements. The"
        " wrapper is WITHOUT WRAPPER, WITH WRAPPER or WITH CONDITIONAL WRAPPER (not around arrays); the behaviours are "
        "NULL (the default), ERROR, EMPTY ARRAY and EMPTY OBJECT.",
        _resolve_query,
        _render_query,
        {
            """JSON_QUERY('{"a": {"z": 1, "b": 2}}', '$.a')""": '{"b":2,"z":1}',
            """JSON_QUERY('{"a": 1}', '$.a')""": None,
            """JSON_QUERY('{"a": 1}', '$.a' WITH WRAPPER)""": "[1]",
            """JSON_QUERY('[{"a": 1}, {"a": 2}]', '$[*].a')""": "[1,2]",
            """JSON_QUERY('{"a": [1, "x", null]}', '$.a' RETURNING ARRAY<STRING>)""": ["1", "x", None],
            """JSON_QUERY('{}', 'lax $.a' EMPTY ARRAY ON EMPTY)""": "[]",
        },
        nulls="NULL if the document or the path is NULL",
        options="clauses: (RETURNING, type), (WRAPPER, text), (ON EMPTY | ON ERROR, behaviour)",
        fails=_can_error,
    ),
    Entry(
        "JSON_EXISTS",
        ("JSON_EXISTS(json, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])",),
        "TRUE if there is something else than null at the path.",
        _resolve_exists,
        _render_exists,
        {
            """JSON_EXISTS('{"a": 1}', '$.a')""": True,
            """JSON_EXISTS('{"a": null}', '$.a')""": False,
            """JSON_EXISTS('{', '$.a' UNKNOWN ON ERROR)""": None,
        },
        options="(TRUE | FALSE | UNKNOWN | ERROR,) or none",
        fails=_can_error,
    ),
    Entry(
        "IS JSON",
        ("string IS [NOT] JSON [VALUE | OBJECT | ARRAY | SCALAR]",),
        "TRUE if the text is JSON (of that kind).",
        _resolve_is_json,
        lambda call, args, renderer: f"rr_is_json({args[0]}, '{call.options[0]}')",
        {"""'{"a": 1}' IS JSON""": True, "'1' IS JSON OBJECT": False, "'[1' IS NOT JSON": True},
        nulls="FALSE for NULL",
        options="(VALUE | OBJECT | ARRAY | SCALAR,)",
    ),
    Entry(
        "JSON_OBJECT",
        ("JSON_OBJECT([KEY] 'name' VALUE value, ... [NULL ON NULL | ABSENT ON NULL])",),
        "A JSON object as text, its keys in order. JSON_OBJECT, JSON_ARRAY and JSON inside are put in as they are.",
        _resolve_object,
        _render_object,
        {
            "JSON_OBJECT('b' VALUE 1, 'a' VALUE 'x')": '{"a":"x","b":1}',
            "JSON_OBJECT('a' VALUE CAST(NULL AS INT) ABSENT ON NULL)": "{}",
            "JSON_OBJECT('a' VALUE JSON_ARRAY(1, 2.50, TRUE))": '{"a":[1,2.50,true]}',
        },
        nulls="null, or left out",
        options="(NULL | ABSENT,) or none; the arguments are name, value, ...",
    ),
    Entry(
        "JSON_ARRAY",
        ("JSON_ARRAY(value, ... [NULL ON NULL | ABSENT ON NULL])",),
        "A JSON array as text.",
        _resolve_array,
        _render_array,
        {
            "JSON_ARRAY(1, 'x', CAST(NULL AS INT))": '[1,"x"]',
            "JSON_ARRAY(CAST(NULL AS INT) NULL ON NULL)": "[null]",
        },
        nulls="left out, or null",
        options="(NULL | ABSENT,) or none",
    ),
    Entry(
        "JSON_STRING",
        ("JSON_STRING(value)",),
        "Any value as JSON.",
        _resolve_string,
        lambda call, args, renderer: json_text.member(call.args[0], args[0]),
        {
            "JSON_STRING('x')": '"x"',
            "JSON_STRING(ARRAY[1, 2])": "[1,2]",
            "JSON_STRING(TIMESTAMP '2024-01-02 03:04:05.600')": '"2024-01-02T03:04:05.6"',
            "JSON_STRING(1e0)": "1.0",
        },
    ),
    Entry(
        "JSON",
        ("JSON(string)",),
        "Inside JSON_OBJECT and JSON_ARRAY: a text that is JSON already.",
        takes("str", returns=STRING, usage="JSON(string) inside JSON_OBJECT or JSON_ARRAY"),
        lambda call, args, renderer: args[0],
        {"""JSON_ARRAY(JSON('{"x": 1}'))""": '[{"x":1}]'},
        fails=lambda call: True,
    ),
    Entry(
        "JSON_QUOTE",
        ("JSON_QUOTE(string)",),
        "The text as a JSON string of ASCII characters.",
        takes("str", returns=STRING),
        lambda call, args, renderer: f"rr_json_quote({args[0]})",
        {"""JSON_QUOTE('a"b/')""": '"a\\"b\\/"'},
    ),
    Entry(
        "JSON_UNQUOTE",
        ("JSON_UNQUOTE(string)",),
        "The content of a JSON string; any other text as it is.",
        takes("str", returns=STRING),
        lambda call, args, renderer: f"rr_json_unquote({args[0]})",
        {"""JSON_UNQUOTE('"a\\u0041"')""": "aA", "JSON_UNQUOTE('a')": "a"},
    ),
)
