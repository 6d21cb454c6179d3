"""Writes the tables of docs/generate.md from the streams and settings: python tools/generate_docs.py [--check]."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from riverrun.generate.encoding import nullable, type_name
from riverrun.generate.setting import Setting
from riverrun.generate.setting_table import EXTRA, ORIGINAL
from riverrun.generate.settings import load
from riverrun.generate.streams import STREAMS

TARGET = Path(__file__).resolve().parent.parent / "docs" / "generate.md"


def page() -> str:
    text = TARGET.read_text(encoding="utf-8")
    for name, lines in (("streams", streams()), ("settings", settings())):
        head, begin, rest = text.partition(f"<!-- {name}: written by tools/generate_docs.py -->\n")
        _, end, tail = rest.partition("<!-- end -->")
        text = head + begin + "\n" + "\n".join(lines) + "\n\n" + end + tail
    return text


def streams() -> Iterator[str]:
    defaults = load()
    for number, stream in enumerate(STREAMS):
        if number:
            yield ""
        yield f"### {stream.name}"
        yield ""
        yield f"Topic `{defaults.text(stream.setting)}`. {stream.schema['doc']}"
        yield ""
        yield "| field | type | |"
        yield "|---|---|---|"
        for path, kind, doc in fields(stream.schema, ""):
            yield f"| `{path}` | {kind} | {doc} |".replace("|  |", "| |")


def fields(schema: Any, prefix: str) -> Iterator[tuple[str, str, str]]:
    """(path, type, doc) of every field; of records also their fields."""
    for field in schema["fields"]:
        path, kind = f"{prefix}{field['name']}", field["type"]
        yield path, described(kind), field.get("doc", "")
        inner = nullable(kind) or kind
        if type_name(inner) == "array":
            path, inner = f"{path}[]", inner["items"]
        if type_name(inner) == "record":
            yield from fields(inner, f"{path}.")


def described(kind: Any) -> str:
    inner = nullable(kind)
    if inner is not None:
        return f"{described(inner)} or null"
    if type_name(kind) == "array":
        return f"array of {described(kind['items'])}"
    logical = kind.get("logicalType") if isinstance(kind, dict) else None
    return f"{type_name(kind)} ({logical})" if logical else type_name(kind)


def settings() -> Iterator[str]:
    yield "| setting | type | default | allowed | meaning | the original |"
    yield "|---|---|---|---|---|---|"
    yield from map(row, ORIGINAL)
    yield ""
    yield "The original does not have these:"
    yield ""
    yield "| setting | type | default | allowed | meaning |"
    yield "|---|---|---|---|---|"
    yield from (row(setting).rsplit("|", 2)[0] + "|" for setting in EXTRA)


def row(setting: Setting) -> str:
    default = setting.default
    if isinstance(default, tuple):
        shown = " ".join(default)
    else:
        shown = str(default).lower() if isinstance(default, bool) else str(default)
    cells = [
        f"`{setting.name}`",
        setting.kind,
        f"`{shown}`" if shown else "",
        setting.bounds,
        setting.meaning,
        setting.original,
    ]
    return ("| " + " | ".join(cells) + " |").replace("|  |", "| |").replace("|  |", "| |")


def main() -> int:
    new = page()
    if "--check" in sys.argv[1:]:
        if new == TARGET.read_text(encoding="utf-8"):
            return 0
        print("docs/generate.md is stale: run make docs", file=sys.stderr)
        return 1
    TARGET.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
