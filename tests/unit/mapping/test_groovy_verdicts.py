"""Our Groovy front against real Groovy 3.0: what groovy/ask.groovy heard it say of expressions and of whole scripts.

An expression that we refuse is fine; another value than Groovy's is not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from riverrun.errors import RiverrunError
from riverrun.mapping.groovy.front import read_groovy, read_with_sources
from riverrun.mapping.groovy.values import text, type_name
from riverrun.mapping.nodes import Action, Map, Node, Section, Stop, When
from riverrun.mapping.scripts import read_script
from riverrun.mapping.source import Sources, python_script
from riverrun.mapping.vocabulary import Typed

HERE = Path(__file__).parent / "groovy"
SCRIPTS = sorted((HERE / "scripts").glob("*.groovy"))
VERDICTS = [json.loads(line) for line in (HERE / "expressions.jsonl").read_text("utf-8").splitlines()]
# What we take although Groovy does not, or call otherwise: texts are texts, also with something put in, and of one
# character.
ALSO = {'"a$bee" instanceof String': "Boolean true", "10.0 % 3": "BigDecimal 1.0", "'abc'.charAt(1)": "String b"}
REFUSED_AT_MOST = 45


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    prelude = (HERE / "prelude.groovy").read_text("utf-8")
    return {expression: answer(prelude, expression) for expression, _ in VERDICTS}


def answer(prelude: str, expression: str) -> str:
    """Type and text of the value, as ask.groovy writes them; `!` when we refuse it."""
    said: list[Any] = []
    body = f"{prelude}\nmapping {{ def found = ({expression})\n [found].each {{ said -> probe(said) }} }}\n"
    try:
        script = read_groovy(body, "m.groovy", words={"probe": said.append})
    except RiverrunError:
        return "!"
    if script.problems:
        return "!"
    (value,) = said
    return f"{type_name(value)} {text(value)}"


def test_every_expression_has_groovys_value_or_is_refused(answers: dict[str, str]) -> None:
    wrong = {
        expression: (found, said)
        for expression, said in VERDICTS
        if (found := answers[expression]) not in ("!", said, ALSO.get(expression))
    }
    assert not wrong


def test_few_are_refused(answers: dict[str, str]) -> None:
    refused = [one for one, said in VERDICTS if answers[one] == "!" and not said.startswith("!")]
    assert len(VERDICTS) > 600
    assert len(refused) <= REFUSED_AT_MOST, refused


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_make_the_statements_that_groovy_makes(path: Path) -> None:
    script, sources = read_with_sources(path.read_text("utf-8"), path.name)
    assert not script.problems
    assert statements(script.actions, sources) == path.with_suffix(".actions").read_text("utf-8").splitlines()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_converted_script_makes_the_same_statements(path: Path) -> None:
    groovy, sources = read_with_sources(path.read_text("utf-8"), path.name)
    python = read_script(python_script(groovy, sources), "converted.py")
    assert not python.problems
    assert [shape(one) for one in python.actions] == [shape(one) for one in groovy.actions]


def statements(actions: tuple[Action, ...], sources: Sources, depth: int = 0) -> list[str]:
    found: list[str] = []
    pad = "  " * depth
    for one in actions:
        if isinstance(one, Map):
            found.append(f"{pad}map {written(one.value, sources)} onto {'.'.join(one.target)}")
        elif isinstance(one, When):
            found += [f"{pad}when {written(one.condition, sources)}", *statements(one.then, sources, depth + 1)]
        elif isinstance(one, Section):
            found += [f"{pad}section", *statements(one.body, sources, depth + 1)]
        else:
            found.append(pad + ("stop" if isinstance(one, Stop) else "exit"))
    return found


def written(node: Node, sources: Sources) -> str:
    """As ask.groovy writes it: as Python, but numbers that are mapped with their Java type."""
    if node.op == "const" and node.type in ("int", "long", "float", "double"):
        kind = {"int": "Integer"}.get(node.type, node.type.capitalize())
        return f"{kind}:{text(node.data.value if isinstance(node.data, Typed) else node.data)}"
    return sources.expanded(node, {})


def shape(action: Action) -> Any:
    """The action without its place; numbers take the type of their field in Python, so theirs is left out."""
    if isinstance(action, Map):
        constant = action.value.op == "const"
        return ("map", action.target, action.value.data if constant else action.value)
    if isinstance(action, When):
        return ("when", action.condition, [shape(one) for one in action.then])
    if isinstance(action, Section):
        return ("section", [shape(one) for one in action.body])
    return type(action).__name__
