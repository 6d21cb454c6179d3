"""Matching by regular expression over letters, for patterns whose conditions look only at their own row.

Each row becomes a letter that stands for the set of variables whose conditions it satisfies; all partitions together
are one text. The expression says what the automaton says only if the automaton is deterministic on the letters that
occur (one way to go on, at most), and if no match ever has to wait for an older partial match. `Letters.learn` checks
both by walking the automaton; where they do not hold the caller uses the automaton itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from riverrun.engine.matching.graph import END, Graph, moves
from riverrun.sql.plan import Quantified, Skip

BREAK = "\n"  # between partitions
_FIRST = 0x100  # the letter of mask 0; above everything a regular expression gives a meaning to
MAX_VARIABLES = 12
_DEAD = -1


def letter(mask: int) -> str:
    return chr(_FIRST + mask)


class Found(NamedTuple):
    """A match: rows start..end-1 of the text; `spans[i]` are the rows [from, to) of variable i, empty if from == to."""

    start: int
    end: int
    spans: tuple[tuple[int, int], ...]


class Letters:
    """The expression for the masks seen so far. `usable` turns False, for good, when it would not be exact."""

    def __init__(self, graph: Graph, pattern: Sequence[Quantified], skip: Skip, skip_to: int | None) -> None:
        self._graph = graph
        self._pattern = tuple(pattern)
        self._skip = skip
        self._skip_to = skip_to
        self._masks: frozenset[int] = frozenset()
        self._expression: re.Pattern[str] | None = None
        # Where an optional variable is left out, a greedy one keeps its rows from the one behind it, too.
        guarded = any(_is_greedy(part) and after.least == 0 for part, after in pairwise(pattern))
        fits = len(pattern) <= MAX_VARIABLES and not guarded
        self.usable = fits and skip in (Skip.PAST_LAST_ROW, Skip.TO_NEXT_ROW)

    def learn(self, masks: Iterable[int]) -> bool:
        """Take new masks into account; says whether the expression is exact for all that were ever seen."""
        seen = self._masks | frozenset(masks)
        if self.usable and seen != self._masks:
            self._masks = seen
            self.usable = _is_exact(self._graph, seen)
            self._expression = re.compile(_expression(self._pattern, seen)) if self.usable else None
        return self.usable

    def find(
        self, text: str, times: Sequence[int] | None, within: int | None, now: int | None
    ) -> Iterator[Found | int]:
        """The matches in `text`, and, as an int, the row from which on a partition has to be kept, because a partial
        match that begins there is still open. Within a partition nothing follows such an int.

        times, within, now: ms, for WITHIN; `now` is the watermark (None: nothing is open any more).
        """
        assert self._expression is not None, "learn() comes first"
        search, position = self._expression.search, 0
        past_last_row = self._skip is Skip.PAST_LAST_ROW
        while (match := search(text, position)) is not None:
            start, end = match.start(), match.end()
            complete = match.lastindex is not None
            if within is not None and times is not None:
                reached = times[end - 1] if complete or now is None else max(now, times[end - 1])
                if reached - times[start] >= within:
                    position = start + 1
                    continue
            if complete:
                yield Found(start, end, match.regs[1:])
                position = end if past_last_row else start + 1
            else:
                yield start
                position = end


def _class(masks: Iterable[int]) -> str:
    text = "".join(re.escape(letter(mask)) for mask in sorted(masks))
    return f"[{text}]" if text else r"(?!)"


def _expression(pattern: Sequence[Quantified], masks: frozenset[int]) -> str:
    """A whole match with a group per variable; or, without groups, a partial match that reaches the partition's end."""
    whole, guard = [], None
    parts: list[tuple[str, str, Quantified]] = []
    for number, part in enumerate(pattern):
        takes = {mask for mask in masks if mask >> number & 1}
        first = {mask for mask in takes if guard is None or not mask >> guard & 1}
        parts.append((_class(first), _class(takes), part))
        whole.append(f"({_repeated(_class(first), _class(takes), part)})")
        guard = number if _is_greedy(part) else None
    partial = ""
    for first_class, rest_class, part in reversed(parts):
        more = "" if part.most is None else str(part.most - 1)
        some = f"{first_class}{rest_class}{{0,{more}}}?"
        # either this variable has rows and the text ends among them, or it has all it needs and the next one goes on
        partial = f"(?:{_repeated(first_class, rest_class, part)}(?:{partial})|{some})" if partial else some
    return f"{''.join(whole)}|{partial}(?={BREAK})"


def _repeated(first: str, rest: str, part: Quantified) -> str:
    """`part` as a lazy quantifier; its first row may be more restricted than the others."""
    most = "" if part.most is None else str(part.most - 1)
    one_or_more = f"{first}{rest}{{{max(part.least, 1) - 1},{most}}}?"
    return f"(?:{one_or_more})??" if part.least == 0 else one_or_more


def _is_greedy(part: Quantified) -> bool:
    return not part.reluctant and part.least != part.most and (part.least, part.most) != (0, 1)


def _is_exact(graph: Graph, masks: frozenset[int]) -> bool:
    table = _table(graph, masks)
    return table is not None and not _ever_waits(graph, table, masks)


def _table(graph: Graph, masks: frozenset[int]) -> dict[tuple[int, int], int] | None:
    """(state, mask) -> the one next state, END or _DEAD; None when there is more than one way to go on."""
    table: dict[tuple[int, int], int] = {}
    for state in range(1, len(graph.edges)):
        for mask in masks:
            ways = list(moves(graph, state, lambda variable, mask=mask: bool(mask >> variable & 1)))  # type: ignore[misc]
            ends = [way for way in ways if way[1] == END]
            goes_on = [way for way in ways if way[1] != END]
            if len(ends) > 1 or (len(goes_on) > 1) or (ends and goes_on and ends[0][0] != goes_on[0][0]):
                return None
            table[state, mask] = END if ends else goes_on[0][1] if goes_on else _DEAD
    return table


def _ever_waits(graph: Graph, table: dict[tuple[int, int], int], masks: frozenset[int]) -> bool:
    """Can a partial match be open when one that began after it is complete?"""
    reachable, pending = set(), [graph.start]
    while pending:
        state = pending.pop()
        for mask in masks:
            target = table[state, mask]
            if target > END and target not in reachable:
                reachable.add(target)
                pending.append(target)
    pairs = {(older, graph.start) for older in reachable}
    todo = list(pairs)
    while todo:
        older, younger = todo.pop()
        for mask in masks:
            pair = table[older, mask], table[younger, mask]
            if pair[0] <= END:
                continue
            if pair[1] == END:
                return True
            if pair[1] != _DEAD and pair not in pairs:
                pairs.add(pair)
                todo.append(pair)
    return False
