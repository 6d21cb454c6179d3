"""The Groovy front: what Groovy means by it, and errors with their place for what is wrong or beyond us."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.errors import InputError, RiverrunError, UnsupportedError
from riverrun.mapping.groovy.front import read_groovy
from riverrun.mapping.nodes import Map, Script


def literals(body: str) -> dict[str, Any]:
    """field -> literal, of a script's body."""
    script = read_groovy(f"{body}\n", "m.groovy")
    assert not script.problems, script.problems
    return {".".join(a.target): a.value.data for a in script.walk() if isinstance(a, Map)}


def value(expression: str, before: str = "") -> Any:
    return literals(f"{before}\nmapping {{ map({expression}) onto 'x' }}")["x"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("'a' + 1", "a1"),
        ('"a${1 + 2}b$y.z!"', "a3bQ!"),
        ("\"${[1, 2].collect { it * 2 }.join('-')}\"", "2-4"),
        ("'''a\nb'''", "a\nb"),
        (r"'tab\t\u0041\$'", "tab\tA$"),
        ("/a\\d\\/b/", "a\\d/b"),
        ("$/a/b$$c/$", "a/b$c"),
        ("7 / 2 == 3.5", True),
        ("7 % 3", 1),
        ("2 ** 10", 1024),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("(-3).abs()", 3),
        ("10 > 2 ? 'yes' : 'no'", "yes"),
        ("null ?: 'other'", "other"),
        ("'' ? 1 : 2", 2),
        ("0x1F", 31),
        ("1_000", 1000),
        ("!false && true", True),
        ("'b' in ['a', 'b']", True),
        ("'abc' ==~ /[a-c]+/", True),
        ("'x' == 'x' && 1 != 2", True),
        ("[a: 1, 'b-c': 2]['b-c']", 2),
        ("[a: [b: 'deep']].a.b", "deep"),
        ("[1, 2, 3][-1]", 3),
        ("(1..4).size()", 4),
        ("('a'..'c').join('')", "abc"),
        ("[3, 1, 2].sort().join(',')", "1,2,3"),
        ("[1, 2, 3].findAll { it > 1 }.sum()", 5),
        ("[1, 2, 3].inject(0) { sum, n -> sum + n }", 6),
        ("['a', 'b'].withIndex().collect { one, i -> one + i }.join()", "a0b1"),
        ("[a: 1, b: 2].collect { k, v -> k + v }.join(' ')", "a1 b2"),
        ("[a: 1, b: 2].find { it.value == 2 }.key", "b"),
        ("['x', 'y'].collectEntries { [(it): it * 2] }.y", "yy"),
        ("'a,b,,'.split(',').size()", 2),
        ("'Hello'.toUpperCase().replaceAll('L+', '<$0>')", "HE<LL>O"),
        ("'page_type'.split('_').collect { it.capitalize() }.join()", "PageType"),
        ("'  x '.trim()", "x"),
        ("'a/b/c'.tokenize('/')[1]", "b"),
        ("y?.z", "Q"),
        ("nothing?.foo?.bar == null", True),
        ("[[n: 1], [n: 2]]*.n.sum()", 3),
        ("{ -> 5 }()", 5),
        ("'%'.padLeft(3, '0')", "00%"),
        ("1.5F", 1.5),
        ("5 as String", "5"),
        ("('12' as int) + 1", 13),
        ("(long) 3 == 3L", True),
        ("(['b', 'b'] as Set).size()", 1),
        ("String.format('%03d-%s', 7, 'x')", "007-x"),
        ("Math.max(2, 3)", 3),
        ("-5 % 3", -2),
        ("7.intdiv(2)", 3),
        ("'a1b22'.replaceAll(/[0-9]+/) { '#' }", "a#b#"),
        ("[1, [2, [3]]].flatten().size()", 3),
        ("(1..3).collect { it }.reverse()[0]", 3),
        ("'x'.with { it + 'y' }", "xy"),
        ("[b: 1, a: 2].sort().keySet().join()", "ab"),
        ("['a', 'b'].every { it.size() == 1 }", True),
        ("[1, 2, 3, 4].collate(2)*.sum().join('+')", "3+7"),
    ],
)
def test_expressions(expression: str, result: Any) -> None:
    assert value(expression, "def y = [z: 'Q']\ndef nothing = null") == result


