"""Hashes, base64, hexadecimal, character sets, URL encoding."""

from __future__ import annotations

import base64
import codecs
import hashlib
import re
from urllib.parse import quote_plus, unquote_to_bytes

from riverrun.schema.types import BYTES_TYPE, STRING, char, varchar
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions.check import fits, refuse, takes
from riverrun.sql.functions.common import is_integer
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request, always
from riverrun.sql.functions.python import Failure, python_function
from riverrun.sql.functions.render import place
from riverrun.sql.functions.strings import failing, joined, text

_SIZES = {224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}
_NATIVE = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256"}


def _digest(name: str, bits: int) -> Entry:
    function = _NATIVE.get(name, f"rr_{name.lower()}")
    sample = hashlib.new(name.lower(), b"abc").hexdigest()
    return Entry(
        name,
        (f"{name}(string)",),
        f"The {name} digest of the string's UTF-8 bytes, in lower-case hexadecimal.",
        takes("str|bytes" if name == "MD5" else "str", returns=char(bits // 4)),
        joined(function),
        {f"{name}('abc')": sample},
    )


def _resolve_sha2(request: Request) -> Expr:
    args = fits(request.args, "str, int")
    if args is None:
        raise refuse(request, "SHA2(string, bits)")
    bits = args[1]
    if isinstance(bits, Literal) and bits.value is not None and bits.value not in _SIZES:
        raise InvalidCall(f"SHA2 has no {bits.value} bits; use 224, 256, 384 or 512")
    return request.call(varchar(128).with_nullable(any(arg.type.nullable for arg in args)), args)


def _sha2(where: str, value: str, bits: int) -> str:
    if bits not in _SIZES:
        raise Failure("sha2", where, f"SHA2 has no {bits} bits")
    return hashlib.new(_SIZES[bits], value.encode()).hexdigest()


def _hash(name: str) -> object:
    return lambda value: hashlib.new(name, value.encode()).hexdigest()


def _from_base64(where: str, value: str) -> str:
    body = value.rstrip("=")
    padding = len(value) - len(body)
    if not re.fullmatch(r"[A-Za-z0-9+/]*", body, re.ASCII) or len(body) % 4 == 1 or padding > 2:
        raise Failure("base64", where, "FROM_BASE64: the text is not base64")
    if padding and (len(body) + padding) % 4:
        raise Failure("base64", where, "FROM_BASE64: the text is not base64")
    return base64.b64decode(body + "=" * (-len(body) % 4)).decode("utf-8", "replace")


def _unhex(value: str) -> bytes | None:
    if not re.fullmatch("[0-9a-fA-F]*", value):
        return None
    # Flink's quirk: the first of an odd number of digits becomes a 0 byte.
    return b"\0" + bytes.fromhex(value[1:]) if len(value) % 2 else bytes.fromhex(value)


def _charset(where: str, name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as problem:
        raise Failure("charset", where, f"unknown character set '{name}'") from problem


def _encode(where: str, value: str, charset: str) -> bytes:
    name = _charset(where, charset)
    # Java writes a byte order mark in big endian for plain UTF-16.
    return b"\xfe\xff" + value.encode("utf-16-be") if name == "utf-16" else value.encode(name, "replace")


def _decode(where: str, value: bytes, charset: str) -> str:
    name = _charset(where, charset)
    if name == "utf-16" and value[:2] not in (b"\xfe\xff", b"\xff\xfe"):
        name = "utf-16-be"
    return value.decode(name, "replace")


def url_encode(value: str) -> str:
    """Form encoding: blanks are +, letters, digits and .-*_ stay."""
    return quote_plus(value, safe="*").replace("~", "%7E")


def url_decode(value: str) -> str | None:
    """Form decoding; None when a % is not followed by two hexadecimal digits."""
    if re.search("%(?![0-9a-fA-F]{2})", value):
        return None
    return unquote_to_bytes(value.replace("+", " ")).decode("utf-8", "replace")


def _render_hex(call: Call, args: list[str], renderer: Renderer) -> str:
    if is_integer(call.args[0].type):
        return f"hex(CAST({args[0]} AS BIGINT))"
    return f"hex({args[0]})"


def _render_sha2(call: Call, args: list[str], renderer: Renderer) -> str:
    return f"rr_sha2({place(call.span)}, {', '.join(args)})"


FUNCTIONS = (
    *(
        python_function(f"rr_{name}", ("VARCHAR",), "VARCHAR", _hash(name))  # type: ignore[arg-type]
        for name in ("sha224", "sha384", "sha512")
    ),
    python_function("rr_sha2", ("VARCHAR", "VARCHAR", "INTEGER"), "VARCHAR", _sha2),
    python_function("rr_from_base64", ("VARCHAR", "VARCHAR"), "VARCHAR", _from_base64),
    python_function("rr_unhex", ("VARCHAR",), "BLOB", _unhex),
    python_function("rr_encode", ("VARCHAR", "VARCHAR", "VARCHAR"), "BLOB", _encode),
    python_function("rr_decode", ("VARCHAR", "BLOB", "VARCHAR"), "VARCHAR", _decode),
    python_function("rr_url_encode", ("VARCHAR",), "VARCHAR", url_encode),
    python_function("rr_url_decode", ("VARCHAR",), "VARCHAR", url_decode),
)

ENTRIES = (
    *(
        _digest(name, bits)
        for name, bits in {
            "MD5": 128,
            "SHA1": 160,
            "SHA224": 224,
            "SHA256": 256,
            "SHA384": 384,
            "SHA512": 512,
        }.items()
    ),
    Entry(
        "SHA2",
        ("SHA2(string, bits)",),
        "The SHA-2 digest with 224, 256, 384 or 512 bits, in lower-case hexadecimal.",
        _resolve_sha2,
        _render_sha2,
        {"SHA2('abc', 256)": hashlib.sha256(b"abc").hexdigest()},
        fails=lambda call: not isinstance(call.args[1], Literal),
    ),
    Entry(
        "TO_BASE64",
        ("TO_BASE64(string)",),
        "The string's UTF-8 bytes in base64.",
        takes("str", returns=STRING),
        text("to_base64(encode({0}))"),
        {"TO_BASE64('hello')": "aGVsbG8="},
    ),
    Entry(
        "FROM_BASE64",
        ("FROM_BASE64(string)",),
        "The text whose UTF-8 bytes are given in base64; fails when it is not base64.",
        takes("str", returns=STRING),
        failing("rr_from_base64"),
        {"FROM_BASE64('aGVsbG8=')": "hello"},
        fails=always,
    ),
    Entry(
        "HEX",
        ("HEX(integer)", "HEX(string)"),
        "An integer, or a string's UTF-8 bytes, in upper-case hexadecimal.",
        takes("str|int", returns=STRING),
        _render_hex,
        {"HEX(255)": "FF", "HEX('hi')": "6869", "HEX(-1)": "FFFFFFFFFFFFFFFF"},
    ),
    Entry(
        "BIN",
        ("BIN(integer)",),
        "An integer in binary, as 64 bits in two's complement if it is negative.",
        takes("integer", returns=STRING),
        text("to_binary(CAST({0} AS BIGINT))"),
        {"BIN(5)": "101"},
    ),
    Entry(
        "UNHEX",
        ("UNHEX(string)",),
        "The bytes of a hexadecimal text; the first of an odd number of digits is lost (a 0 byte).",
        takes("str", returns=BYTES_TYPE, nulls="always"),
        joined("rr_unhex"),
        {"UNHEX('6869')": "hex:6869", "UNHEX('xyz')": None},
        nulls="also NULL when it is not hexadecimal",
    ),
    Entry(
        "ENCODE",
        ("ENCODE(string, charset)",),
        "The string's bytes in a character set.",
        takes("str, str", returns=BYTES_TYPE),
        failing("rr_encode"),
        {"ENCODE('é', 'UTF-8')": "hex:c3a9"},
        fails=always,
    ),
    Entry(
        "DECODE",
        ("DECODE(bytes, charset)",),
        "The text of bytes in a character set.",
        takes("bytes, str", returns=STRING),
        failing("rr_decode"),
        {"DECODE(X'c3a9', 'UTF-8')": "é"},
        fails=always,
    ),
    Entry(
        "URL_ENCODE",
        ("URL_ENCODE(string)",),
        "The string in form encoding (application/x-www-form-urlencoded).",
        takes("str", returns=STRING, nulls="always"),
        joined("rr_url_encode"),
        {"URL_ENCODE('a b&c')": "a+b%26c"},
        null_object=True,
    ),
    Entry(
        "URL_DECODE",
        ("URL_DECODE(string)",),
        "The text of a string in form encoding.",
        takes("str", returns=STRING, nulls="always"),
        joined("rr_url_decode"),
        {"URL_DECODE('a+b%26c')": "a b&c", "URL_DECODE('%zz')": None},
        nulls="also NULL when it is not form encoding",
    ),
)
