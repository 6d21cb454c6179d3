"""Literals: numbers, strings with their prefixes and continuations, dates and times, intervals."""

from __future__ import annotations

import re

from riverrun.sql.expr import Span
from riverrun.sql.lexer import NUMBERS, Kind, Token
from riverrun.sql.parser import expressions
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor, unquote
from riverrun.sql.tree import expressions as tree

UNITS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")
PLURALS = {f"{unit}S": unit for unit in UNITS}
_SPECIAL = {"TRUE": True, "FALSE": False, "UNKNOWN": None}
_STRINGS = (Kind.STRING, Kind.UNICODE_STRING, Kind.PREFIXED_STRING, Kind.ESCAPED_STRING)
_BRACED = {
    "{d": ("DATE", r"\d+-\d+-\d+"),
    "{t": ("TIME", r"\d+:\d+:\d+(\.\d*)?"),
    "{ts": ("TIMESTAMP", r"\d+-\d+-\d+ .*"),
}
_CHARSETS = ("latin1", "iso-8859-1", "utf8", "utf-8", "utf16", "utf-16", "ascii", "us-ascii", "utf-16le", "utf-16be")


def literal(cursor: Cursor) -> tree.Expression | None:
    """A literal, if one starts here. (A sign before a number is an operator.)"""
    token = cursor.peek()
    if token.kind in NUMBERS:
        cursor.take()
        return tree.Number(token.text, token.span)
    if token.kind in _STRINGS:
        return string(cursor)
    if token.kind is Kind.BINARY:
        return _binary(cursor)
    if token.kind is Kind.SYMBOL:
        return _braced(cursor) if token.text in _BRACED else None
    if token.upper in _SPECIAL:
        cursor.take()
        return tree.Boolean(_SPECIAL[token.upper], token.span)
    if token.upper == "NULL":
        cursor.take()
        return tree.Null(token.span)
    if token.upper == "INTERVAL":
        return _interval_or_expression(cursor)
    return _time(cursor)


def number(cursor: Cursor) -> tree.Number:
    """A number without a sign."""
    token = cursor.peek()
    if token.kind not in NUMBERS:
        cursor.fail_expected("a number")
    cursor.take()
    return tree.Number(token.text, token.span)


def signed_number(cursor: Cursor) -> tree.Expression:
    token = cursor.peek()
    sign = cursor.accept_one_of("+", "-")
    value = number(cursor)
    return tree.Prefix("-", value, cursor.since(token.span.start)) if sign == "-" else value


def string_literal(cursor: Cursor) -> tree.Expression:
    """Any string literal, binary ones included."""
    if cursor.peek().kind is Kind.BINARY:
        return _binary(cursor)
    if cursor.peek().kind not in _STRINGS:
        cursor.fail_expected("a string in single quotes")
    return string(cursor)


def string(cursor: Cursor) -> tree.String:
    """A string literal; further strings that follow it continue it."""
    first = cursor.take()
    if first.kind is Kind.ESCAPED_STRING:
        return tree.String(_unescape_c(cursor, first), None, first.span)
    parts = [unquote(first.text)]
    same_line = False
    while cursor.peek().kind is Kind.STRING:
        before, token = cursor.tokens[cursor.position - 1], cursor.take()
        same_line = same_line or "\n" not in cursor.source.text[before.span.end : token.span.start]
        parts.append(unquote(token.text))
    if first.kind is Kind.UNICODE_STRING:
        parts = _unescape_unicode(cursor, parts, first)
    elif cursor.at("UESCAPE"):
        cursor.fail("UESCAPE is for U&'' strings")
    charset = _charset(cursor, first)
    return tree.String("".join(parts), charset, cursor.since(first.span.start), same_line)


def _charset(cursor: Cursor, token: Token) -> str | None:
    if token.kind is not Kind.PREFIXED_STRING:
        return None
    prefix = token.text[: token.text.index("'")]
    name = "latin1" if prefix in ("n", "N") else prefix[1:]
    if name.lower() not in _CHARSETS:
        raise cursor.error(f"unknown character set {name}", token.span)
    return name


def _unescape_unicode(cursor: Cursor, parts: list[str], token: Token) -> list[str]:
    escape = "\\"
    if cursor.accept("UESCAPE"):
        escape = cursor.string()
        if len(escape) != 1 or escape in "0123456789abcdefABCDEF+\"' \t\n\r\f":
            cursor.fail("UESCAPE takes one character that is not a hexadecimal digit, +, a quote or a blank")
    return [_unescape_part(cursor, part, escape, token.span) for part in parts]


def _unescape_part(cursor: Cursor, text: str, escape: str, span: Span) -> str:
    mark = re.escape(escape)

    def replace(match: re.Match[str]) -> str:
        if match.group(1) is not None:
            return escape
        if match.group(2) is None:
            raise cursor.error(f"after {escape} four hexadecimal digits must follow", span)
        return chr(int(match.group(2), 16))

    return re.sub(rf"{mark}(?:({mark})|([0-9a-fA-F]{{4}}))?", replace, text)


