"""A compiled mapping: from an event to a record's Avro bytes, or to the reason why there is none."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastavro

from riverrun.errors import InputError, UnsupportedError
from riverrun.event import Event
from riverrun.mapping.check import check
from riverrun.mapping.generate import Missing, Services, generate
from riverrun.mapping.nodes import Map, Script
from riverrun.mapping.values.geo import GeoDatabases
from riverrun.record import Rejected
from riverrun.schema.avro import Schema, as_json, load_json, parse
from riverrun.topics.segment import without_logical_types


@dataclass(frozen=True, slots=True)
class Step:
    """What one statement did to an event: `line` of the script; `field` when it sets one; `outcome` is set, absent,
    null, or why the value did not fit."""

    line: int | None
    field: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the mapping made of one event, step by step. `lines`: field -> line that set it last."""

    record: Any | None
    rejected: Rejected | None
    steps: tuple[Step, ...]
    lines: dict[str, int]


class Mapping:
    """A script and a schema, checked and compiled. `map` takes an Event; what is None in it is absent."""

    def __init__(self, script: Script, schema_json: Any, schema: Schema, services: Services) -> None:
        self.script = script
        self.schema_json = schema_json
        self.schema = schema
        self._services = services
        self.encode: Callable[[Event], bytes | Rejected] = generate(script, schema, services)
        self._traced: Callable[..., bytes | Rejected] | None = None
        self._reader = fastavro.parse_schema(without_logical_types(schema_json))

    def map(self, event: Event) -> bytes | Rejected:
        """The record's Avro binary, or why there is none. Never raises for an event."""
        try:
            return self.encode(event)
        except Exception:  # noqa: BLE001  # whatever a bad event does: it costs only itself, and is explained
            rejected = self.explain(event).rejected
            assert rejected is not None
            return rejected

    def explain(self, event: Event) -> Explanation:
        """As `map`, with what each statement did; many times slower."""
        if self._traced is None:
            self._traced = generate(self.script, self.schema, self._services, trace=True)
        steps: list[tuple[int, str]] = []
        record: Any = None
        try:
            result = self._traced(event, steps)
        except Exception as error:  # noqa: BLE001  # as in map()
            result = self._rejected(error, steps)
        rejected = result if isinstance(result, Rejected) else None
        if isinstance(result, bytes):
            record = self.decode(result)
        told = tuple(self._steps(steps))
        lines = {step.field: step.line for step in told if step.outcome == "set" and step.field and step.line}
        return Explanation(record, rejected, told, lines)

    def decode(self, value: bytes) -> Any:
        """The record as plain JSON."""
        read: Any = fastavro.schemaless_reader(io.BytesIO(value), self._reader, None)
        return as_json(read, self.schema)

    def _steps(self, steps: Sequence[tuple[int, str]]) -> list[Step]:
        actions = list(self.script.walk())
        told = []
        for number, outcome in steps:
            action = actions[number]
            if outcome:
                told.append(
                    Step(action.where.line, ".".join(action.target) if isinstance(action, Map) else None, outcome)
                )
            elif not isinstance(action, Map):
                told.append(Step(action.where.line, None, type(action).__name__.lower()))
        return told

    def _rejected(self, error: Exception, steps: Sequence[tuple[int, str]]) -> Rejected:
        actions = list(self.script.walk())
        if isinstance(error, Missing):
            path = error.paths[0]
            setting = [one for one in actions if isinstance(one, Map) and ".".join(one.target) == path]
            why = "has no value and no default" if setting else "is never set and has no default"
            notes = {number: outcome for number, outcome in steps if outcome}
            outcomes = [notes[n] for n, one in enumerate(actions) if one in setting and notes.get(n)]
            odd = next((one for one in reversed(outcomes) if one not in ("set", "absent", "null")), None)
            return Rejected(
                reason="unmappable",
                message=f"field {path} {why}" + (f": {odd}" if odd else ""),
                field=path,
                where=setting[-1].where if setting else None,
                detail={"missing": error.paths},
            )
        action = actions[steps[-1][0]] if steps else None
        return Rejected(
            reason="unmappable",
            message=f"{type(error).__name__}: {error}",
            field=".".join(action.target) if isinstance(action, Map) else None,
            where=action.where if action else None,
        )


def compile_mapping(
    script: Script, schema_json: Any, *, geo: GeoDatabases | None = None, file: str | None = None
) -> Mapping:
    """Check and compile. Raises InputError (UnsupportedError, when nothing else is wrong) with every mistake."""
    schema = parse(schema_json, file=file)
    services: dict[str, Callable[..., Any]] = {} if geo is None else {"ip2geo": geo.lookup}
    problems = [*script.problems, *check(script, schema, services=frozenset(services))]
    if problems:
        order = sorted(problems, key=lambda one: (one.where.line or 0, one.where.column or 0) if one.where else (0, 0))
        raise (UnsupportedError if script.unsupported and len(problems) == len(script.problems) else InputError)(order)
    return Mapping(script, schema_json, schema, services)


def load_mapping(
    script: Path | None, schema: Path | None, *, geo: GeoDatabases | None = None, short_digest_keys: bool = False
) -> Mapping:
    """The mapping of two files; None for the built-in one. Raises InputError or UnsupportedError with every mistake."""
    from riverrun.mapping.builtin import SCHEMA, builtin_script
    from riverrun.mapping.scripts import load_script

    schema_json = SCHEMA if schema is None else load_json(schema)
    parse(schema_json, file=str(schema) if schema else None)
    read = builtin_script() if script is None else load_script(script, short_digest_keys=short_digest_keys)
    return compile_mapping(read, schema_json, geo=geo, file=str(schema) if schema else None)
