"""Trees: how operators bind, what errors say, and that printing and parsing are inverse."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from riverrun.errors import InputError
from riverrun.sql.printer import expression_sql, statement_sql
from riverrun.sql.script import parse_expression, parse_script, parse_statement
from riverrun.sql.tree import expressions as tree


def shape(text: str) -> str:
    """The expression with parentheses around every operator."""

    def show(node: tree.Expression) -> str:
        match node:
            case tree.Infix(operator=operator, left=left, right=right):
                return f"({show(left)} {operator} {show(right)})"
            case tree.Prefix(operator=operator, operand=operand):
                return f"({operator} {show(operand)})"
            case tree.Is(operand=operand, test=test, negated=negated):
                return f"({show(operand)} IS {'NOT ' if negated else ''}{test})"
            case tree.Between(operand=operand, low=low, high=high):
                return f"({show(operand)} BETWEEN {show(low)} AND {show(high)})"
            case tree.Like(operand=operand, pattern=pattern):
                return f"({show(operand)} LIKE {show(pattern)})"
            case _:
                return expression_sql(node)

    return show(parse_expression(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a OR b AND NOT c = d", "(a OR (b AND (NOT (c = d))))"),
        ("- a * b", "((- a) * b)"),
        ("a || b || c", "((a || b) || c)"),
        ("a BETWEEN 1 AND 2 AND b", "((a BETWEEN 1 AND 2) AND b)"),
        ("a BETWEEN b OR c AND d", "(a BETWEEN (b OR c) AND d)"),
        ("a = b IS NULL", "((a = b) IS NULL)"),
        ("a IS NULL IS TRUE", "((a IS NULL) IS TRUE)"),
        ("a + b LIKE c || d", "((a + b) LIKE (c || d))"),
        ("a IS DISTINCT FROM b + 1", "((a IS DISTINCT FROM b) + 1)"),  # as Calcite binds it
    ],
)
def test_operators_bind_as_in_flink(text: str, expected: str) -> None:
    assert shape(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("SELEC 1", 1, 1, "did you mean SELECT?"),
        ("SELECT a AS value FROM t", 1, 13, "put it into back quotes: `value`"),
        ("SELECT a\nFROM t WHERE a != 1", 2, 16, "write <>"),
        ("SELECT a FROM t LIMIT 1, 2", 1, 24, "write LIMIT count OFFSET start"),
        ("SELECT a FROM t WHERE a = SELECT 1", 1, 27, "put the query into parentheses"),
        ("CREATE TABLE t (a INT, WATERMARK FOR a AS a, WATERMARK FOR a AS a)", 1, 46, "at most one WATERMARK"),
    ],
)
def test_errors_say_where_and_what_to_do(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_script(text, "q.sql")
    (problem,) = caught.value.problems
    assert problem.where is not None
    assert (problem.where.file, problem.where.line, problem.where.column) == ("q.sql", line, column)
    assert message in str(caught.value)
    assert problem.excerpt is not None
    assert "^" in problem.excerpt


def test_an_error_knows_its_statement() -> None:
    with pytest.raises(InputError) as caught:
        parse_script("SELECT 1;\nSELECT 2;\nSELEC 3;")
    assert caught.value.statement == 3


def test_statements_have_numbers_texts_and_comments() -> None:
    first, second = parse_script("-- one\nSELECT 1;\n/* two */ SELECT 2 -- three\n;")
    assert (first.index, first.text, [c.text for c in first.comments]) == (1, "SELECT 1", ["-- one"])
    assert (second.index, second.text, [c.text for c in second.comments]) == (2, "SELECT 2", ["/* two */"])


# Random expressions

names = st.sampled_from(["a", "b", "order", "x y", "it`s", "SELECT"]).map(
    lambda text: tree.Name((tree.Identifier(text),))
)
literals = st.one_of(
    st.integers(0, 10**20).map(lambda n: tree.Number(str(n))),
    st.text().map(tree.String),
    st.sampled_from([True, False, None]).map(tree.Boolean),
    st.just(tree.Null()),
    st.just(tree.Interval("1 02", tree.IntervalQualifier("DAY", "HOUR"))),
)
binary = st.sampled_from(["+", "-", "*", "/", "%", "||", "=", "<>", "<", "AND", "OR", "IS DISTINCT FROM"])


def compound(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Infix, binary, inner, inner),
        st.builds(tree.Prefix, st.sampled_from(["-", "NOT"]), inner),
        st.builds(tree.Is, inner, st.sampled_from(["NULL", "TRUE", "JSON ARRAY"]), st.booleans()),
        st.builds(tree.Between, inner, inner, inner, st.booleans(), st.booleans()),
        st.builds(tree.In, inner, several, st.none(), st.booleans()),
        st.builds(tree.Like, st.just("LIKE"), inner, inner, st.none() | inner, st.booleans()),
        st.builds(tree.Item, inner, inner),
        st.builds(tree.Member, inner, st.just(tree.Identifier("f"))),
        st.builds(tree.Array, several),
        st.builds(tree.Row, several),
        st.builds(tree.Cast, inner, st.just(tree.DataType("DECIMAL", (10, 2))), st.booleans()),
        st.builds(tree.Function, st.just(tree.Name((tree.Identifier("f"),))), several),
        st.builds(lambda when, then: tree.Case(None, (tree.When((when,), then),), None), inner, inner),
    )


expressions = st.recursive(names | literals, compound, max_leaves=12)


@settings(max_examples=300)
@example(parse_expression("a LIKE a ESCAPE (b[a].f)"))
@given(expressions)
def test_an_expression_prints_back_to_itself(node: tree.Expression) -> None:
    assert parse_expression(expression_sql(node)) == node


@given(expressions, expressions)
def test_a_query_prints_back_to_itself(item: tree.Expression, condition: tree.Expression) -> None:
    text = f"SELECT {expression_sql(item)} AS x FROM t WHERE {expression_sql(condition)}"
    found = parse_statement(text)
    assert parse_statement(statement_sql(found)) == found


@given(st.text(alphabet=st.sampled_from(list("SELECTFROMWHERE ab1'`().,*=<>+-/[]{};")), max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse_script(text)
    except InputError:
        return


def test_explain_analyze_is_ours() -> None:
    for text in (
        "EXPLAIN ANALYZE INSERT INTO t SELECT 1",
        "EXPLAIN PLAN FOR SELECT 1",
        "EXPLAIN CHANGELOG_MODE SELECT 1",
    ):
        assert statement_sql(parse_statement(text)) == text
