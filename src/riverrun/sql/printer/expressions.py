"""Expressions as SQL text, with parentheses where the binding powers ask for them."""

from __future__ import annotations

from collections.abc import Iterable

from riverrun.sql.keywords import CONTEXT_VARIABLES, RESERVED_FUNCTIONS
from riverrun.sql.parser.expressions import ACCESS, AND, INFIX, IS, PREFIX, SPECIAL
from riverrun.sql.printer import queries, special
from riverrun.sql.printer.names import identifier_sql, identifiers_sql, name_sql, string_sql
from riverrun.sql.printer.types import qualifier_sql, type_sql
from riverrun.sql.tree import expressions as tree

_PRIMARY = 1000
# Reserved words that stand before parentheses without being in the parser's list of reserved function names.
_UNQUOTED = RESERVED_FUNCTIONS | {
    "ARRAY_AGG", "ARRAY_CONCAT_AGG", "GROUP_CONCAT", "STRING_AGG", "DATE", "TIME", "DATETIME", "TIMESTAMP", "TRANSLATE",
}  # fmt: skip


def power_of(node: tree.Expression) -> int:
    """How tightly the node's own operator binds."""
    match node:
        case tree.Prefix():
            return PREFIX[node.operator]
        case tree.Infix():
            return INFIX[node.operator]
        case tree.Is() | tree.FormatJson():
            return IS
        case tree.Between() | tree.In() | tree.Quantified() | tree.Like():
            return SPECIAL
        case tree.Item():
            return ACCESS
        case _:
            return _PRIMARY


def wrapped(node: tree.Expression, power: int) -> str:
    text = expression_sql(node)
    return f"({text})" if power_of(node) < power else text


def expressions_sql(nodes: Iterable[tree.Expression]) -> str:
    return ", ".join(expression_sql(node) for node in nodes)


def expression_sql(node: tree.Expression) -> str:
    found = _literal(node) or _operator(node) or _constructor(node)
    if found is not None:
        return found
    match node:
        case tree.Name():
            return name_sql(node)
        case tree.Star(qualifier=qualifier):
            return "".join(identifier_sql(part) + "." for part in qualifier) + "*"
        case tree.Function():
            return _function(node)
        case tree.Special():
            return special.special_sql(node)
        case tree.Cast(operand=operand, target=target):
            wanted = _target(target)
            return f"{'TRY_CAST' if node.safe else 'CAST'}({expression_sql(operand)} AS {wanted})"
        case tree.Case():
            return _case(node)
        case tree.Argument(name=name, value=value):
            return f"{identifier_sql(name)} => {expression_sql(value)}"
        case tree.TableArgument():
            return _table_argument(node)
        case tree.TableReference(name=table):
            return f"TABLE {name_sql(table)}"
        case tree.Exotic():
            return _exotic(node)
        case _:
            raise AssertionError(f"no rule prints {type(node).__name__}")


def _target(target: tree.DataType | tree.IntervalQualifier) -> str:
    return type_sql(target) if isinstance(target, tree.DataType) else f"INTERVAL {qualifier_sql(target)}"


def _literal(node: tree.Expression) -> str | None:
    match node:
        case tree.Number(text=text):
            return text
        case tree.String(value=value, charset=charset):
            return (f"_{charset}" if charset else "") + string_sql(value)
        case tree.Binary(value=octets, odd=odd):
            return "X'" + octets.hex()[1 if odd else 0 :] + "'"
        case tree.Boolean(value=truth):
            return {True: "TRUE", False: "FALSE", None: "UNKNOWN"}[truth]
        case tree.Null():
            return "NULL"
        case tree.TimeLiteral(kind=kind, text=text):
            words = "TIMESTAMP WITH LOCAL TIME ZONE" if kind == "TIMESTAMP_LTZ" else kind
            return f"{words} {string_sql(text)}"
        case tree.Interval(text=text, negative=negative):
            return f"INTERVAL {'-' if negative else ''}{string_sql(text)} {qualifier_sql(node.qualifier)}"
        case tree.Parameter():
            return "?"
        case tree.Default():
            return "DEFAULT"
        case _:
            return None


