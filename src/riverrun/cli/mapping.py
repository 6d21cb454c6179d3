"""Mapping scripts: check, run, test, convert and try them.

examples:
  riverrun mapping check --schema click.avsc --script mapping.groovy
  riverrun mapping run --schema click.avsc --script mapping.py events.jsonl
  riverrun mapping test tests/mapping
  riverrun mapping convert mapping.groovy > mapping.py
  riverrun mapping try --schema click.avsc --script mapping.py
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riverrun.cli.main import add_data

if TYPE_CHECKING:
    from riverrun.mapping.mapping import Mapping


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="check | run | test | convert | try | reference", required=True)
    check = _action(actions, "check", _check, "check a script against a schema: every error at once")
    _add_mapping(check)
    check.add_argument("--json", action="store_true", help="one JSON object, with the errors")
    run_ = _action(actions, "run", _run, 'map events: one JSON record, or {"rejected": ...}, per event')
    _add_mapping(run_)
    run_.add_argument("events", metavar="EVENTS.jsonl", help="one event a line; - is standard input")
    run_.add_argument("--explain", action="store_true", help="with each record the script's line that set each field")
    test = _action(actions, "test", _test, "run tests that are files; status 1 when one fails")
    test.add_argument("folder", type=Path, metavar="DIR")
    try_ = _action(actions, "try", _try, "serve a page that shows which line of the script sets which field")
    _add_mapping(try_)
    add_data(try_)
    try_.add_argument("--topic", default="events", help="where the page takes events from (default: events)")
    try_.add_argument("--port", type=int, default=8390, help="on the loopback address (default: 8390)")
    _action(actions, "reference", _reference, "print the reference of all words (docs/mapping-reference.md)")
    convert = _action(actions, "convert", _convert, "print the Python script that does what a Groovy script does")
    convert.add_argument("script", type=Path, metavar="SCRIPT.groovy")


def _action(actions: Any, name: str, function: Any, summary: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:])
    made.set_defaults(action=function)
    return made


def _add_mapping(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--schema", type=Path, metavar="S.avsc", help="(default: the built-in one)")
    parser.add_argument("--script", type=Path, metavar="M.{groovy,py}", help="(default: the built-in one)")
    parser.add_argument(
        "--geo", type=Path, action="append", default=[], metavar="DB.mmdb", help="for ip2geo; repeatable"
    )
    parser.add_argument(
        "--short-digest-keys", action="store_true", help="seeded digests as Divolte makes them, to join with old data"
    )


def run(arguments: argparse.Namespace) -> int:
    status: int = arguments.action(arguments)
    return status


def _load(arguments: argparse.Namespace) -> Mapping:
    from riverrun.mapping.mapping import load_mapping
    from riverrun.mapping.values.geo import GeoDatabases

    geo = GeoDatabases(arguments.geo) if arguments.geo else None
    return load_mapping(
        arguments.script, arguments.schema, geo=geo, short_digest_keys=arguments.short_digest_keys
    )  # fmt: skip


def _check(arguments: argparse.Namespace) -> int:
    from riverrun.errors import RiverrunError
    from riverrun.mapping.nodes import Map

    try:
        mapping = _load(arguments)
    except RiverrunError as error:
        if not arguments.json:
            raise
        print(json.dumps({"ok": False, "errors": [_plain(problem) for problem in error.problems]}))
        return error.exit_status
    for warning in mapping.script.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    actions = list(mapping.script.walk())
    fields = {action.target for action in actions if isinstance(action, Map)}
    if arguments.json:
        print(json.dumps({"ok": True, "errors": [], "warnings": list(mapping.script.warnings)}))
    else:
        print(f"{mapping.script.file}: {len(actions)} statements set {len(fields)} fields of {mapping.schema.name}")
    return 0


def _plain(problem: Any) -> dict[str, Any]:
    where = problem.where
    found = {"what": problem.what, "todo": problem.todo}
    return found | (
        {"file": where.file, "line": where.line, "column": where.column, "path": where.path} if where else {}
    )


def _run(arguments: argparse.Namespace) -> int:
    from riverrun.mapping.cases import plain_result

    mapping = _load(arguments)
    for event in _events(arguments.events):
        result = plain_result(mapping, event)
        if arguments.explain:
            result = {"result": result, "lines": mapping.explain(event).lines}
        print(json.dumps(result, ensure_ascii=False))
    return 0


def _events(name: str) -> Iterator[Any]:
    from riverrun.mapping.events import events_in, read_events

    return read_events(iter(sys.stdin.buffer), "standard input") if name == "-" else events_in(Path(name))


def _test(arguments: argparse.Namespace) -> int:
    from riverrun.mapping.cases import find_cases, run_case

    failed = 0
    folders = find_cases(arguments.folder)
    for folder in folders:
        outcome = run_case(folder, arguments.folder)
        failed += bool(outcome.difference)
        print(f"{'FAILED' if outcome.difference else 'ok    '} {folder}")
        if outcome.difference:
            print(outcome.difference)
    print(f"{len(folders) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _convert(arguments: argparse.Namespace) -> int:
    from riverrun.errors import InputError, UnsupportedError, Where
    from riverrun.mapping.groovy.front import read_with_sources
    from riverrun.mapping.source import python_script

    try:
        text = arguments.script.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the mapping script: {error}", where=Where(str(arguments.script))) from error
    script, sources = read_with_sources(text, str(arguments.script))
    if script.problems:
        raise (UnsupportedError if script.unsupported else InputError)(script.problems)
    print(python_script(script, sources), end="")
    return 0


def _reference(arguments: argparse.Namespace) -> int:
    from riverrun.mapping.reference import reference

    print(reference(), end="")
    return 0


def _try(arguments: argparse.Namespace) -> int:
    from riverrun.errors import RunError
    from riverrun.mapping.tryout import Tryout, make_server

    tryout = Tryout(lambda: _load(arguments), arguments.script, arguments.schema, arguments.data, arguments.topic)
    try:
        server = make_server(tryout, arguments.port)
    except OSError as error:
        raise RunError(f"port {arguments.port}: {error.strerror}", todo="choose another with --port") from error
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    with server:
        server.serve_forever()
    return 0
