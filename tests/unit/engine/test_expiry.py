"""table.exec.state.ttl: what was not written for so long is forgotten, by the clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from riverrun.clock import ManualClock
from riverrun.connectors.protocol import Surroundings
from riverrun.engine.job import Job
from riverrun.engine.jobfile import stores
from riverrun.engine.stores import Values
from riverrun.formats.avro import encoder
from riverrun.schema import types as t
from riverrun.schema.avro import parse
from riverrun.schema.types import Field, Root, TimeAttribute, Type
from riverrun.sql import plan
from riverrun.sql.catalog import Table, TableColumn
from riverrun.sql.expr import SortKey
from riverrun.sql.functions import cast
from riverrun.sql.plan import JoinKind, SetKind
from riverrun.sql.session import Session
from riverrun.topics import Entry, LocalTopics
from tests.unit.engine.plans import ROWTIME, Row, Run, aggregate, column, scan, watermarked

TTL = 1000
SESSION = Session({"table.exec.state.ttl": "1 s"})
PROCTIME = Type(Root.TIMESTAMP_LTZ, precision=3, time_attribute=TimeAttribute.PROCTIME)
A = scan("a", k=t.STRING, v=t.BIGINT)
B = scan("b", k=t.STRING, w=t.BIGINT)
TIMED = watermarked(scan("a", k=t.STRING, v=t.BIGINT, ts=ROWTIME), 2)


class Told:
    """A plan being run; says what followed from each row."""

    def __init__(self, node: plan.Node) -> None:
        self.clock = ManualClock()
        self.run = Run(node, SESSION, self.clock)

    def __call__(self, *row: object, into: str = "a") -> list[tuple[str, Row]]:
        before = len(self.run.said)
        self.run.feed(into, [row])
        return self.run.said[before:]

    def wait(self, ms: int) -> None:
        self.clock.advance(ms)

    def kept(self) -> int:
        """Rows of state after a tick."""
        self.run.graph.tick(self.clock.now_ms())
        return sum(len(store) for _, store in stores(self.run.graph))


def grouped(*calls: object, by: tuple[int, ...] = (0,), over: plan.Node = A) -> plan.GroupAggregate:
    found = tuple(calls) or (aggregate("COUNT"),)
    schema = (*(over.schema[key] for key in by), *(Field(f"a{n}", call.type) for n, call in enumerate(found)))  # type: ignore[attr-defined]
    return plan.GroupAggregate(over, by, found, schema)  # type: ignore[arg-type]


@pytest.mark.parametrize("call", [aggregate("COUNT"), aggregate("COUNT", column(A, 1), distinct=True)])
def test_a_group_expires_when_it_was_not_written(call: object) -> None:
    """As Flink 2.3 says it for datagen at two rows a second: results that do not change are said again, too."""
    tell = Told(grouped(call))
    assert tell("x", 1) == [("+I", ("x", 1))]
    tell.wait(TTL - 1)
    assert tell("x", 2) == [("-U", ("x", 1)), ("+U", ("x", 2))]
    tell.wait(TTL - 1)
    assert tell("y", 1) == [("+I", ("y", 1))]
    tell.wait(1)
    assert tell("x", 3) == [("+I", ("x", 1))]
    assert tell.kept() > 0
    tell.wait(TTL)
    assert tell.kept() == 0


def test_distinct_values_expire_one_by_one() -> None:
    """Each so long after its first row, and it is then counted again: as Flink 2.3 does at two rows a second with a
    TTL of 1.2 seconds."""
    tell = Told(grouped(aggregate("COUNT"), aggregate("COUNT", column(A, 1), distinct=True)))
    found = []
    for number in range(8):
        found.append(tell("x", number % 2)[-1][1][1:])
        tell.wait(1000 * 500 // 1200)
    assert found == [(1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (6, 4), (7, 4), (8, 4)]
    tell.wait(TTL)
    assert tell.kept() == 0


def test_unchanged_results_are_said_again() -> None:
    tell = Told(grouped(aggregate("MAX", column(A, 1))))
    tell("x", 5)
    assert tell("x", 1) == [("-U", ("x", 5)), ("+U", ("x", 5))]


def test_a_retraction_of_what_was_forgotten_is_nothing() -> None:
    """The outer group is forgotten, the inner one is not: of its -U and +U only the second counts."""
    inner = grouped(aggregate("MAX", column(A, 1)))
    seen = plan.Calc(inner, (column(inner, 1),), None, (inner.schema[1],), append_only=False)
    tell = Told(grouped(by=(0,), over=seen))
    tell("x", 1)
    tell("y", 5)
    assert tell("x", 1) == [("-D", (1, 1)), ("+I", (1, 1))]
    outer = tell.run.graph.vertices[-2].operator
    tell.wait(TTL)
    outer.tick(0)  # type: ignore[union-attr]
    tell.clock._now_ms -= TTL  # only the outer one has expired
    assert tell("x", 2) == [("+I", (2, 1))]
    assert tell("x", 2) == [("-D", (2, 1)), ("+I", (2, 1))]


def joined(kind: JoinKind) -> plan.Join:
    return plan.Join(A, B, kind, ((0, 0),), (False,), None, (*A.schema, *B.schema))


def test_the_rows_of_a_join_expire_one_by_one() -> None:
    tell = Told(joined(JoinKind.INNER))
    tell("x", 1)
    tell.wait(600)
    tell("x", 2)
    assert tell("x", 7, into="b") == [("+I", ("x", 1, "x", 7)), ("+I", ("x", 2, "x", 7))]
    tell.wait(400)
    assert tell("x", 8, into="b") == [("+I", ("x", 2, "x", 8))]
    tell.wait(TTL)
    assert tell.kept() == 0


def test_a_hint_says_it_for_one_operator() -> None:
    tell = Told(replace(joined(JoinKind.INNER), ttl=(500, 0)))
    tell("x", 1)
    tell("x", 2, into="b")
    tell.wait(500)
    assert tell("x", 3, into="b") == []
    tell.wait(TTL)
    assert tell("x", 4) == [("+I", ("x", 4, "x", 2)), ("+I", ("x", 4, "x", 3))]
    group = Told(replace(grouped(), ttl=500))
    group("x", 1)
    group.wait(500)
    assert group("x", 1) == [("+I", ("x", 1))]


def test_a_padded_row_that_meets_partners_is_written() -> None:
    tell = Told(joined(JoinKind.LEFT))
    assert tell("x", 1) == [("+I", ("x", 1, None, None))]
    tell.wait(600)
    assert tell("x", 7, into="b") == [("-D", ("x", 1, None, None)), ("+I", ("x", 1, "x", 7))]
    tell.wait(600)
    assert tell("x", 8, into="b") == [("+I", ("x", 1, "x", 8))]
    tell.wait(TTL)
    assert tell("x", 9, into="b") == []
    tell.wait(TTL)
    assert tell.kept() == 0


def test_a_partition_of_a_top_n_expires() -> None:
    node = plan.Rank(A, (0,), (SortKey(1, True, False),), 1, 2, False, A.schema)
    tell = Told(node)
    tell("x", 5)
    tell.wait(600)
    assert tell("x", 6) == [("+I", ("x", 6))]
    tell.wait(600)
    assert tell("x", 7) == [("-D", ("x", 5)), ("+I", ("x", 7))]
    tell.wait(TTL)
    assert tell("x", 1) == [("+I", ("x", 1))]
    tell.wait(TTL)
    assert tell.kept() == 0


@pytest.mark.parametrize("last", [False, True])
def test_deduplication_by_arrival(last: bool) -> None:
    source = scan("a", k=t.STRING, v=t.BIGINT, p=PROCTIME)
    tell = Told(plan.Deduplicate(source, (0,), 2, last, True, False, source.schema, not last))
    assert [op for op, _ in tell("x", 1, 0)] == ["+I"]
    tell.wait(600)
    assert [op for op, _ in tell("x", 1, 0)] == (["-U", "+U"] if last else [])
    tell.wait(600)
    assert [op for op, _ in tell("x", 1, 0)] == (["-U", "+U"] if last else ["+I"])
    tell.wait(TTL)
    assert tell.kept() == 0


def test_first_by_time_waits_for_the_watermark_and_then_expires() -> None:
    tell = Told(plan.Deduplicate(TIMED, (0,), 2, False, False, False, TIMED.schema))
    assert tell("x", 1, 10) == [("+I", ("x", 1, 10))]
    slow = Told(plan.Deduplicate(watermarked(TIMED.input, 2, 100), (0,), 2, False, False, False, TIMED.schema))  # type: ignore[arg-type]
    slow("x", 1, 10)
    slow.wait(2 * TTL)
    assert slow("y", 1, 200) == [("+I", ("x", 1, 10))]
    tell.wait(TTL)
    assert tell("x", 2, 20) == [("+I", ("x", 2, 20))]


def test_last_by_time() -> None:
    tell = Told(plan.Deduplicate(TIMED, (0,), 2, True, False, False, TIMED.schema, append_only=False))
    tell("x", 1, 10)
    tell.wait(TTL)
    assert tell("x", 2, 5) == [("+I", ("x", 2, 5))]


@pytest.mark.parametrize("name", ["SUM", "ARRAY_AGG"])
def test_over_from_the_beginning(name: str) -> None:
    call = aggregate(name, column(TIMED, 1))
    schema = (*TIMED.schema, Field("s", call.type))
    frame = plan.Frame(True, None)
    tell = Told(plan.Over(TIMED, (0,), (SortKey(2, False, True),), frame, (call,), "rowtime", schema))
    tell("x", 1, 10)
    tell.wait(600)
    assert tell("x", 2, 20)[0][1][3] in (3, [1, 2])
    tell.wait(600)
    tell("y", 2, 30)
    assert tell("x", 3, 40)[0][1][3] in (6, [1, 2, 3])
    tell.wait(TTL)
    assert tell("x", 4, 50)[0][1][3] in (4, [4])
    tell.wait(TTL)
    assert tell.kept() == 0


def test_over_by_value() -> None:
    call = aggregate("SUM", column(A, 1))
    schema = (*A.schema, Field("s", call.type))
    node = plan.Over(A, (0,), (SortKey(1, False, True),), plan.Frame(True, None), (call,), "value", schema, False)
    tell = Told(node)
    tell("x", 2)
    assert tell("x", 1) == [("+I", ("x", 1, 1)), ("-U", ("x", 2, 2)), ("+U", ("x", 2, 3))]
    tell.wait(TTL)
    assert tell("x", 1) == [("+I", ("x", 1, 1))]
    tell.wait(TTL)
    assert tell.kept() == 0


def test_set_operations_forget_rows() -> None:
    tell = Told(plan.SetOperation(A, B, SetKind.INTERSECT, False, A.schema))
    tell("x", 1)
    tell.wait(600)
    tell("x", 1)
    tell.wait(600)
    assert tell("x", 1, into="b") == [("+I", ("x", 1))]
    tell("y", 1)
    tell.wait(TTL)
    assert tell("y", 1, into="b") == []
    tell.wait(TTL)
    assert tell.kept() == 0


def test_values_are_in_the_order_of_writing_again_after_loading() -> None:
    class Saved:
        rows: list[object] = []  # noqa: RUF012

        def add(self, name: str, rows: object) -> None:
            self.rows.append(rows)

        def remove(self, name: str, ids: object) -> None:
            raise AssertionError

    values, saved = Values(), Saved()
    for number in (5, 3, 9):
        values[number] = number
    values.save("v", saved)
    loaded = Values()
    loaded.load(saved.rows[0])
    loaded.sort(by=lambda value: value)
    assert loaded.first() == (3, 3)


VALUE = {"type": "record", "name": "V", "fields": [{"name": "k", "type": "string"}, {"name": "v", "type": "long"}]}
CLICKS = Table(
    "clicks",
    (TableColumn("k", t.STRING), TableColumn("v", t.BIGINT)),
    options={"connector": "kafka", "value.format": "avro", "topic": "clicks"},
)
COUNTS = Table("counts", (TableColumn("k", t.STRING), TableColumn("n", t.BIGINT)), options={"connector": "blackhole"})


@pytest.mark.parametrize("all_rows", [False, True])
def test_what_expired_leaves_the_jobs_file(all_rows: bool, tmp_path: Path) -> None:
    """Of groups that carry their results, and of those that keep all rows (as for distinct values of DOUBLE)."""
    clock = ManualClock()
    around = Surroundings(tmp_path, clock=clock, job="counting")
    encode = encoder(parse(VALUE))
    writer = LocalTopics(tmp_path, clock).writer("clicks", VALUE)
    source = plan.Scan(CLICKS, (0, 1), (Field("k", t.STRING), Field("v", t.BIGINT)))
    argument = cast(column(source, 1), t.DOUBLE, SESSION) if all_rows else column(source, 1)
    counts = grouped(aggregate("COUNT", argument, distinct=all_rows), over=source)
    sinks = (plan.Sink(counts, COUNTS, COUNTS.sink_schema, append_only=False),)

    def counted() -> tuple[int, int]:
        """(keys in memory and in the file) after everything there is was read."""
        job = Job("counting", sinks, SESSION, around)
        while job.step():
            clock.advance(1)
        clock.advance(100)
        job.step()
        (kept,) = [store for name, store in stores(job.execution.graph) if name.endswith(("groups", "rows"))]
        found = len(kept)
        job.close()
        with duckdb.connect(str(tmp_path / "jobs" / "counting.duckdb"), read_only=True) as file:
            tables = [row[0] for row in file.sql("SELECT table_name FROM duckdb_tables()").fetchall()]
            (name,) = [name for name in tables if name.endswith(("groups", "rows")) and "group" in name]
            return found, file.sql(f'SELECT COUNT(*) FROM "{name}"').fetchall()[0][0]

    with writer:
        for value, key in enumerate("abc"):
            writer.append(Entry(1, None, encode({"k": key, "v": value})))
        writer.commit()
        assert counted() == (3, 3)
        clock.advance(600)
        assert counted() == (3, 3)
        writer.append(Entry(1, None, encode({"k": "b", "v": 7})))
        writer.commit()
        assert counted() == ((4, 4) if all_rows else (3, 3))
        clock.advance(600)
        assert counted() == ((2, 2) if all_rows else (1, 1))
        clock.advance(600)
        assert counted() == (0, 0)
