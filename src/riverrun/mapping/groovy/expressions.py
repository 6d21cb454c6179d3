"""Groovy expressions, and commands without parentheses (`map x onto 'f'`), to a syntax tree."""

from __future__ import annotations

from collections.abc import Callable

from riverrun.mapping.groovy import syntax as s
from riverrun.mapping.groovy.cursor import Cursor
from riverrun.mapping.groovy.lexer import Token

_PRIMITIVES = ("int", "long", "boolean", "double", "float", "char", "byte", "short")
# lowest first; every level is left-associative
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!=", "<=>", "===", "!==", "=~", "==~"),
    ("<", "<=", ">", ">=", "in", "instanceof", "as"),
    ("<<", ">>", ">>>", "..", "..<"),
    ("+", "-"),
    ("*", "/", "%"),
)
_MAY_FOLLOW_NEWLINE = ("||", "&&", "|", "^", "&", "==", "!=", "<=>", "=~", "==~", "<=", ">=")
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^=", "?=")
# Words of Groovy that are not supported, and what to write instead of some.
NOT_YET = {
    "class": "a class", "interface": "an interface", "trait": "a trait", "enum": "an enum", "try": "try and catch",
    "package": "a package", "throw": "throw", "new": "new",
    "synchronized": "synchronized",
}  # fmt: skip
ADVICE = {
    "new": "write lists as [1, 2] and maps as [a: 1], or write the mapping in Python",
    "class": "use closures and maps, or write the mapping in Python",
    "package": "leave it out",
}


