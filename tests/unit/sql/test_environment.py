"""Statements one by one: what each leaves behind, and what it answers."""

from __future__ import annotations

import pytest

from riverrun.errors import InputError, UnsupportedError
from riverrun.sql import plan
from riverrun.sql.catalog import Table
from riverrun.sql.environment import Done, Environment, Job, Outcome, Query, Rows

T = "CREATE TABLE t (id INT NOT NULL, s STRING) WITH ('connector' = 'datagen');"


def run(script: str, environment: Environment | None = None) -> list[Outcome]:
    session = environment or Environment()
    return [session.execute(statement) for statement in session.parse(script)]


def last(script: str) -> Outcome:
    return run(script)[-1]


def rows(script: str) -> list[tuple[object, ...]]:
    found = last(script)
    assert isinstance(found, Rows)
    return list(found.rows)


def refused(script: str) -> str:
    with pytest.raises(InputError) as caught:
        run(script)
    return str(caught.value)


# Jobs and queries


def test_a_query_is_for_the_person_who_asked() -> None:
    found = last(f"{T} SELECT s, id FROM t;")
    assert isinstance(found, Query)
    assert found.sink.table is None
    assert [str(field.type) for field in found.sink.schema] == ["STRING", "INT NOT NULL"]


def test_an_insert_is_a_job_named_after_its_table() -> None:
    found = last(
        f"{T} CREATE TABLE o (a INT, b STRING) WITH ('connector' = 'print'); INSERT INTO o SELECT id, s FROM t;"
    )
    assert isinstance(found, Job)
    assert found.name == "insert-into_default_catalog.default_database.o"
    (sink,) = found.sinks
    assert isinstance(sink.table, Table)
    assert sink.table.name == "o"


def test_the_name_of_a_job_may_be_set() -> None:
    found = last(f"{T} SET 'pipeline.name' = 'nightly'; INSERT INTO t VALUES (1, 'a');")
    assert isinstance(found, Job)
    assert found.name == "nightly"


@pytest.mark.parametrize(
    "script",
    [
        "EXECUTE STATEMENT SET BEGIN INSERT INTO t VALUES (1, 'a'); INSERT INTO o VALUES (2); END;",
        "STATEMENT SET BEGIN INSERT INTO t VALUES (1, 'a'); INSERT INTO o VALUES (2); END;",
        "BEGIN STATEMENT SET; INSERT INTO t VALUES (1, 'a'); INSERT INTO o VALUES (2); END;",
    ],
)
def test_a_statement_set_is_one_job(script: str) -> None:
    if script.startswith("STATEMENT"):
        script = f"EXECUTE {script}"
    found = last(f"{T} CREATE TABLE o (a INT) WITH ('connector' = 'print'); {script}")
    assert isinstance(found, Job)
    assert found.name == "insert-into_default_catalog.default_database.t,default_catalog.default_database.o"
    assert [sink.table.name for sink in found.sinks if sink.table] == ["t", "o"]


def test_statement_sets_begin_before_they_end() -> None:
    assert "there is no statement set to end" in refused("END;")
    assert "empty" in refused("BEGIN STATEMENT SET; END;")
    assert "has begun already" in refused("BEGIN STATEMENT SET; BEGIN STATEMENT SET;")


def test_create_table_as_makes_the_table_and_a_job() -> None:
    environment = Environment()
    found = run(f"{T} CREATE TABLE o WITH ('connector' = 'print') AS SELECT id + 1 AS n, s FROM t;", environment)[-1]
    assert isinstance(found, Job)
    made = environment.catalog.find(("o",))
    assert isinstance(made, Table)
    assert [(column.name, str(column.type)) for column in made.columns] == [("n", "INT NOT NULL"), ("s", "STRING")]


def test_execute_is_what_it_executes() -> None:
    assert isinstance(last(f"{T} EXECUTE SELECT * FROM t;"), Query)


def test_explain_tells_the_plan() -> None:
    ((text,),) = rows(f"{T} EXPLAIN SELECT COUNT(*) AS c FROM t WHERE id > 3;")
    assert str(text).splitlines() == [
        "Sink[result, fields: c] (updating)",
        "+- GroupAggregate[aggregates: COUNT(*)] (updating)",
        "   +- Calc[select: id, where: (id > 3)]",
        "      +- Scan[default_catalog.default_database.t: id]",
    ]


# Options


