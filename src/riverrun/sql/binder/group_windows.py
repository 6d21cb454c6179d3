"""TUMBLE, HOP and SESSION in GROUP BY (the older form of windows)."""

from __future__ import annotations

from dataclasses import field

from riverrun.schema.types import TIMESTAMPS, Root
from riverrun.sql.binder.calls import GROUP_WINDOWS
from riverrun.sql.binder.expressions import Binder
from riverrun.sql.expr import Column, Expr, Literal, Span
from riverrun.sql.logical import Node
from riverrun.sql.plan import Window, WindowKind
from riverrun.sql.tree import expressions as tree
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class GroupWindow:
    """`size` is SESSION's gap; all in ms."""

    kind: str
    time: Expr
    size: int
    slide: int
    span: Span = field(compare=False)

    def over(self, node: Node) -> Window:
        index = self.time.index if isinstance(self.time, Column) else -1
        local = self.time.type.root is Root.TIMESTAMP_LTZ
        return Window(WindowKind(self.kind), index, self.size, self.slide, local=local)


def is_group_window(node: tree.Expression) -> bool:
    return isinstance(node, tree.Function) and node.name.last.text.upper() in GROUP_WINDOWS and node.over is None


def bind_group_window(binder: Binder, node: tree.Function, kind: str | None = None) -> GroupWindow:
    """TUMBLE(time, size), HOP(time, slide, size), SESSION(time, gap); or with `kind` its TUMBLE_START and so on."""
    name = kind or node.name.last.text.upper()
    wanted = 3 if name == "HOP" else 2
    if len(node.args) == wanted + 1:
        raise binder.context.error(f"{name} with an alignment is not supported by Flink", node.args[-1].span)
    if len(node.args) != wanted:
        forms = {"TUMBLE": "time, size", "HOP": "time, slide, size", "SESSION": "time, gap"}
        raise binder.context.error(f"{name} in GROUP BY takes {wanted} arguments", node.span, f"{name}({forms[name]})")
    time = binder.bind(node.args[0])
    if time.type.root not in TIMESTAMPS:
        shown = time.type.summary(nullability=False)
        raise binder.context.error(f"a window needs a time column, this is {shown}", node.args[0].span)
    lengths = [_length(binder, arg) for arg in node.args[1:]]
    if name == "HOP":
        return GroupWindow(name, time, lengths[1], lengths[0], node.span)
    return GroupWindow(name, time, lengths[0], 0, node.span)


def _length(binder: Binder, node: tree.Expression) -> int:
    found = binder.bind(node)
    if not isinstance(found, Literal) or found.type.root is not Root.INTERVAL_DAY_TIME:
        raise binder.context.error("the length of a window is a constant interval of days to seconds", node.span)
    if found.value <= 0:
        raise binder.context.error("the length of a window has to be positive", node.span)
    return int(found.value)
