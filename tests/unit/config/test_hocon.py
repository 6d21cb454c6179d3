"""HOCON, as the specification of Typesafe Config has it, as far as Divolte's files use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.config.hocon import parse_hocon
from riverrun.config.tree import Items, Node, Scalar, Table
from riverrun.errors import InputError


def plain(node: Node) -> Any:
    match node:
        case Table(entries=entries):
            return {name: plain(part) for name, part in entries.items()}
        case Items(values=values):
            return [plain(part) for part in values]
        case Scalar(value=value):
            return value


def parse(text: str, **env: str) -> Any:
    return plain(parse_hocon(text, Path("divolte-collector.conf"), env))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a = 1", {"a": 1}),
        ("{ a : 1, b : [1, 2,], }", {"a": 1, "b": [1, 2]}),
        ("a = 1 # one\n// two\nb = 2", {"a": 1, "b": 2}),
        ("a.b.c = 1\na.b.d = 2", {"a": {"b": {"c": 1, "d": 2}}}),
        ('a."b.c" = 1', {"a": {"b.c": 1}}),
        ("a { b = 1 }\na { c = 2 }", {"a": {"b": 1, "c": 2}}),
        ("a { b = 1 }\na = 3", {"a": 3}),
        ("a = 3\na { b = 1 }", {"a": {"b": 1}}),
        ("a = 30 minutes", {"a": "30 minutes"}),
        ("a = 10M", {"a": "10M"}),
        ("a = true\nb = null\nc = -1.5e3\nd = 007", {"a": True, "b": None, "c": -1500.0, "d": "007"}),
        ("a = one  two ", {"a": "one  two"}),
        ('a = "q\\u0041\\n"', {"a": "qA\n"}),
        ('a = """x"y\nz"""', {"a": 'x"y\nz'}),
        ("a = [1\n2\n3]", {"a": [1, 2, 3]}),
        ("a = [1] [2]", {"a": [1, 2]}),
        ("a = {b = 1} {c = 2}", {"a": {"b": 1, "c": 2}}),
        ("a = [1]\na += 2", {"a": [1, 2]}),
        ("x { a += 1\n a += 2 }", {"x": {"a": [1, 2]}}),
        ("b = 1\na = ${b}", {"b": 1, "a": 1}),
        ("a = ${b.c}\nb { c = 2 }", {"a": 2, "b": {"c": 2}}),
        ("a = x-${b}-y\nb = 1", {"a": "x-1-y", "b": 1}),
        ("a = ${?no}", {}),
        ("a = 1\na = ${?no}", {"a": 1}),
        ("a = pre${?no}post", {"a": "prepost"}),
        ("a = [1]\na = ${a} [2]", {"a": [1, 2]}),
        ("a { b = 1 }\na = ${a} { c = 2 }", {"a": {"b": 1, "c": 2}}),
        ("base { x = 1, y = 1 }\na = ${base} { y = 2 }", {"base": {"x": 1, "y": 1}, "a": {"x": 1, "y": 2}}),
        ("a { b = 1 }\na = ${other}\nother { c = 2 }", {"a": {"b": 1, "c": 2}, "other": {"c": 2}}),
        ("a = /csc//x", {"a": "/csc"}),
        ("a = http-no-comment:x", None),
    ],
)
def test_values(text: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(InputError):
            parse(text)
    else:
        assert parse(text) == expected


def test_the_environment_stands_behind_substitutions() -> None:
    assert parse("port = 8290\nport = ${?PORT}", PORT="1") == {"port": "1"}
    assert parse("port = 8290\nport = ${?PORT}") == {"port": 8290}
    assert parse("PATH = ${PATH}:/x".replace(":/x", '":/x"'), PATH="/bin") == {"PATH": "/bin:/x"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ${b}", "${b} stands for nothing"),
        ("a = ${b}\nb = ${a}", "stands for nothing"),
        ("a = {", "this brace is not closed"),
        ("a = [1", "this bracket is not closed"),
        ('a = "x', "not closed"),
        ("a = 1 }", "unexpected '}'"),
        ("a 1", "expected '=', ':' or '{'"),
        ("= 1", "expected a key"),
        ("a =", "expected a value, found the end"),
        ("a = [1] x", "cannot stand beside"),
        ('include url("http://x/")', "nothing is included from the network"),
        ('include required("no-such-file")', "there is no no-such-file"),
        ("a = " + "[" * 200, "nested more than"),
        ('a = "\\x"', "unknown escape"),
    ],
)
def test_mistakes_have_a_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    assert message in str(error.value)
    assert str(error.value).startswith("divolte-collector.conf:")


def test_includes(tmp_path: Path) -> None:
    (tmp_path / "sources.conf").write_text("b { type = browser, prefix = ${root} }\nroot = /in")
    main = tmp_path / "main.conf"
    main.write_text('divolte.sources { include "sources" }\ndivolte.sources.b.prefix = ${divolte.sources.root}/x')
    tree = parse_hocon(main.read_text(), main, {})
    assert plain(tree)["divolte"]["sources"] == {"b": {"type": "browser", "prefix": "/in/x"}, "root": "/in"}
    (tmp_path / "self.conf").write_text('include "self"')
    with pytest.raises(InputError, match="includes itself"):
        parse_hocon('include "self"', main, {})


def test_values_know_their_line() -> None:
    tree = parse_hocon("a {\n  b = 1\n\n  c = x y\n}", Path("f.conf"), {})
    a = tree.entries["a"]
    assert isinstance(a, Table)
    assert (a.entries["b"].where.line, a.entries["c"].where.line) == (2, 4)


@given(st.text(alphabet='ab.=:{}[]",$?+ \n#/\\1-', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except InputError as error:
        assert error.problems[0].where is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(min_size=1), json_values, max_size=4))
def test_json_is_hocon(value: dict[str, Any]) -> None:
    import json

    assert parse(json.dumps(value)) == value