def _operator(node: tree.Expression) -> str | None:
    match node:
        case tree.Prefix(operator=operator, operand=operand):
            blank = "" if operator in "+-" and not isinstance(operand, tree.Prefix) else " "
            return operator + blank + wrapped(operand, PREFIX[operator] + 1)
        case tree.Infix(operator=operator, left=left, right=right):
            power = INFIX[operator]
            return f"{wrapped(left, power)} {operator} {wrapped(right, power + 1)}"
        case tree.Is(operand=operand, test=test, negated=negated):
            return f"{wrapped(operand, IS)} IS {'NOT ' if negated else ''}{test}"
        case tree.FormatJson(operand=operand):
            return f"{wrapped(operand, IS)} FORMAT JSON"
        case tree.Item(operand=operand, index=index):
            return f"{wrapped(operand, ACCESS)}[{expression_sql(index)}]"
        case tree.Member(operand=operand, name=name):
            return f"{_owner(operand)}.{identifier_sql(name)}"
        case tree.Method(operand=operand, call=call):
            return f"{_owner(operand)}.{_function(call)}"
        case _:
            return _predicate(node)


_OWNERS = (tree.Item, tree.Member, tree.Method, tree.Function, tree.Special, tree.Cast, tree.Subquery)


def _owner(node: tree.Expression) -> str:
    text = expression_sql(node)
    return text if isinstance(node, _OWNERS) else f"({text})"


def _predicate(node: tree.Expression) -> str | None:
    match node:
        case tree.Between():
            negation = "NOT " if node.negated else ""
            symmetry = "SYMMETRIC " if node.symmetric else ""
            low, high = wrapped(node.low, AND + 1), wrapped(node.high, SPECIAL + 1)
            return f"{wrapped(node.operand, SPECIAL + 1)} {negation}BETWEEN {symmetry}{low} AND {high}"
        case tree.In():
            inside = queries.query_sql(node.query) if node.query is not None else expressions_sql(node.items)
            return f"{wrapped(node.operand, SPECIAL + 1)} {'NOT ' if node.negated else ''}IN ({inside})"
        case tree.Quantified():
            inside = queries.query_sql(node.query) if node.query is not None else expressions_sql(node.items)
            return f"{wrapped(node.operand, SPECIAL + 1)} {node.operator} {node.quantifier} ({inside})"
        case tree.Like():
            negation = "NOT " if node.negated else ""
            escape = f" ESCAPE {_escape(node.escape)}" if node.escape is not None else ""
            # An ESCAPE belongs to the innermost LIKE: parentheses keep it away from one in the pattern.
            pattern = wrapped(node.pattern, SPECIAL if node.escape is None else SPECIAL + 1)
            operand = wrapped(node.operand, SPECIAL + 1)
            return f"{operand} {negation}{node.operator} {pattern}{escape}"
        case _:
            return None


def _escape(node: tree.Expression) -> str:
    if isinstance(node, tree.Item | tree.Member):
        return f"({expression_sql(node)})"
    return wrapped(node, ACCESS + 1)


def _constructor(node: tree.Expression) -> str | None:
    match node:
        case tree.IntervalOf(operand=operand, negative=negative):
            plain = isinstance(operand, tree.Number | tree.Name)
            inner = expression_sql(operand) if plain else f"({expression_sql(operand)})"
            return f"INTERVAL {'-' if negative else ''}{inner} {qualifier_sql(node.qualifier)}"
        case tree.Row(items=items, explicit=explicit):
            return f"{'ROW' if explicit else ''}({expressions_sql(items)})"
        case tree.Array(items=items):
            return f"ARRAY[{expressions_sql(items)}]"
        case tree.Map(items=items):
            return f"MAP[{expressions_sql(items)}]"
        case tree.Multiset(items=items):
            return f"MULTISET[{expressions_sql(items)}]"
        case tree.CollectionQuery(kind=kind, query=query):
            return f"{kind}({queries.query_sql(query)})"
        case tree.Subquery(query=query):
            return f"({queries.query_sql(query)})"
        case _:
            return None


def _case(node: tree.Case) -> str:
    parts = ["CASE"] + ([expression_sql(node.operand)] if node.operand is not None else [])
    for branch in node.branches:
        parts.append(f"WHEN {expressions_sql(branch.conditions)} THEN {expression_sql(branch.result)}")
    if node.otherwise is not None:
        parts.append(f"ELSE {expression_sql(node.otherwise)}")
    return " ".join([*parts, "END"])


