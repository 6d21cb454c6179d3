"""Row patterns: a tree as the sequence of quantified variables that Flink runs, or the reason why it does not."""

from __future__ import annotations

import itertools

from riverrun.sql.binder.context import Context
from riverrun.sql.plan import Quantified
from riverrun.sql.tree import queries as q


def variables(pattern: q.Pattern) -> list[str]:
    """The names in the pattern, in order."""
    match pattern:
        case q.PatternVariable(name=name):
            return [name.text]
        case q.PatternRepeat(pattern=inner) | q.PatternExclude(pattern=inner):
            return variables(inner)
        case _:
            return [name for part in pattern.parts for name in variables(part)]


def sequence(context: Context, pattern: q.Pattern) -> tuple[Quantified, ...]:
    """Groups without a quantifier have no meaning; what Flink's pattern compiler refuses is refused."""
    found = _sequence(context, pattern)
    seen = set()
    for item, where in found:
        if item.variable in seen:
            raise context.error(f"the variable {item.variable} stands twice in PATTERN", where.span)
        seen.add(item.variable)
    _check(context, found, pattern)
    return tuple(item for item, _ in found)


_Placed = tuple[Quantified, q.Pattern]


def _sequence(context: Context, pattern: q.Pattern) -> list[_Placed]:
    match pattern:
        case q.PatternVariable(name=name):
            return [(Quantified(name.text), pattern)]
        case q.PatternSequence(parts=parts):
            return [item for part in parts for item in _sequence(context, part)]
        case q.PatternRepeat():
            return [(_quantified(context, pattern), pattern)]
        case q.PatternAlternative():
            raise context.error("Flink does not support alternatives (|) in patterns", pattern.span)
        case q.PatternExclude():
            raise context.error("Flink does not support {- -} in patterns", pattern.span)
        case q.PatternPermute():
            raise context.error("Flink does not support PERMUTE in patterns", pattern.span)


def _quantified(context: Context, repeat: q.PatternRepeat) -> Quantified:
    if not isinstance(repeat.pattern, q.PatternVariable):
        raise context.error("Flink supports quantifiers on single variables only", repeat.span)
    name = repeat.pattern.name.text
    if repeat.least is None:
        raise context.error("Flink does not plan {,m}", repeat.span, f"write {{0,{repeat.most}}}")
    if repeat.most is not None and (repeat.most < max(repeat.least, 1)):
        raise context.error("the upper bound has to be at least 1 and not below the lower", repeat.span)
    if repeat.reluctant and (repeat.least, repeat.most) == (0, 1):
        raise context.error("Flink does not support reluctant optional variables (??)", repeat.span)
    return Quantified(name, repeat.least, repeat.most, repeat.reluctant)


def _is_greedy_loop(item: Quantified) -> bool:
    if item.reluctant or (item.least, item.most) == (0, 1):
        return False
    return item.least != item.most


def _check(context: Context, found: list[_Placed], pattern: q.Pattern) -> None:
    if all(item.least == 0 for item, _ in found):
        raise context.error(
            "this pattern could match nothing", pattern.span, "one variable has to be there at least once"
        )
    last, where = found[-1]
    if _is_greedy_loop(last):
        todo = "end with a plain variable or a reluctant quantifier (?)"
        raise context.error("the last variable has a greedy quantifier", where.span, todo)
    for (before, _), (item, at) in itertools.pairwise(found):
        # {0,m} may follow a greedy loop: Flink looks at ? and * only.
        if _is_greedy_loop(before) and item.least == 0 and item.most in (1, None):
            what = f"{item.variable} is optional and follows the greedy {before.variable}"
            raise context.error(what, at.span, f"make {before.variable} reluctant (?)")
