"""OVER: windows with their names resolved, and the calls over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from riverrun.errors import did_you_mean
from riverrun.schema.types import Field, Root
from riverrun.sql.binder import relations
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.grouping import check_clauses
from riverrun.sql.binder.moments import moment
from riverrun.sql.binder.scope import Scope
from riverrun.sql.expr import AggregateCall, Call, Column, Expr, Literal, SortKey, Span, shift
from riverrun.sql.logical import Node, Over, OverWindow
from riverrun.sql.plan import Frame
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q
from riverrun.values import dataclass

OVER_CALL = 400_000
# Their frame is always ROWS UNBOUNDED PRECEDING.
_NUMBERING = ("ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE")


@dataclass(frozen=True, slots=True)
class _Ordering:
    value: Expr
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class _Call:
    call: AggregateCall
    keys: tuple[Expr, ...]
    order: tuple[_Ordering, ...]
    frame: Frame | None
    span: Span


def _never_empty(frame: Frame | None) -> bool:
    """Flink believes that a bounded frame may have no row; then no result is NOT NULL."""
    return frame is None or frame.preceding is None


class Overs:
    """Collects the OVER calls of one SELECT while its items are bound, then makes the relation."""

    def __init__(self, context: Context, names: Scope, windows: Sequence[q.NamedWindow], rules: Rules) -> None:
        self.context = context
        self.calls: list[_Call] = []
        self._windows = {window.name.text: window.spec for window in windows}
        self._binder = Binder(context, names, replace(rules, clause="an OVER clause", over=self._nested))

    def rule(self, node: tree.Expression) -> Expr | None:
        if not isinstance(node, tree.Function) or node.over is None:
            return None
        check_clauses(self.context, node)
        if node.condition is not None:
            todo = "aggregate CASE WHEN condition THEN value END"
            raise self.context.error("Flink takes no FILTER with OVER", node.condition.span, todo)
        if node.quantifier == "DISTINCT" and node.name.last.text.upper() in _NUMBERING:
            raise self.context.error("DISTINCT has no meaning here", node.span)
        spec = self._spec(node.over)
        frame = self._frame(node, spec)
        window = _Call(
            self._call(node, frame),
            tuple(self._binder.bind_all(spec.partition)),
            tuple(self._ordering(item) for item in spec.order),
            frame,
            node.span,
        )
        computed = moment(self.context, window.call, lambda *call: self._over(window, *call))
        if isinstance(computed, Call):
            return replace(computed, type=computed.type.with_nullable(window.call.type.nullable))
        return self._placed(window)

    def _over(self, window: _Call, name: str, args: Sequence[Expr]) -> Expr:
        """An aggregate over the window of another."""
        distinct = window.call.distinct
        never_empty = _never_empty(window.frame)
        call = self.context.aggregate(name, args, window.span, distinct=distinct, kind="over", grouped=never_empty)
        return self._placed(replace(window, call=call))

    def _placed(self, found: _Call) -> Expr:
        if found not in self.calls:
            self.calls.append(found)
        return Column(OVER_CALL + self.calls.index(found), found.call.type, found.span)

    def _call(self, node: tree.Function, frame: Frame | None) -> AggregateCall:
        args = [] if node.star else self._binder.bind_all(node.args)
        return self.context.aggregate(
            node.name.last.text.upper(),
            args,
            node.span,
            distinct=node.quantifier == "DISTINCT",
            ignore_nulls=node.nulls == "IGNORE",
            kind="over",
            grouped=_never_empty(frame),
        )

    def _nested(self, node: tree.Expression) -> Expr | None:
        raise self.context.error("an OVER clause stands inside another", node.span)

    def _ordering(self, item: tree.OrderItem) -> _Ordering:
        nulls_first = item.nulls_first if item.nulls_first is not None else not item.descending
        return _Ordering(self._binder.bind(item.expression), item.descending, nulls_first)

    # The window

    def _spec(self, over: tree.WindowSpec | tree.Identifier) -> tree.WindowSpec:
        if isinstance(over, tree.Identifier):
            return self._named(over)
        if over.partial is not None:
            raise self.context.error("Flink has no ALLOW PARTIAL", over.span)
        if over.base is None:
            return over
        base = self._named(over.base)
        if over.partition or (over.order and base.order) or base.frame is not None:
            raise self.context.error(f"the window {over.base.text} already says this", over.span)
        return replace(base, base=None, order=over.order or base.order, frame=over.frame, span=over.span)

    def _named(self, name: tree.Identifier, seen: tuple[str, ...] = ()) -> tree.WindowSpec:
        if name.text not in self._windows or name.text in seen:
            todo = did_you_mean(name.text, self._windows)
            raise self.context.error(f"there is no window {name.text}", name.span, todo)
        return self._spec(self._windows[name.text])

    def _frame(self, node: tree.Function, spec: tree.WindowSpec) -> Frame | None:
        if node.name.last.text.upper() in (*_NUMBERING, "LAG", "LEAD"):
            if spec.frame is not None and node.over is spec:
                raise self.context.error("ROWS and RANGE are not allowed with this function", spec.span)
            return None
        if spec.frame is None:
            return Frame(False, None)
        low, high = spec.frame.low, spec.frame.high
        if not low.preceding or (high is not None and not high.current):
            raise self.context.error("Flink supports only frames that end with the current row", spec.span)
        if low.current:
            todo = "say how many rows, or how much time, before it: ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"
            raise self.context.error("Flink supports no frame of the current row alone", spec.span, todo)
        if low.unbounded or low.amount is None:
            return Frame(spec.frame.rows, None)
        return Frame(spec.frame.rows, self._amount(low.amount, spec.frame.rows, spec))

    def _amount(self, node: tree.Expression, rows: bool, spec: tree.WindowSpec) -> int:
        found = self._binder.bind(node)
        wanted = Root.INTEGER if rows else Root.INTERVAL_DAY_TIME
        if isinstance(found, Literal) and found.type.root is wanted and found.value >= 0:
            return int(found.value)
        what = "ROWS takes a constant whole number" if rows else "RANGE takes a constant interval of days to seconds"
        raise self.context.error(what, node.span)

    # The relation

    def relation(self, node: Node) -> tuple[Node, dict[int, int]]:
        """The node with the results behind its columns, and where the placeholders are."""
        extra: list[Expr] = []
        width = len(node.schema)

        def at(value: Expr) -> int:
            if isinstance(value, Column):
                return value.index
            if value not in extra:
                extra.append(value)
            return width + extra.index(value)

        windows = [
            OverWindow(
                tuple(at(key) for key in found.keys),
                tuple(SortKey(at(o.value), o.descending, o.nulls_first) for o in found.order),
                found.frame,
                found.span,
            )
            for found in self.calls
        ]
        base = relations.extended(node, extra)
        calls = tuple(found.call for found in self.calls)
        fields = (*base.schema, *(Field(f"w{i}$o0", call.type) for i, call in enumerate(calls)))
        numbers = {OVER_CALL + i: len(base.schema) + i for i in range(len(calls))}
        return Over(base, calls, tuple(windows), fields), numbers

    def renumber(self, by: dict[int, int]) -> None:
        """Everything collected, over columns with other numbers (when a GROUP BY came between)."""
        self.calls = [
            _Call(
                replace(
                    found.call,
                    args=tuple(shift(arg, by) for arg in found.call.args),
                    filter=shift(found.call.filter, by) if found.call.filter is not None else None,
                ),
                tuple(shift(key, by) for key in found.keys),
                tuple(replace(o, value=shift(o.value, by)) for o in found.order),
                found.frame,
                found.span,
            )
            for found in self.calls
        ]
