"""Whether a reader with one schema can read what another schema wrote, and why not, field by field.

Source: the Avro 1.12 specification, schema resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

from riverrun.errors import nearest
from riverrun.schema.avro import Field, Schema

# writer -> what a reader may have instead
PROMOTIONS: dict[str, tuple[str, ...]] = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why it cannot be read: `path` of the field in the reader's schema, and what to do."""

    path: str
    what: str
    todo: str | None = None

    def __str__(self) -> str:
        return f"{self.path or '(whole value)'}: {self.what}" + (f"; {self.todo}" if self.todo else "")


def obstacles(reader: Schema, writer: Schema) -> tuple[Obstacle, ...]:
    """Why data written with `writer` cannot (always) be read with `reader`; empty when it can."""
    return tuple(_Check().check(reader, writer, ""))


class _Check:
    def __init__(self, seen: frozenset[tuple[int, int]] = frozenset()) -> None:
        self._seen = set(seen)  # pairs being compared or compared before: a record may contain itself

    def check(self, reader: Schema, writer: Schema, path: str) -> list[Obstacle]:
        if writer.kind == "union":
            return self.written_union(reader, writer, path)
        if reader.kind == "union":
            return self.read_union(reader, writer, path)
        if reader.kind != writer.kind:
            if reader.kind in PROMOTIONS.get(writer.kind, ()):
                return []
            return [Obstacle(path, f"{writer} was written where {reader} is read", _promotion_hint(reader, writer))]
        key = (id(reader), id(writer))
        if key in self._seen:
            return []
        self._seen.add(key)
        return self.same_kind(reader, writer, path)

    def same_kind(self, reader: Schema, writer: Schema, path: str) -> list[Obstacle]:
        if reader.kind in ("array", "map"):
            assert reader.element is not None
            assert writer.element is not None
            return self.check(reader.element, writer.element, path + ("[]" if reader.kind == "array" else "{}"))
        if reader.name is not None and not same_name(reader, writer):
            todo = f'give the reader\'s {reader.kind} "aliases": ["{writer.name}"]'
            return [Obstacle(path, f"{writer} was written where {reader} is read", todo)]
        if reader.kind == "record":
            return [found for one in reader.fields for found in self.field(one, writer, path)]
        if reader.kind == "enum":
            return _enum(reader, writer, path)
        if reader.kind == "fixed" and reader.size != writer.size:
            return [Obstacle(path, f"{writer.size} bytes were written where {reader.size} are read")]
        if reader.logical == writer.logical == "decimal" and (reader.precision, reader.scale) != (
            writer.precision, writer.scale,
        ):  # fmt: skip
            what = f"decimal({writer.precision}, {writer.scale}) was written"
            return [Obstacle(path, f"{what} where decimal({reader.precision}, {reader.scale}) is read")]
        return []

    def field(self, reader: Field, writer: Schema, path: str) -> list[Obstacle]:
        here = f"{path}.{reader.name}" if path else reader.name
        written = written_field(reader, writer)
        if written is not None:
            return self.check(reader.schema, written.schema, here)
        if reader.has_default:
            return []
        todo = "give it a default in the reader"
        near = nearest(reader.name, [one.name for one in writer.fields])
        if near is not None:
            todo += f', or "aliases": ["{near}"] if it was renamed'
        return [Obstacle(here, "was not written and has no default", todo)]

    def written_union(self, reader: Schema, writer: Schema, path: str) -> list[Obstacle]:
        found: list[Obstacle] = []
        for branch in writer.branches:
            for one in self.check(reader, branch, path):
                if one.path == path:
                    todo = one.todo or f"let the reader take {branch} as well"
                    one = Obstacle(path, f"{branch}, which may have been written, cannot be read as {reader}", todo)
                found.append(one)
        return found

    def read_union(self, reader: Schema, writer: Schema, path: str) -> list[Obstacle]:
        nearest_miss: list[Obstacle] | None = None
        for branch in reader.branches:
            found = _Check(frozenset(self._seen)).check(branch, writer, path)
            if not found:
                return []
            if branch.kind == writer.kind and (branch.name is None or same_name(branch, writer)):
                nearest_miss = found
        return nearest_miss or [
            Obstacle(path, f"{writer} was written where {reader} is read", f"add {writer} to the reader's union")
        ]


def same_name(reader: Schema, writer: Schema) -> bool:
    """By unqualified name, or by one of the reader's aliases."""
    assert reader.name is not None
    assert writer.name is not None
    return reader.name.rpartition(".")[2] == writer.name.rpartition(".")[2] or writer.name in reader.aliases


def written_field(reader: Field, writer: Schema) -> Field | None:
    """The writer's field that a reader's field takes its value from: by name, else by one of its aliases."""
    for name in (reader.name, *reader.aliases):
        found = writer.field(name)
        if found is not None:
            return found
    return None


def _enum(reader: Schema, writer: Schema, path: str) -> list[Obstacle]:
    unknown = [symbol for symbol in writer.symbols if symbol not in reader.symbols]
    if not unknown or reader.default_symbol is not None:
        return []
    return [
        Obstacle(
            path, f"the reader does not know the symbols {', '.join(unknown)}", "give the reader's enum a `default`"
        )
    ]


def _promotion_hint(reader: Schema, writer: Schema) -> str | None:
    wider = PROMOTIONS.get(writer.kind)
    return f"{writer.kind} can be read as {', '.join((writer.kind, *wider))}" if wider else None