class Expressions:
    """`statements` reads the body of a closure, `nested` what stands in a text behind a dollar."""

    def __init__(
        self,
        cursor: Cursor,
        statements: Callable[[tuple[str, ...]], tuple[s.Stmt, ...]],
        nested: Callable[[list[Token]], Expressions],
    ) -> None:
        self.cursor = cursor
        self.statements = statements
        self.nested = nested

    def type_name(self) -> bool:
        """Skips a type; False when there is none."""
        if self.cursor.token.kind != "name" or not (
            self.cursor.token.value in _PRIMITIVES or self.cursor.token.value[:1].isupper()
        ):
            return False
        self.cursor.next()
        while self.cursor.accept("."):
            self.cursor.name()
        if self.cursor.is_op("<"):
            depth = 0
            while True:
                value = self.cursor.next().value
                depth += {"<": 1, ">": -1, ">>": -2, ">>>": -3}.get(value, 0) if isinstance(value, str) else 0
                if depth <= 0:
                    break
                if self.cursor.token.kind in ("end", "newline"):
                    return False
        while self.cursor.is_op("[") and self.cursor.peek().value == "]":
            self.cursor.at += 2
        return True

    def parameters(self, end: str) -> tuple[s.Parameter, ...]:
        found: list[s.Parameter] = []
        self.cursor.lines()
        while not self.cursor.is_op(end):
            if found:
                self.cursor.expect(",")
                self.cursor.lines()
            found.append(self.parameter())
            self.cursor.lines()
        return tuple(found)

    def parameter(self) -> s.Parameter:
        while self.cursor.is_word("def", "final"):
            self.cursor.next()
        start = self.cursor.at
        following = self.cursor.peek()
        if following.kind == "name" or (following.kind == "op" and following.value in ("<", "[", ".", "..")):
            self.type_name()
        rest = self.cursor.at > start and self.cursor.tokens[self.cursor.at - 1].value == "]"
        if self.cursor.is_op("..") and self.cursor.peek().value == ".":
            self.cursor.at += 2
            rest = True
        name = self.cursor.name()
        return s.Parameter(name, self.expression() if self.cursor.accept("=") else None, rest)

    def command(self) -> s.Expr:
        """An expression, an assignment or a command."""
        at = self.cursor.place
        value = self.expression()
        if isinstance(value, s.Assign):
            return value
        if not isinstance(value, s.Call) and self.starts_argument() and isinstance(value, (s.Name, s.Member)):
            args, named = self.arguments(None)
            value = s.Call(value, args, at, named)
        while isinstance(value, s.Call) and self.cursor.token.kind == "name":
            value = self.link(value, at)
        return value

    def link(self, target: s.Expr, at: s.Place) -> s.Expr:
        """One more word of a command with its arguments."""
        word = self.cursor.next()
        member: s.Expr = s.Member(target, s.Literal(word.value, (word.line, word.column)), (word.line, word.column))
        if self.cursor.is_op("(") or self.cursor.is_op("{"):
            return self.suffixes(member, at)
        if self.starts_argument():
            args, named = self.arguments(None)
            return s.Call(member, args, at, named)
        return member

    def starts_argument(self) -> bool:
        token = self.cursor.token
        if token.kind in ("name", "number", "string", "gstring"):
            return True
        if token.kind == "keyword":
            return token.value in ("true", "false", "null", "this", "new")
        if token.kind == "op" and token.value == "[":
            return token.blank_before
        if token.kind == "op" and token.value in ("-", "!"):
            return token.blank_before and not self.cursor.peek().blank_before
        return token.kind == "op" and token.value == "{"

    def arguments(self, end: str | None) -> tuple[tuple[s.Expr, ...], tuple[tuple[s.Expr, s.Expr], ...]]:
        """Up to `end`, or, for a command, as long as commas follow."""
        args: list[s.Expr] = []
        named: list[tuple[s.Expr, s.Expr]] = []
        self.lines_in(end)
        while end is None or not self.cursor.is_op(end):
            key = self.cursor.attempt(self.map_key)
            if self.cursor.is_op("*"):
                self.spread(args, named)
            elif key is not None:
                named.append((key, self.expression()))
            else:
                args.append(self.expression())
            self.lines_in(end)
            if not self.cursor.accept(","):
                break
            self.cursor.lines()
        return tuple(args), tuple(named)

    def spread(self, args: list[s.Expr], named: list[tuple[s.Expr, s.Expr]]) -> None:
        at = self.cursor.place
        self.cursor.next()
        if self.cursor.accept(":"):
            value = self.expression()
            named.append((s.Spread(value, at), value))
        else:
            args.append(s.Spread(self.expression(), at))

    def lines_in(self, end: str | None) -> None:
        if end is not None:
            self.cursor.lines()

    def map_key(self) -> s.Expr | None:
        """`name:`, `'text':` or `(expression):`."""
        at = self.cursor.place
        if self.cursor.token.kind in ("name", "keyword", "string", "number"):
            key: s.Expr = s.Literal(self.cursor.next().value, at)
        elif self.cursor.token.kind == "gstring":
            key = self.primary()
        elif self.cursor.is_op("("):
            self.cursor.next()
            key = self.expression()
            self.cursor.expect(")")
        else:
            return None
        if not self.cursor.is_op(":"):
            return None
        self.cursor.next()
        self.cursor.lines()
        return key

    def expression(self) -> s.Expr:
        at = self.cursor.place
        left = self.ternary()
        if self.cursor.is_op(*_ASSIGNMENTS):
            op = str(self.cursor.next().value)
            self.cursor.lines()
            return s.Assign(op, left, self.command(), at)
        return left

    def ternary(self) -> s.Expr:
        at = self.cursor.place
        test = self.binary(0)
        before = self.cursor.at
        self.cursor.lines()
        if self.cursor.accept("?:"):
            self.cursor.lines()
            return s.Ternary(test, None, self.ternary(), at)
        if self.cursor.accept("?"):
            self.cursor.lines()
            then = self.ternary()
            self.cursor.lines()
            self.cursor.expect(":")
            self.cursor.lines()
            return s.Ternary(test, then, self.ternary(), at)
        self.cursor.at = before
        return test

    def binary(self, level: int) -> s.Expr:
        if level == len(_LEVELS):
            return self.unary()
        at = self.cursor.place
        left = self.binary(level + 1)
        while True:
            before = self.cursor.at
            self.cursor.lines()
            known = self.cursor.token.kind in ("op", "keyword") and self.cursor.token.value in _LEVELS[level]
            negated = self.cursor.is_op("!") and self.cursor.peek().value in ("in", "instanceof") and level == 6
            if not (known or negated) or (
                before != self.cursor.at and self.cursor.token.value not in _MAY_FOLLOW_NEWLINE
            ):
                self.cursor.at = before
                return left
            if negated:
                self.cursor.next()
            op = str(self.cursor.next().value)
            self.cursor.lines()
            if op in ("as", "instanceof"):
                made: s.Expr = s.Binary(op, left, s.Literal(self.named_type(), at), at)
            else:
                made = s.Binary(op, left, self.binary(level + 1), at)
            left = s.Unary("!", made, at) if negated else made

    def unary(self) -> s.Expr:
        at = self.cursor.place
        if self.cursor.is_op("!", "-", "+", "++", "--", "~"):
            op = str(self.cursor.next().value)
            return s.Unary(op, self.unary(), at)
        if self.cursor.is_op("(") and (cast := self.cursor.attempt(self.cast)):
            return s.Binary("as", self.unary(), s.Literal(cast, at), at)
        base = self.postfix()
        while self.cursor.accept("**"):
            self.cursor.lines()
            base = s.Binary("**", base, self.unary() if self.cursor.is_op("-", "+") else self.postfix(), at)
        return base

    def cast(self) -> str | None:
        self.cursor.next()
        name = self.named_type()
        if not self.cursor.accept(")"):
            return None
        return name if self.cursor.token.kind in ("name", "number", "string", "gstring") else None

    def named_type(self) -> str:
        """The name of a type, without its generic part."""
        start = self.cursor.at
        if not self.type_name():
            raise self.cursor.wrong(f"a type is missing before {self.cursor.token}")
        return "".join(str(one.value) for one in self.cursor.tokens[start : self.cursor.at]).partition("<")[0]

    def postfix(self) -> s.Expr:
        at = self.cursor.place
        value = self.suffixes(self.primary(), at)
        if self.cursor.is_op("++", "--"):
            return s.Unary(str(self.cursor.next().value), value, at, postfix=True)
        return value

    def suffixes(self, value: s.Expr, at: s.Place) -> s.Expr:
        while True:
            before = self.cursor.at
            self.cursor.lines()
            if self.cursor.is_op(".", "?.", "*."):
                value = self.member(value)
                continue
            self.cursor.at = before
            if self.cursor.is_op(".&", "::"):
                value = self.reference(value)
                continue
            if self.cursor.is_op("("):
                self.cursor.next()
                args, named = self.arguments(")")
                self.cursor.expect(")")
                args = (*args, *self.trailing_closures())
                value = s.Call(value, args, at, named)
            elif self.cursor.is_op("{") and isinstance(value, (s.Name, s.Member)):
                value = s.Call(value, self.trailing_closures(), at)
            elif self.cursor.is_op("[") and not (self.cursor.token.blank_before and isinstance(value, s.Name)):
                self.cursor.next()
                items, _ = self.arguments("]")
                value = s.Index(
                    value, items[0] if len(items) == 1 else s.ListOf(items, self.cursor.place), self.cursor.place
                )
                self.cursor.expect("]")
            else:
                return value

    def reference(self, target: s.Expr) -> s.Expr:
        """`target.&name` is a closure that calls the method."""
        at = self.cursor.place
        self.cursor.next()
        method = s.Member(target, s.Literal(self.cursor.name(), at), at)
        call = s.Call(method, (s.Spread(s.Name("arguments", at), at),), at)
        return s.ClosureOf((s.Parameter("arguments", None, rest=True),), (s.Do(call, at),), at)

    def trailing_closures(self) -> tuple[s.Expr, ...]:
        found = []
        while self.cursor.is_op("{"):
            found.append(self.closure())
        return tuple(found)

    def member(self, target: s.Expr) -> s.Expr:
        op = self.cursor.next()
        at = self.cursor.place
        self.cursor.lines()
        if self.cursor.token.kind in ("name", "keyword", "string"):
            name: s.Expr = s.Literal(self.cursor.next().value, at)
        elif self.cursor.token.kind == "gstring":
            name = self.primary()
        else:
            raise self.cursor.wrong(f"a name is missing before {self.cursor.token}")
        return s.Member(target, name, at, safe=op.value == "?.", spread=op.value == "*.")

    def primary(self) -> s.Expr:
        token, at = self.cursor.token, self.cursor.place
        if token.kind in ("number", "string"):
            self.cursor.next()
            return s.Literal(token.value, at)
        if token.kind == "gstring":
            self.cursor.next()
            parts = [one if isinstance(one, str) else self.interpolated(one) for one in token.value]
            return s.Interpolated(tuple(parts), at)
        if token.kind == "name":
            self.cursor.next()
            return s.Name(token.value, at)
        if token.kind == "keyword":
            return self.keyword(at)
        if self.cursor.is_op("("):
            self.cursor.next()
            self.cursor.lines()
            value = self.command()
            self.cursor.lines()
            self.cursor.expect(")")
            return value
        if self.cursor.is_op("["):
            return self.list_or_map()
        if self.cursor.is_op("{"):
            return self.closure()
        raise self.cursor.wrong(f"{token} is not expected here")

    def keyword(self, at: s.Place) -> s.Expr:
        literals = {"true": True, "false": False, "null": None}
        word = self.cursor.token.value
        if word in literals:
            self.cursor.next()
            return s.Literal(literals[word], at)
        if word in NOT_YET:
            raise self.cursor.unsupported(NOT_YET[word], ADVICE.get(word))
        if word == "this" and self.cursor.peek().value in (".", ".&"):
            self.cursor.at += 2
            return s.Name(self.cursor.name(), at)
        if word in ("this", "super"):
            raise self.cursor.unsupported(f"`{word}`", "call the function by its name")
        raise self.cursor.wrong(f"{word} is not expected here")

    def interpolated(self, tokens: list[Token]) -> s.Expr:
        inner = self.nested(tokens)
        inner.cursor.lines()
        value = inner.expression()
        inner.cursor.newlines()
        if inner.cursor.token.kind != "end":
            raise inner.cursor.wrong(f"{inner.cursor.token} is not expected here")
        return value

    def list_or_map(self) -> s.Expr:
        at = self.cursor.place
        self.cursor.expect("[")
        if self.cursor.accept(":"):
            self.cursor.expect("]")
            return s.MapOf((), at)
        items, pairs = self.arguments("]")
        self.cursor.expect("]")
        if items and pairs:
            raise self.cursor.wrong("a list or a map, not both in one")
        return s.MapOf(pairs, at) if pairs else s.ListOf(items, at)

    def closure(self) -> s.Expr:
        at = self.cursor.place
        self.cursor.expect("{")
        parameters = self.cursor.attempt(self.closure_parameters)
        body = self.statements(("}",))
        self.cursor.expect("}")
        return s.ClosureOf(parameters, body, at)

    def closure_parameters(self) -> tuple[s.Parameter, ...] | None:
        self.cursor.lines()
        found: list[s.Parameter] = []
        while not self.cursor.is_op("->"):
            if found:
                self.cursor.expect(",")
                self.cursor.lines()
            found.append(self.parameter())
            self.cursor.lines()
        self.cursor.next()
        return tuple(found)
