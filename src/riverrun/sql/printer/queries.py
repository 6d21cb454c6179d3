"""Queries and what stands in FROM, as SQL text."""

from __future__ import annotations

from collections.abc import Iterable

from riverrun.sql.printer import expressions as e
from riverrun.sql.printer.names import identifier_sql, identifiers_sql, name_sql, string_sql
from riverrun.sql.tree import queries as q


def query_sql(query: q.Query) -> str:
    match query:
        case q.Select():
            return _select(query)
        case q.SetOperation():
            every = " ALL" if query.all else ""
            return f"{_operand(query.left)} {query.operator}{every} {_operand(query.right)}"
        case q.Values():
            return "VALUES " + ", ".join(e.expression_sql(row) for row in query.rows)
        case q.Table():
            return f"TABLE {name_sql(query.name)}"
        case q.With():
            tables = ", ".join(_common_table(table) for table in query.tables)
            body = query_sql(query.query)
            inner = f"({body})" if isinstance(query.query, q.With | q.Ordered) else body
            return f"WITH {'RECURSIVE ' if query.recursive else ''}{tables} {inner}"
        case q.Ordered():
            return _ordered(query)


def _operand(query: q.Query) -> str:
    """An operand of a set operation; parentheses keep the tree's shape."""
    return query_sql(query) if isinstance(query, q.Select | q.Values | q.Table) else f"({query_sql(query)})"


def _common_table(table: q.CommonTable) -> str:
    columns = identifiers_sql(table.columns) if table.columns else ""
    return f"{identifier_sql(table.name)}{columns} AS ({query_sql(table.query)})"


def _ordered(query: q.Ordered) -> str:
    inner = query_sql(query.query)
    text = f"({inner})" if isinstance(query.query, q.Ordered) else inner
    if query.order:
        text += f" ORDER BY {e.order_sql(query.order)}"
    if query.limit is not None:
        text += f" LIMIT {e.expression_sql(query.limit)}"
    if query.offset is not None:
        text += f" OFFSET {e.expression_sql(query.offset)}"
    return text


def _select(query: q.Select) -> str:
    parts = ["SELECT"]
    if query.hints:
        parts.append(hints_sql(query.hints).lstrip())
    parts += ["STREAM"] if query.stream else []
    parts += ["DISTINCT"] if query.distinct else []
    parts.append(", ".join(_item(item) for item in query.items))
    if query.source is not None:
        parts.append(f"FROM {source_sql(query.source)}")
    for word, condition in (("WHERE", query.where), ("GROUP BY", None), ("HAVING", query.having)):
        if word == "GROUP BY" and query.group_by is not None:
            distinct = "DISTINCT " if query.group_by.distinct else ""
            parts.append(f"GROUP BY {distinct}{_groupings(query.group_by.elements)}")
        elif condition is not None:
            parts.append(f"{word} {e.expression_sql(condition)}")
    if query.windows:
        named = (f"{identifier_sql(window.name)} AS {e.window_sql(window.spec)}" for window in query.windows)
        parts.append(f"WINDOW {', '.join(named)}")
    if query.qualify is not None:
        parts.append(f"QUALIFY {e.expression_sql(query.qualify)}")
    return " ".join(parts)


def _item(item: q.SelectItem) -> str:
    return e.expression_sql(item.expression) + (f" AS {identifier_sql(item.alias)}" if item.alias is not None else "")


def _groupings(elements: Iterable[q.GroupingElement]) -> str:
    return ", ".join(_grouping(element) for element in elements)


def _grouping(element: q.GroupingElement) -> str:
    if isinstance(element, q.GroupingSets):
        kind = "GROUPING SETS" if element.kind == "SETS" else element.kind
        return f"{kind} ({_groupings(element.elements)})"
    if len(element.expressions) == 1:
        return e.expression_sql(element.expressions[0])
    return f"({e.expressions_sql(element.expressions)})"


# FROM


def source_sql(source: q.Source) -> str:
    match source:
        case q.TableName():
            return name_sql(source.name) + hints_sql(source.hints)
        case q.Derived(query=query, lateral=lateral):
            return f"{'LATERAL ' if lateral else ''}({query_sql(query)})"
        case q.TableFunction(call=call, lateral=lateral, wrapped=wrapped):
            text = e.expression_sql(call)
            return f"{'LATERAL ' if lateral else ''}" + (f"TABLE({text})" if wrapped else text)
        case q.UnnestSource():
            inside = query_sql(source.query) if source.query is not None else e.expressions_sql(source.items)
            return f"UNNEST({inside}){' WITH ORDINALITY' if source.ordinality else ''}"
        case q.Join():
            return _join(source)
        case q.Snapshot(source=inner, period=period):
            return f"{source_sql(inner)} FOR SYSTEM_TIME AS OF {e.expression_sql(period)}"
        case q.Aliased(source=inner, alias=alias, columns=columns):
            return f"{source_sql(inner)} AS {identifier_sql(alias)}{identifiers_sql(columns) if columns else ''}"
        case q.Sampled(source=inner, feature=feature, text=text):
            # The text of TABLESAMPLE and EXTEND begins with that word.
            return f"{source_sql(inner)} {text if text.upper().startswith(feature) else f'{feature} {text}'}"
        case q.MatchRecognize():
            return _match(source)


