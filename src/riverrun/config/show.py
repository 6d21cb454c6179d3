"""Every effective value of a configuration, as `config show` prints it, and what the documentation test walks over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from riverrun.config.decode import fields, marks_of
from riverrun.config.load import Loaded
from riverrun.config.values import Mark, Properties, show_duration, show_size
from riverrun.errors import Where

HIDDEN = "***"
_SECRETS = ("password", "secret", "credential", "token", "jaas", "sasl.username")


class Setting(NamedTuple):
    """`value` is what JSON can say; `text` how a person would write it; `origin` where it stands, or "default"."""

    key: str
    value: Any
    text: str
    origin: str


def settings(loaded: Loaded) -> Iterator[Setting]:
    """Every key with its value, in the order of the model. Secrets are not shown."""
    config = loaded.config
    yield from _of_struct(config.global_, "global", loaded.origins)
    for section in ("sources", "mappings", "sinks", "pipelines"):
        for name, part in getattr(config, section).items():
            yield from _of_struct(part, f"{section}.{name}", loaded.origins)


def _of_struct(part: msgspec.Struct, path: str, origins: Mapping[str, Where]) -> Iterator[Setting]:
    tag_field = part.__struct_config__.tag_field
    if tag_field is not None:
        key = f"{path}.{tag_field}"
        tag = str(part.__struct_config__.tag)
        yield Setting(key, tag, _quoted(tag), _origin(key, origins))
    for name, (attribute, annotation, _) in fields(type(part)).items():
        key, value = f"{path}.{name}", getattr(part, attribute)
        if isinstance(value, msgspec.Struct):
            yield from _of_struct(value, key, origins)
        elif isinstance(value, Properties):
            for inner, text in value.items():
                shown = HIDDEN if any(word in inner.lower() for word in _SECRETS) else text
                yield Setting(f"{key}.{inner}", shown, _quoted(shown), _origin(f"{key}.{inner}", origins))
        else:
            yield _setting(key, value, annotation, origins)


def _setting(key: str, value: Any, annotation: Any, origins: Mapping[str, Where]) -> Setting:
    origin = _origin(key, origins)
    if value is None:
        return Setting(key, None, "none", origin)
    marks = {mark.name for mark in marks_of(annotation)[1] if isinstance(mark, Mark)}
    if "secret" in marks:
        return Setting(key, HIDDEN, _quoted(HIDDEN), origin)
    if "duration" in marks:
        return Setting(key, value, _quoted(show_duration(value)), origin)
    if "size" in marks:
        return Setting(key, value, _quoted(show_size(value)), origin)
    plain = msgspec.to_builtins(value, builtin_types=(Path,), enc_hook=str)
    plain = str(plain) if isinstance(plain, Path) else plain
    plain = [str(one) if isinstance(one, Path) else one for one in plain] if isinstance(plain, tuple | list) else plain
    return Setting(key, plain, msgspec.json.encode(plain).decode(), origin)


def _origin(key: str, origins: Mapping[str, Where]) -> str:
    where = origins.get(key)
    return str(Where(where.file, where.line)) if where is not None else "default"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
