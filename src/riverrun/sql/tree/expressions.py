"""Syntax of expressions, types and windows."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from riverrun.sql.expr import NO_SPAN, Span
from riverrun.values import dataclass

if TYPE_CHECKING:
    from riverrun.sql.tree.queries import Query

span_field = field(default=NO_SPAN, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One part of a name. `quoted` tells only how it was written; names are equal by their text."""

    text: str
    span: Span = span_field
    quoted: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """`a`, `t.a`, `cat.db.t`: resolved by the binder."""

    parts: tuple[Identifier, ...]
    span: Span = span_field

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(part.text for part in self.parts)

    @property
    def last(self) -> Identifier:
        return self.parts[-1]

    def __str__(self) -> str:
        return ".".join(self.texts)


@dataclass(frozen=True, slots=True)
class Star:
    """`*` or `t.*` or `t.row.*`."""

    qualifier: tuple[Identifier, ...] = ()
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Number:
    """As written, without a sign: `1`, `1.50`, `1e3`."""

    text: str
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class String:
    """`same_line`: continued by a string on the same line, which Flink's parser takes and its validator refuses."""

    value: str
    charset: str | None = None
    span: Span = span_field
    same_line: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`odd`: an odd number of digits, refused when bound."""

    value: bytes
    span: Span = span_field
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Boolean:
    """TRUE, FALSE, or UNKNOWN (None)."""

    value: bool | None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Null:
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class TimeLiteral:
    """`DATE '...'`, `TIME '...'`, `TIMESTAMP '...'`, `TIMESTAMP WITH LOCAL TIME ZONE '...'` (kind TIMESTAMP_LTZ)."""

    kind: str
    text: str
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class IntervalQualifier:
    """`DAY`, `DAY TO SECOND(3)`; units in the singular."""

    start: str
    end: str | None = None
    precision: int | None = None
    fraction: int | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Interval:
    """`INTERVAL [-] '1 02' DAY TO HOUR`."""

    text: str
    qualifier: IntervalQualifier
    negative: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class IntervalOf:
    """`INTERVAL x MINUTE` over an expression."""

    operand: Expression
    qualifier: IntervalQualifier
    negative: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Parameter:
    """`?`"""

    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Default:
    """DEFAULT as an argument or a value."""

    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Prefix:
    """`-`, `+`, `NOT`, `EXISTS`, `UNIQUE`."""

    operator: str
    operand: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Infix:
    """Arithmetic, comparison, `AND`, `OR`, `||`, `IS [NOT] DISTINCT FROM`, `OVERLAPS`, MULTISET operators."""

    operator: str
    left: Expression
    right: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Is:
    """`x IS [NOT] test`: NULL, TRUE, FALSE, UNKNOWN, A SET, EMPTY, JSON VALUE/OBJECT/ARRAY/SCALAR."""

    operand: Expression
    test: str
    negated: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class FormatJson:
    """`x FORMAT JSON`."""

    operand: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Between:
    operand: Expression
    low: Expression
    high: Expression
    negated: bool = False
    symmetric: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class In:
    """`x IN (1, 2)` (items) or `x IN (SELECT ...)` (query)."""

    operand: Expression
    items: tuple[Expression, ...]
    query: Query | None = None
    negated: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Quantified:
    """`x > ANY (...)`; quantifier SOME or ALL."""

    operator: str
    quantifier: str
    operand: Expression
    items: tuple[Expression, ...]
    query: Query | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE, SIMILAR TO, ILIKE, RLIKE."""

    operator: str
    operand: Expression
    pattern: Expression
    escape: Expression | None = None
    negated: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class When:
    """One branch of a CASE; several conditions only after `CASE operand`."""

    conditions: tuple[Expression, ...]
    result: Expression


