"""ARRAY_... and MAP_... functions."""

from __future__ import annotations

from collections.abc import Sequence

from riverrun.schema.types import BOOLEAN, INT, STRING, Field, Root, Type, array, map_of
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions.aggregates import distinct_in_order
from riverrun.sql.functions.check import as_type, refuse
from riverrun.sql.functions.common import any_nullable, can_widen, is_approximate, is_null, is_string, merged_type
from riverrun.sql.functions.comparison import NESTED
from riverrun.sql.functions.entry import Entry, InvalidCall, Render, Renderer, Request, Resolve
from riverrun.sql.functions.physical import duckdb_type
from riverrun.sql.functions.python import python_function
from riverrun.sql.functions.render import error
from riverrun.sql.functions.rows import unique_map


def element_of(type_: Type) -> Type:
    assert type_.element is not None
    return type_.element


def _is_array(type_: Type) -> bool:
    return type_.root is Root.ARRAY


def _arrays(request: Request, least: int, most: int | None, usage: str) -> tuple[Type, list[Expr]]:
    """All arguments as arrays of one type."""
    count = len(request.args)
    if count < least or (most is not None and count > most) or not all(map(_is_array, request.types)):
        raise refuse(request, usage)
    common = merged_type([type_.null() for type_ in request.types])
    if common is None:
        raise InvalidCall(f"{request.name} needs arrays of one type, not " + " and ".join(map(str, request.types)))
    return common, [as_type(arg, common) for arg in request.args]


def _resolve_set(usage: str, most: int | None = 2) -> Resolve:
    def resolve(request: Request) -> Expr:
        common, args = _arrays(request, 1 if most is None else 2, most, usage)
        return request.call(common.with_nullable(any_nullable(request.types)), args)

    return resolve


def _resolve_left(usage: str) -> Resolve:
    """The type is that of the left array (EXCEPT, INTERSECT)."""

    def resolve(request: Request) -> Expr:
        common, args = _arrays(request, 2, 2, usage)
        return request.call(common.with_nullable(any_nullable(request.types)), args)

    return resolve


def _resolve_element(usage: str, result: Type | None) -> Resolve:
    """(array, element); the result is `result`, or the array."""

    def resolve(request: Request) -> Expr:
        if len(request.args) != 2 or not _is_array(request.types[0]):
            raise refuse(request, usage)
        haystack, needle = request.args
        element = element_of(haystack.type)
        if not (is_null(needle.type) or can_widen(needle.type, element)):
            raise refuse(request, usage)
        if element.root in (Root.ARRAY, Root.MAP) and any(
            p is not None and p.nullable for p in (element.element, element.key)
        ):
            what = f"{request.name} of {element.summary(nullability=False)}, which may hold NULLs"
            raise InvalidCall(what, unsupported=True)
        nullable = element.nullable or (needle.type.nullable and result is None)
        args = [as_type(haystack, array(element.with_nullable(nullable))), as_type(needle, element)]
        if result is None:
            type_ = array(element.with_nullable(nullable)).with_nullable(any_nullable(request.types))
        else:
            type_ = result.with_nullable(haystack.type.nullable)
        return request.call(type_, args)

    return resolve


def _resolve_same(usage: str) -> Resolve:
    def resolve(request: Request) -> Expr:
        if len(request.args) != 1 or not _is_array(request.types[0]):
            raise refuse(request, usage)
        return request.call(request.types[0])

    return resolve


def _strict(args: Sequence[str], out: str) -> str:
    """NULL if an argument is NULL (DuckDB's list functions often take NULL for empty)."""
    return f"(CASE WHEN {' AND '.join(f'{arg} IS NOT NULL' for arg in args)} THEN {out} END)"


def _contains(items: str, needle: str, expr: Expr) -> str:
    """Whether a list has an element, NULL included."""
    if isinstance(expr, Literal) and expr.value is not None:
        return f"list_contains({items}, {needle})"
    hole = _has_null(items)
    return f"(CASE WHEN {needle} IS NULL THEN {hole} ELSE list_contains({items}, {needle}) END)"


def _has_null(items: str) -> str:
    return f"(len({items}) <> list_count({items}))"


def _render_contains(call: Call, args: list[str], renderer: Renderer) -> str:
    return _strict(args[:1], _contains(args[0], args[1], call.args[1]))


