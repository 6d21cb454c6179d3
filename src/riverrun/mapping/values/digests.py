"""Digests of values, plain or keyed with a seed, as Divolte's `digest` makes them, with its mistakes mended.

A keyed digest is an HMAC whose key is derived from the seed by PBKDF2 (100,000 rounds, Divolte's salt). Divolte took
the
key's length in bytes for bits, so its keys can be guessed; `short_keys` makes the same, to join with old data.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import lru_cache

from riverrun.mapping.values.json import scalar_text

_ROUNDS = 100_000
_SALT = b"divolte" + bytes.fromhex("b687e2d9aa060372")
# names of the JVM, in lower case and without dashes -> hashlib's
ALGORITHMS = {
    "md5": "md5", "sha": "sha1", "sha1": "sha1", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384",
    "sha512": "sha512", "sha512/224": "sha512_224", "sha512/256": "sha512_256", "sha3224": "sha3_224",
    "sha3256": "sha3_256", "sha3384": "sha3_384", "sha3512": "sha3_512",
}  # fmt: skip
Digest = Callable[[Sequence[object]], bytes]


def algorithm(name: str) -> str | None:
    """hashlib's name of an algorithm; None when it is not known."""
    found = ALGORITHMS.get(name.lower().replace("-", ""))
    return found if found in hashlib.algorithms_available else None


@lru_cache(maxsize=64)
def digest(name: str, seed: str | None, *, short_keys: bool = False) -> Digest:
    """A function from pieces (texts, JSON values, bytes) to the digest of them one after the other; absent ones are
    skipped, and so are JSON objects and arrays."""
    if seed is None:
        return lambda pieces: hashlib.new(name, _joined(pieces)).digest()
    size = hashlib.new(name).digest_size
    key = hashlib.pbkdf2_hmac(name, seed.encode(), _SALT, _ROUNDS, size // 8 if short_keys else size)
    return lambda pieces: hmac.new(key, _joined(pieces), name).digest()


def _joined(pieces: Sequence[object]) -> bytes:
    out = []
    for piece in pieces:
        if isinstance(piece, bytes):
            out.append(piece)
        elif piece is not None:
            text = scalar_text(piece)
            if text is not None:
                out.append(text.encode("utf-8", "replace"))
    return b"".join(out)


def hex_lower(raw: bytes) -> str:
    return raw.hex()


def hex_upper(raw: bytes) -> str:
    return raw.hex().upper()


def to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