def _table_argument(node: tree.TableArgument) -> str:
    text = expression_sql(node.source)
    if node.partition:
        text += f" PARTITION BY {identifiers_sql(node.partition)}"
    if node.order:
        text += f" ORDER BY ({order_sql(node.order)})"
    return text


def _exotic(node: tree.Exotic) -> str:
    match node.feature:
        case "NEW" | "NEXT VALUE FOR" | "CURRENT VALUE FOR":
            return f"{node.feature} {expressions_sql(node.args)}"
        case "MODEL argument":
            return f"MODEL {expressions_sql(node.args)}"
        case "CURSOR expression":
            return f"CURSOR {expressions_sql(node.args)}"
        case "difference in units":
            return f"({expressions_sql(node.args)}) {node.text}"
        case _:
            return node.text


# Functions


def _function_name(name: tree.Name) -> str:
    only = name.parts[0]
    if len(name.parts) == 1 and not only.quoted and only.text.upper() in _UNQUOTED:
        return only.text
    return name_sql(name)


def _function(node: tree.Function) -> str:
    name = _function_name(node.name)
    if len(node.name.parts) == 1 and not node.name.last.quoted and name.strip("`").upper() in CONTEXT_VARIABLES:
        return name.strip("`") if not node.args else f"{name}({expressions_sql(node.args)})"
    inside = "*" if node.star else expressions_sql(node.args)
    if node.quantifier is not None:
        inside = f"{node.quantifier} {inside}"
    collecting = bool(node.order or node.separator is not None)
    if collecting:
        inside += f" {node.nulls} NULLS" if node.nulls else ""
        inside += f" ORDER BY {order_sql(node.order)}" if node.order else ""
        inside += f" SEPARATOR {expression_sql(node.separator)}" if node.separator is not None else ""
    text = f"{'SPECIFIC ' if node.specific else ''}{name}({inside})"
    if node.nulls is not None and not collecting:
        text += f" {node.nulls} NULLS"
    return text + _trailing(node)


def _trailing(node: tree.Function) -> str:
    text = f" WITHIN DISTINCT ({expressions_sql(node.within_distinct)})" if node.within_distinct else ""
    if node.within_group:
        text += f" WITHIN GROUP (ORDER BY {order_sql(node.within_group)})"
    if node.condition is not None:
        text += f" FILTER (WHERE {expression_sql(node.condition)})"
    if node.over is not None:
        text += f" OVER {over_sql(node.over)}"
    return text


def order_sql(items: Iterable[tree.OrderItem]) -> str:
    return ", ".join(order_item_sql(item) for item in items)


def order_item_sql(item: tree.OrderItem) -> str:
    nulls = {True: " NULLS FIRST", False: " NULLS LAST", None: ""}[item.nulls_first]
    return f"{expression_sql(item.expression)}{' DESC' if item.descending else ''}{nulls}"


def over_sql(window: tree.WindowSpec | tree.Identifier) -> str:
    return identifier_sql(window) if isinstance(window, tree.Identifier) else window_sql(window)


def window_sql(window: tree.WindowSpec) -> str:
    parts = [identifier_sql(window.base)] if window.base is not None else []
    if window.partition:
        parts.append(f"PARTITION BY {expressions_sql(window.partition)}")
    if window.order:
        parts.append(f"ORDER BY {order_sql(window.order)}")
    if window.frame is not None:
        kind = "ROWS" if window.frame.rows else "RANGE"
        low = _bound(window.frame.low)
        between = window.frame.high is not None
        parts.append(f"{kind} BETWEEN {low} AND {_bound(window.frame.high)}" if between else f"{kind} {low}")  # type: ignore[arg-type]  # not None: `between`
    if window.partial is not None:
        parts.append("ALLOW PARTIAL" if window.partial else "DISALLOW PARTIAL")
    return f"({' '.join(parts)})"


def _bound(bound: tree.Bound) -> str:
    if bound.current:
        return "CURRENT ROW"
    amount = "UNBOUNDED" if bound.unbounded or bound.amount is None else wrapped(bound.amount, AND + 1)
    return f"{amount} {'PRECEDING' if bound.preceding else 'FOLLOWING'}"
