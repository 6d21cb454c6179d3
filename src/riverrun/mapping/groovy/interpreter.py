"""Runs the Groovy of a mapping script, once, while it is read. What comes out are the actions of the mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from riverrun.errors import InputError, RiverrunError, UnsupportedError, Where, did_you_mean
from riverrun.mapping.build import Builder
from riverrun.mapping.groovy import methods
from riverrun.mapping.groovy import syntax as s
from riverrun.mapping.groovy.common import picked
from riverrun.mapping.groovy.values import (
    ClassName,
    Entry,
    Matcher,
    Pattern,
    Range,
    arithmetic,
    bits,
    compare,
    instance_of,
    is_case,
    is_class,
    text,
    truth,
    type_name,
)
from riverrun.mapping.nodes import Node
from riverrun.mapping.vocabulary import DigestBuilder, Value

_MOST_STEPS = 500_000
_DEEPEST = 60


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class Scope:
    """Variables by name; a scope looks into the one around it."""

    __slots__ = ("around", "names")

    def __init__(self, around: Scope | None = None) -> None:
        self.names: dict[str, Any] = {}
        self.around = around

    def holder(self, name: str) -> Scope | None:
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.around
        return scope

    def all_names(self) -> set[str]:
        return set(self.names) | (self.around.all_names() if self.around else set())


class Closure:
    """A closure or a function; `arity` is the number of its parameters."""

    def __init__(
        self, interpreter: Interpreter, parameters: tuple[s.Parameter, ...] | None, body: tuple[s.Stmt, ...],
        scope: Scope
    ) -> None:  # fmt: skip
        self._interpreter = interpreter
        self._parameters = parameters
        self._body = body
        self._scope = scope
        self.arity = 1 if parameters is None else len(parameters)

    def __call__(self, *args: Any) -> Any:
        return self._interpreter.run_closure(self._parameters, self._body, self._scope, args)


class Interpreter:
    """`words`: what a script can call and name besides its own; `on_value`: calls a method of a mapping's value."""

    def __init__(
        self,
        builder: Builder,
        file: str,
        words: dict[str, Any],
        on_value: Callable[[Any, str, tuple[Any, ...], s.Place], Any],
    ) -> None:
        self.file = file
        self.at: s.Place = (1, 1)
        self._builder = builder
        self._words = words
        self._on_value = on_value
        self._globals = Scope()
        self._steps = 0
        self._depth = 0

    def where(self) -> Where:
        return Where(self.file, *self.at)

    def run(self, statements: tuple[s.Stmt, ...]) -> None:
        for one in statements:
            if isinstance(one, s.Function):
                self.declare_function(one, self._globals)
        try:
            self.block(statements, self._globals)
        except RecursionError:
            raise _Endless("the script calls itself too deeply", where=self.where()) from None

    # statements

    def block(self, statements: Iterable[s.Stmt], scope: Scope) -> Any:
        """The value of the last statement. A mistake in a statement is noted, and the next one is run."""
        value = None
        for one in statements:
            self.step()
            try:
                value = self.statement(one, scope)
            except (InputError, UnsupportedError) as error:
                self._builder.failed(self.placed(error))
                value = self.broken()
                if isinstance(one, s.Declare):
                    scope.names.update(dict.fromkeys(one.names, value))
        return value

    def broken(self) -> Value:
        """Stands for a value whose making failed, so that one mistake is told once."""
        return Value(Node("const", "broken"))

    def placed(self, error: InputError | UnsupportedError) -> InputError | UnsupportedError:
        first = error.problems[0]
        if first.where is not None:
            return error
        return type(error)(first.what, where=self.where(), todo=first.todo)

    def step(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise _Endless("the script runs too long", where=self.where(), todo="is there a loop without end?")

    def statement(self, one: s.Stmt, scope: Scope) -> Any:
        self.at = one.at
        return getattr(self, f"_{type(one).__name__.lower()}")(one, scope)

    def _do(self, one: s.Do, scope: Scope) -> Any:
        return self.value(one.value, scope)

    def _declare(self, one: s.Declare, scope: Scope) -> Any:
        value = None if one.value is None else self.value(one.value, scope)
        if not one.several:
            scope.names[one.names[0]] = value
            return value
        values = list(value) if isinstance(value, list) else [value]
        for number, name in enumerate(one.names):
            scope.names[name] = values[number] if number < len(values) else None
        return value

    def _several(self, one: s.Several, scope: Scope) -> None:
        for declared in one.declared:
            self._declare(declared, scope)

    def _function(self, one: s.Function, scope: Scope) -> None:
        self.declare_function(one, scope)

    def declare_function(self, one: s.Function, scope: Scope) -> None:
        scope.names[one.name] = Closure(self, one.parameters, one.body, scope)

    def _if(self, one: s.If, scope: Scope) -> Any:
        return self.block(one.then if truth(self.value(one.test, scope)) else one.otherwise, Scope(scope))

    def _while(self, one: s.While, scope: Scope) -> None:
        first = one.first
        while first or truth(self.value(one.test, scope)):
            first = False
            self.step()
            try:
                self.block(one.body, Scope(scope))
            except _Break:
                break
            except _Continue:
                pass
            for update in one.update:
                self.value(update, scope)

    def _for(self, one: s.For, scope: Scope) -> None:
        for item in self.items(self.value(one.items, scope)):
            self.step()
            inner = Scope(scope)
            inner.names[one.name] = item
            try:
                self.block(one.body, inner)
            except _Break:
                break
            except _Continue:
                continue

    def items(self, value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [Entry(key, item) for key, item in value.items()]
        if isinstance(value, (list, str)):
            return list(value)
        if isinstance(value, Matcher):
            return value.items()
        if isinstance(value, Value):
            raise InputError("the value is known only when an event comes, so nothing can loop over it")
        return [] if value is None else [value]

    def _block(self, one: s.Block, scope: Scope) -> Any:
        return self.block(one.body, Scope(scope))

    def _switch(self, one: s.Switch, scope: Scope) -> None:
        subject = self.value(one.subject, scope)
        inner = Scope(scope)
        chosen = next(
            (n for n, (values, _) in enumerate(one.cases) if values and self.is_case(subject, values, scope)), None
        )
        if chosen is None:
            chosen = next((n for n, (values, _) in enumerate(one.cases) if values is None), len(one.cases))
        try:
            for _, body in one.cases[chosen:]:
                self.block(body, inner)
        except _Break:
            pass

    def is_case(self, subject: Any, values: tuple[s.Expr, ...], scope: Scope) -> bool:
        return any(is_case(subject, self.value(one, scope)) for one in values)

    def _return(self, one: s.Return, scope: Scope) -> None:
        raise _Return(None if one.value is None else self.value(one.value, scope))

    def _leave(self, one: s.Leave, scope: Scope) -> None:
        raise _Break if one.word == "break" else _Continue

    def _assert(self, one: s.Assert, scope: Scope) -> None:
        if not truth(self.value(one.test, scope)):
            message = "" if one.message is None else f": {text(self.value(one.message, scope))}"
            raise InputError(f"the assertion is not true{message}", where=Where(self.file, *one.at))

    # expressions

    def value(self, one: s.Expr, scope: Scope) -> Any:
        return getattr(self, f"_{type(one).__name__.lower()}_value")(one, scope)

    def _literal_value(self, one: s.Literal, scope: Scope) -> Any:
        return one.value

    def _interpolated_value(self, one: s.Interpolated, scope: Scope) -> str:
        return "".join(
            part if isinstance(part, str) else text(self.plain(self.value(part, scope))) for part in one.parts
        )

    @staticmethod
    def plain(value: Any) -> Any:
        return value() if isinstance(value, Closure) and value.arity == 0 else value

    def _name_value(self, one: s.Name, scope: Scope) -> Any:
        holder = scope.holder(one.name)
        if holder is not None:
            return holder.names[one.name]
        found = self._words.get(one.name)
        if found is None and is_class(one.name):
            return ClassName(one.name)
        if found is None or callable(found):
            self.at = one.at
            if callable(found):
                raise InputError(f"{one.name} is a function", todo=f"write {one.name}()")
            raise InputError(
                f"unknown variable {one.name}", todo=did_you_mean(one.name, scope.all_names() | set(self._words))
            )
        return found

    def _listof_value(self, one: s.ListOf, scope: Scope) -> list[Any]:
        return self.spread(one.items, scope)

    def spread(self, items: Iterable[s.Expr], scope: Scope) -> list[Any]:
        found: list[Any] = []
        for item in items:
            if isinstance(item, s.Spread):
                found += self.items(self.value(item.value, scope))
            else:
                found.append(self.value(item, scope))
        return found

    def _mapof_value(self, one: s.MapOf, scope: Scope) -> dict[Any, Any]:
        return self.pairs(one.items, scope)

    def pairs(self, items: Iterable[tuple[s.Expr, s.Expr]], scope: Scope) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, item in items:
            if isinstance(key, s.Spread):
                found.update(self.value(item, scope) or {})
            else:
                found[self.value(key, scope)] = self.value(item, scope)
        return found

    def _spread_value(self, one: s.Spread, scope: Scope) -> Any:
        self.at = one.at
        raise InputError("* spreads a value in a list or among arguments only")

    def _closureof_value(self, one: s.ClosureOf, scope: Scope) -> Closure:
        return Closure(self, one.parameters, one.body, scope)

    def _ternary_value(self, one: s.Ternary, scope: Scope) -> Any:
        test = self.value(one.test, scope)
        if one.then is None:
            return test if truth(test) else self.value(one.otherwise, scope)
        return self.value(one.then if truth(test) else one.otherwise, scope)

    def _unary_value(self, one: s.Unary, scope: Scope) -> Any:
        if one.op in ("++", "--"):
            old = self.value(one.operand, scope)
            new = arithmetic("+" if one.op == "++" else "-", old, 1)
            self.assign(one.operand, new, scope)
            return old if one.postfix else new
        value = self.value(one.operand, scope)
        if one.op == "!":
            return not truth(value)
        if one.op == "~":
            return Pattern(value) if isinstance(value, str) else bits("^", value, -1)
        if one.op == "-":
            return type(value)(-value) if not isinstance(value, (str, list, dict, Value)) else arithmetic("-", 0, value)
        return value

    def _binary_value(self, one: s.Binary, scope: Scope) -> Any:
        left = self.value(one.left, scope)
        if one.op in ("&&", "||"):
            if truth(left) is (one.op == "||"):
                return one.op == "||"
            return truth(self.value(one.right, scope))
        right = self.value(one.right, scope)
        if one.op in ("+", "-", "*", "/", "%", "**"):
            return arithmetic(one.op, left, right)
        if one.op in ("==", "!=", "<", "<=", ">", ">=", "<=>"):
            return compare(one.op, left, right)
        if one.op == "as":
            return methods.converted(left, str(right))
        if one.op == "instanceof":
            return instance_of(left, str(right))
        if one.op == "in":
            return right is not None and is_case(left, right)
        if one.op in ("..", "..<"):
            return self.range(left, right, one.op)
        if one.op in ("=~", "==~"):
            if isinstance(left, Value):
                raise InputError(
                    "the value is known only when an event comes", todo="write match '...' against x, and .matches()"
                )
            matcher = Matcher(text(left), text(right))
            return matcher if one.op == "=~" else matcher.matches()
        if one.op == "<<" and isinstance(left, (list, dict)):
            return methods.call(left, "leftShift", (right,))
        if one.op in ("<<", ">>") and callable(left) and callable(right):
            first, second = (right, left) if one.op == "<<" else (left, right)
            return lambda *args: second(first(*args))
        if one.op in ("&", "|", "^", "<<", ">>", ">>>"):
            return bits(one.op, left, right)
        self.at = one.at
        raise UnsupportedError(
            f"{one.op} is not supported in a mapping", where=self.where(), todo="write the mapping in Python"
        )

    @staticmethod
    def range(left: Any, right: Any, op: str) -> Range:
        if isinstance(left, str) and isinstance(right, str) and len(left) == len(right) == 1:
            codes = Interpreter.range(ord(left), ord(right), op)
            return Range(map(chr, codes), left, right, open_end=op == "..<")
        if not (isinstance(left, int) and isinstance(right, int)):
            raise InputError(f"a range goes from a whole number to another, not from {type_name(left)}")
        if abs(right - left) > 100_000:
            raise InputError("the range is too long")
        by = 1 if right >= left else -1
        return Range(range(left, right + (by if op == ".." else 0), by), left, right, open_end=op == "..<")

    def _assign_value(self, one: s.Assign, scope: Scope) -> Any:
        if one.op == "=":
            value = self.value(one.value, scope)
            if isinstance(one.target, s.ListOf):
                for target, item in zip(one.target.items, value, strict=False):
                    self.assign(target, item, scope)
                return value
        else:
            old = self.value(one.target, scope)
            right = self.value(one.value, scope)
            op = one.op[:-1]
            if op == "?":
                value = old if truth(old) else right
            elif op == "<<":
                return methods.call(old, "leftShift", (right,))
            else:
                value = arithmetic(op, old, right)
        self.assign(one.target, value, scope)
        return value

    def assign(self, target: s.Expr, value: Any, scope: Scope) -> None:
        if isinstance(target, s.Name):
            (scope.holder(target.name) or self._globals).names[target.name] = value
        elif isinstance(target, s.Index):
            methods.call(self.value(target.target, scope), "putAt", (self.value(target.index, scope), value))
        elif isinstance(target, s.Member):
            methods.call(self.value(target.target, scope), "putAt", (self.value(target.name, scope), value))
        else:
            self.at = target.at
            raise InputError("nothing can be assigned to this")

    def _index_value(self, one: s.Index, scope: Scope) -> Any:
        target, index = self.value(one.target, scope), self.value(one.index, scope)
        if isinstance(target, Value):
            return self._on_value(target, "getAt", (index,), one.at)
        if isinstance(index, list) and isinstance(target, (list, str)):
            return picked(target, index)
        return methods.call(target, "getAt", (index,))

    def _member_value(self, one: s.Member, scope: Scope) -> Any:
        if type_named := self.class_name(one, scope):
            raise UnsupportedError(f"{type_named} is not supported in a mapping", where=Where(self.file, *one.at))
        target = self.value(one.target, scope)
        name = text(self.value(one.name, scope))
        if target is None and one.safe:
            return None
        if one.spread:
            return [None if item is None else self.property(item, name, one.at) for item in self.items(target)]
        return self.property(target, name, one.at)

    def class_name(self, one: s.Member, scope: Scope) -> str | None:
        """`Math.PI`: a class, of which there are none here."""
        target = one.target
        if isinstance(target, s.Name) and target.name[:1].isupper() and scope.holder(target.name) is None:
            return f"the class {target.name}"
        return None

    def property(self, target: Any, name: str, at: s.Place) -> Any:
        if isinstance(target, dict):
            return target.get(name)
        if isinstance(target, list) and name == "length":
            return len(target)
        if isinstance(target, Matcher) and name == "count":
            return len(target.items())
        if isinstance(target, list) and name not in ("size", "first", "last"):
            return [self.property(item, name, at) for item in target]
        if isinstance(target, Entry) and name in ("key", "value"):
            return target.key if name == "key" else target.value
        self.at = at
        if hasattr(target, "groovy_methods"):
            target.done = True
            raise InputError(f"`{target.word} ... {name}` needs what comes behind it")
        if isinstance(target, (Value, DigestBuilder)):
            raise InputError(f"a value of the mapping has no property {name}", todo=f"write .{name}()")
        if target is None:
            raise InputError(f"null has no property {name}")
        return methods.call(target, name if name in ("size",) else "get" + name[:1].upper() + name[1:], ())

    # calls

    def _call_value(self, one: s.Call, scope: Scope) -> Any:
        if isinstance(one.target, s.Name):
            function = self.function(one.target, scope)
            args = self.arguments(one, scope)
            self.at = one.at
            return self.apply(function, args)
        if isinstance(one.target, s.Member):
            return self.method(one, one.target, scope)
        function = self.value(one.target, scope)
        args = self.arguments(one, scope)
        self.at = one.at
        return self.apply(function, args)

    def arguments(self, one: s.Call, scope: Scope) -> tuple[Any, ...]:
        args = self.spread(one.args, scope)
        if one.named:
            args.insert(0, self.pairs(one.named, scope))
        return tuple(args)

    def function(self, name: s.Name, scope: Scope) -> Any:
        holder = scope.holder(name.name)
        if holder is not None:
            return holder.names[name.name]
        found = self._words.get(name.name)
        if found is None or not callable(found):
            self.at = name.at
            known = {word for word, value in self._words.items() if callable(value)} | scope.all_names()
            raise InputError(f"unknown function {name.name}()", todo=did_you_mean(name.name, known))
        return found

    def apply(self, function: Any, args: tuple[Any, ...]) -> Any:
        if isinstance(function, Value) and function.node.type == "broken":
            return function
        if not callable(function):
            raise InputError(f"{type_name(function)} cannot be called")
        try:
            return function(*args)
        except TypeError as error:
            shown = ", ".join(type_name(one) for one in args)
            raise InputError(f"it does not take ({shown})", where=self.where()) from error

    def method(self, one: s.Call, member: s.Member, scope: Scope) -> Any:
        if type_named := self.class_name(member, scope):
            owner = type_named.removeprefix("the class ")
            name = f"{owner}.{text(self.value(member.name, scope))}"
            if name in methods.STATICS:
                args = self.arguments(one, scope)
                self.at = one.at
                return methods.call_static(name, args)
            raise UnsupportedError(
                f"{type_named} is not supported in a mapping", where=Where(self.file, *one.at),
                todo="write the mapping in Python, where its function can be written out",
            )  # fmt: skip
        target = self.value(member.target, scope)
        name = text(self.value(member.name, scope))
        if target is None and member.safe:
            return None
        args = self.arguments(one, scope)
        self.at = one.at
        if member.spread:
            return [None if item is None else self.call_method(item, name, args, one.at) for item in self.items(target)]
        return self.call_method(target, name, args, one.at)

    def call_method(self, target: Any, name: str, args: tuple[Any, ...], at: s.Place) -> Any:
        if isinstance(target, (Value, DigestBuilder)) or hasattr(target, "groovy_methods"):
            return self._on_value(target, name, args, at)
        if target is None:
            raise InputError(f"null has no method {name}()")
        if isinstance(target, dict) and isinstance(target.get(name), Closure):
            return self.apply(target[name], args)
        return methods.call(target, name, args)

    def run_closure(
        self, parameters: tuple[s.Parameter, ...] | None, body: tuple[s.Stmt, ...], around: Scope, args: tuple[Any, ...]
    ) -> Any:  # fmt: skip
        scope = Scope(around)
        if parameters is None:
            scope.names["it"] = args[0] if args else None
        else:
            self.bind(parameters, args, scope)
        self._depth += 1
        at = self.at
        if self._depth > _DEEPEST:
            self._depth = 0
            raise _Endless("the script calls itself too deeply", where=self.where())
        try:
            return self.block(body, scope)
        except _Return as done:
            return done.value
        finally:
            self._depth -= 1
            self.at = at

    @staticmethod
    def gathered(count: int, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """What is behind the first `count` arguments as one list, unless it is one already."""
        behind = list(args[count:])
        return (*args[:count], behind[0] if len(behind) == 1 and isinstance(behind[0], list) else behind)

    def bind(self, parameters: tuple[s.Parameter, ...], args: tuple[Any, ...], scope: Scope) -> None:
        if len(args) == 1 and len(parameters) > 1 and isinstance(args[0], list):
            args = tuple(args[0])
        if len(args) == 1 and len(parameters) == 2 and isinstance(args[0], Entry):
            args = (args[0].key, args[0].value)
        if parameters and parameters[-1].rest:
            args = self.gathered(len(parameters) - 1, args)
        if not args and len(parameters) == 1:
            args = (None,) if parameters[0].default is None else ()
        needed = sum(one.default is None for one in parameters)
        if not needed <= len(args) <= max(len(parameters), 0) and not (not parameters and args == (None,)):
            raise InputError(f"{len(args)} arguments for {len(parameters)} parameters", where=self.where())
        for number, one in enumerate(parameters):
            given = number < len(args)
            scope.names[one.name] = args[number] if given else self.value(one.default, scope) if one.default else None


class _Endless(RiverrunError):
    """Not noted and gone on from, as other mistakes are: it ends the reading."""

    exit_status = 2