def test_set_and_reset() -> None:
    environment = Environment({"a": "1"})
    run("SET 'a' = '2'; SET 'b' = '3'; SET 'table.local-time-zone' = 'Europe/Berlin';", environment)
    assert environment.session.zone == "Europe/Berlin"
    assert environment.session.options["a"] == "2"
    run("RESET 'a';", environment)
    assert environment.session.options["a"] == "1"
    run("RESET;", environment)
    assert dict(environment.session.options) == {"a": "1"}


def test_wrong_options() -> None:
    assert "is no length of time" in refused("SET 'table.exec.state.ttl' = 'a day';")
    assert "there is no time zone Mars/Phobos" in refused("SET 'table.local-time-zone' = 'Mars/Phobos';")
    with pytest.raises(UnsupportedError, match="batch"):
        run("SET 'execution.runtime-mode' = 'batch';")


# Names


def test_show() -> None:
    script = f"{T} CREATE VIEW v AS SELECT id FROM t; "
    assert rows(f"{script} SHOW TABLES;") == [("t",), ("v",)]
    assert rows(f"{script} SHOW VIEWS;") == [("v",)]
    assert rows(f"{script} SHOW TABLES LIKE 't%';") == [("t",)]
    assert rows(f"{script} SHOW TABLES NOT LIKE 't%';") == [("v",)]
    assert rows(f"{script} SHOW TABLES ILIKE 'T';") == [("t",)]
    assert rows("SHOW CATALOGS;") == [("default_catalog",)]
    assert rows("SHOW DATABASES;") == [("default_database",)]
    assert rows("SHOW CURRENT DATABASE;") == [("default_database",)]
    assert rows("SHOW CURRENT CATALOG;") == [("default_catalog",)]
    assert ("sum",) in rows("SHOW FUNCTIONS;")
    assert rows("SHOW USER FUNCTIONS;") == []


def test_describe() -> None:
    script = """
        CREATE TABLE t (
          id INT NOT NULL, s STRING COMMENT 'a name', ts TIMESTAMP(3), up AS id + 1,
          o BIGINT METADATA FROM 'offset' VIRTUAL,
          WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, PRIMARY KEY (id) NOT ENFORCED
        ) WITH ('connector' = 'x');
        DESCRIBE t;
    """
    found = rows(script)
    assert found == [
        ("id", "INT", False, "PRI(id)", None, None, None),
        ("s", "STRING", True, None, None, None, "a name"),
        ("ts", "TIMESTAMP(3) *ROWTIME*", True, None, None, "`ts` - INTERVAL '1' SECOND", None),
        ("up", "INT", False, None, "AS `id` + 1", None, None),
        ("o", "BIGINT", True, None, "METADATA FROM 'offset' VIRTUAL", None, None),
    ]


def test_show_create_reads_back() -> None:
    script = """
        CREATE TABLE t (
          a INT, b AS a + 1, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (a) NOT ENFORCED
        )
        COMMENT 'it''s' PARTITIONED BY (a) WITH ('connector' = 'x', 'path' = 'y');"""
    ((text,),) = rows(f"{script} SHOW CREATE TABLE t;")
    again = rows(f"{text}; SHOW CREATE TABLE t;")
    assert again == [(text,)]


def test_databases_and_catalogs() -> None:
    environment = Environment()
    run("CREATE DATABASE d; USE d; CREATE TABLE t (a INT) WITH ('connector' = 'x');", environment)
    assert isinstance(run("SELECT * FROM default_catalog.d.t;", environment)[0], Query)
    assert isinstance(run("USE default_database; SELECT * FROM d.t;", environment)[1], Query)
    with pytest.raises(InputError, match="not empty"):
        run("DROP DATABASE d;", environment)
    run("DROP DATABASE d CASCADE;", environment)
    with pytest.raises(InputError, match="there is no database d"):
        run("USE d;", environment)
    run("CREATE CATALOG c WITH ('type' = 'generic_in_memory'); USE CATALOG c;", environment)
    assert environment.catalog.catalog == "c"
    run("USE CATALOG default_catalog; DROP CATALOG c;", environment)


def test_drop() -> None:
    assert "there is no table v" in refused(f"{T} CREATE VIEW v AS SELECT 1 AS a; DROP TABLE v;")
    assert isinstance(last("DROP TABLE IF EXISTS nothing;"), Done)
    assert "there is no table t" in refused(f"{T} DROP TABLE t; DROP TABLE t;")
    assert "drop it first" in refused(f"{T} CREATE TEMPORARY TABLE t (a INT) WITH ('connector' = 'x'); DROP TABLE t;")