def _distinct(items: str, type_: Type) -> str:
    return distinct_in_order(items, nulls=element_of(type_).nullable)


def _render_distinct(call: Call, args: list[str], renderer: Renderer) -> str:
    return _strict(args, _distinct(args[0], call.type))


def _render_except(call: Call, args: list[str], renderer: Renderer) -> str:
    left, right = args
    kept = f"list_filter({left}, lambda _x: NOT {_member('_x', right, element_of(call.type))})"
    return _strict(args, _distinct(_once(kept, call, renderer), call.type))


def _render_intersect(call: Call, args: list[str], renderer: Renderer) -> str:
    left, right = args
    kept = f"list_filter({left}, lambda _x: {_member('_x', right, element_of(call.type))})"
    return _strict(args, _distinct(_once(kept, call, renderer), call.type))


def _once(sql: str, call: Call, renderer: Renderer) -> str:
    """What is made of the arguments of `call`, for use in several places."""
    return sql if any(map(renderer.can_fail, call.args)) else renderer.share(sql)


def _member(value: str, items: str, element: Type) -> str:
    same = f"list_contains({items}, {value})"
    same = f"({same} AND NOT isnan({value}))" if is_approximate(element) else same
    return f"(CASE WHEN {value} IS NULL THEN {_has_null(items)} ELSE {same} END)"


def _render_union(call: Call, args: list[str], renderer: Renderer) -> str:
    return _strict(args, _distinct(f"list_concat({', '.join(args)})", call.type))


def _render_concat(call: Call, args: list[str], renderer: Renderer) -> str:
    joined = args[0]
    for arg in args[1:]:
        joined = f"list_concat({joined}, {arg})"
    return _strict(args, joined)


def _render_append(call: Call, args: list[str], renderer: Renderer) -> str:
    return _strict(args[:1], f"list_append({args[0]}, {args[1]})")


def _render_prepend(call: Call, args: list[str], renderer: Renderer) -> str:
    return _strict(args[:1], f"list_prepend({args[1]}, {args[0]})")


def _render_remove(call: Call, args: list[str], renderer: Renderer) -> str:
    items, needle = args
    return f"list_filter({items}, lambda _x: _x IS DISTINCT FROM {needle})"


def _render_position(call: Call, args: list[str], renderer: Renderer) -> str:
    found = f"COALESCE(CAST(list_position({args[0]}, {args[1]}) AS INTEGER), 0)"
    return _strict(args, found)


def _resolve_position(request: Request) -> Expr:
    found = _resolve_element("ARRAY_POSITION(array, value)", INT)(request)
    assert isinstance(found, Call)
    return request.call(INT.with_nullable(any_nullable(request.types)), found.args)


# -- slices and order


def _resolve_slice(request: Request) -> Expr:
    usage = "ARRAY_SLICE(array, from[, to])"
    if not 2 <= len(request.args) <= 3 or not _is_array(request.types[0]):
        raise refuse(request, usage)
    if not all(t.root in (Root.TINYINT, Root.SMALLINT, Root.INTEGER, Root.NULL) for t in request.types[1:]):
        raise refuse(request, usage)
    args = [request.args[0], *(as_type(arg, INT) for arg in request.args[1:])]
    return request.call(request.types[0].with_nullable(any_nullable(request.types)), args)


def _render_slice(call: Call, args: list[str], renderer: Renderer) -> str:
    items, *bounds = args
    size = f"len({items})"
    low = _bound(bounds[0], size)
    high = _bound(bounds[1], size) if len(bounds) > 1 else size
    empty = f"CAST([] AS {duckdb_type(call.type)})"
    part = f"({items})[greatest({low}, 1):{high}]"
    return _strict(args, f"(CASE WHEN {low} > {high} OR {high} < 1 OR {low} > {size} THEN {empty} ELSE {part} END)")


def _bound(index: str, size: str) -> str:
    return f"(CASE WHEN {index} < 0 THEN {size} + {index} + 1 WHEN {index} = 0 THEN 1 ELSE {index} END)"


def _resolve_sort(request: Request) -> Expr:
    usage = "ARRAY_SORT(array[, ascending[, nulls first]])"
    if not 1 <= len(request.args) <= 3 or not _is_array(request.types[0]):
        raise refuse(request, usage)
    if any(type_.root not in (Root.BOOLEAN, Root.NULL) for type_ in request.types[1:]):
        raise refuse(request, usage)
    if element_of(request.types[0]).root in NESTED:
        raise refuse(request, usage)
    args = [request.args[0], *(as_type(arg, BOOLEAN) for arg in request.args[1:])]
    return request.call(request.types[0].with_nullable(any_nullable(request.types)), args)


