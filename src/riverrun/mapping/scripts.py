"""Reads a mapping script: `.groovy` by our Groovy front, `.py` as Python that calls the words of the vocabulary."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from riverrun.errors import InputError, RiverrunError, UnsupportedError, Where
from riverrun.mapping.build import Builder, reading
from riverrun.mapping.nodes import Script


def load_script(path: Path, *, short_digest_keys: bool = False) -> Script:
    """Raises InputError or UnsupportedError for what cannot be parsed; other problems are in the script."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"cannot read the mapping script: {error.strerror}", where=Where(str(path))) from error
    except UnicodeDecodeError as error:
        raise InputError("the mapping script is not UTF-8 text", where=Where(str(path))) from error
    return read_script(text, str(path), short_digest_keys=short_digest_keys)


def read_script(text: str, file: str, *, short_digest_keys: bool = False) -> Script:
    """`file` names the script in messages; its ending says the language."""
    if file.endswith(".groovy"):
        from riverrun.mapping.groovy.front import read_groovy

        return read_groovy(text, file, short_digest_keys=short_digest_keys)
    if file.endswith(".py"):
        return read_python(text, file, short_digest_keys=short_digest_keys)
    raise InputError("a mapping script ends in .groovy or .py", where=Where(file))


def read_python(text: str, file: str, *, short_digest_keys: bool = False) -> Script:
    try:
        code = compile(text, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise InputError(f"not Python: {error.msg}", where=Where(file, error.lineno, error.offset)) from error
    except ValueError as error:  # a NUL byte
        raise InputError(f"not Python: {error}", where=Where(file)) from error
    builder = Builder(file, lambda: _where(file), short_digest_keys=short_digest_keys)
    with reading(builder):
        _run(code, builder)
    return builder.script()


def _run(code: CodeType, builder: Builder) -> None:
    scope: dict[str, Any] = {"__name__": "riverrun_mapping", "__file__": builder.file}
    try:
        exec(code, scope)
    except (InputError, UnsupportedError) as error:
        place = _place_of(error, builder.file)
        first = error.problems[0]
        if first.where is None:
            error = type(error)(first.what, where=place, todo=first.todo)
        builder.failed(error)
    except RiverrunError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever the user's script raises is told with its line
        builder.failed(InputError(f"{type(error).__name__}: {error}", where=_place_of(error, builder.file)))


def _where(file: str) -> Where:
    """The place in the script that is calling us."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != file:
        frame = frame.f_back
    return Where(file) if frame is None else _position(file, frame.f_code, frame.f_lasti, frame.f_lineno)


def _place_of(error: BaseException, file: str) -> Where:
    """The innermost place in the script that an exception passed through."""
    found = Where(file)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = _position(file, trace.tb_frame.f_code, trace.tb_lasti, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _position(file: str, code: CodeType, instruction: int, line: int | None) -> Where:
    positions = list(code.co_positions())
    start, _, column, _ = (
        positions[instruction // 2] if 0 <= instruction // 2 < len(positions) else (line, None, None, None)
    )
    return Where(file, start or line, None if column is None else column + 1)
