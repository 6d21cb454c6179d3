"""TOML with the line of every key, and `${NAME}` in texts taken from the environment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from riverrun.config.tree import Items, Node, Scalar, Table
from riverrun.errors import InputError, Problem, Where

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)"""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")

Path = tuple[str, ...]


def parse_toml(text: str, file: str, env: Mapping[str, str]) -> tuple[Table, list[Problem]]:
    """The tree of `text`, and a problem for each variable that is not set. Raises InputError on a syntax error."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(_PLACE.sub("", str(error)).strip(), where=_place(str(error), text, file)) from error
    return as_tree(document, env, Where(file, 1), _lines_of_keys(text))


def as_tree(
    document: Mapping[str, Any],
    env: Mapping[str, str],
    where: Where | None = None,
    lines: dict[Path, int] | None = None,
) -> tuple[Table, list[Problem]]:
    problems: list[Problem] = []
    tree = _node(document, (), where or Where(), lines or {}, env, problems)
    assert isinstance(tree, Table)
    return tree, problems


def _place(message: str, text: str, file: str) -> Where:
    match = _PLACE.search(message)
    if match and match[1]:
        return Where(file, int(match[1]), int(match[2]))
    return Where(file, text.count("\n") + 1)


def _node(
    value: Any, path: Path, above: Where, lines: dict[Path, int], env: Mapping[str, str], problems: list[Problem]
) -> Node:
    line = lines.get(path)
    where = Where(above.file, line) if line is not None else above
    if isinstance(value, dict):
        entries = {name: _node(part, (*path, name), where, lines, env, problems) for name, part in value.items()}
        return Table(entries, where)
    if isinstance(value, list):
        return Items(tuple(_node(part, (*path, ""), where, lines, env, problems) for part in value), where)
    if isinstance(value, str) and "${" in value:
        return Scalar(_expanded(value, path, where, env, problems), where, loose=True)
    return Scalar(value if isinstance(value, (str, int, float, bool)) else str(value), where)


def _expanded(text: str, path: Path, where: Where, env: Mapping[str, str], problems: list[Problem]) -> str:
    def replacement(match: re.Match[str]) -> str:
        value = env.get(match[1], match[2])
        if value is None:
            place = Where(where.file, where.line, path=".".join(part for part in path if part))
            problems.append(
                Problem(f"the environment has no {match[1]}", place, f"set it, or write ${{{match[1]}:-default}}")
            )
        return value or ""

    return _VARIABLE.sub(replacement, text)


def _lines_of_keys(text: str) -> dict[Path, int]:
    """Where each key stands. Good for files as people write them; a key it does not find has its table's line."""
    found: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            match = _KEY.match(stripped.lstrip("["))
            if match is not None:
                table = _parts(match[1])
                found.setdefault(table, number)
            continue
        match = _KEY.match(line)
        if match is not None and line[match.end() :].lstrip().startswith("="):
            found.setdefault(table + _parts(match[1]), number)
    return found


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