def _render_sort(call: Call, args: list[str], renderer: Renderer) -> str:
    items, *flags = args
    ascending = flags[0] if flags else "TRUE"
    nulls_first = flags[1] if len(flags) > 1 else ascending
    order = f"(CASE WHEN {ascending} THEN 'ASC' ELSE 'DESC' END)"
    nulls = f"(CASE WHEN {nulls_first} THEN 'NULLS FIRST' ELSE 'NULLS LAST' END)"
    if not flags:
        return f"list_sort({items}, 'ASC', 'NULLS FIRST')"
    constant = all(isinstance(arg, Literal) for arg in call.args[1:])
    if constant:
        return _strict(args, f"list_sort({items}, {order}, {nulls})")
    choices = " ".join(
        f"WHEN {_is(ascending, up)} AND {_is(nulls_first, first)} THEN list_sort({items}, '{way}', '{holes}')"
        for up, way in ((True, "ASC"), (False, "DESC"))
        for first, holes in ((True, "NULLS FIRST"), (False, "NULLS LAST"))
    )
    return f"(CASE {choices} END)"


def _is(value: str, truth: bool) -> str:
    return value if truth else f"NOT {value}"


def _resolve_extreme(request: Request) -> Expr:
    if len(request.args) != 1 or not _is_array(request.types[0]):
        raise refuse(request, f"{request.name}(array)")
    element = element_of(request.types[0])
    if element.root in NESTED:
        raise refuse(request)
    return request.call(element.null())


def _render_extreme(call: Call, args: list[str], renderer: Renderer) -> str:
    function = "list_max" if call.function == "ARRAY_MAX" else "list_min"
    return f"{function}({args[0]})"


def _resolve_join(request: Request) -> Expr:
    usage = "ARRAY_JOIN(array, delimiter[, text for NULL])"
    if not 2 <= len(request.args) <= 3 or not _is_array(request.types[0]):
        raise refuse(request, usage)
    if not is_string(element_of(request.types[0])) or not all(is_string(t) or is_null(t) for t in request.types[1:]):
        raise refuse(request, usage)
    args = [request.args[0], *(as_type(arg, STRING) for arg in request.args[1:])]
    return request.call(STRING.with_nullable(any_nullable(request.types)), args)


def _render_join(call: Call, args: list[str], renderer: Renderer) -> str:
    items, delimiter, *replacement = args
    if replacement:
        items = f"list_transform({items}, lambda _x: COALESCE(_x, {replacement[0]}))"
    else:
        items = f"list_filter({items}, lambda _x: _x IS NOT NULL)"
    if not isinstance(call.args[1], Literal):
        return _strict(args, f"rr_array_join({items}, {delimiter})")
    return _strict(args, f"COALESCE(array_to_string({items}, {delimiter}), '')")


# -- maps


def _map_of(request: Request, usage: str) -> Type:
    if len(request.args) != 1 or request.types[0].root is not Root.MAP:
        raise refuse(request, usage)
    return request.types[0]


def _resolve_keys(request: Request) -> Expr:
    type_ = _map_of(request, "MAP_KEYS(map)")
    assert type_.key is not None
    return request.call(array(type_.key).with_nullable(type_.nullable))


def _resolve_values(request: Request) -> Expr:
    type_ = _map_of(request, "MAP_VALUES(map)")
    return request.call(array(element_of(type_)).with_nullable(type_.nullable))


def _resolve_entries(request: Request) -> Expr:
    type_ = _map_of(request, "MAP_ENTRIES(map)")
    assert type_.key is not None
    pair = Type(Root.ROW, fields=(Field("key", type_.key), Field("value", element_of(type_))))
    return request.call(array(pair).with_nullable(type_.nullable))


def _render_entries(call: Call, args: list[str], renderer: Renderer) -> str:
    entries = f"list_transform(map_entries({args[0]}), lambda _e: struct_pack(f0 := _e.key, f1 := _e.value))"
    return _strict(args, f"CAST({entries} AS {duckdb_type(call.type)})")


