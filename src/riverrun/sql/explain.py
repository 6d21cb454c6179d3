"""The plan as text: one line for each operator, inputs below it and indented."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from riverrun.schema.types import Root
from riverrun.sql import plan
from riverrun.sql.expr import (
    AggregateCall,
    Call,
    Column,
    Expr,
    Literal,
    Navigation,
    PatternAggregate,
    SortKey,
)

_INFIX = {"+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "||", "LIKE", "SIMILAR TO"}
_AFTER = {
    "IS NULL", "IS NOT NULL", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN",
}  # fmt: skip

Names = Sequence[str]


Noted = Callable[[plan.Node], str]


def explained(sinks: Sequence[plan.Sink], noted: Noted | None = None) -> str:
    """`noted` says something more of an operator, for a line below it."""
    return "\n\n".join("\n".join(_lines(sink, "", "", noted)) for sink in sinks)


def title(node: plan.Node) -> str:
    """An operator without its inputs."""
    return f"{type(node).__name__}[{', '.join(_details(node))}]{'' if node.append_only else ' (updating)'}"


def _lines(node: plan.Node, first: str, rest: str, noted: Noted | None) -> Iterator[str]:
    yield first + title(node)
    below = plan.inputs(node)
    if noted is not None:
        yield f"{rest}{':' if below else ' '}    {noted(node)}"
    for i, one in enumerate(below):
        last = i == len(below) - 1
        yield from _lines(one, f"{rest}+- " if last else f"{rest}:- ", f"{rest}   " if last else f"{rest}:  ", noted)


# What each operator says of itself


def _details(node: plan.Node) -> Iterator[str]:
    names = _names(node)
    match node:
        case plan.Scan():
            yield f"{'.'.join(node.table.path)}: {', '.join(field.name for field in node.schema)}"
        case plan.Values():
            yield f"{len(node.rows)} rows"
        case plan.Sink():
            yield ".".join(node.table.path) if node.table is not None else "result"
            yield "fields: " + ", ".join(field.name for field in node.schema)
        case plan.Calc():
            yield from _calc(node, names)
        case plan.Union() | plan.SetOperation():
            yield f"{node.kind.value}{' ALL' if node.all else ''}" if isinstance(node, plan.SetOperation) else "ALL"
        case plan.WatermarkAssigner():
            yield f"{names[node.time]}, watermark: {_expr(node.expression, names)}"
        case plan.Expand():
            yield "; ".join(", ".join(_expr(expr, names) for expr in row) for row in node.projections)
        case plan.Unnest():
            yield ("outer " if node.outer else "") + _expr(node.collection, names)
        case plan.Join() | plan.IntervalJoin() | plan.WindowJoin() | plan.TemporalJoin() | plan.LookupJoin():
            yield from _join(node, names)
        case _:
            yield from _grouped(node, names)


def _calc(node: plan.Calc, names: Names) -> Iterator[str]:
    shown = []
    for expr, field in zip(node.projections, node.schema, strict=True):
        text = _expr(expr, names)
        shown.append(text if text == field.name else f"{text} AS {field.name}")
    yield "select: " + ", ".join(shown)
    if node.condition is not None:
        yield "where: " + _expr(node.condition, names)


def _join(
    node: plan.Join | plan.IntervalJoin | plan.WindowJoin | plan.TemporalJoin | plan.LookupJoin, names: Names
) -> Iterator[str]:
    width = len(node.left.schema)
    yield node.kind.value
    safe = getattr(node, "null_safe", (False,) * len(node.keys))
    pairs = [
        f"{names[left]} {'IS NOT DISTINCT FROM' if null_safe else '='} {names[width + right]}"
        for (left, right), null_safe in zip(node.keys, safe, strict=True)
    ]
    if pairs:
        yield "on: " + " AND ".join(pairs)
    match node:
        case plan.IntervalJoin():
            times = f"{names[node.left_time]} - {names[width + node.right_time]}"
            yield f"{node.lower} ms <= {times} <= {node.upper} ms"
        case plan.WindowJoin():
            yield f"window: {_window(node.left_window, names)}"
        case plan.TemporalJoin():
            yield f"as of: {names[node.left_time]}, versions: {names[width + node.right_time]}"
        case plan.LookupJoin():
            yield f"lookup: {'.'.join(node.table.path)}"
        case plan.Join(null_aware=True):
            yield "NOT IN"
        case plan.Join(ttl=(left, right)) if left is not None or right is not None:
            yield f"ttl: {_ttl(left)} left, {_ttl(right)} right"
        case _:
            pass
    if node.condition is not None:
        yield "where: " + _expr(node.condition, names)


def _grouped(node: plan.Node, names: Names) -> Iterator[str]:
    match node:
        case plan.WindowTableFunction():
            yield _window(node.window, names)
        case plan.GroupAggregate() | plan.WindowAggregate():
            yield from _aggregate(node, names)
        case plan.Over():
            yield from _keys(node.keys, names)
            yield f"order: {_order(node.order, names)} ({node.time})"
            length = "UNBOUNDED" if node.frame.preceding is None else str(node.frame.preceding)
            yield f"{'ROWS' if node.frame.rows else 'RANGE'} {length} PRECEDING"
            yield "aggregates: " + ", ".join(_call(call, names) for call in node.aggregates)
        case plan.Rank() | plan.WindowRank():
            if isinstance(node, plan.WindowRank):
                yield "window: " + _window(node.window, names)
            yield from _keys(node.keys, names)
            yield f"order: {_order(node.order, names)}"
            yield f"rows {node.first} to {node.last}"
        case plan.Deduplicate():
            yield from _keys(node.keys, names)
            yield f"{'last' if node.keep_last else 'first'} row by {names[node.time]}"
        case plan.Match():
            yield from _match(node, names)
        case _:
            yield from _sorted(node, names)


def _sorted(node: plan.Node, names: Names) -> Iterator[str]:
    match node:
        case plan.TemporalSort():
            yield ", ".join([names[node.time], *([_order(node.order, names)] if node.order else [])])
        case plan.SortLimit():
            yield f"order: {_order(node.order, names)}"
            yield f"limit: {node.limit}, offset: {node.offset}"
        case plan.Limit():
            yield f"limit: {node.limit}, offset: {node.offset}"
        case _:
            return


def _aggregate(node: plan.GroupAggregate | plan.WindowAggregate, names: Names) -> Iterator[str]:
    if isinstance(node, plan.WindowAggregate):
        yield "window: " + _window(node.window, names)
    yield from _keys(node.keys, names)
    if node.aggregates:
        yield "aggregates: " + ", ".join(_call(call, names) for call in node.aggregates)
    if isinstance(node, plan.GroupAggregate) and node.ttl is not None:
        yield f"ttl: {_ttl(node.ttl)}"


def _match(node: plan.Match, names: Names) -> Iterator[str]:
    yield from _keys(node.keys, names)
    yield f"order: {names[node.time]}"
    yield "pattern: " + " ".join(_quantified(item) for item in node.pattern)
    yield "define: " + ", ".join(f"{name} AS {_expr(expr, names)}" for name, expr in node.define.items())
    yield "measures: " + ", ".join(f"{_expr(m.expression, names)} AS {m.name}" for m in node.measures)


def _ttl(ttl: int | None) -> str:
    return "of the session" if ttl is None else f"{ttl} ms"


def _quantified(item: plan.Quantified) -> str:
    bounds = (item.least, item.most)
    mark = {(1, 1): "", (0, 1): "?", (0, None): "*", (1, None): "+"}.get(bounds)
    if mark is None:
        most = "" if item.most is None else str(item.most)
        mark = f"{{{item.least}}}" if item.least == item.most else f"{{{item.least},{most}}}"
    return f"{item.variable}{mark}{'?' if item.reluctant else ''}"


# Parts


def _names(node: plan.Node) -> Names:
    read = (node.left, node.right) if isinstance(node, plan.LookupJoin) else plan.inputs(node)
    return [field.name for one in read for field in one.schema]


def _keys(keys: Sequence[int], names: Names) -> Iterator[str]:
    if keys:
        yield "by: " + ", ".join(names[key] for key in keys)


def _order(order: Sequence[SortKey], names: Names) -> str:
    return ", ".join(f"{names[key.index]} {'DESC' if key.descending else 'ASC'}" for key in order)


def _window(window: plan.Window | plan.AttachedWindow, names: Names) -> str:
    if isinstance(window, plan.AttachedWindow):
        return f"{window.kind.value} of the rows: {names[window.start]} to {names[window.end]}"
    lengths = [window.slide, window.size] if window.slide else [window.size]
    text = f"{window.kind.value}({names[window.time]}, {', '.join(f'{length} ms' for length in lengths)})"
    return text + (f" offset {window.offset} ms" if window.offset else "")


def _call(call: AggregateCall, names: Names) -> str:
    args = ", ".join(_expr(arg, names) for arg in call.args) or ("*" if call.function == "COUNT" else "")
    text = f"{call.function}({'DISTINCT ' if call.distinct else ''}{args})"
    return text + (f" FILTER (WHERE {_expr(call.filter, names)})" if call.filter is not None else "")


def _expr(expr: Expr, names: Names) -> str:
    match expr:
        case Column(index=index):
            return names[index] if index < len(names) else f"${index}"
        case Literal():
            return _literal(expr)
        case Call():
            return _applied(expr, [_expr(arg, names) for arg in expr.args])
        case Navigation(kind="ROWTIME"):
            return "MATCH_ROWTIME()"
        case Navigation(kind=kind, variable=variable, offset=offset, argument=argument):
            inside = _expr(argument, names) + (f", {offset}" if offset else "")
            return f"{kind}({variable + '.' if variable else ''}{inside})"
        case PatternAggregate(call=call, variable=variable):
            return f"{variable + '.' if variable else ''}{_call(call, names)}"


def _literal(literal: Literal) -> str:
    value = literal.value
    if value is None:
        return "NULL"
    match literal.type.root:
        case Root.CHAR | Root.VARCHAR:
            return "'" + str(value).replace("'", "''") + "'"
        case Root.BOOLEAN:
            return str(value).upper()
        case Root.INTERVAL_DAY_TIME:
            return f"{value} ms"
        case Root.INTERVAL_YEAR_MONTH:
            return f"{value} months"
        case _:
            return str(value)


def _applied(call: Call, args: list[str]) -> str:
    if call.function in _INFIX and len(args) >= 2:
        return "(" + f" {call.function} ".join(args) + ")"
    if call.function in _AFTER:
        return f"{args[0]} {call.function}"
    if call.function in ("CAST", "TRY_CAST"):
        return f"{call.function}({args[0]} AS {call.type.summary(nullability=False)})"
    if call.function == "FIELD":
        row = call.args[0].type
        return f"{args[0]}.{row.fields[call.options[0]].name}"
    if call.function == "ITEM":
        return f"{args[0]}[{args[1]}]"
    return f"{call.function}({', '.join(args)})"
