"""Whatever is written: a statement is planned, or refused with a place; nothing else ever comes out."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riverrun.errors import RiverrunError
from riverrun.sql import functions
from tests.sql import planning

OTHERS = ["id", "s", "d", "n", "c", "b", "pt", "r", "r.a", "r.b", "z", "arr", "ar", "m", "ann", "nosuch"]
COLUMNS = [*["k", "v", "ts"] * 8, *OTHERS]
TABLES = [*["e", "f", "nn"] * 4, "t", "u", "x", "cl", "rates", "nosuch"]
TYPES = ["INT", "BIGINT", "STRING", "DOUBLE", "DECIMAL(5, 2)", "BOOLEAN", "DATE", "TIMESTAMP(3)", "ARRAY<INT>", "BYTES"]
LITERALS = ["1", "2.5", "1e0", "'a'", "NULL", "TRUE", "DATE '2024-01-01'", "INTERVAL '1' DAY", "X'00'", "3000000000"]
OPERATORS = ["+", "-", "*", "/", "%", "=", "<>", "<", ">=", "||", "AND", "OR", "LIKE", "IS DISTINCT FROM"]
AGGREGATES = ["COUNT", "SUM", "AVG", "MIN", "MAX", "ARRAY_AGG", "LISTAGG", "FIRST_VALUE", "COLLECT", "STDDEV_POP"]
WINDOWS = [
    "TUMBLE(TABLE {}, DESCRIPTOR(ts), INTERVAL '5' MINUTE)",
    "TABLE(HOP(TABLE {}, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE))",
    "CUMULATE(TABLE {}, DESCRIPTOR(pt), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
    "TABLE(SESSION(TABLE {} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' MINUTE))",
]
PATTERNS = ["(A B)", "(A B+ C)", "(A B*? C)", "(A+ B?)", "((A B) C)", "(A{2,3} B)", "(A | B)"]


def names() -> st.SearchStrategy[str]:
    return st.sampled_from(COLUMNS)


def joined(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda values: template.format(*values))


def calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    known = sorted(name for name in functions.names() if name.isidentifier())
    args = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        joined("{}({})", st.sampled_from(known), args),
        joined("{}({}{})", st.sampled_from(AGGREGATES), st.sampled_from(["", "DISTINCT "]), inner),
        joined("{}({}) OVER (PARTITION BY {} ORDER BY {})", st.sampled_from(AGGREGATES), inner, names(), names()),
        st.sampled_from(["COUNT(*)", "ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts)", "GROUPING(k)", "CURRENT_DATE"]),
    )


def compounds(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        joined("({} {} {})", inner, st.sampled_from(OPERATORS), inner),
        joined("CASE WHEN {} THEN {} ELSE {} END", inner, inner, inner),
        joined("{}({} AS {})", st.sampled_from(["CAST", "TRY_CAST"]), inner, st.sampled_from(TYPES)),
        joined("{} IN ({}, {})", inner, inner, inner),
        joined("{} BETWEEN {} AND {}", inner, inner, inner),
        joined("{} IS NOT NULL", inner),
        joined("NOT {}", inner),
        joined("{}[{}]", names(), inner),
        joined("ARRAY[{}, {}]", inner, inner),
        joined("ROW({}, {})", inner, inner),
        joined("MAP[{}, {}]", inner, inner),
        calls(inner),
    )


SIMPLE = st.one_of(names(), names(), st.sampled_from(LITERALS), st.sampled_from(["v > 1", "k = 'a'", "v + 1"]))
EXPRESSIONS = st.one_of(SIMPLE, SIMPLE, st.recursive(SIMPLE, compounds, max_leaves=5))
CONDITIONS = st.one_of(st.sampled_from(["v > 1", "k = 'a'", "ts > '2024-01-01 00:00:00'", "TRUE"]), EXPRESSIONS)


def sources(queries: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tables = st.sampled_from(TABLES)
    windows = st.tuples(st.sampled_from(WINDOWS), tables).map(lambda pair: pair[0].format(pair[1]))
    single = st.one_of(tables, windows, joined("({})", queries), joined("({}) AS w", queries))
    kinds = st.sampled_from(["JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN"])
    return st.one_of(
        single,
        joined("{} AS a {} {} AS b ON {}", tables, kinds, single, st.one_of(st.just("a.k = b.k"), CONDITIONS)),
        joined("{} CROSS JOIN UNNEST({}) AS w(one1)", tables, names()),
        joined("{} NATURAL JOIN {}", tables, tables),
        joined("e JOIN f ON e.k = f.k AND e.ts BETWEEN f.ts AND {}", EXPRESSIONS),
        joined(
            "{} MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES {} AS m1, LAST(A.v) AS m2 "
            "PATTERN {} DEFINE A AS {})",
            tables, EXPRESSIONS, st.sampled_from(PATTERNS), CONDITIONS,
        ),
    )  # fmt: skip


def selects(queries: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(EXPRESSIONS, min_size=1, max_size=3).map(", ".join)
    items = st.one_of(st.sampled_from(["*", "k, v", "k, COUNT(*)", "SUM(v), MAX(ts)"]), several)
    tails = st.sampled_from(
        ["", "", "", " GROUP BY k", " GROUP BY window_start, window_end", " GROUP BY ROLLUP (k, v)", " GROUP BY id, s"]
    )
    ends = st.sampled_from(["", "", " LIMIT 3", " ORDER BY ts", " ORDER BY v DESC LIMIT 2", " HAVING COUNT(*) > 1"])
    where = st.one_of(
        st.just(""), joined(" WHERE {}", CONDITIONS), joined(" WHERE {} IN ({})", names(), queries),
        joined(" WHERE EXISTS ({})", queries), joined(" WHERE {} > ({})", names(), queries),
    )  # fmt: skip
    plain = joined("SELECT {} FROM {}{}{}{}", items, sources(queries), where, tails, ends)
    sets = joined("{} {} {}", queries, st.sampled_from(["UNION ALL", "UNION", "EXCEPT", "INTERSECT"]), queries)
    return st.one_of(plain, plain, plain, sets)


QUERIES = st.recursive(
    st.one_of(st.sampled_from([f"SELECT * FROM {name}" for name in TABLES]), st.just("VALUES (1, 'a')")),
    selects,
    max_leaves=3,
)
ranked = "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {} ORDER BY {}) AS rn FROM {}) WHERE rn {} {}"
LAST = st.sampled_from(["1", "3", "v"])
TOP_N = joined(ranked, names(), names(), sources(QUERIES), st.sampled_from(["<=", "=", "<", ">=", "<>"]), LAST)
STATEMENTS = st.one_of(
    QUERIES,
    TOP_N,
    joined("INSERT INTO {} {}", st.sampled_from(TABLES), QUERIES),
    joined("EXPLAIN {}", QUERIES),
    joined("CREATE VIEW new_view AS {}", QUERIES),
    joined("CREATE TABLE new_table ({0} {1}, x1 AS {2}, WATERMARK FOR {0} AS {0}) WITH ('connector' = 'print')",
           names(), st.sampled_from(TYPES), EXPRESSIONS),
)  # fmt: skip


def check(text: str) -> None:
    environment = planning.environment()
    try:
        for statement in environment.parse(text, "random.sql"):
            environment.execute(statement)
    except RiverrunError as error:
        for problem in error.problems:
            assert problem.where is not None, text
            assert problem.where.line is not None, text
            assert problem.excerpt is not None, text


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(STATEMENTS)
def test_a_statement_is_planned_or_refused_with_a_place(text: str) -> None:
    check(text)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(STATEMENTS, st.data())
def test_a_broken_statement_is_refused_with_a_place(text: str, data: st.DataObject) -> None:
    words = text.split(" ")
    change = data.draw(st.sampled_from(["drop", "twice", "swap", "other"]))
    at = data.draw(st.integers(0, len(words) - 1))
    match change:
        case "drop":
            del words[at]
        case "twice":
            words.insert(at, words[at])
        case "swap":
            other = data.draw(st.integers(0, len(words) - 1))
            words[at], words[other] = words[other], words[at]
        case _:
            words[at] = data.draw(st.sampled_from(["(", ")", ",", "'", "SELECT", "1", "`", "OVER", "/*", "é", ";"]))
    check(" ".join(words))