def _resolve_union(request: Request) -> Expr:
    if not request.args or any(type_.root is not Root.MAP for type_ in request.types):
        raise refuse(request, "MAP_UNION(map1, map2, ...)")
    common = merged_type([type_.null() for type_ in request.types])
    if common is None:
        raise refuse(request, "MAP_UNION(map1, map2, ...)")
    args = [as_type(arg, common) for arg in request.args]
    return request.call(common.with_nullable(any_nullable(request.types)), args)


def _render_map_union(call: Call, args: list[str], renderer: Renderer) -> str:
    return args[0] if len(args) == 1 else _strict(args, f"map_concat({', '.join(args)})")


def _resolve_from_arrays(request: Request) -> Expr:
    if len(request.args) != 2 or not all(map(_is_array, request.types)):
        raise refuse(request, "MAP_FROM_ARRAYS(keys, values)")
    keys, values = request.types
    return request.call(map_of(element_of(keys), element_of(values)).with_nullable(any_nullable(request.types)))


def _render_from_arrays(call: Call, args: list[str], renderer: Renderer) -> str:
    keys, values = args
    unequal = error("map", call.span, "MAP_FROM_ARRAYS of arrays of different lengths")
    made = unique_map(keys, values, call, duckdb_type(call.type))
    return _strict(args, f"(CASE WHEN len({keys}) <> len({values}) THEN {unequal} ELSE {made} END)")


