"""Where a script's statements go while it is read: a builder that knows the place in the script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from riverrun.errors import InputError, Problem, UnsupportedError, Where
from riverrun.mapping.nodes import Action, Drop, Exit, Map, Node, Script, Section, Stop, When

_current: ContextVar[Builder | None] = ContextVar("builder", default=None)


class Builder:
    """Collects the actions of one script.

    where               the place in the script that is being read
    short_digest_keys   seeded digests with Divolte's short keys
    """

    def __init__(self, file: str, where: Callable[[], Where], *, short_digest_keys: bool = False) -> None:
        self.file = file
        self.where = where
        self.short_digest_keys = short_digest_keys
        self.problems: list[Problem] = []
        self.unsupported = False
        self.warnings: list[str] = []
        self._blocks: list[list[Action]] = [[]]

    def script(self) -> Script:
        """What was read, and every problem that was found."""
        unsupported = self.unsupported and bool(self.problems)
        return Script(self.file, tuple(self._blocks[0]), tuple(self.warnings), tuple(self.problems), unsupported)

    def problem(self, what: str, todo: str | None = None) -> None:
        """Note a mistake at the current place; reading goes on, so that all are found."""
        self.unsupported = False
        self._note(Problem(what, self.where(), todo))

    def failed(self, error: InputError | UnsupportedError) -> None:
        """Note the problems of an error; those without a place get the current one."""
        self.unsupported = isinstance(error, UnsupportedError) and (self.unsupported or not self.problems)
        for one in error.problems:
            self._note(one if one.where else Problem(one.what, self.where(), one.todo, one.excerpt))

    def _note(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def warn(self, what: str) -> None:
        self.warnings.append(f"{self.where()}: {what}")

    def add(self, action: Action) -> None:
        self._blocks[-1].append(action)

    @contextmanager
    def block(self) -> Iterator[list[Action]]:
        """Statements made inside go to the list."""
        actions: list[Action] = []
        self._blocks.append(actions)
        try:
            yield actions
        finally:
            self._blocks.pop()

    def map(self, value: Node, target: str) -> None:
        self.add(Map(value, tuple(target.split(".")), self.where()))

    @contextmanager
    def when(self, condition: Node) -> Iterator[None]:
        where = self.where()
        with self.block() as then:
            yield
        self.add(When(condition, tuple(then), (), where))

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """The other side of the last `when` of this block."""
        last = self._blocks[-1][-1] if self._blocks[-1] else None
        if not isinstance(last, When) or last.otherwise:
            self.problem("otherwise() does not follow a when()", "put it directly behind the block of a when()")
            last = None
        with self.block() as actions:
            yield
        if last is not None:
            self._blocks[-1][-1] = When(last.condition, last.then, tuple(actions), last.where)

    @contextmanager
    def section(self) -> Iterator[None]:
        where = self.where()
        with self.block() as body:
            yield
        self.add(Section(tuple(body), where))

    def exit(self) -> None:
        self.add(Exit(self.where()))

    def stop(self) -> None:
        self.add(Stop(self.where()))

    def drop(self, reason: str) -> None:
        self.add(Drop(reason, self.where()))


def current() -> Builder:
    """The builder of the script that is being read."""
    found = _current.get()
    if found is None:
        raise InputError("no mapping script is being read here", todo="run the script with riverrun mapping")
    return found


def maybe_current() -> Builder | None:
    return _current.get()


@contextmanager
def reading(builder: Builder) -> Iterator[Builder]:
    token = _current.set(builder)
    try:
        yield builder
    finally:
        _current.reset(token)
