"""Window table functions: TUMBLE, HOP, CUMULATE, SESSION in FROM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from riverrun.errors import did_you_mean
from riverrun.schema import types as t
from riverrun.schema.types import TIMESTAMPS, Field, Root
from riverrun.sql.binder import queries, sources
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.scope import Scope
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.logical import Node, WindowTable
from riverrun.sql.plan import Window, WindowKind
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q

# The parameters after DATA and TIMECOL; the last of TUMBLE, HOP and CUMULATE is optional.
_LENGTHS = {
    "TUMBLE": ("SIZE", "OFFSET"),
    "HOP": ("SLIDE", "SIZE", "OFFSET"),
    "CUMULATE": ("STEP", "SIZE", "OFFSET"),
    "SESSION": ("GAP",),
}


def bind_window_table(context: Context, source: q.TableFunction, outer: Scope | None) -> Node:
    call = source.call
    name = call.name.last.text.upper()
    if name not in _LENGTHS or len(call.name.parts) > 1:
        what = f"there is no table function {call.name}"
        if source.lateral:
            raise context.unsupported(f"the table function {call.name}", source.span)
        raise context.error(what, call.name.span, did_you_mean(name, _LENGTHS))
    if source.lateral:
        raise context.error("window functions stand in FROM without LATERAL", source.span)
    given = _arguments(context, call, name)
    data = given["DATA"]
    node = _input(context, data, outer)
    keys = _keys(context, name, data, node)
    time = _time(context, name, given["TIMECOL"], node)
    lengths = {key: _length(context, given[key], key) for key in _LENGTHS[name] if key in given}
    if name == "CUMULATE" and lengths["SIZE"] % lengths["STEP"]:
        raise context.error("the size of CUMULATE has to be a multiple of its step", given["SIZE"].span)
    if name == "TUMBLE" and abs(lengths.get("OFFSET", 0)) >= lengths["SIZE"]:
        raise context.error("the offset of TUMBLE has to be smaller than its size", given["OFFSET"].span)
    window = _window(name, time, lengths, keys, node)
    return WindowTable(node, window, (*node.schema, *_fields(node, time)), source.span)


def _arguments(context: Context, call: tree.Function, name: str) -> Mapping[str, tree.Expression]:
    """The arguments by their parameters' names, all positional or all named (DATA first)."""
    parameters = ("DATA", "TIMECOL", *_LENGTHS[name])
    named = [arg for arg in call.args if isinstance(arg, tree.Argument)]
    if named and len(named) != len(call.args):
        raise context.error(f"the arguments of {name} are all named or all without names", call.span)
    if named:
        found = {arg.name.text: arg.value for arg in named}
        for arg in named:
            if arg.name.text not in parameters:
                todo = did_you_mean(arg.name.text, parameters)
                raise context.error(f"{name} has no parameter {arg.name.text}", arg.name.span, todo)
        if named[0].name.text != "DATA":
            raise context.error("DATA has to be the first argument", named[0].span)
    else:
        if len(call.args) > len(parameters):
            raise context.error(f"{name} takes at most {len(parameters)} arguments", call.span, _usage(name))
        found = dict(zip(parameters, call.args, strict=False))
    for parameter in parameters:
        if parameter not in found and parameter != "OFFSET":
            raise context.error(f"{name} needs {parameter}", call.span, _usage(name))
    return found


def _usage(name: str) -> str:
    lengths = ", ".join(f"[{key.lower()}]" if key == "OFFSET" else key.lower() for key in _LENGTHS[name])
    return f"{name}(TABLE t, DESCRIPTOR(time), {lengths})"


def _input(context: Context, data: tree.Expression, outer: Scope | None) -> Node:
    source = data.source if isinstance(data, tree.TableArgument) else data
    if isinstance(source, tree.TableReference):
        return sources.bind_table(context, source.name, ()).node
    if isinstance(source, tree.Subquery):
        if isinstance(source.query, q.SetOperation):
            todo = (
                "write SELECT * FROM (...) around it: of a UNION ALL that stands here Flink reads the first part only"
            )
            raise context.unsupported(f"{source.query.operator} as a window's table", data.span, todo)
        return queries.bind_query(context, source.query, outer)
    raise context.error("the first argument is a table or a query", data.span, "write TABLE before its name")


def _keys(context: Context, name: str, data: tree.Expression, node: Node) -> tuple[int, ...]:
    if not isinstance(data, tree.TableArgument):
        return ()
    if name != "SESSION":
        raise context.error(f"{name} takes no PARTITION BY", data.span, "only SESSION does; use GROUP BY")
    return tuple(_column(context, key, node) for key in data.partition)


def _column(context: Context, name: tree.Identifier, node: Node) -> int:
    names = [item.name for item in node.schema]
    if names.count(name.text) != 1:
        what = f"the column {name.text} is ambiguous" if name.text in names else f"there is no column {name.text}"
        raise context.error(what, name.span, did_you_mean(name.text, names))
    return names.index(name.text)


def _time(context: Context, name: str, descriptor: tree.Expression, node: Node) -> int:
    plain = isinstance(descriptor, tree.Function) and descriptor.name.last.text.upper() == "DESCRIPTOR"
    if not isinstance(descriptor, tree.Function) or not plain or not descriptor.args:
        raise context.error("the time column is given as DESCRIPTOR(column)", descriptor.span)
    columns = []
    for arg in descriptor.args:
        if not isinstance(arg, tree.Name) or len(arg.parts) != 1:
            raise context.error("DESCRIPTOR takes the name of a column", arg.span)
        columns.append(_column(context, arg.last, node))
    type_ = node.schema[columns[0]].type
    if type_.root not in TIMESTAMPS:
        shown = type_.summary(nullability=False)
        raise context.error(
            f"{name} needs a TIMESTAMP or TIMESTAMP_LTZ column, this is {shown}", descriptor.args[0].span
        )
    return columns[0]


def _length(context: Context, node: tree.Expression, parameter: str) -> int:
    found = Binder(context, Scope(), Rules("a window function")).bind(node)
    value = _constant(found)
    if value is None or found.type.root is not Root.INTERVAL_DAY_TIME:
        raise context.error(f"{parameter} is a constant interval of days to seconds", node.span)
    if parameter != "OFFSET" and value <= 0:
        raise context.error(f"{parameter} has to be positive", node.span)
    return value


def _constant(expr: Expr) -> int | None:
    """The milliseconds of an interval, also of a sum of intervals."""
    match expr:
        case Literal(value=int(value)):
            return value
        case Call(function="NEGATE", args=(operand,)):
            inner = _constant(operand)
            return None if inner is None else -inner
        case Call(function="+" | "-" as operator, args=(left, right)):
            first, second = _constant(left), _constant(right)
            if first is None or second is None:
                return None
            return first + second if operator == "+" else first - second
        case _:
            return None


def _window(name: str, time: int, lengths: Mapping[str, int], keys: tuple[int, ...], node: Node) -> Window:
    size = lengths.get("SIZE") or lengths["GAP"]
    slide = lengths.get("SLIDE") or lengths.get("STEP") or 0
    local = node.schema[time].type.root is Root.TIMESTAMP_LTZ
    return Window(WindowKind(name), time, size, slide, lengths.get("OFFSET", 0), keys, local)


def _fields(node: Node, time: int) -> tuple[Field, ...]:
    bound = t.timestamp(3).not_null()
    moment = replace(node.schema[time].type, nullable=False)
    return Field("window_start", bound), Field("window_end", bound), Field("window_time", moment)
