"""REGEXP and its family, LIKE, SIMILAR TO."""

from __future__ import annotations

import re

from riverrun.java.re2 import to_re2
from riverrun.schema.types import BOOLEAN, INT, STRING, Type, array
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions import regex_values as values
from riverrun.sql.functions.check import Returns, fits, refuse, returning
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request, Resolve
from riverrun.sql.functions.physical import quote
from riverrun.sql.functions.python import python_function
from riverrun.sql.functions.strings import failing

# (^|&)utm_: plain text at the beginning, or behind one character. (Behind several, a match could begin in the middle of
# those that are put in front.)
_BEGINS = re.compile(r"\(\^\|([^\\.+*?()|\[\]{}^$\0])\)([^\\.+*?()|\[\]{}^$\0]+)")


def _takes(pattern: str, returns: Returns, nulls: str, usage: str) -> Resolve:
    """As `check.takes`; a constant pattern is looked at before anything runs."""

    def resolve(request: Request) -> Expr:
        args = fits(request.args, pattern)
        if args is None:
            raise refuse(request, usage)
        _refuse_unsupported(args[1])
        return request.call(returning(returns, [arg.type for arg in args], nulls), args)

    return resolve


def _refuse_unsupported(expr: Expr) -> None:
    if isinstance(expr, Literal) and isinstance(expr.value, str):
        found = values.compiled(expr.value)
        if isinstance(found, str):
            raise InvalidCall(found, unsupported=True)


def _constant(expr: Expr) -> str | None:
    return expr.value if isinstance(expr, Literal) and isinstance(expr.value, str) else None


def may_fail(call: Call) -> bool:
    """Only a pattern that is not known before can turn out to be one that we cannot run."""
    return _constant(call.args[1]) is None


def _render_regexp(call: Call, args: list[str], renderer: Renderer) -> str:
    pattern = _constant(call.args[1])
    if pattern is None:
        return failing("rr_regexp")(call, args, renderer)
    if pattern == "" or values.compiled(pattern) is None:
        return f"(CASE WHEN {args[0]} IS NOT NULL THEN FALSE END)"
    native = to_re2(pattern)
    if native is None:
        return failing("rr_regexp")(call, args, renderer)
    begins = _BEGINS.fullmatch(pattern)
    if begins is not None:  # several times faster: behind a separator of its own the beginning is like all the rest
        separator, text = begins.groups()
        return f"contains({quote(separator)} || ({args[0]}), {quote(separator + text)})"
    return f"regexp_matches({args[0]}, {quote(native)})"


def _resolve_like(request: Request) -> Expr:
    args = fits(request.args, "str, str, str?")
    if args is None:
        raise refuse(request, f"string {request.name} pattern [ESCAPE character]")
    pattern, escape = _constant(args[1]), _constant(args[2]) if len(args) > 2 else ""
    if len(args) > 2 and (escape is None or len(escape) != 1):
        raise InvalidCall("ESCAPE needs one constant character")
    if pattern is not None and escape is not None:
        compile_ = values.like_pattern if request.name == "LIKE" else values.similar_pattern
        try:
            compile_(pattern, escape)
        except values.BadEscape as problem:
            raise InvalidCall(f"invalid pattern '{pattern}': {problem}") from problem
    return request.call(BOOLEAN.with_nullable(any(arg.type.nullable for arg in args)), args)


def _render_like(call: Call, args: list[str], renderer: Renderer) -> str:
    if len(args) == 2:
        return f"({args[0]} LIKE {args[1]})"
    if _constant(call.args[1]) is not None:
        return f"({args[0]} LIKE {args[1]} ESCAPE {args[2]})"
    return failing("rr_like")(call, args, renderer)


def _render_similar(call: Call, args: list[str], renderer: Renderer) -> str:
    return failing("rr_similar")(call, [*args, *([] if len(args) == 3 else ["''"])], renderer)


_TEXT = "VARCHAR"
FUNCTIONS = (
    python_function("rr_regexp", (_TEXT,) * 3, "BOOLEAN", values.matches),
    python_function("rr_regexp_extract", (_TEXT, _TEXT, _TEXT, "INTEGER"), _TEXT, values.extract),
    python_function("rr_regexp_extract_all", (_TEXT, _TEXT, _TEXT, "INTEGER"), "VARCHAR[]", values.extract_all),
    python_function("rr_regexp_count", (_TEXT,) * 3, "INTEGER", values.count),
    python_function("rr_regexp_instr", (_TEXT,) * 3, "INTEGER", values.position),
    python_function("rr_regexp_substr", (_TEXT,) * 3, _TEXT, values.substring),
    python_function("rr_regexp_replace", (_TEXT,) * 4, _TEXT, values.replace),
    python_function("rr_like", (_TEXT,) * 4, "BOOLEAN", values.like),
    python_function("rr_similar", (_TEXT,) * 4, "BOOLEAN", values.similar),
)


