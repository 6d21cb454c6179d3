"""How the values of a Groovy script are written in Python, noted while it is read; and the script made of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from riverrun.mapping.nodes import Action, Drop, Map, Node, Script, Section, Stop, When
from riverrun.mapping.vocabulary import DigestBuilder, Typed, Value

Piece = str | Node
_NAMES = {"uri": "uri", "matcher": "matcher", "agent": "agent", "place": "place", "query": "query", "strings": "values"}


class Sources:
    """Node -> pieces of its Python text; nodes among the pieces are values that may get a name of their own."""

    def __init__(self) -> None:
        self._of: dict[Node, tuple[Piece, ...]] = {}
        self._digests: dict[int, tuple[Piece, ...]] = {}
        self._kept: list[DigestBuilder] = []  # so that an id stays one digest's

    def called(
        self,
        result: Any,
        name: str,
        args: tuple[Any, ...],
        *,
        target: Any = None,
        keywords: dict[str, Any] | None = None,
    ) -> Any:
        """Note that `result` is `target.name(args, keywords)`."""
        pieces: list[Piece] = []
        if target is not None:
            pieces += [*self._pieces(target), "."]
        pieces.append(f"{name}(")
        for number, one in enumerate(args):
            pieces += [", "] * (number > 0)
            pieces += self._pieces(one, exact=name == "equal_to", beside=target)
        for keyword, one in (keywords or {}).items():
            pieces += [
                ", " if len(pieces) and not str(pieces[-1]).endswith("(") else "",
                f"{keyword}=",
                *self._pieces(one),
            ]
        pieces.append(")")
        if isinstance(result, Value):
            self._of.setdefault(result.node, tuple(pieces))
        elif isinstance(result, DigestBuilder):
            self._digests[id(result)] = tuple(pieces)
            self._kept.append(result)
        return result

    def literal(self, node: Node, value: Any) -> None:
        if isinstance(value, Typed):
            self._of.setdefault(node, (repr(_python(value.value)),))

    def _pieces(self, value: Any, *, exact: bool = False, beside: Any = None) -> tuple[Piece, ...]:
        if isinstance(value, Value):
            return (value.node,)
        if isinstance(value, DigestBuilder):
            return self._digests[id(value)]
        if callable(value):
            return self._pieces(value())
        if exact and isinstance(value, (int, float)) and not isinstance(value, bool) and isinstance(beside, Value):
            from riverrun.mapping.groovy.values import typed

            kind = typed(value).type
            if kind != beside.node.type:
                return (f"typed({_python(value)!r}, {kind!r})",)
        return (repr(_python(value)),)

    def text(self, node: Node, names: dict[Node, str]) -> str:
        if node in names:
            return names[node]
        return self.expanded(node, names)

    def expanded(self, node: Node, names: dict[Node, str]) -> str:
        pieces = self._of.get(node)
        if pieces is None:
            return repr(_python(node.data))
        return "".join(piece if isinstance(piece, str) else self.text(piece, names) for piece in pieces)

    def inside(self, node: Node) -> list[Node]:
        return [piece for piece in self._of.get(node, ()) if isinstance(piece, Node)]


def _python(value: Any) -> Any:
    for kind in (bool, str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def python_script(script: Script, sources: Sources) -> str:
    """The Python mapping script that does the same: loops unrolled, helpers written out, repeated values named."""
    return _Writer(script, sources).write()


class _Writer:
    def __init__(self, script: Script, sources: Sources) -> None:
        self.script = script
        self.sources = sources
        self.lines: list[str] = []
        self.names: dict[Node, str] = {}
        self.uses: Counter[Node] = Counter()
        for action in script.walk():
            node = action.value if isinstance(action, Map) else action.condition if isinstance(action, When) else None
            if node is not None:
                self.count(node)

    def count(self, node: Node) -> None:
        self.uses[node] += 1
        for one in self.sources.inside(node):
            self.count(one)

    def write(self) -> str:
        self.body(self.script.actions, "")
        body = "\n".join(self.lines)
        extra = "\nfrom riverrun.mapping.vocabulary import typed" if "typed(" in body else ""
        return f"from riverrun.mapping import *{extra}\n\n{body}\n"

    def body(self, actions: tuple[Action, ...], indent: str) -> None:
        if not actions:
            self.lines.append(f"{indent}pass")
        for action in actions:
            self.action(action, indent)

    def action(self, action: Action, indent: str) -> None:
        if isinstance(action, Map):
            value = self.value(action.value)
            self.lines.append(f"{indent}map({value}, onto={'.'.join(action.target)!r})")
        elif isinstance(action, When):
            self.lines.append(f"{indent}with when({self.value(action.condition)}):")
            self.body(action.then, indent + "    ")
            if action.otherwise:
                self.lines.append(f"{indent}with otherwise():")
                self.body(action.otherwise, indent + "    ")
        elif isinstance(action, Section):
            self.lines.append(f"{indent}with section():")
            self.body(action.body, indent + "    ")
        elif isinstance(action, Drop):
            self.lines.append(f"{indent}drop({action.reason!r})")
        else:
            self.lines.append(f"{indent}{'stop' if isinstance(action, Stop) else 'exit'}()")

    def value(self, node: Node) -> str:
        """Values that are used again get a name, in front of the first statement that uses them (at the top)."""
        for one in self.sources.inside(node):
            self.value(one)
        if node.costly and self.uses[node] > 1 and node not in self.names:
            stem = _NAMES.get(node.type, "value")
            name = f"{stem}{sum(1 for taken in self.names.values() if taken.rstrip('0123456789') == stem) or ''}"
            line = f"{name} = {self.sources.expanded(node, self.names)}"
            at = next((i for i in range(len(self.lines), 0, -1) if not self.lines[i - 1].startswith((" ", "with"))), 0)
            while at < len(self.lines) and not self.lines[at].startswith("with"):
                at += 1
            self.lines.insert(at, line)
            self.names[node] = name
        return self.sources.text(node, self.names)
