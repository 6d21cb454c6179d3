"""Groovy tokens to a syntax tree: what mapping scripts use."""

from __future__ import annotations

from riverrun.mapping.groovy import syntax as s
from riverrun.mapping.groovy.cursor import Cursor
from riverrun.mapping.groovy.expressions import ADVICE, NOT_YET, Expressions
from riverrun.mapping.groovy.lexer import Token, tokenize


def parse(text: str, file: str) -> tuple[s.Stmt, ...]:
    """The statements of a script. Raises InputError for what is no Groovy, UnsupportedError for Groovy beyond ours."""
    parser = _Parser(tokenize(text, file), file)
    try:
        return parser.statements(("end",))
    except RecursionError:
        raise parser.cursor.wrong("the script is nested too deeply") from None


class _Parser:
    def __init__(self, tokens: list[Token], file: str) -> None:
        self.cursor = Cursor(tokens, file)
        self.expressions = Expressions(self.cursor, self.statements, lambda inner: _Parser(inner, file).expressions)

    def statements(self, ends: tuple[str, ...]) -> tuple[s.Stmt, ...]:
        found = []
        self.cursor.newlines()
        while not (self.cursor.token.kind == "end" or self.cursor.is_op(*ends)):
            found.append(self.statement())
            if not (self.cursor.token.kind in ("newline", "end") or self.cursor.is_op(";", *ends)):
                raise self.cursor.wrong(f"{self.cursor.token} is not expected here")
            self.cursor.newlines()
        if self.cursor.token.kind == "end" and "end" not in ends:
            raise self.cursor.wrong(f"{ends[0]} is missing at the end of the script")
        return tuple(found)

    def block(self) -> tuple[s.Stmt, ...]:
        """`{ statements }` or one statement."""
        self.cursor.lines()
        if not self.cursor.is_op("{"):
            return (self.statement(),)
        self.cursor.next()
        body = self.statements(("}",))
        self.cursor.expect("}")
        return body

    def statement(self) -> s.Stmt:
        token, at = self.cursor.token, self.cursor.place
        if token.kind == "keyword":
            handler = getattr(self, f"_{token.value}", None)
            if handler is not None:
                self.cursor.next()
                made: s.Stmt = handler(at)
                return made
            if token.value in ("def", "var", "final", "static", "private", "public", "protected", "void"):
                return self.declaration()
            if token.value in NOT_YET:
                raise self.cursor.unsupported(NOT_YET[token.value], ADVICE.get(token.value))
        if self.cursor.is_op("@"):
            if self.cursor.peek().value != "Field":
                raise self.cursor.unsupported("an annotation", "leave it out")
            self.cursor.at += 2
            self.cursor.lines()
            return self.statement()
        if token.kind == "name":
            found: s.Stmt | None = self.cursor.attempt(self.typed_declaration)
            if found is not None:
                return found
        value = self.expressions.command()
        return s.Do(value, at)

    def declaration(self) -> s.Stmt:
        at = self.cursor.place
        while self.cursor.is_word("def", "var", "final", "static", "private", "public", "protected", "void"):
            self.cursor.next()
        if self.cursor.is_op("("):
            self.cursor.next()
            names = [self.expressions.parameter().name]
            while self.cursor.accept(","):
                names.append(self.expressions.parameter().name)
            self.cursor.expect(")")
            self.cursor.expect("=")
            self.cursor.lines()
            return s.Declare(tuple(names), self.expressions.command(), at, several=True)
        typed: s.Stmt | None = self.cursor.attempt(self.typed_declaration)
        if typed:
            return typed
        return self.declared(self.cursor.name(), at)

    def declared(self, name: str, at: s.Place) -> s.Stmt:
        if self.cursor.is_op("("):
            self.cursor.next()
            parameters = self.expressions.parameters(")")
            self.cursor.expect(")")
            self.cursor.lines()
            return s.Function(name, parameters, self.block(), at)
        found = [self.variable(name, at)]
        while self.cursor.accept(","):
            self.cursor.lines()
            at_next = self.cursor.place
            found.append(self.variable(self.cursor.name(), at_next))
        return found[0] if len(found) == 1 else s.Several(tuple(found), at)

    def variable(self, name: str, at: s.Place) -> s.Declare:
        value = None
        if self.cursor.accept("="):
            self.cursor.lines()
            value = self.expressions.command()
        return s.Declare((name,), value, at)

    def typed_declaration(self) -> s.Stmt | None:
        """`String a = 'x'`, `List<String> names = []`, `String kind(String path) {`."""
        at = self.cursor.place
        if not self.expressions.type_name() or self.cursor.token.kind != "name":
            return None
        name = self.cursor.name()
        if not (self.cursor.is_op("=", "(", ";", ",") or self.cursor.token.kind == "newline"):
            return None
        return self.declared(name, at)

    def _import(self, at: s.Place) -> s.Stmt:
        """Brings nothing by itself: a class that is used and that we do not know is an error where it is used."""
        while self.cursor.token.kind in ("name", "keyword") or self.cursor.is_op(".", "*"):
            self.cursor.next()
        return s.Block((), at)

    def _if(self, at: s.Place) -> s.Stmt:
        self.cursor.expect("(")
        test = self.expressions.expression()
        self.cursor.expect(")")
        then = self.block()
        before = self.cursor.at
        self.cursor.newlines()
        if self.cursor.accept("else"):
            return s.If(test, then, self.block(), at)
        self.cursor.at = before
        return s.If(test, then, (), at)

    def _while(self, at: s.Place) -> s.Stmt:
        self.cursor.expect("(")
        test = self.expressions.expression()
        self.cursor.expect(")")
        return s.While(test, self.block(), at)

    def _do(self, at: s.Place) -> s.Stmt:
        body = self.block()
        self.cursor.newlines()
        self.cursor.expect("while")
        self.cursor.expect("(")
        test = self.expressions.expression()
        self.cursor.expect(")")
        return s.While(test, body, at, first=True)

    def _for(self, at: s.Place) -> s.Stmt:
        self.cursor.expect("(")
        each = self.cursor.attempt(self.for_each)
        if each is not None:
            self.cursor.expect(")")
            return s.For(each[0], each[1], self.block(), at)
        first = () if self.cursor.is_op(";") else (self.statement(),)
        self.cursor.expect(";")
        test: s.Expr = s.Literal(True, at) if self.cursor.is_op(";") else self.expressions.expression()
        self.cursor.expect(";")
        update: list[s.Expr] = []
        while not self.cursor.is_op(")"):
            update.append(self.expressions.expression())
            self.cursor.accept(",")
        self.cursor.expect(")")
        return s.Block((*first, s.While(test, self.block(), at, tuple(update))), at)

    def for_each(self) -> tuple[str, s.Expr] | None:
        parameter = self.expressions.parameter()
        if not (self.cursor.accept("in") or self.cursor.accept(":")):
            return None
        return parameter.name, self.expressions.expression()

    def _switch(self, at: s.Place) -> s.Stmt:
        self.cursor.expect("(")
        subject = self.expressions.expression()
        self.cursor.expect(")")
        self.cursor.lines()
        self.cursor.expect("{")
        self.cursor.newlines()
        cases: list[tuple[tuple[s.Expr, ...] | None, tuple[s.Stmt, ...]]] = []
        while not self.cursor.is_op("}"):
            values: tuple[s.Expr, ...] | None = None
            if not self.cursor.accept("default"):
                self.cursor.expect("case")
                values = (self.expressions.expression(),)
            self.cursor.expect(":")
            body: list[s.Stmt] = []
            self.cursor.newlines()
            while not (self.cursor.is_word("case", "default") or self.cursor.is_op("}")):
                body.append(self.statement())
                self.cursor.newlines()
            cases.append((values, tuple(body)))
        self.cursor.expect("}")
        return s.Switch(subject, tuple(cases), at)

    def _return(self, at: s.Place) -> s.Stmt:
        done = self.cursor.token.kind in ("newline", "end") or self.cursor.is_op(";", "}")
        return s.Return(None if done else self.expressions.command(), at)

    def _break(self, at: s.Place) -> s.Stmt:
        return s.Leave("break", at)

    def _continue(self, at: s.Place) -> s.Stmt:
        return s.Leave("continue", at)

    def _assert(self, at: s.Place) -> s.Stmt:
        test = self.expressions.expression()
        return s.Assert(
            test, self.expressions.expression() if self.cursor.accept(":") or self.cursor.accept(",") else None, at
        )