def _entry(
    name: str,
    usage: str,
    doc: str,
    pattern: str,
    returns: Type,
    examples: dict[str, object],
    note: str = "",
    default: str = "",
    null_object: bool = True,
    nulls: str = "always",
) -> Entry:
    count = pattern.count(",") + 1

    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        missing = [default] if default and len(args) < count else []
        return failing("rr_" + name.lower())(call, [*args, *missing], renderer)

    return Entry(
        name,
        (usage,),
        doc,
        _takes(pattern, returns, nulls, usage),
        render,
        examples,
        nulls=note,
        fails=may_fail,
        null_object=null_object,
    )


ENTRIES = (
    Entry(
        "REGEXP",
        ("REGEXP(string, pattern)",),
        "TRUE if the Java regular expression is found somewhere in the string.",
        _takes("str, str", BOOLEAN, "args", "REGEXP(string, pattern)"),
        _render_regexp,
        {
            "REGEXP('utm_source=x', '(^|&)utm_')": True,
            "REGEXP('q=utm_&utm_source=x', '(^|&)utm_')": True,
            "REGEXP('q=utm_source', '(^|&)utm_')": False,
            "REGEXP('ab', '(^|aa)b')": False,
            "REGEXP('abc', '^b')": False,
            "REGEXP('a', '')": False,
        },
        nulls="FALSE for an empty or invalid pattern",
        fails=may_fail,
    ),
    _entry(
        "REGEXP_EXTRACT",
        "REGEXP_EXTRACT(string, pattern[, group])",
        "A group of the first match (0, the default, is the whole match).",
        "str, str, int?",
        STRING,
        {"REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 1)": "the", "REGEXP_EXTRACT('a', 'b')": None},
        "also NULL without a match or such a group, and for an invalid pattern",
        "0",
    ),
    _entry(
        "REGEXP_EXTRACT_ALL",
        "REGEXP_EXTRACT_ALL(string, pattern[, group])",
        "A group (1 is the default) of all matches.",
        "str, str, int?",
        array(STRING),
        {"REGEXP_EXTRACT_ALL('a1b2', '([a-z])([0-9])', 2)": ["1", "2"], "REGEXP_EXTRACT_ALL('x', '(y)')": []},
        "also NULL when there is no such group, and for an invalid pattern",
        "1",
    ),
    _entry(
        "REGEXP_COUNT",
        "REGEXP_COUNT(string, pattern)",
        "The number of matches.",
        "str, str",
        INT,
        {"REGEXP_COUNT('abcab', 'ab')": 2},
        "also NULL for an invalid pattern",
    ),
    _entry(
        "REGEXP_INSTR",
        "REGEXP_INSTR(string, pattern)",
        "The position of the first match, from 1; 0 if there is none.",
        "str, str",
        INT,
        {"REGEXP_INSTR('hello', 'l+')": 3},
        "also NULL for an invalid pattern",
    ),
    _entry(
        "REGEXP_SUBSTR",
        "REGEXP_SUBSTR(string, pattern)",
        "The first match.",
        "str, str",
        STRING,
        {"REGEXP_SUBSTR('hello', 'l+')": "ll"},
        "also NULL without a match and for an invalid pattern",
    ),
    _entry(
        "REGEXP_REPLACE",
        "REGEXP_REPLACE(string, pattern, replacement)",
        "All matches replaced by a plain text.",
        "str, str, str",
        STRING,
        {"REGEXP_REPLACE('a1b2', '[0-9]', '$0')": "a$0b$0"},
        "also NULL for an invalid pattern",
        nulls="args",
    ),
    Entry(
        "LIKE",
        ("string LIKE pattern [ESCAPE character]",),
        "TRUE if the string is of the pattern: `%` is any text, `_` any character, no escape unless given.",
        _resolve_like,
        _render_like,
        {"'abc' LIKE 'a%'": True, "'a_c' LIKE 'a!_c' ESCAPE '!'": True, "'abc' LIKE 'A%'": False},
        fails=lambda call: len(call.args) == 3 and _constant(call.args[1]) is None,
    ),
    Entry(
        "SIMILAR TO",
        ("string SIMILAR TO pattern [ESCAPE character]",),
        "TRUE if the whole string is of the SQL regular expression.",
        _resolve_like,
        _render_similar,
        {"'abc' SIMILAR TO '(a|b)%'": True, "'abc' SIMILAR TO '[a-c]+'": True},
        fails=may_fail,
    ),
)