def _plain(function: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return f"{function}({', '.join(args)})"

    return render


FUNCTIONS = (
    python_function(
        "rr_array_join", ("VARCHAR[]", "VARCHAR"), "VARCHAR", lambda items, delimiter: delimiter.join(items)
    ),
)

ENTRIES = (
    Entry("ARRAY_CONTAINS", ("ARRAY_CONTAINS(array, value)",), "TRUE if the array has the value; NULL counts as one.",
          _resolve_element("ARRAY_CONTAINS(array, value)", BOOLEAN), _render_contains,
          {"ARRAY_CONTAINS(ARRAY[1, 2], 2)": True, "ARRAY_CONTAINS(ARRAY[1, NULL], CAST(NULL AS INT))": True},
          nulls="NULL if the array is NULL"),
    Entry("ARRAY_DISTINCT", ("ARRAY_DISTINCT(array)",), "The array without repetitions, in order of first appearance.",
          _resolve_same("ARRAY_DISTINCT(array)"), _render_distinct, {"ARRAY_DISTINCT(ARRAY[2, 1, 2])": [2, 1]}),
    Entry("ARRAY_EXCEPT", ("ARRAY_EXCEPT(array1, array2)",),
          "The elements of the first that the second has not, without repetitions.",
          _resolve_left("ARRAY_EXCEPT(array1, array2)"), _render_except,
          {"ARRAY_EXCEPT(ARRAY[1, 1, 2, 3], ARRAY[1])": [2, 3],
          "ARRAY_EXCEPT(ARRAY[1], CAST(NULL AS ARRAY<INT>))": None}),
    Entry("ARRAY_INTERSECT", ("ARRAY_INTERSECT(array1, array2)",), "The elements of both, without repetitions.",
          _resolve_left("ARRAY_INTERSECT(array1, array2)"), _render_intersect,
          {"ARRAY_INTERSECT(ARRAY[1, 2, 2], ARRAY[2, 3])": [2]}),
    Entry("ARRAY_UNION", ("ARRAY_UNION(array1, array2)",), "The elements of either, without repetitions.",
          _resolve_set("ARRAY_UNION(array1, array2)"), _render_union,
          {"ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])": [1, 2, 3]}),
    Entry("ARRAY_CONCAT", ("ARRAY_CONCAT(array1, array2, ...)",), "The arrays, one after the other.",
          _resolve_set("ARRAY_CONCAT(array1, array2, ...)", None), _render_concat,
          {"ARRAY_CONCAT(ARRAY[1], ARRAY[1, 2])": [1, 1, 2], "ARRAY_CONCAT(ARRAY[1], CAST(NULL AS ARRAY<INT>))": None}),
    Entry("ARRAY_APPEND", ("ARRAY_APPEND(array, value)",), "The array with a value at its end.",
          _resolve_element("ARRAY_APPEND(array, value)", None), _render_append, {"ARRAY_APPEND(ARRAY[1], 2)": [1, 2]},
          nulls="NULL if the array is NULL"),
    Entry("ARRAY_PREPEND", ("ARRAY_PREPEND(array, value)",), "The array with a value at its beginning.",
          _resolve_element("ARRAY_PREPEND(array, value)", None), _render_prepend,
          {"ARRAY_PREPEND(ARRAY[1], 2)": [2, 1]},
          nulls="NULL if the array is NULL"),
    Entry("ARRAY_REMOVE", ("ARRAY_REMOVE(array, value)",), "The array without a value (all occurrences).",
          _resolve_element("ARRAY_REMOVE(array, value)", None), _render_remove,
          {"ARRAY_REMOVE(ARRAY[1, 2, 1], 1)": [2]}, nulls="NULL if the array is NULL"),
    Entry("ARRAY_REVERSE", ("ARRAY_REVERSE(array)",), "The elements in reverse order.",
          _resolve_same("ARRAY_REVERSE(array)"), _plain("list_reverse"), {"ARRAY_REVERSE(ARRAY[1, 2])": [2, 1]}),
    Entry("ARRAY_POSITION", ("ARRAY_POSITION(array, value)",), "The position of a value, from 1; 0 if it is not there.",
          _resolve_position, _render_position, {"ARRAY_POSITION(ARRAY[5, 6], 6)": 2, "ARRAY_POSITION(ARRAY[5], 6)": 0}),
    Entry("ARRAY_SLICE", ("ARRAY_SLICE(array, from[, to])",),
          "The elements from one position to another (included); negative positions count from the end.",
          _resolve_slice, _render_slice,
          {"ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3)": [2, 3], "ARRAY_SLICE(ARRAY[1, 2, 3], -2)": [2, 3]}),
    Entry("ARRAY_SORT", ("ARRAY_SORT(array[, ascending[, nulls first]])",),
          "The elements in order; NULLs first when ascending, last when descending, unless said otherwise.",
          _resolve_sort, _render_sort, {"ARRAY_SORT(ARRAY[3, NULL, 1])": [None, 1, 3],
          "ARRAY_SORT(ARRAY[1, 3], FALSE)": [3, 1]}),
    Entry("ARRAY_MAX", ("ARRAY_MAX(array)",), "The largest element.", _resolve_extreme, _render_extreme,
          {"ARRAY_MAX(ARRAY[1, NULL, 3])": 3}, nulls="ignores NULL; NULL when there is no other"),
    Entry("ARRAY_MIN", ("ARRAY_MIN(array)",), "The smallest element.", _resolve_extreme, _render_extreme,
          {"ARRAY_MIN(ARRAY[1, NULL, 3])": 1}, nulls="ignores NULL; NULL when there is no other"),
    Entry("ARRAY_JOIN", ("ARRAY_JOIN(array, delimiter[, text for NULL])",), "The strings of an array with a delimiter.",
          _resolve_join, _render_join,
          {"ARRAY_JOIN(ARRAY['a', NULL, 'b'], '-')": "a-b", "ARRAY_JOIN(ARRAY['a', NULL], '-', '?')": "a-?"},
          nulls="NULL elements are left out, or written as the third argument"),
    Entry("MAP_KEYS", ("MAP_KEYS(map)",), "The keys.", _resolve_keys, _plain("map_keys"),
          {"MAP_KEYS(MAP['a', 1])": ["a"]}),
    Entry("MAP_VALUES", ("MAP_VALUES(map)",), "The values.", _resolve_values, _plain("map_values"),
          {"MAP_VALUES(MAP['a', 1])": [1]}),
    Entry("MAP_ENTRIES", ("MAP_ENTRIES(map)",), "The pairs as rows with key and value.", _resolve_entries,
          _render_entries,
          {"MAP_ENTRIES(MAP['a', 1])": [{"key": "a", "value": 1}]}),
    Entry("MAP_UNION", ("MAP_UNION(map1, map2, ...)",), "The entries of all maps; of equal keys the last counts.",
          _resolve_union, _render_map_union, {"MAP_UNION(MAP['a', 1], MAP['a', 2])": {"$map": [["a", 2]]}}),
    Entry("MAP_FROM_ARRAYS", ("MAP_FROM_ARRAYS(keys, values)",), "A map of keys and values at equal positions.",
          _resolve_from_arrays, _render_from_arrays, {"MAP_FROM_ARRAYS(ARRAY['a'], ARRAY[1])": {"$map": [["a", 1]]}},
          fails=lambda call: True),
)  # fmt: skip
