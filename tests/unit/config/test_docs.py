"""docs/configuration.md has every key with its type and default, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from riverrun.config import model
from riverrun.config.decode import fields, marks_of
from riverrun.config.show import _setting
from riverrun.config.values import Mark, Properties
from tests.conftest import ROOT

HEADING = re.compile(r"### `([a-z<>.]+)`(?: of type `([a-z]+)`)?")
ROW = re.compile(r"\| `([a-z0-9_.]+)` \| ([^|]*) \| ([^|]*) \|")
SECTIONS = {
    "sources.<name>": (model.BrowserSource, model.JsonSource),
    "sinks.<name>": (model.TopicSink, model.HdfsSink, model.GcsSink, model.KafkaSink, model.GcpsSink),
    "mappings.<name>": (model.Mapping,),
    "pipelines.<name>": (model.Pipeline,),
}


def documented() -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in (ROOT / "docs/configuration.md").read_text().splitlines():
        if heading := HEADING.match(line):
            section = heading[1] + (f":{heading[2]}" if heading[2] else "")
        elif row := ROW.match(line):
            yield f"{section}.{row[1]}", row[2], row[3].strip("`")


def keys_of(struct: type[msgspec.Struct], path: str) -> Iterator[tuple[str, str, str]]:
    for info in msgspec.structs.fields(struct):
        _, annotation, _ = fields(struct)[info.encode_name]
        key = f"{path}.{info.encode_name}"
        kind = marks_of(annotation)[0]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from keys_of(kind, key)
        else:
            yield key, described(annotation), default(info, annotation)


def described(annotation: Any) -> str:
    kind, marks = marks_of(annotation)
    named = {mark.name for mark in marks if isinstance(mark, Mark)} - {"secret"}
    if named:
        return named.pop()
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if get_origin(kind) is tuple:
        of = described(get_args(kind)[0])
        return f"list of {of}" if of.startswith("`") else f"list of {of}s"
    names = {
        str: "text",
        int: "number",
        float: "decimal number",
        bool: "boolean",
        Path: "path",
        Properties: "properties",
    }
    return names[kind]


def default(info: msgspec.structs.FieldInfo, annotation: Any) -> str:
    if info.required:
        return "required"
    if isinstance(info.default, Properties) and info.default:
        return "see below"
    return _setting("", info.default, annotation, {}).text


def modelled() -> Iterator[tuple[str, str, str]]:
    for name, (_, annotation, _) in fields(model.Global).items():
        yield from keys_of(annotation, f"global.{name}")
    for section, structs in SECTIONS.items():
        for struct in structs:
            tag = struct.__struct_config__.tag
            yield from keys_of(struct, f"{section}:{tag}" if tag else section)


def test_every_key_is_documented() -> None:
    assert sorted(documented()) == sorted(modelled())
