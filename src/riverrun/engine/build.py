"""From plan nodes to operators, one each."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, cast

from riverrun.engine.context import Context
from riverrun.engine.operators.protocol import Operator
from riverrun.errors import UnsupportedError
from riverrun.sql import plan

_OPERATORS = "riverrun.engine.operators"
# Node -> (module, function or class). Imported when a plan has such a node.
_MADE_BY: Mapping[type, tuple[str, str]] = {
    plan.Calc: ("calc", "CalcOperator"),
    plan.WatermarkAssigner: ("watermark", "WatermarkOperator"),
    plan.Union: ("union", "UnionOperator"),
    plan.Expand: ("expand", "ExpandOperator"),
    plan.Unnest: ("unnest", "UnnestOperator"),
    plan.WindowTableFunction: ("window_table", "window_table"),
    plan.WindowAggregate: ("window_aggregate", "window_aggregate"),
    plan.GroupAggregate: ("group_aggregate", "GroupAggregateOperator"),
    plan.Over: ("over", "over"),
    plan.Join: ("join", "JoinOperator"),
    plan.IntervalJoin: ("interval_join", "IntervalJoinOperator"),
    plan.WindowJoin: ("window_join", "WindowJoinOperator"),
    plan.TemporalJoin: ("temporal_join", "TemporalJoinOperator"),
    plan.LookupJoin: ("lookup_join", "LookupJoinOperator"),
    plan.Rank: ("rank", "top_n"),
    plan.WindowRank: ("window_rank", "WindowRankOperator"),
    plan.Deduplicate: ("deduplicate", "DeduplicateOperator"),
    plan.TemporalSort: ("temporal_sort", "TemporalSortOperator"),
    plan.SortLimit: ("rank", "sort_limit"),
    plan.Limit: ("limit", "limit"),
    plan.SetOperation: ("set_operation", "SetOperator"),
    plan.Match: ("match", "MatchOperator"),
    plan.Sink: ("sink", "SinkOperator"),
}


def operator(node: plan.Node, context: Context) -> Operator:
    """The operator that runs `node`."""
    if type(node) not in _MADE_BY:
        raise UnsupportedError(f"{type(node).__name__} is not run yet")
    module, name = _MADE_BY[type(node)]
    make = cast(Callable[[Any, Context], Operator], getattr(importlib.import_module(f"{_OPERATORS}.{module}"), name))
    return make(node, context)