def test_names_are_taken_once() -> None:
    assert "already" in refused(f"{T} {T}")
    assert isinstance(last(f"{T} CREATE TABLE IF NOT EXISTS t (a INT) WITH ('connector' = 'x');"), Done)
    assert "already" in refused(f"{T} CREATE VIEW t AS SELECT 1 AS a;")


# ALTER


def test_alter() -> None:
    environment = Environment()
    run(T, environment)
    run(
        "ALTER TABLE t RENAME TO r; ALTER TABLE r SET ('path' = '/x'); ALTER TABLE r ADD (n INT, ts TIMESTAMP(3));",
        environment,
    )
    run("ALTER TABLE r ADD first_one INT FIRST; ALTER TABLE r RENAME s TO name; ALTER TABLE r DROP n;", environment)
    run(
        "ALTER TABLE r ADD WATERMARK FOR ts AS ts; ALTER TABLE r MODIFY name STRING NOT NULL AFTER first_one;",
        environment,
    )
    table = environment.catalog.find(("r",))
    assert isinstance(table, Table)
    assert [f"{column.name} {column.type}" for column in table.columns] == [
        "first_one INT",
        "name STRING NOT NULL",
        "id INT NOT NULL",
        "ts TIMESTAMP(3) *ROWTIME*",
    ]
    assert table.options["path"] == "/x"
    run("ALTER TABLE r DROP WATERMARK; ALTER TABLE r RESET ('path');", environment)
    table = environment.catalog.find(("r",))
    assert isinstance(table, Table)
    assert (table.watermark, "path" in table.options) == (None, False)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("ALTER TABLE t ADD id INT", "there is a column id already"),
        ("ALTER TABLE t DROP nope", "there is no column nope"),
        ("ALTER TABLE t DROP PRIMARY KEY", "has no primary key"),
        ("ALTER TABLE t DROP WATERMARK", "has no watermark"),
        ("ALTER TABLE nope RENAME TO x", "there is no table nope"),
        ("ALTER TABLE t RENAME id TO s", "there is a column s already"),
        ("ALTER TABLE t RESET ('connector')", "cannot be reset"),
        ("ALTER VIEW t RENAME TO v", "there is no view t"),
    ],
)
def test_wrong_alterations(statement: str, what: str) -> None:
    assert what in refused(f"{T} {statement};")


# Tables from outside


def test_every_created_table_is_bound_anew() -> None:
    environment = Environment(rebind=lambda table: table.with_options({"connector": "file"}))
    run(T, environment)
    table = environment.catalog.find(("t",))
    assert isinstance(table, Table)
    assert table.options["connector"] == "file"


def test_errors_know_their_statement() -> None:
    environment = Environment()
    with pytest.raises(InputError) as caught:
        run(f"{T}\nSELECT nope FROM t;", environment)
    assert caught.value.statement == 2
    with pytest.raises(InputError) as caught:
        environment.parse('SELECT 1;\nSELECT 2;\nSELECT 3 FROM "t";')
    assert caught.value.statement == 3
    with pytest.raises(InputError) as caught:
        environment.parse("SELECT 1;\nSELECT 'a;b', \"q\";")
    assert caught.value.statement == 2
    assert "a double quote is not a quote" in str(caught.value)


def test_a_function_that_flink_has_and_riverrun_has_not_is_named() -> None:
    with pytest.raises(UnsupportedError) as caught:
        run(f"{T} SELECT APPROX_COUNT_DISTINCT(id) FROM t GROUP BY s;")
    assert "the function APPROX_COUNT_DISTINCT" in str(caught.value)


def test_a_function_that_nobody_has_is_refused_with_the_nearest_name() -> None:
    assert "there is no function UPER; did you mean UPPER?" in refused(f"{T} SELECT UPER(s) FROM t;")


# What Flink refuses, and what it takes