def _join(join: q.Join) -> str:
    left, right = source_sql(join.left), source_sql(join.right)
    if join.kind == "COMMA":
        return f"{left}, {right}"
    right = f"({right})" if isinstance(join.right, q.Join) else right
    left = f"({left})" if isinstance(join.left, q.Join) and join.left.kind == "COMMA" else left
    natural = "NATURAL " if join.natural else ""
    text = f"{left} {natural}{join.kind} JOIN {right}"
    if join.condition is not None:
        return f"{text} ON {e.expression_sql(join.condition)}"
    return f"{text} USING {identifiers_sql(join.using)}" if join.using else text


def hints_sql(hints: tuple[q.Hint, ...]) -> str:
    return f" /*+ {', '.join(_hint(hint) for hint in hints)} */" if hints else ""


def _hint(hint: q.Hint) -> str:
    items = (string_sql(key) + (f" = {string_sql(value)}" if value is not None else "") for key, value in hint.items)
    return f"{identifier_sql(hint.name)}({', '.join(items)})" if hint.items else identifier_sql(hint.name)


# MATCH_RECOGNIZE


def _match(match: q.MatchRecognize) -> str:
    parts = []
    if match.partition:
        parts.append(f"PARTITION BY {e.expressions_sql(match.partition)}")
    if match.order:
        parts.append(f"ORDER BY {e.order_sql(match.order)}")
    if match.measures:
        measures = (f"{e.expression_sql(m.expression)} AS {identifier_sql(m.name)}" for m in match.measures)
        parts.append(f"MEASURES {', '.join(measures)}")
    if match.rows is not None:
        parts.append(f"{match.rows} PER MATCH")
    if match.after is not None:
        parts.append(_after(match.after))
    parts.append(f"PATTERN ({'^ ' if match.starts else ''}{pattern_sql(match.pattern)}{' $' if match.ends else ''})")
    if match.within is not None:
        parts.append(f"WITHIN {e.expression_sql(match.within)}")
    if match.subsets:
        subsets = (f"{identifier_sql(s.name)} = ({e.expressions_sql(s.variables)})" for s in match.subsets)
        parts.append(f"SUBSET {', '.join(subsets)}")
    define = (f"{identifier_sql(d.name)} AS {e.expression_sql(d.expression)}" for d in match.define)
    parts.append(f"DEFINE {', '.join(define)}")
    return f"{_match_input(match.source)} MATCH_RECOGNIZE ({' '.join(parts)})"


def _match_input(source: q.Source) -> str:
    return source_sql(source)


def _after(after: q.AfterMatch) -> str:
    variable = f" {identifier_sql(after.variable)}" if after.variable is not None else ""
    return f"AFTER MATCH SKIP {after.kind}{variable}"


def pattern_sql(pattern: q.Pattern) -> str:
    match pattern:
        case q.PatternVariable(name=name):
            return identifier_sql(name)
        case q.PatternRepeat():
            inner = pattern_sql(pattern.pattern)
            plain = isinstance(pattern.pattern, q.PatternVariable | q.PatternPermute | q.PatternExclude)
            return (inner if plain else f"({inner})") + _bounds(pattern) + ("?" if pattern.reluctant else "")
        case q.PatternSequence(parts=parts):
            return " ".join(_part(part) for part in parts)
        case q.PatternAlternative(parts=parts):
            return " | ".join(_alternative(part) for part in parts)
        case q.PatternExclude(pattern=inner_pattern):
            return f"{{- {pattern_sql(inner_pattern)} -}}"
        case q.PatternPermute(parts=parts):
            return f"PERMUTE({', '.join(pattern_sql(part) for part in parts)})"


def _alternative(pattern: q.Pattern) -> str:
    text = pattern_sql(pattern)
    return f"({text})" if isinstance(pattern, q.PatternAlternative) else text


def _part(pattern: q.Pattern) -> str:
    text = pattern_sql(pattern)
    return f"({text})" if isinstance(pattern, q.PatternSequence | q.PatternAlternative) else text


def _bounds(repeat: q.PatternRepeat) -> str:
    named = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((repeat.least or 0, repeat.most))
    if named is not None and repeat.least is not None:
        return named
    if repeat.least == repeat.most:
        return f"{{{repeat.least}}}"
    least = "" if repeat.least is None else repeat.least
    return f"{{{least},{'' if repeat.most is None else repeat.most}}}"
