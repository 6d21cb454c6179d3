"""Random Avro schemas with values of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "double": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=300),
    "string": st.text(max_size=300),
}


@st.composite
def schema_and_values(draw: st.DrawFn, depth: int = 3) -> tuple[Any, st.SearchStrategy[Any]]:
    """(schema as JSON, strategy of its values). Names are unique by a counter hidden in the draw."""
    return _type(draw, depth, [0])


@st.composite
def record_and_values(draw: st.DrawFn) -> tuple[Any, st.SearchStrategy[Any]]:
    """As `schema_and_values`, of a record with one to four fields."""
    counter = [0]
    fields = [(f"f{i}", _type(draw, 2, counter)) for i in range(draw(st.integers(1, 4)))]
    schema = {"type": "record", "name": "R", "fields": [{"name": n, "type": t} for n, (t, _) in fields]}
    return schema, st.fixed_dictionaries({n: values for n, (_, values) in fields})


def _type(draw: st.DrawFn, depth: int, counter: list[int]) -> tuple[Any, st.SearchStrategy[Any]]:
    kinds = ["primitive", "primitive", "enum", "fixed", "nullable"]
    if depth:
        kinds += ["record", "record", "array", "map"]
    kind = draw(st.sampled_from(kinds))
    if kind == "primitive":
        name = draw(st.sampled_from(sorted(_PRIMITIVES)))
        return name, _PRIMITIVES[name]
    counter[0] += 1
    name = f"N{counter[0]}"
    if kind == "enum":
        return {"type": "enum", "name": name, "symbols": ["A", "B", "C"]}, st.sampled_from(["A", "B", "C"])
    if kind == "fixed":
        return {"type": "fixed", "name": name, "size": 4}, st.binary(min_size=4, max_size=4)
    if kind == "record":
        fields = [(f"f{i}", _type(draw, depth - 1, counter)) for i in range(draw(st.integers(0, 4)))]
        schema = {"type": "record", "name": name, "fields": [{"name": n, "type": t} for n, (t, _) in fields]}
        return schema, st.fixed_dictionaries({n: values for n, (_, values) in fields})
    inner, values = _type(draw, max(depth - 1, 0), counter)
    if kind == "nullable":
        if isinstance(inner, list):
            return inner, values
        return draw(st.permutations(["null", inner])), st.none() | values
    if kind == "array":
        return {"type": "array", "items": inner}, st.lists(values, max_size=4)
    return {"type": "map", "values": inner}, st.dictionaries(st.text(max_size=5), values, max_size=4)
