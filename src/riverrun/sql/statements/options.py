"""SET and RESET."""

from __future__ import annotations

from dataclasses import replace

from riverrun.clock import duration
from riverrun.sql.binder.context import Context
from riverrun.sql.expr import Span
from riverrun.sql.functions.zones import zone_info
from riverrun.sql.session import STATE_TTL, Session
from riverrun.sql.tree import statements as s


def changed(context: Context, tree: s.SetOption | s.ResetOption, initial: Session) -> Session:
    """The session after SET or RESET; RESET goes back to the options that it began with."""
    session = context.session
    if isinstance(tree, s.SetOption):
        if tree.key is None or tree.value is None:
            return session
        _check(context, tree.key, tree.value, tree.span)
        return session.with_option(tree.key, tree.value)
    if tree.key is None:
        return replace(session, options=dict(initial.options))
    if tree.key in initial.options:
        return session.with_option(tree.key, initial.options[tree.key])
    return session.without_option(tree.key)


def _check(context: Context, key: str, value: str, span: Span) -> None:
    if key == "execution.runtime-mode" and value.lower() == "batch":
        todo = "leave it away: bounded inputs end in streaming mode too"
        raise context.unsupported("batch mode", span, todo)
    if key == STATE_TTL:
        try:
            duration(value)
        except (ValueError, KeyError):
            raise context.error(f"'{key}' = '{value}' is no length of time", span, "write it as '12 h'") from None
    if key == "table.local-time-zone" and value != "default":
        try:
            zone_info(value)
        except (ValueError, KeyError, OSError):
            todo = "a name like Europe/Berlin, or an offset like GMT+02:00"
            raise context.error(f"there is no time zone {value}", span, todo) from None
