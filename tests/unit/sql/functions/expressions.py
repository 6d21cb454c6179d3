"""SQL expression text to bound expressions, for the tests of functions: enough of the language for the examples.

The real parser and binder have their own tests; these tests look at the functions alone.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from riverrun.schema import types as t
from riverrun.sql import functions as f
from riverrun.sql.expr import Column, Expr, Literal
from riverrun.sql.session import Session

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?P<bytes>[xX]'[0-9a-fA-F]*')"
    r"|(?P<string>[uU]&'(?:[^']|'')*'|'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z_0-9$]*)|(?P<quoted>`(?:[^`]|``)*`)"
    r"|(?P<symbol><>|<=|>=|\|\||[-+*/%=<>(),.\[\]]))"
)
_UNITS = {"SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000, "WEEK": 604_800_000}
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_EPOCH = datetime.datetime(1970, 1, 1)


class Parser:
    def __init__(self, text: str, columns: Mapping[str, t.Type], session: Session) -> None:
        self.text = text
        self.tokens = self._tokens(text)
        self.at = 0
        self.columns = columns
        self.session = session

    @staticmethod
    def _tokens(text: str) -> list[tuple[str, str]]:
        out, at = [], 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"cannot read {text[at:]!r}")
            assert match.lastgroup is not None
            out.append((match.lastgroup, match.group(match.lastgroup)))
            at = match.end()
        return [*out, ("end", "")]

    # -- cursor

    def peek(self, ahead: int = 0) -> str:
        kind, text = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        return text.upper() if kind in ("name", "symbol") else ""

    def take(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *words: str) -> bool:
        if all(self.peek(i) == word for i, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise ValueError(f"expected {word} at {self.tokens[self.at :][:4]} in {self.text}")

    def call(self, name: str, *args: Expr, options: tuple[Any, ...] = ()) -> Expr:
        return f.resolve(name, args, self.session, options=options)

    # -- precedence, lowest first

    def expression(self) -> Expr:
        left = self.conjunction()
        while self.accept("OR"):
            left = self.call("OR", left, self.conjunction())
        return left

    def conjunction(self) -> Expr:
        left = self.negation()
        while self.accept("AND"):
            left = self.call("AND", left, self.negation())
        return left

    def negation(self) -> Expr:
        if self.accept("NOT"):
            return self.call("NOT", self.negation())
        return self.test()

    def test(self) -> Expr:
        left = self.comparison()
        while self.accept("IS"):
            no = "NOT " if self.accept("NOT") else ""
            if self.accept("DISTINCT", "FROM"):
                left = self.call(f"IS {no}DISTINCT FROM", left, self.comparison())
            elif self.accept("JSON"):
                kind = self.take()[1].upper() if self.peek() in ("VALUE", "OBJECT", "ARRAY", "SCALAR") else "VALUE"
                left = self.call("IS JSON", left, options=(kind,))
                left = self.call("NOT", left) if no else left
            else:
                left = self.call(f"IS {no}{self.take()[1].upper()}", left)
        return left

    def comparison(self) -> Expr:
        left = self.sum()
        while True:
            if self.peek() in _COMPARISONS:
                left = self.call(self.take()[1], left, self.sum())
                continue
            start = self.at
            no = self.accept("NOT")
            found = self.special(left)
            if found is None:
                self.at = start
                return left
            left = self.call("NOT", found) if no else found

    def special(self, left: Expr) -> Expr | None:
        if self.accept("IN"):
            self.expect("(")
            return self.call("IN", left, *self.arguments())
        if self.accept("BETWEEN"):
            low = self.sum()
            self.expect("AND")
            high = self.sum()
            return self.call("AND", self.call(">=", left, low), self.call("<=", left, high))
        for name in (("LIKE",), ("SIMILAR", "TO")):
            if self.accept(*name):
                pattern = self.sum()
                escape = (self.sum(),) if self.accept("ESCAPE") else ()
                return self.call(" ".join(name), left, pattern, *escape)
        return None

    def sum(self) -> Expr:
        left = self.product()
        while self.peek() in ("+", "-", "||"):
            left = self.call(self.take()[1], left, self.product())
        return left

    def product(self) -> Expr:
        left = self.unary()
        while self.peek() in ("*", "/", "%"):
            left = self.call(self.take()[1], left, self.unary())
        return left

    def unary(self) -> Expr:
        if self.accept("-"):
            inner = self.unary()
            if isinstance(inner, Literal) and inner.type.root in t.NUMERICS:
                return self.negative(inner)
            return self.call("NEGATE", inner)
        if self.accept("+"):
            return self.unary()
        return self.postfix(self.primary())

    def negative(self, literal: Literal) -> Literal:
        value = -literal.value
        if isinstance(value, int):
            return Literal(value, (t.INT if value >= -(2**31) else t.BIGINT).not_null())
        return replace(literal, value=value)

    def postfix(self, expr: Expr) -> Expr:
        while True:
            if self.accept("["):
                expr = self.call("ITEM", expr, self.expression())
                self.expect("]")
            elif self.accept("."):
                name = self.name()
                names = [field.name for field in expr.type.fields]
                expr = self.call("FIELD", expr, options=(names.index(name),))
            else:
                return expr

    def name(self) -> str:
        kind, text = self.take()
        return text[1:-1].replace("``", "`") if kind == "quoted" else text

    def arguments(self) -> list[Expr]:
        args: list[Expr] = []
        if self.accept(")"):
            return args
        while True:
            args.append(self.expression())
            if self.accept(")"):
                return args
            self.expect(",")

    # -- primaries

    def primary(self) -> Expr:
        kind, text = self.take()
        if kind == "number":
            return self.number(text)
        if kind == "string":
            value = self.unescaped(text)
            return Literal(value, t.char(max(1, len(value))).not_null())
        if kind == "bytes":
            raw = bytes.fromhex(text[2:-1])
            return Literal(raw, t.Type(t.Root.BINARY, nullable=False, length=len(raw)))
        if text == "(":
            items = [self.expression()]
            while self.accept(","):
                items.append(self.expression())
            self.expect(")")
            return items[0] if len(items) == 1 else self.call("ROW", *items)
        if kind == "quoted" or text in self.columns:
            return self.column(text.strip("`"))
        return self.word(text.upper())

    @staticmethod
    def unescaped(text: str) -> str:
        if text[0] in "uU":
            return re.sub(r"\\([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), text[3:-1].replace("''", "'"))
        return text[1:-1].replace("''", "'")

    @staticmethod
    def number(text: str) -> Literal:
        if "e" in text.lower():
            return Literal(float(text), t.DOUBLE.not_null())
        if "." in text:
            value = Decimal(text)
            digits = value.as_tuple()
            scale = -int(digits.exponent)
            return Literal(value, t.decimal(max(len(digits.digits), scale + 1), scale).not_null())
        whole = int(text)
        return Literal(
            whole, (t.INT if whole < 2**31 else t.BIGINT if whole < 2**63 else t.decimal(len(text), 0)).not_null()
        )

    def column(self, name: str) -> Expr:
        return Column(list(self.columns).index(name), self.columns[name])

    def word(self, word: str) -> Expr:
        if word in ("TRUE", "FALSE"):
            return Literal(word == "TRUE", t.BOOLEAN.not_null())
        if word == "NULL":
            return Literal(None, t.NULL)
        if word in ("DATE", "TIME", "TIMESTAMP", "INTERVAL") and self.tokens[self.at][0] == "string":
            return self.temporal(word)
        if word == "CASE":
            return self.case()
        if word in ("ARRAY", "MAP") and self.accept("["):
            return self.collection(word)
        if not self.accept("("):
            return self.call(word)
        if word in ("CAST", "TRY_CAST"):
            value = self.expression()
            self.expect("AS")
            target = self.type()
            self.expect(")")
            return f.cast(value, target, self.session, try_=word == "TRY_CAST")
        return self.function(word)

    def collection(self, word: str) -> Expr:
        items = []
        while not self.accept("]"):
            items.append(self.expression())
            self.accept(",")
        return self.call(word, *items)

    def function(self, word: str) -> Expr:
        if word == "EXTRACT":
            unit = self.take()[1].upper()
            self.expect("FROM")
            return self.close(word, self.expression(), options=(unit,))
        if word in ("TIMESTAMPADD", "TIMESTAMPDIFF"):
            unit = self.take()[1].upper()
            self.expect(",")
            return self.call(word, *self.arguments(), options=(unit,))
        if word in ("FLOOR", "CEIL", "CEILING"):
            value = self.expression()
            options = (self.take()[1].upper(),) if self.accept("TO") else ()
            return self.close(word, value, options=options)
        if word == "POSITION":
            needle = self.sum()
            self.expect("IN")
            return self.close(word, needle, self.expression())
        if word == "TRIM":
            return self.trim()
        if word in ("SUBSTRING", "OVERLAY"):
            return self.slices(word)
        if word.startswith("JSON_"):
            return self.json(word)
        return self.call(word, *self.arguments())

    def close(self, word: str, *args: Expr, options: tuple[Any, ...] = ()) -> Expr:
        self.expect(")")
        return self.call(word, *args, options=options)

    def trim(self) -> Expr:
        side = self.take()[1].upper() if self.peek() in ("BOTH", "LEADING", "TRAILING") else "BOTH"
        blank: Expr = Literal(" ", t.char(1).not_null())
        if self.accept("FROM"):
            return self.close("TRIM", blank, self.expression(), options=(side,))
        first = self.expression()
        if self.accept("FROM"):
            return self.close("TRIM", first, self.expression(), options=(side,))
        return self.close("TRIM", blank, first, options=(side,))

    def slices(self, word: str) -> Expr:
        args = [self.expression()]
        while not self.accept(")"):
            if not self.accept(","):
                assert self.peek() in ("FROM", "FOR", "PLACING"), self.text
                self.take()
            args.append(self.expression())
        return self.call(word, *args)

    # -- JSON

    def json(self, word: str) -> Expr:
        if word in ("JSON_OBJECT", "JSON_ARRAY"):
            return self.json_constructor(word)
        if word not in ("JSON_VALUE", "JSON_QUERY", "JSON_EXISTS"):
            return self.call(word, *self.arguments())
        args = [self.expression()]
        self.expect(",")
        args.append(self.expression())
        options: list[Any] = []
        while not self.accept(")"):
            options.append(self.json_clause(word, args))
        return self.call(word, *args, options=tuple(options))

    def json_clause(self, word: str, args: list[Expr]) -> Any:
        if self.accept("RETURNING"):
            return "RETURNING", self.type()
        words = [self.take()[1].upper()]
        if words[0] in ("WITH", "WITHOUT"):
            while self.peek() in ("CONDITIONAL", "UNCONDITIONAL", "ARRAY", "WRAPPER"):
                words.append(self.take()[1].upper())
            kind = "WITH CONDITIONAL" if "CONDITIONAL" in words else "WITH UNCONDITIONAL"
            return "WRAPPER", "WITHOUT" if words[0] == "WITHOUT" else kind
        behaviour = words[0]
        index: tuple[int, ...] = ()
        if behaviour == "DEFAULT":
            args.append(self.expression())
            index = (len(args) - 1,)
        elif behaviour == "EMPTY":
            behaviour += " " + self.take()[1].upper()
        self.expect("ON")
        when = self.take()[1].upper()
        return behaviour if word == "JSON_EXISTS" else (f"ON {when}", behaviour, *index)

    def json_constructor(self, word: str) -> Expr:
        args: list[Expr] = []
        on_null = "NULL" if word == "JSON_OBJECT" else "ABSENT"
        while not self.accept(")"):
            if self.peek(1) == "ON" and self.peek(2) == "NULL":
                on_null = self.take()[1].upper()
                self.accept("ON", "NULL")
                continue
            self.accept(",")
            self.accept("KEY")
            args.append(self.expression())
            if word == "JSON_OBJECT":
                self.expect("VALUE")
                args.append(self.expression())
        return self.call(word, *args, options=(on_null,))

    # -- literals and types

    def temporal(self, word: str) -> Expr:
        text = self.unescaped(self.take()[1])
        if word == "DATE":
            return Literal((datetime.date.fromisoformat(text) - _EPOCH.date()).days, t.DATE.not_null())
        if word == "INTERVAL":
            return self.interval(text)
        whole, _, fraction = text.partition(".")
        nanos = int((fraction + "0" * 9)[:9])
        if word == "TIME":
            h, m, s = (int(part) for part in whole.split(":"))
            return Literal(((h * 60 + m) * 60 + s) * 10**9 + nanos, t.time(len(fraction)).not_null())
        moment = datetime.datetime.fromisoformat(whole)
        seconds = (moment - _EPOCH) // datetime.timedelta(seconds=1)
        return Literal(seconds * 10**9 + nanos, t.timestamp(len(fraction)).not_null())

    def interval(self, text: str) -> Literal:
        unit = self.take()[1].upper().rstrip("S")
        if unit in ("YEAR", "MONTH", "QUARTER"):
            if self.accept("TO"):
                self.take()
                years, months = text.lstrip("-").split("-")
                total = int(years) * 12 + int(months)
                return Literal(-total if text.startswith("-") else total, t.INTERVAL_MONTH.not_null())
            return Literal(int(text) * {"YEAR": 12, "MONTH": 1, "QUARTER": 3}[unit], t.INTERVAL_MONTH.not_null())
        if self.accept("TO"):
            self.take()
            days, _, clock = text.partition(" ")
            parts = [Decimal(part) for part in clock.split(":")]
            ms = int(days) * 86_400_000 + sum(
                int(part * size) for part, size in zip(parts, (3_600_000, 60_000, 1000), strict=False)
            )
            return Literal(ms, t.INTERVAL_DAY.not_null())
        return Literal(int(Decimal(text) * _UNITS[unit]), t.INTERVAL_DAY.not_null())

    def case(self) -> Expr:
        subject = None if self.peek() == "WHEN" else self.expression()
        args: list[Expr] = []
        while self.accept("WHEN"):
            test = self.expression()
            args.append(test if subject is None else self.call("=", subject, test))
            self.expect("THEN")
            args.append(self.expression())
        args.append(self.expression() if self.accept("ELSE") else Literal(None, t.NULL))
        self.expect("END")
        return self.call("CASE", *args)

    def type(self) -> t.Type:
        word = self.take()[1].upper()
        simple = {
            "BOOLEAN": t.BOOLEAN, "TINYINT": t.TINYINT, "SMALLINT": t.SMALLINT, "INT": t.INT, "INTEGER": t.INT,
            "BIGINT": t.BIGINT, "FLOAT": t.FLOAT, "DOUBLE": t.DOUBLE, "STRING": t.STRING, "BYTES": t.BYTES_TYPE,
            "DATE": t.DATE,
        }  # fmt: skip
        if word in simple:
            found = simple[word]
        elif word in ("ARRAY", "MULTISET"):
            self.expect("<")
            found = t.array(self.type()) if word == "ARRAY" else t.multiset(self.type())
            self.expect(">")
        elif word == "MAP":
            self.expect("<")
            key = self.type()
            self.expect(",")
            found = t.map_of(key, self.type())
            self.expect(">")
        elif word == "ROW":
            found = self.row_type()
        else:
            found = self.sized(word)
        return found.not_null() if self.accept("NOT", "NULL") else found

    def row_type(self) -> t.Type:
        fields = []
        self.expect("<")
        while not self.accept(">"):
            fields.append((self.name(), self.type()))
            self.accept(",")
        return t.row(*fields)

    def sized(self, word: str) -> t.Type:
        sizes = []
        if self.accept("("):
            while not self.accept(")"):
                sizes.append(int(self.take()[1]))
                self.accept(",")
        first = sizes[0] if sizes else None
        if word in ("DECIMAL", "DEC", "NUMERIC"):
            return t.decimal(first or 10, sizes[1] if len(sizes) > 1 else 0)
        if word in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
            return t.Type(t.Root[word], length=first or 1)
        if word == "INTERVAL":
            unit = self.take()[1].upper()
            return t.INTERVAL_MONTH if unit in ("YEAR", "MONTH") else t.INTERVAL_DAY
        if word == "TIME":
            return t.time(first or 0)
        return t.Type(t.Root[word], precision=6 if first is None else first)


def bind(text: str, columns: Mapping[str, t.Type] | None = None, session: Session | None = None) -> Expr:
    """The bound expression of a text over columns with these types."""
    parser = Parser(text, columns or {}, session or Session())
    expr = parser.expression()
    if parser.tokens[parser.at][0] != "end":
        raise ValueError(f"cannot read {parser.tokens[parser.at :]} in {text}")
    return expr


def type_of(text: str) -> t.Type:
    return Parser(text, {}, Session()).type()


__all__ = ["Parser", "bind", "type_of"]