def test_statements_functions_and_loops() -> None:
    found = literals(
        """
        import groovy.transform.Field
        @Field String unused = 'x'
        String upper(String text, int times = 1) { return text.toUpperCase() * times }
        def (first, second) = ['one', 'two']
        final List<String> names = ['a', 'b', 'c']
        Map<String, Object> counts = [:]
        mapping {
            names.eachWithIndex { name, i -> map "v$i" onto name }
            for (int i = 0; i < 3; i++) { if (i == 1) continue; map i onto "i$i" }
            for (n in names) { if (n == 'c') break
                map upper(n, 2) onto "upper.$n" }
            def total = 0
            while (total < 5) { total += 2 }
            map total onto 'total'
            switch (second) {
                case 'one': map 'wrong' onto 'switch'; break
                case ['two', 'three']: map 'right' onto 'switch'; break
                default: map 'none' onto 'switch'
            }
            counts['x'] = 1; counts.y = 2
            counts.each { k, v -> map v onto "count.$k" }
            3.times { map it onto "times$it" }
            if (first == 'two') { map 'no' onto 'if' } else if (first == 'one') { map 'yes' onto 'if' }
            else { map 'never' onto 'if' }
            assert names.size() == 3 : 'three names'
            [x: 'plain', y: 'map'].each { map it.value onto "entry.${it.key}" }
        }
        """
    )
    assert found == {
        "a": "v0", "b": "v1", "c": "v2", "i0": 0, "i2": 2, "upper.a": "AA", "upper.b": "BB", "total": 6,
        "switch": "right", "count.x": 1, "count.y": 2, "times0": 0, "times1": 1, "times2": 2, "if": "yes",
        "entry.x": "plain", "entry.y": "map",
    }  # fmt: skip


