"""CURRENT_WATERMARK: the watermark before the row, which the engine carries beside each row."""

from __future__ import annotations

from dataclasses import replace

from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request

# The control column of a batch (ARCHITECTURE.md, "Batches"): milliseconds, or the smallest number before the first.
COLUMN = "_wm"


def _resolve(request: Request) -> Expr:
    if len(request.args) != 1 or not request.args[0].type.is_rowtime:
        raise InvalidCall("CURRENT_WATERMARK takes one event time: CURRENT_WATERMARK(time)")
    type_ = replace(request.args[0].type.plain(), nullable=True, precision=3)
    return Call(request.name, request.args, type_)


def _render(call: Call, args: list[str], renderer: Renderer) -> str:
    return f"(CASE WHEN {COLUMN} > -9000000000000000 THEN make_timestamp({COLUMN} * 1000) END)"


ENTRIES = (
    Entry(
        "CURRENT_WATERMARK",
        ("CURRENT_WATERMARK(time)",),
        "The watermark before this row, in the type of the event time; NULL before the first watermark.",
        _resolve,
        _render,
        options="none",
        deterministic=False,
    ),
)