E_TABLE = (
    "CREATE TABLE e (k STRING, v INT, ts TIMESTAMP(3), pt AS PROCTIME(), WATERMARK FOR ts AS ts) "
    "WITH ('connector' = 'datagen');"
)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT * FROM TUMBLE(TABLE e, DESCRIPTOR(v), INTERVAL '1' DAY)", "needs a TIMESTAMP"),
        (
            "SELECT * FROM CUMULATE(TABLE e, DESCRIPTOR(ts), INTERVAL '3' MINUTE, INTERVAL '10' MINUTE)",
            "a multiple of its step",
        ),
        ("SELECT SUM(v) FILTER (WHERE v > 1) OVER (PARTITION BY k ORDER BY ts) FROM e", "no FILTER with OVER"),
        ("SELECT k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k) AS n FROM e) WHERE n = 1", "needs ORDER BY"),
        ("SELECT k FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v) AS n FROM e) WHERE n < 1", "at least 1"),
        (
            "SELECT k FROM TUMBLE(TABLE e, DESCRIPTOR(pt), INTERVAL '1' DAY) "  # noqa: ISC004  # one query
            "QUALIFY ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v) = 1",
            "processing time",
        ),
        (
            "SELECT * FROM e MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES v AS k PATTERN (A) DEFINE A AS TRUE)",
            "both called k",
        ),
        ("SELECT * FROM e MATCH_RECOGNIZE (ORDER BY ts PATTERN (A) DEFINE A AS TRUE)", "needs MEASURES"),
        ("SELECT k FROM e QUALIFY k = 'a'", "QUALIFY needs an OVER"),
    ],
)
def test_refused(query: str, what: str) -> None:
    assert what in refused(f"{E_TABLE} {query};")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM e QUALIFY n <= 3",
        "SELECT k FROM e QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) <= 3",
    ],
)
def test_qualify_makes_a_top_n(query: str) -> None:
    found = last(f"{E_TABLE} {query};")
    assert isinstance(found, Query)
    assert isinstance(found.sink.input, plan.Calc)
    assert isinstance(found.sink.input.input, plan.Rank)


def test_conditions_of_variables_outside_of_the_pattern_are_passed_over() -> None:
    found = last(
        f"{E_TABLE} SELECT * FROM e MATCH_RECOGNIZE "
        "(ORDER BY ts MEASURES A.v AS v PATTERN (A) DEFINE A AS A.v > 1, X AS X.v > A.v);"
    )
    assert isinstance(found, Query)
    assert isinstance(found.sink.input, plan.Match)
    assert list(found.sink.input.define) == ["A"]


# Names inside of rows

X_TABLE = (
    "CREATE TABLE x (id INT, r ROW<a INT, q ROW<z INT>>, o ROW<a INT>, l ARRAY<STRING>) WITH ('connector' = 'datagen');"
)


@pytest.mark.parametrize("name", ["z", "x.z", "q.z", "r.q.z", "x.r.q.z"])
def test_a_name_that_no_column_has_is_looked_for_in_the_rows(name: str) -> None:
    found = last(f"{X_TABLE} SELECT {name} FROM x;")
    assert isinstance(found, Query)
    assert [(field.name, str(field.type)) for field in found.sink.schema] == [("z", "INT")]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a FROM x",
        "SELECT id, a FROM x CROSS JOIN UNNEST(l) AS w(a)",
        "SELECT * FROM (SELECT id, id FROM x)",
    ],
)
def test_a_name_with_two_meanings_is_ambiguous(query: str) -> None:
    assert "ambiguous" in refused(f"{X_TABLE} {query};")


@pytest.mark.parametrize("value", ["ARRAY[NULL]", "ROW(NULL)", "MAP['a', NULL]"])
def test_a_null_inside_of_a_value_needs_a_type_too(value: str) -> None:
    assert "NULL has no type here" in refused(f"{X_TABLE} SELECT {value} FROM x;")


def test_over_below_a_window_stays_since_it_drops_late_rows() -> None:
    found = last(
        f"{E_TABLE} SELECT window_start, window_end, COUNT(*) FROM TUMBLE("
        "(SELECT ts, SUM(v) OVER (PARTITION BY k ORDER BY ts) AS total FROM e), DESCRIPTOR(ts), INTERVAL '1' HOUR) "
        "GROUP BY window_start, window_end;"
    )
    assert isinstance(found, Query)
    assert any(isinstance(node, plan.Over) for node in plan.walk(found.sink))


def test_a_long_line_is_shown_around_the_place() -> None:
    with pytest.raises(InputError) as caught:
        run(f"SELECT {', '.join(str(i) for i in range(100))}, nosuch, {', '.join('1' for _ in range(100))};")
    line, carets = str(caught.value).splitlines()[-2:]
    assert len(line) < 170
    at = carets.index("^")
    assert line[at : at + len("nosuch")] == "nosuch"
    assert carets.rstrip().endswith("^~~~~~")


def test_describe_shows_expressions_with_columns_in_back_quotes() -> None:
    shown = rows(
        "CREATE TABLE d (k STRING, u AS UPPER(k), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) "
        "WITH ('connector' = 'datagen'); DESCRIBE d;"
    )
    assert shown[1][4] == "AS UPPER(`k`)"
    assert shown[2][5] == "`ts` - INTERVAL '1' SECOND"