def problems(text: str) -> list[str]:
    try:
        return [str(one) for one in read_groovy(text, "m.groovy").problems]
    except RiverrunError as error:
        return [str(one) for one in error.problems]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mapping {\n  map locaton() onto 'a'\n}", "m.groovy:2:7: unknown function locaton(); did you mean location?"),
        ("mapping {\n  map x onto 'a'\n}", "m.groovy:2:7: unknown variable x"),
        ("mapping {\n  map location onto 'a'\n}", "m.groovy:2:7: location is a function; write location()"),
        ("mapping {\n  map location()\n}", "m.groovy:2:3: `map ...` does nothing by itself; go on with onto"),
        ("mapping {\n  parse location() to ur\n}", "unknown variable ur; did you mean uri?"),
        (
            "mapping {\n  def u = parse location() to uri\n  map u.pth() onto 'a'\n}",
            "a URI has no pth(); did you mean",
        ),
        ("mapping {\n  def u = parse location() to uri\n  map u.path onto 'a'\n}", "no property path; write .path()"),
        ("mapping {\n  if (corrupt()) { stop() }\n}", "m.groovy:2:7: the value is known only when an event comes"),
        ("mapping {\n  when eventType() == 'x' stop()\n}", "write x.equalTo(y)"),
        ("mapping {\n  when eventType() apply { }\n}", "a string is no condition"),
        ("mapping {\n  map location() + 'x' onto 'a'\n}", "+ cannot be applied to a value that is known only when"),
        ("mapping {\n  map \"${location()}\" onto 'a'\n}", "cannot be put into a text while the script is read"),
        ("mapping {\n  map [1] onto 'a'\n}", "List is no value of a mapping"),
        ("mapping {\n  map digest('SHA-256') onto 'a'\n}", "the digest is not finished; write .result()"),
        ("mapping {\n  map digest('SHA-2').result() onto 'a'\n}", "unknown digest SHA-2; did you mean SHA-"),
        ("mapping {\n  map digest('MD5', 'x').result() onto 'a'\n}", "MD5 cannot be seeded"),
        ("mapping {\n  def m = match '(' against location()\n}", "regular expression '(': a ( without its )"),
        ("mapping {\n  map eventParameters().path('$.[') onto 'a'\n}", "JSONPath '$.['"),
        ("mapping {\n  when true apply { map 1 onto 'a' } otherwise { }\n}", "m.groovy:2:"),
        ("mapping {\n  map 'a' onto\n}", "`map ... onto` needs what comes behind it"),
        ("mapping {\n  map header('x').get('y') onto 'a'\n", "m.groovy:3:1: } is missing at the end of the script"),
        ("mapping {\n  map 'a onto 'b'\n}", "m.groovy:2:17: a string is not closed by '"),
        ("mapping {\n  'x'.foo()\n}", "String has no method foo() here"),
        ("mapping {\n  [1].get(5)\n}", "List.get(Integer) cannot be worked out"),
        ("mapping {\n  map 'x'.toInteger() onto 'a'\n}", "'x'.toInteger() cannot be worked out"),
        ("mapping {\n  map match('(', location()) onto 'a'\n}", "it does not take (String, value of the mapping)"),
        ("mapping {\n  1 / 0\n}", "division by zero"),
        ("mapping {\n  int x = 2147483647 + 1\n}", "does not fit an Integer"),
        ("mapping {\n  while (true) { }\n}", "the script runs too long"),
        ("def f(x) { f(x) }\nmapping { f(1) }", "calls itself too deeply"),
        ("map 'x' onto 'y'", "the script has no mapping"),
        ("mapping {\n  assert 1 == 2 : 'no'\n}", "the assertion is not true: no"),
        ("mapping {\n  map location() onto 5\n}", "onto takes the name of a field, not Integer"),
    ],
)
def test_mistakes_have_their_place_and_what_to_do(text: str, message: str) -> None:
    assert any(message in one for one in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mapping {\n  def m = Pattern.compile('x')\n}", "m.groovy:2:11: the class Pattern is not supported"),
        ("class A { }\nmapping { }", "m.groovy:1:1: a class is not supported"),
        ("mapping {\n  map new Date() onto 'a'\n}", "m.groovy:2:7: new is not supported"),
        ("mapping {\n  try { stop() } catch (e) { }\n}", "m.groovy:2:3: try and catch is not supported"),
        ("mapping {\n  map Math.sin(1) onto 'a'\n}", "the class Math is not supported"),
        ("mapping {\n  def x = 5 as Date\n}", "a conversion to Date is not supported"),
        ("mapping {\n  def x = 5 instanceof Date\n}", "the class Date is not supported"),
        ("@CompileStatic def x = 1\nmapping { }", "an annotation is not supported"),
    ],
)
def test_groovy_beyond_ours_is_said_to_be_that(text: str, message: str) -> None:
    try:
        script = read_groovy(text, "m.groovy")
        assert script.unsupported
        found = "\n".join(map(str, script.problems))
    except UnsupportedError as error:
        found = str(error)
    assert message in found


def test_all_mistakes_are_found_and_told_once() -> None:
    text = "mapping {\n  def u = parse nothing() to uri\n  map u.path() onto 'a'\n"
    text += "  map u.nothing() onto 'b'\n  map x onto 'c'\n}"
    assert [one.split(": ")[0] for one in problems(text)] == ["m.groovy:2:17", "m.groovy:5:7"]


@given(st.text(alphabet="map{}()[]'\"/$ \n.,:;=+-<>!?|&*%0aLx~@\\", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError, UnsupportedError, RiverrunError):
        read_groovy("mapping {\n" + text, "m.groovy")


def test_a_comparison_that_is_never_true_is_warned_of() -> None:
    script: Script = read_groovy("mapping { when timestamp().equalTo(1) stop() }", "m.groovy")
    assert script.warnings == (
        "m.groovy:1:16: a long never equals an int, so this is never true (but for two absent values)",
    )


def test_the_slides_scripts_run_unmodified(shared: Path) -> None:
    text = (shared / "seed/mapping-examples.groovy").read_text()
    scripts = re.split(r"(?m)(?=^mapping \{)", text)[1:]
    assert [len(read_groovy(one, "slides.groovy").actions) for one in scripts] == [11, 2, 1, 2]