_C_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def _unescape_c(cursor: Cursor, token: Token) -> str:
    text = token.text[2:-1].replace("''", "'")

    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "uU" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "xX" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "uU":
            raise cursor.error("a malformed Unicode escape", token.span)
        return chr(int(code, 8)) if code.isdigit() and code[0] in "01234567" else _C_ESCAPES.get(code, code)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", replace, text, flags=re.DOTALL)


def _binary(cursor: Cursor) -> tree.Binary:
    first = cursor.take()
    digits = [first.text[2:-1]]
    while cursor.peek().kind is Kind.STRING:
        digits.append(cursor.take().text[1:-1])
    text = "".join(digits)
    if not re.fullmatch(r"[0-9a-fA-F]*", text):
        raise cursor.error("a binary string holds hexadecimal digits only", first.span)
    # An odd count is refused later (it is a matter of validation in Flink); keep what can be told apart.
    return tree.Binary(bytes.fromhex(text if len(text) % 2 == 0 else "0" + text), first.span, len(text) % 2 == 1)


def _braced(cursor: Cursor) -> tree.TimeLiteral:
    token = cursor.take()
    kind, form = _BRACED[token.text]
    text = cursor.string()
    if not re.fullmatch(form, text):
        raise cursor.error(f"'{text}' is not a {kind.lower()}", token.span)
    cursor.expect("}")
    return tree.TimeLiteral(kind, text, cursor.since(token.span.start))


def _time(cursor: Cursor) -> tree.TimeLiteral | None:
    start = cursor.here
    if cursor.word() in ("DATE", "TIME", "DATETIME", "TIMESTAMP") and cursor.peek(1).kind is Kind.STRING:
        kind = cursor.take().upper
        return tree.TimeLiteral(kind, cursor.string(), cursor.since(start))
    if cursor.accept("TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE"):
        return tree.TimeLiteral("TIMESTAMP_LTZ", cursor.string(), cursor.since(start))
    return None


def interval(cursor: Cursor) -> tree.Interval:
    """An interval literal (not an expression)."""
    start = cursor.expect("INTERVAL").span.start
    negative = cursor.accept_one_of("-", "+") == "-"
    text = cursor.string()
    return tree.Interval(text, qualifier(cursor), negative, cursor.since(start))


def _interval_or_expression(cursor: Cursor) -> tree.Interval | tree.IntervalOf:
    start = cursor.take().span.start
    negative = cursor.accept_one_of("-", "+") == "-"
    if cursor.peek().kind is Kind.STRING:
        text = cursor.string()
        return tree.Interval(text, qualifier(cursor), negative, cursor.since(start))
    operand: tree.Expression
    if cursor.accept("("):
        operand = expressions.expression(cursor, Context.SUBQUERY)
        cursor.expect(")")
    else:
        operand = number(cursor) if cursor.peek().kind in NUMBERS else cursor.name()
    return tree.IntervalOf(operand, _start_only(cursor), negative, cursor.since(start))


def at_unit(cursor: Cursor) -> bool:
    return cursor.word() in UNITS or cursor.word() in PLURALS


def _unit(cursor: Cursor) -> str:
    if not at_unit(cursor):
        cursor.fail_expected("a unit: " + ", ".join(UNITS))
    word = cursor.take().upper
    return PLURALS.get(word, word)


_ENDS = {
    "YEAR": ("MONTH",),
    "DAY": ("HOUR", "MINUTE", "SECOND"),
    "HOUR": ("MINUTE", "SECOND"),
    "MINUTE": ("SECOND",),
}


def qualifier(cursor: Cursor) -> tree.IntervalQualifier:
    """`DAY(2) TO SECOND(3)`."""
    first = cursor.here
    start = _start_only(cursor)
    ends = _ENDS.get(start.start, ())
    if not ends or not cursor.at("TO"):
        return start
    if (PLURALS.get(cursor.word(1)) or cursor.word(1)) not in ends:
        cursor.take()
        cursor.fail_expected(" or ".join(ends))
    cursor.take()
    end = _unit(cursor)
    fraction = _precision(cursor) if end == "SECOND" else None
    return tree.IntervalQualifier(start.start, end, start.precision, fraction, cursor.since(first))


def _start_only(cursor: Cursor) -> tree.IntervalQualifier:
    first = cursor.here
    unit = _unit(cursor)
    precision = fraction = None
    if cursor.accept("("):
        precision = cursor.integer()
        if unit == "SECOND" and cursor.accept(","):
            fraction = cursor.integer()
        cursor.expect(")")
    return tree.IntervalQualifier(unit, None, precision, fraction, cursor.since(first))


def _precision(cursor: Cursor) -> int | None:
    if not cursor.accept("("):
        return None
    value = cursor.integer()
    cursor.expect(")")
    return value
