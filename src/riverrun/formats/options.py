"""Options of formats: known keys with their defaults, checked when the table is first used."""

from __future__ import annotations

from collections.abc import Mapping

from riverrun.errors import InputError, Where, did_you_mean


def checked(format_: str, given: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """The given options over the defaults; an unknown key is an InputError with the nearest known one."""
    for key in given:
        if key not in known:
            todo = did_you_mean(key, known)
            raise InputError(f"unknown option of format {format_}", where=Where(path=f"{format_}.{key}"), todo=todo)
    return {**known, **given}


def flag(format_: str, options: Mapping[str, str], key: str) -> bool:
    value = options[key].lower()
    if value not in ("true", "false"):
        raise InputError("neither true nor false", where=Where(path=f"{format_}.{key}"), todo="write 'true' or 'false'")
    return value == "true"


def choice(format_: str, options: Mapping[str, str], key: str, allowed: tuple[str, ...]) -> str:
    value = options[key]
    for one in allowed:
        if one.lower() == value.lower():
            return one
    raise InputError(
        f"'{value}' is not allowed", where=Where(path=f"{format_}.{key}"), todo=did_you_mean(value, allowed)
    )