@dataclass(frozen=True, slots=True)
class Case:
    operand: Expression | None
    branches: tuple[When, ...]
    otherwise: Expression | None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Cast:
    operand: Expression
    target: DataType | IntervalQualifier
    safe: bool = False  # TRY_CAST
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class OrderItem:
    """`nulls_first` None: as the direction implies."""

    expression: Expression
    descending: bool = False
    nulls_first: bool | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Bound:
    """A frame's bound: CURRENT ROW (amount None, unbounded False), UNBOUNDED, or an amount; preceding or following."""

    preceding: bool
    unbounded: bool = False
    amount: Expression | None = None
    current: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class WindowFrame:
    rows: bool
    low: Bound
    high: Bound | None = None


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """`(base PARTITION BY ... ORDER BY ... ROWS BETWEEN ...)`."""

    base: Identifier | None = None
    partition: tuple[Expression, ...] = ()
    order: tuple[OrderItem, ...] = ()
    frame: WindowFrame | None = None
    partial: bool | None = None  # ALLOW PARTIAL, DISALLOW PARTIAL
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Argument:
    """`name => value`."""

    name: Identifier
    value: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class TableArgument:
    """`TABLE t`, `TABLE t PARTITION BY k ORDER BY x`, or a query with these, as the argument of a table function."""

    source: Expression
    partition: tuple[Identifier, ...] = ()
    order: tuple[OrderItem, ...] = ()
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Function:
    """A call with ordinary syntax, and what may follow it. `quantifier` is DISTINCT, ALL or None; `star` is `f(*)`."""

    name: Name
    args: tuple[Expression, ...] = ()
    star: bool = False
    quantifier: str | None = None
    order: tuple[OrderItem, ...] = ()  # inside the parentheses: ARRAY_AGG(x ORDER BY y)
    separator: Expression | None = None
    nulls: str | None = None  # "IGNORE" or "RESPECT"
    within_distinct: tuple[Expression, ...] = ()
    within_group: tuple[OrderItem, ...] = ()
    condition: Expression | None = None  # FILTER (WHERE ...)
    over: WindowSpec | Identifier | None = None
    specific: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Special:
    """A call whose syntax has words in it: EXTRACT, TRIM, POSITION, JSON_VALUE, TIMESTAMPADD, FLOOR, FIRST ...

    `options` by name:
    EXTRACT, TIMESTAMPADD, TIMESTAMPDIFF, FLOOR, CEIL ...   (unit,) or ()
    TRIM                                                    (BOTH | LEADING | TRAILING,); args value[, characters]
    JSON_EXISTS                                             (on error,)
    JSON_VALUE, JSON_QUERY                                  (clause, ...): ("RETURNING", type), ("WRAPPER", words),
                                                            ("ON EMPTY" | "ON ERROR", behaviour[, default expression])
    JSON_OBJECT, JSON_ARRAY, JSON_OBJECTAGG, JSON_ARRAYAGG  ("NULL" | "ABSENT",) or (); names and values alternate
    FIRST, LAST, PREV, NEXT                                 args value[, offset]; (RUNNING | FINAL,) or ()
    """

    name: str
    args: tuple[Expression, ...]
    options: tuple[object, ...] = ()
    order: tuple[OrderItem, ...] = ()
    within_group: tuple[OrderItem, ...] = ()
    over: WindowSpec | Identifier | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Member:
    """`expression.field`, after anything that is not a plain name."""

    operand: Expression
    name: Identifier
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Method:
    """`expression.f(args)`: parsed as Flink's parser does; nothing resolves it."""

    operand: Expression
    call: Function
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Item:
    """`operand[index]`."""

    operand: Expression
    index: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Row:
    """`ROW(a, b)` (explicit) or `(a, b)`."""

    items: tuple[Expression, ...]
    explicit: bool = True
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple[Expression, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Map:
    """Keys and values alternate."""

    items: tuple[Expression, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Multiset:
    items: tuple[Expression, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class CollectionQuery:
    """`ARRAY(SELECT ...)`, `MAP(SELECT ...)`, `MULTISET(SELECT ...)`."""

    kind: str
    query: Query
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Subquery:
    """`(SELECT ...)` in an expression; `cursor` for CURSOR(...)."""

    query: Query
    cursor: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class TableReference:
    """`TABLE t` as the argument of a table function."""

    name: Name
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Exotic:
    """What Flink's parser takes and its planner does not: NEW f(x), NEXT VALUE FOR s, {fn f(x)}, (a - b) DAY."""

    feature: str
    args: tuple[Expression, ...] = ()
    text: str = ""
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class DataType:
    """A type as written. `name` upper case: INT, VARCHAR, ROW, ARRAY, MAP, MULTISET, TIMESTAMP_LTZ, or USER for a
    user-defined type name. `not_null` None when nothing was said."""

    name: str
    parameters: tuple[int, ...] = ()
    elements: tuple[DataType, ...] = ()
    fields: tuple[TypeField, ...] = ()
    user: Name | None = None
    not_null: bool | None = None
    strings: tuple[str, ...] = ()  # RAW('class', 'serializer'), STRUCTURED<'class', ...>
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class TypeField:
    name: Identifier
    type: DataType
    comment: str | None = None


Expression = (
    Name
    | Star
    | Number
    | String
    | Binary
    | Boolean
    | Null
    | TimeLiteral
    | Interval
    | IntervalOf
    | Parameter
    | Default
    | Prefix
    | Infix
    | Is
    | FormatJson
    | Between
    | In
    | Quantified
    | Like
    | Case
    | Cast
    | Argument
    | TableArgument
    | TableReference
    | Function
    | Special
    | Member
    | Method
    | Item
    | Row
    | Array
    | Map
    | Multiset
    | CollectionQuery
    | Subquery
    | Exotic
)
