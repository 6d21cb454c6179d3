"""Operators that remember every key for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from riverrun.sql import plan
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.session import STATE_TTL


def _check(subject: Subject) -> Iterator[Found]:
    if subject.session.state_ttl:
        return
    for node in subject.nodes():
        what = _kept(node)
        if what is not None and not _ends(node):
            statement = subject.statement
            mended = f"SET '{STATE_TTL}' = '1 d';    -- or a window"
            yield Found(statement.source, statement.span, f"{what} for ever", mended)
            return


def _kept(node: plan.Node) -> str | None:
    match node:
        case plan.GroupAggregate(keys=keys, ttl=ttl):
            return f"GROUP BY keeps a row for every {_names(node, keys)}" if keys and not ttl else None
        case plan.Join(ttl=ttls):
            return None if all(ttls) else "a join without a bound in time keeps all rows of both sides"
        case plan.Rank(keys=keys) | plan.Deduplicate(keys=keys):
            return f"ROW_NUMBER() keeps rows for every {_names(node.input, keys)}"
        case plan.SetOperation():
            return f"{node.kind.value} keeps every row"
        case plan.Over() if node.frame.preceding is None or node.frame.rows:
            return f"OVER keeps something for every {_names(node.input, node.keys)}" if node.keys else None
        case _:
            return None


def _names(node: plan.Node, columns: Sequence[int]) -> str:
    schema = node.input.schema if isinstance(node, plan.GroupAggregate) else node.schema
    return " and ".join(schema[column].name for column in columns) or "row"


def _ends(node: plan.Node) -> bool:
    scans = [one for one in plan.walk(node) if isinstance(one, plan.Scan)]
    return all(_is_bounded(scan.table.options) for scan in scans)


def _is_bounded(options: dict[str, str]) -> bool:
    match options.get("connector"):
        case "kafka" | "upsert-kafka":
            return options.get("scan.bounded.mode", "unbounded") != "unbounded"
        case "datagen":
            return "number-of-rows" in options
        case "filesystem":
            return "source.monitor-interval" not in options
        case _:
            return True


RULE = Rule(
    "unbounded-state",
    "GROUP BY, joins, ROW_NUMBER() and OVER without windows keep every key of an endless input for ever.",
    "GROUP BY sessionid: every session keeps its row\nafter a year of clicks the state has a year of sessions\n"
    "SET 'table.exec.state.ttl' = '1 d'; forgets what was not written for a day",
    _check,
)
