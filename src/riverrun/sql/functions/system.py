"""TYPEOF and what else is about the session rather than about values."""

from __future__ import annotations

from riverrun.schema.types import STRING
from riverrun.sql.expr import Expr, Literal
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request


def _resolve_typeof(request: Request) -> Expr:
    """The type is known now: the call becomes a constant."""
    if len(request.args) != 1:
        unsupported = len(request.args) == 2
        raise InvalidCall("TYPEOF takes one argument" + " here" * unsupported, unsupported=unsupported)
    text = request.types[0].summary()
    return Literal(text, STRING)


def _never(call: object, args: list[str], renderer: Renderer) -> str:
    raise AssertionError("TYPEOF is a constant when it is bound")


ENTRIES = (
    Entry(
        "TYPEOF",
        ("TYPEOF(value)",),
        "The type of the value, as text.",
        _resolve_typeof,
        _never,
        {"TYPEOF(1)": "INT NOT NULL", "TYPEOF(1.5)": "DECIMAL(2, 1) NOT NULL", "TYPEOF(CAST(NULL AS INT))": "INT"},
        nulls="never NULL",
    ),
)