def hinted(query: str) -> plan.Node:
    (_, _, found) = run(f"{T} CREATE TABLE u (id INT, k STRING) WITH ('connector' = 'datagen'); {query};")
    assert isinstance(found, Query)
    return next(node for node in plan.walk(found.sink) if isinstance(node, plan.Join | plan.GroupAggregate))


def test_the_hint_for_the_time_of_state() -> None:
    group = hinted("SELECT /*+ STATE_TTL('t' = '1 d') */ s, COUNT(*) FROM t GROUP BY s")
    assert isinstance(group, plan.GroupAggregate)
    assert group.ttl == 86_400_000
    join = hinted("SELECT /*+ STATE_TTL('b' = '1 h') */ a.id FROM t AS a JOIN u AS b ON a.id = b.id WHERE a.s = 'x'")
    assert isinstance(join, plan.Join)
    assert join.ttl == (None, 3_600_000)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT /*+ STATE_TTL('v' = '1 d') */ s, COUNT(*) FROM t GROUP BY s", "there is no table v in this FROM"),
        ("SELECT /*+ STATE_TTL('t' = 'long') */ s, COUNT(*) FROM t GROUP BY s", "is no length of time"),
    ],
)
def test_a_wrong_hint(query: str, says: str) -> None:
    assert says in refused(f"{T} {query};")


def test_a_hint_for_several_operators_is_not_there() -> None:
    with pytest.raises(UnsupportedError, match="the hint STATE_TTL over several operators"):
        hinted("SELECT /*+ STATE_TTL('t' = '1 d') */ s FROM t JOIN u ON t.id = u.id GROUP BY s")


# CREATE OR REPLACE, as Flink 2.3 does it


def test_a_table_of_a_query_is_replaced() -> None:
    environment = Environment()
    made = "CREATE OR REPLACE TABLE o WITH ('connector' = 'print') AS SELECT {} FROM t;"
    run(T + made.format("id"), environment)
    (job,) = run(made.format("s, id AS n"), environment)
    assert isinstance(job, Job)
    (found,) = run("DESCRIBE o;", environment)
    assert isinstance(found, Rows)
    assert [row[:2] for row in found.rows] == [("s", "STRING"), ("n", "INT")]


@pytest.mark.parametrize(
    "taken",
    [
        "CREATE OR REPLACE TABLE t (a INT) WITH ('connector' = 'print');",
        "CREATE VIEW v AS SELECT id FROM t; CREATE OR REPLACE VIEW v AS SELECT s FROM t;",
        "CREATE TEMPORARY VIEW v AS SELECT id FROM t; CREATE OR REPLACE TEMPORARY VIEW v AS SELECT s FROM t;",
        "CREATE FUNCTION f AS 'a.b' LANGUAGE PYTHON; CREATE OR REPLACE FUNCTION f AS 'a.c' LANGUAGE PYTHON;",
    ],
)
def test_nothing_else_is_replaced(taken: str) -> None:
    assert " already" in refused(T + taken)


def test_or_replace_makes_what_is_not_there() -> None:
    run(
        f"{T} CREATE OR REPLACE TABLE a (x INT) WITH ('connector' = 'print');"
        "CREATE OR REPLACE VIEW v AS SELECT 1 AS a;"
        "CREATE OR REPLACE TEMPORARY VIEW w AS SELECT a FROM v; CREATE OR REPLACE FUNCTION f AS 'a.b' LANGUAGE PYTHON;"
        "CREATE OR REPLACE TEMPORARY TABLE b (x INT); SELECT a FROM w;"
    )


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("CREATE OR REPLACE TEMPORARY TABLE o AS SELECT id FROM t;", "takes no TEMPORARY"),
        ("CREATE OR REPLACE TABLE IF NOT EXISTS o AS SELECT id FROM t;", "takes no IF NOT EXISTS"),
        ("CREATE VIEW o AS SELECT 1 AS a; CREATE OR REPLACE TABLE o AS SELECT id FROM t;", "is a view"),
    ],
)
def test_what_is_not_replaced(statement: str, says: str) -> None:
    assert says in refused(T + statement)


def test_a_table_that_its_own_query_reads() -> None:
    with pytest.raises(UnsupportedError, match="reads the replaced table"):
        run(f"{T} CREATE OR REPLACE TABLE t WITH ('connector' = 'print') AS SELECT id FROM t;")
    with pytest.raises(UnsupportedError, match="REPLACE TABLE"):
        run(f"{T} REPLACE TABLE t WITH ('connector' = 'print') AS SELECT 1 AS a;")
