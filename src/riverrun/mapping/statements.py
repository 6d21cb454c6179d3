"""The statements of a mapping script."""

from __future__ import annotations

from contextlib import AbstractContextManager

from riverrun.mapping.build import current
from riverrun.mapping.kinds import Condition, Value
from riverrun.mapping.lifting import Literals, boolean_node, lift, problem


def map(value: Value | Literals, *, onto: str) -> None:
    """Set a field of the record (`onto="context.device.type"` for one in a nested record) when the value is present."""
    if not isinstance(onto, str):
        problem("onto takes the name of a field")
        return
    current().map(lift(value), onto)


def when(condition: Condition | bool) -> AbstractContextManager[None]:
    """`with when(condition):` the statements below run when the condition is present and true."""
    return current().when(boolean_node(condition))


def otherwise() -> AbstractContextManager[None]:
    """`with otherwise():` directly behind a `with when(...)`: when that did not run."""
    return current().otherwise()


def section() -> AbstractContextManager[None]:
    """`with section():` statements that exit() leaves."""
    return current().section()


def exit() -> None:
    """Leave the enclosing section; outside of one, end the mapping."""
    current().exit()


def stop() -> None:
    """End the mapping. The record is made of what was set so far."""
    current().stop()


def drop(reason: str = "dropped") -> None:
    """No record for this event: it is rejected with the reason."""
    current().drop(reason)
