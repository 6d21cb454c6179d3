"""Groovy tokens to a syntax tree: what mapping scripts use, with commands without parentheses (`map x onto 'f'`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riverrun.errors import InputError, RiverrunError, UnsupportedError, Where
from riverrun.mapping.groovy import syntax as s
from riverrun.mapping.groovy.lexer import Token, tokenize

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
_NOT_YET = {
    "class": "a class", "interface": "an interface", "trait": "a trait", "enum": "an enum", "try": "try and catch",
    "package": "a package", "throw": "throw", "new": "new",
    "synchronized": "synchronized",
}  # fmt: skip
_ADVICE = {
    "new": "write lists as [1, 2] and maps as [a: 1], or write the mapping in Python",
    "class": "use closures and maps, or write the mapping in Python",
    "package": "leave it out",
}


def parse(text: str, file: str) -> tuple[s.Stmt, ...]:
    """The statements of a script. Raises InputError for what is no Groovy, UnsupportedError for Groovy beyond ours."""
    parser = _Parser(tokenize(text, file), file)
    try:
        return parser.statements(("end",))
    except RecursionError:
        raise parser.wrong("the script is nested too deeply") from None


class _Parser:
    def __init__(self, tokens: list[Token], file: str) -> None:
        self.tokens = tokens
        self.file = file
        self.at = 0

    # tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def place(self) -> s.Place:
        return self.token.line, self.token.column

    def peek(self, distance: int = 1) -> Token:
        return self.tokens[min(self.at + distance, len(self.tokens) - 1)]

    def wrong(self, what: str, todo: str | None = None) -> InputError:
        return InputError(what, where=Where(self.file, *self.place), todo=todo)

    def unsupported(self, what: str, todo: str | None = None) -> UnsupportedError:
        todo = todo or "write it with the words of a mapping, or write the mapping in Python"
        return UnsupportedError(f"{what} is not supported in a mapping", where=Where(self.file, *self.place), todo=todo)

    def next(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def is_op(self, *values: str) -> bool:
        return self.token.kind == "op" and self.token.value in values

    def is_word(self, *values: str) -> bool:
        return self.token.kind in ("keyword", "name") and self.token.value in values

    def accept(self, value: str) -> bool:
        if self.token.kind in ("op", "keyword") and self.token.value == value:
            self.at += 1
            return True
        return False

    def expect(self, value: str) -> None:
        if not self.accept(value):
            raise self.wrong(f"{value} is missing before {self.token}")

    def name(self) -> str:
        if self.token.kind != "name":
            raise self.wrong(f"a name is missing before {self.token}")
        return str(self.next().value)

    def newlines(self) -> None:
        while self.token.kind == "newline" or self.is_op(";"):
            self.at += 1

    def lines(self) -> None:
        """Newlines only."""
        while self.token.kind == "newline":
            self.at += 1

    def attempt(self, read: Callable[[], Any]) -> Any:
        """What `read` gives; when that is None or an error, nothing was read."""
        before = self.at
        try:
            found = read()
        except RiverrunError:
            found = None
        if found is None:
            self.at = before
        return found

    # statements

    def statements(self, ends: tuple[str, ...]) -> tuple[s.Stmt, ...]:
        found = []
        self.newlines()
        while not (self.token.kind == "end" or self.is_op(*ends)):
            found.append(self.statement())
            if not (self.token.kind in ("newline", "end") or self.is_op(";", *ends)):
                raise self.wrong(f"{self.token} is not expected here")
            self.newlines()
        if self.token.kind == "end" and "end" not in ends:
            raise self.wrong(f"{ends[0]} is missing at the end of the script")
        return tuple(found)

    def block(self) -> tuple[s.Stmt, ...]:
        """`{ statements }` or one statement."""
        self.lines()
        if not self.is_op("{"):
            return (self.statement(),)
        self.next()
        body = self.statements(("}",))
        self.expect("}")
        return body

    def statement(self) -> s.Stmt:
        token, at = self.token, self.place
        if token.kind == "keyword":
            handler = getattr(self, f"_{token.value}", None)
            if handler is not None:
                self.next()
                made: s.Stmt = handler(at)
                return made
            if token.value in ("def", "var", "final", "static", "private", "public", "protected", "void"):
                return self.declaration()
            if token.value in _NOT_YET:
                raise self.unsupported(_NOT_YET[token.value], _ADVICE.get(token.value))
        if self.is_op("@"):
            if self.peek().value != "Field":
                raise self.unsupported("an annotation", "leave it out")
            self.at += 2
            self.lines()
            return self.statement()
        if token.kind == "name":
            found: s.Stmt | None = self.attempt(self.typed_declaration)
            if found is not None:
                return found
        value = self.command()
        return s.Do(value, at)

    def declaration(self) -> s.Stmt:
        at = self.place
        while self.is_word("def", "var", "final", "static", "private", "public", "protected", "void"):
            self.next()
        if self.is_op("("):
            self.next()
            names = [self.parameter().name]
            while self.accept(","):
                names.append(self.parameter().name)
            self.expect(")")
            self.expect("=")
            self.lines()
            return s.Declare(tuple(names), self.command(), at, several=True)
        typed: s.Stmt | None = self.attempt(self.typed_declaration)
        if typed:
            return typed
        return self.declared(self.name(), at)

    def declared(self, name: str, at: s.Place) -> s.Stmt:
        if self.is_op("("):
            self.next()
            parameters = self.parameters(")")
            self.expect(")")
            self.lines()
            return s.Function(name, parameters, self.block(), at)
        found = [self.variable(name, at)]
        while self.accept(","):
            self.lines()
            at_next = self.place
            found.append(self.variable(self.name(), at_next))
        return found[0] if len(found) == 1 else s.Several(tuple(found), at)

    def variable(self, name: str, at: s.Place) -> s.Declare:
        value = None
        if self.accept("="):
            self.lines()
            value = self.command()
        return s.Declare((name,), value, at)

    def typed_declaration(self) -> s.Stmt | None:
        """`String a = 'x'`, `List<String> names = []`, `String kind(String path) {`."""
        at = self.place
        if not self.type_name() or self.token.kind != "name":
            return None
        name = self.name()
        if not (self.is_op("=", "(", ";", ",") or self.token.kind == "newline"):
            return None
        return self.declared(name, at)

    def type_name(self) -> bool:
        """Skips a type; False when there is none."""
        if self.token.kind != "name" or not (self.token.value in _PRIMITIVES or self.token.value[:1].isupper()):
            return False
        self.next()
        while self.accept("."):
            self.name()
        if self.is_op("<"):
            depth = 0
            while True:
                value = self.next().value
                depth += {"<": 1, ">": -1, ">>": -2, ">>>": -3}.get(value, 0) if isinstance(value, str) else 0
                if depth <= 0:
                    break
                if self.token.kind in ("end", "newline"):
                    return False
        while self.is_op("[") and self.peek().value == "]":
            self.at += 2
        return True

    def parameters(self, end: str) -> tuple[s.Parameter, ...]:
        found: list[s.Parameter] = []
        self.lines()
        while not self.is_op(end):
            if found:
                self.expect(",")
                self.lines()
            found.append(self.parameter())
            self.lines()
        return tuple(found)

    def parameter(self) -> s.Parameter:
        while self.is_word("def", "final"):
            self.next()
        start = self.at
        if self.peek().kind == "name" or (self.peek().kind == "op" and self.peek().value in ("<", "[", ".", "..")):
            self.type_name()
        rest = self.at > start and self.tokens[self.at - 1].value == "]"
        if self.is_op("..") and self.peek().value == ".":
            self.at += 2
            rest = True
        name = self.name()
        return s.Parameter(name, self.expression() if self.accept("=") else None, rest)

    def _import(self, at: s.Place) -> s.Stmt:
        """Brings nothing by itself: a class that is used and that we do not know is an error where it is used."""
        while self.token.kind in ("name", "keyword") or self.is_op(".", "*"):
            self.next()
        return s.Block((), at)

    def _if(self, at: s.Place) -> s.Stmt:
        self.expect("(")
        test = self.expression()
        self.expect(")")
        then = self.block()
        before = self.at
        self.newlines()
        if self.accept("else"):
            return s.If(test, then, self.block(), at)
        self.at = before
        return s.If(test, then, (), at)

    def _while(self, at: s.Place) -> s.Stmt:
        self.expect("(")
        test = self.expression()
        self.expect(")")
        return s.While(test, self.block(), at)

    def _do(self, at: s.Place) -> s.Stmt:
        body = self.block()
        self.newlines()
        self.expect("while")
        self.expect("(")
        test = self.expression()
        self.expect(")")
        return s.While(test, body, at, first=True)

    def _for(self, at: s.Place) -> s.Stmt:
        self.expect("(")
        each = self.attempt(self.for_each)
        if each is not None:
            self.expect(")")
            return s.For(each[0], each[1], self.block(), at)
        first = () if self.is_op(";") else (self.statement(),)
        self.expect(";")
        test: s.Expr = s.Literal(True, at) if self.is_op(";") else self.expression()
        self.expect(";")
        update: list[s.Expr] = []
        while not self.is_op(")"):
            update.append(self.expression())
            self.accept(",")
        self.expect(")")
        return s.Block((*first, s.While(test, self.block(), at, tuple(update))), at)

    def for_each(self) -> tuple[str, s.Expr] | None:
        parameter = self.parameter()
        if not (self.accept("in") or self.accept(":")):
            return None
        return parameter.name, self.expression()

    def _switch(self, at: s.Place) -> s.Stmt:
        self.expect("(")
        subject = self.expression()
        self.expect(")")
        self.lines()
        self.expect("{")
        self.newlines()
        cases: list[tuple[tuple[s.Expr, ...] | None, tuple[s.Stmt, ...]]] = []
        while not self.is_op("}"):
            values: tuple[s.Expr, ...] | None = None
            if not self.accept("default"):
                self.expect("case")
                values = (self.expression(),)
            self.expect(":")
            body: list[s.Stmt] = []
            self.newlines()
            while not (self.is_word("case", "default") or self.is_op("}")):
                body.append(self.statement())
                self.newlines()
            cases.append((values, tuple(body)))
        self.expect("}")
        return s.Switch(subject, tuple(cases), at)

    def _return(self, at: s.Place) -> s.Stmt:
        done = self.token.kind in ("newline", "end") or self.is_op(";", "}")
        return s.Return(None if done else self.command(), at)

    def _break(self, at: s.Place) -> s.Stmt:
        return s.Leave("break", at)

    def _continue(self, at: s.Place) -> s.Stmt:
        return s.Leave("continue", at)

    def _assert(self, at: s.Place) -> s.Stmt:
        test = self.expression()
        return s.Assert(test, self.expression() if self.accept(":") or self.accept(",") else None, at)

    # commands: `map x onto 'f'` is map(x).onto('f')

    def command(self) -> s.Expr:
        """An expression, an assignment or a command."""
        at = self.place
        value = self.expression()
        if isinstance(value, s.Assign):
            return value
        if not isinstance(value, s.Call) and self.starts_argument() and isinstance(value, (s.Name, s.Member)):
            args, named = self.arguments(None)
            value = s.Call(value, args, at, named)
        while isinstance(value, s.Call) and self.token.kind == "name":
            value = self.link(value, at)
        return value

    def link(self, target: s.Expr, at: s.Place) -> s.Expr:
        """One more word of a command with its arguments."""
        word = self.next()
        member: s.Expr = s.Member(target, s.Literal(word.value, (word.line, word.column)), (word.line, word.column))
        if self.is_op("(") or self.is_op("{"):
            return self.suffixes(member, at)
        if self.starts_argument():
            args, named = self.arguments(None)
            return s.Call(member, args, at, named)
        return member

    def starts_argument(self) -> bool:
        token = self.token
        if token.kind in ("name", "number", "string", "gstring"):
            return True
        if token.kind == "keyword":
            return token.value in ("true", "false", "null", "this", "new")
        if token.kind == "op" and token.value == "[":
            return token.blank_before
        if token.kind == "op" and token.value in ("-", "!"):
            return token.blank_before and not self.peek().blank_before
        return token.kind == "op" and token.value == "{"

    def arguments(self, end: str | None) -> tuple[tuple[s.Expr, ...], tuple[tuple[s.Expr, s.Expr], ...]]:
        """Up to `end`, or, for a command, as long as commas follow."""
        args: list[s.Expr] = []
        named: list[tuple[s.Expr, s.Expr]] = []
        self.lines_in(end)
        while end is None or not self.is_op(end):
            key = self.attempt(self.map_key)
            if self.is_op("*"):
                self.spread(args, named)
            elif key is not None:
                named.append((key, self.expression()))
            else:
                args.append(self.expression())
            self.lines_in(end)
            if not self.accept(","):
                break
            self.lines()
        return tuple(args), tuple(named)

    def spread(self, args: list[s.Expr], named: list[tuple[s.Expr, s.Expr]]) -> None:
        at = self.place
        self.next()
        if self.accept(":"):
            value = self.expression()
            named.append((s.Spread(value, at), value))
        else:
            args.append(s.Spread(self.expression(), at))

    def lines_in(self, end: str | None) -> None:
        if end is not None:
            self.lines()

    def map_key(self) -> s.Expr | None:
        """`name:`, `'text':` or `(expression):`."""
        at = self.place
        if self.token.kind in ("name", "keyword", "string", "number"):
            key: s.Expr = s.Literal(self.next().value, at)
        elif self.token.kind == "gstring":
            key = self.primary()
        elif self.is_op("("):
            self.next()
            key = self.expression()
            self.expect(")")
        else:
            return None
        if not self.is_op(":"):
            return None
        self.next()
        self.lines()
        return key

    # expressions

    def expression(self) -> s.Expr:
        at = self.place
        left = self.ternary()
        if self.is_op(*_ASSIGNMENTS):
            op = str(self.next().value)
            self.lines()
            return s.Assign(op, left, self.command(), at)
        return left

    def ternary(self) -> s.Expr:
        at = self.place
        test = self.binary(0)
        before = self.at
        self.lines()
        if self.accept("?:"):
            self.lines()
            return s.Ternary(test, None, self.ternary(), at)
        if self.accept("?"):
            self.lines()
            then = self.ternary()
            self.lines()
            self.expect(":")
            self.lines()
            return s.Ternary(test, then, self.ternary(), at)
        self.at = before
        return test

    def binary(self, level: int) -> s.Expr:
        if level == len(_LEVELS):
            return self.unary()
        at = self.place
        left = self.binary(level + 1)
        while True:
            before = self.at
            self.lines()
            known = self.token.kind in ("op", "keyword") and self.token.value in _LEVELS[level]
            negated = self.is_op("!") and self.peek().value in ("in", "instanceof") and level == 6
            if not (known or negated) or (before != self.at and self.token.value not in _MAY_FOLLOW_NEWLINE):
                self.at = before
                return left
            if negated:
                self.next()
            op = str(self.next().value)
            self.lines()
            if op in ("as", "instanceof"):
                made: s.Expr = s.Binary(op, left, s.Literal(self.named_type(), at), at)
            else:
                made = s.Binary(op, left, self.binary(level + 1), at)
            left = s.Unary("!", made, at) if negated else made

    def unary(self) -> s.Expr:
        at = self.place
        if self.is_op("!", "-", "+", "++", "--", "~"):
            op = str(self.next().value)
            return s.Unary(op, self.unary(), at)
        if self.is_op("(") and (cast := self.attempt(self.cast)):
            return s.Binary("as", self.unary(), s.Literal(cast, at), at)
        base = self.postfix()
        while self.accept("**"):
            self.lines()
            base = s.Binary("**", base, self.unary() if self.is_op("-", "+") else self.postfix(), at)
        return base

    def cast(self) -> str | None:
        self.next()
        name = self.named_type()
        if not self.accept(")"):
            return None
        return name if self.token.kind in ("name", "number", "string", "gstring") else None

    def named_type(self) -> str:
        """The name of a type, without its generic part."""
        start = self.at
        if not self.type_name():
            raise self.wrong(f"a type is missing before {self.token}")
        return "".join(str(one.value) for one in self.tokens[start : self.at]).partition("<")[0]

    def postfix(self) -> s.Expr:
        at = self.place
        value = self.suffixes(self.primary(), at)
        if self.is_op("++", "--"):
            return s.Unary(str(self.next().value), value, at, postfix=True)
        return value

    def suffixes(self, value: s.Expr, at: s.Place) -> s.Expr:
        while True:
            before = self.at
            self.lines()
            if self.is_op(".", "?.", "*."):
                value = self.member(value)
                continue
            self.at = before
            if self.is_op(".&", "::"):
                value = self.reference(value)
                continue
            if self.is_op("("):
                self.next()
                args, named = self.arguments(")")
                self.expect(")")
                args = (*args, *self.trailing_closures())
                value = s.Call(value, args, at, named)
            elif self.is_op("{") and isinstance(value, (s.Name, s.Member)):
                value = s.Call(value, self.trailing_closures(), at)
            elif self.is_op("[") and not (self.token.blank_before and isinstance(value, s.Name)):
                self.next()
                items, _ = self.arguments("]")
                value = s.Index(value, items[0] if len(items) == 1 else s.ListOf(items, self.place), self.place)
                self.expect("]")
            else:
                return value

    def reference(self, target: s.Expr) -> s.Expr:
        """`target.&name` is a closure that calls the method."""
        at = self.place
        self.next()
        method = s.Member(target, s.Literal(self.name(), at), at)
        call = s.Call(method, (s.Spread(s.Name("arguments", at), at),), at)
        return s.ClosureOf((s.Parameter("arguments", None, rest=True),), (s.Do(call, at),), at)

    def trailing_closures(self) -> tuple[s.Expr, ...]:
        found = []
        while self.is_op("{"):
            found.append(self.closure())
        return tuple(found)

    def member(self, target: s.Expr) -> s.Expr:
        op = self.next()
        at = self.place
        self.lines()
        if self.token.kind in ("name", "keyword", "string"):
            name: s.Expr = s.Literal(self.next().value, at)
        elif self.token.kind == "gstring":
            name = self.primary()
        else:
            raise self.wrong(f"a name is missing before {self.token}")
        return s.Member(target, name, at, safe=op.value == "?.", spread=op.value == "*.")

    def primary(self) -> s.Expr:
        token, at = self.token, self.place
        if token.kind in ("number", "string"):
            self.next()
            return s.Literal(token.value, at)
        if token.kind == "gstring":
            self.next()
            parts = [one if isinstance(one, str) else self.interpolated(one) for one in token.value]
            return s.Interpolated(tuple(parts), at)
        if token.kind == "name":
            self.next()
            return s.Name(token.value, at)
        if token.kind == "keyword":
            return self.keyword(at)
        if self.is_op("("):
            self.next()
            self.lines()
            value = self.command()
            self.lines()
            self.expect(")")
            return value
        if self.is_op("["):
            return self.list_or_map()
        if self.is_op("{"):
            return self.closure()
        raise self.wrong(f"{token} is not expected here")

    def keyword(self, at: s.Place) -> s.Expr:
        literals = {"true": True, "false": False, "null": None}
        word = self.token.value
        if word in literals:
            self.next()
            return s.Literal(literals[word], at)
        if word in _NOT_YET:
            raise self.unsupported(_NOT_YET[word], _ADVICE.get(word))
        if word == "this" and self.peek().value in (".", ".&"):
            self.at += 2
            return s.Name(self.name(), at)
        if word in ("this", "super"):
            raise self.unsupported(f"`{word}`", "call the function by its name")
        raise self.wrong(f"{word} is not expected here")

    def interpolated(self, tokens: list[Token]) -> s.Expr:
        inner = _Parser(tokens, self.file)
        inner.lines()
        value = inner.expression()
        inner.newlines()
        if inner.token.kind != "end":
            raise inner.wrong(f"{inner.token} is not expected here")
        return value

    def list_or_map(self) -> s.Expr:
        at = self.place
        self.expect("[")
        if self.accept(":"):
            self.expect("]")
            return s.MapOf((), at)
        items, pairs = self.arguments("]")
        self.expect("]")
        if items and pairs:
            raise self.wrong("a list or a map, not both in one")
        return s.MapOf(pairs, at) if pairs else s.ListOf(items, at)

    def closure(self) -> s.Expr:
        at = self.place
        self.expect("{")
        parameters = self.attempt(self.closure_parameters)
        body = self.statements(("}",))
        self.expect("}")
        return s.ClosureOf(parameters, body, at)

    def closure_parameters(self) -> tuple[s.Parameter, ...] | None:
        self.lines()
        found: list[s.Parameter] = []
        while not self.is_op("->"):
            if found:
                self.expect(",")
                self.lines()
            found.append(self.parameter())
            self.lines()
        self.next()
        return tuple(found)
