"""CSV text to records: lists of field texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """`quote` and `escape` may be "" (none)."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    comments: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be read, such as one with text behind a closing quote."""

    what: str


_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def records(text: str, dialect: Dialect) -> Iterator[list[str] | Broken]:
    """The records of a text; an empty line is a record of one empty field."""
    found = _escaped_records(text, dialect) if dialect.escape else _plain_records(text, dialect)
    for record in found:
        if not (dialect.comments and not isinstance(record, Broken) and record[0].lstrip().startswith("#")):
            yield record


def _plain_records(text: str, dialect: Dialect) -> Iterator[list[str] | Broken]:
    csv.field_size_limit(2**31 - 1)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        try:
            yield next(reader) or [""]
        except StopIteration:
            return
        except csv.Error as problem:
            yield Broken(str(problem))


def _escaped_records(text: str, dialect: Dialect) -> Iterator[list[str] | Broken]:
    """With an escape character, which may stand in front of any character, quoted or not."""
    at, end = 0, len(text)
    while at < end:
        record: list[str] = []
        while True:
            field, at = _escaped_field(text, at, dialect)
            record.append(field)
            if at < end and text[at] == dialect.delimiter:
                at += 1
                continue
            break
        if at < end and text[at] == "\r":
            at += 1
        if at < end and text[at] == "\n":
            at += 1
        yield record


def _escaped_field(text: str, at: int, dialect: Dialect) -> tuple[str, int]:
    out: list[str] = []
    quoted = bool(dialect.quote) and text[at : at + 1] == dialect.quote
    at += quoted
    while at < len(text):
        char = text[at]
        if char == dialect.escape and at + 1 < len(text):
            out.append(_ESCAPED.get(text[at + 1], text[at + 1]))
            at += 2
        elif quoted and char == dialect.quote:
            if text[at + 1 : at + 2] != dialect.quote:
                return "".join(out), at + 1
            out.append(char)
            at += 2
        elif not quoted and (char == dialect.delimiter or char in "\r\n"):
            break
        else:
            out.append(char)
            at += 1
    return "".join(out), at


def whole_records(buffer: bytes, dialect: Dialect) -> int:
    """How many bytes of the buffer are whole records: up to its last line end that is not inside quotes."""
    quote = dialect.quote.encode()
    if not quote or quote not in buffer:
        return buffer.rfind(b"\n") + 1
    read = whole = 0
    inside = False
    for line in buffer.split(b"\n")[:-1]:
        read += len(line) + 1
        inside = _ends_inside(line + b"\n", inside, dialect)
        whole = whole if inside else read
    return whole


def _ends_inside(line: bytes, inside: bool, dialect: Dialect) -> bool:
    """Whether a quoted field goes on behind this line; a quote opens a field only at its beginning."""
    text = line.decode("utf-8", "replace")
    at = 0
    while at < len(text):
        if inside:
            closing = _closing(text, at, dialect)
            if closing < 0:
                return True
            inside, at = False, closing + 1
        elif text[at] == dialect.quote and (at == 0 or text[at - 1] == dialect.delimiter):
            inside, at = True, at + 1
        else:
            at += 2 if text[at] == dialect.escape else 1
    return inside


def _closing(text: str, at: int, dialect: Dialect) -> int:
    while at < len(text):
        if dialect.escape and text[at] == dialect.escape:
            at += 2
        elif text[at] != dialect.quote:
            at += 1
        elif text[at + 1 : at + 2] == dialect.quote:
            at += 2
        else:
            return at
    return -1
