"""The tag as a resource: the built file with a source's configuration in it, plain and packed, with their ETags."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path
from typing import Any

import msgspec

import riverrun
from riverrun.collect.answers import Answer
from riverrun.config.model import BrowserSource, Privacy
from riverrun.errors import RunError, Where

BUILT = Path(riverrun.__file__).parent / "web"
PLACE = '"@config@"'
_MOST_SECONDS = 2**31 - 1
_COMMON = (
    ("Content-Type", "application/javascript"),
    ("Cache-Control", "public, max-age=3600"),
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Allow-Origin", "*"),  # a module, or a script with integrity, does not run without it
)


def tag_config(source: BrowserSource, privacy: Privacy) -> dict[str, Any]:
    """What the tag is told, by the long names, without what it takes for granted (web/tag/README.md has the table)."""
    script = source.javascript
    told: dict[str, tuple[Any, Any]] = {
        "scriptName": (script.name, None),
        "globalName": (script.global_name, "divolte"),
        "eventSuffix": (source.event_suffix, "csc-event"),
        "partyCookie": (source.party_cookie, "_dvp"),
        "partyTimeout": (_seconds(source.party_timeout), 63_072_000),
        "sessionCookie": (source.session_cookie, "_dvs"),
        "sessionTimeout": (_seconds(source.session_timeout), 1800),
        "cookieDomain": (source.cookie_domain, None),
        "logging": (script.logging, False),
        "pageViews": (None if script.auto_page_view_event else "manual", None),
        "eventTimeout": (script.event_timeout, 750),
        "imageOnly": (script.transport == "image", False),
        "gpc": (_SIGNALS[privacy.gpc], None),
        "dnt": (_SIGNALS[privacy.dnt], None),
        "cookieless": (privacy.cookieless, False),
        "track": (" ".join(script.track), ""),
        "consent": (script.consent, "none"),
        "credentials": ("include" if source.cors.allow_credentials else None, None),
    }
    return {name: value for name, (value, taken) in told.items() if value != taken}


_SIGNALS = {"ignore": None, "anonymise": "cookieless", "drop": "gate"}


def _seconds(ms: int) -> int:
    return min(ms // 1000, _MOST_SECONDS)


def tag_text(source: BrowserSource, privacy: Privacy, folder: Path = BUILT) -> bytes:
    """The script of a source. Raises RunError when the tag is not built."""
    debug = source.javascript.debug
    script, names = folder / ("tag.debug.js" if debug else "tag.js"), folder / "tag.json"
    try:
        text = script.read_text()
        short = {} if debug else msgspec.json.decode(names.read_bytes(), type=dict[str, str])
    except FileNotFoundError as error:
        raise RunError("the tag is not built", where=Where(str(error.filename)), todo="run `make web`") from error
    if text.count(PLACE) != 1:
        raise RunError(f"the built tag has no place {PLACE} for its configuration", where=Where(str(script)))
    told = {short.get(name, name): value for name, value in tag_config(source, privacy).items()}
    config = msgspec.json.encode(told).decode()
    # The text stands in a script: these two are line ends in old JavaScript, the third could end a script element.
    for character, written in (("\u2028", "\\u2028"), ("\u2029", "\\u2029"), ("</", "<\\/")):
        config = config.replace(character, written)
    return text.replace(PLACE, config).encode()


class Script:
    """The answers to a GET of one script."""

    def __init__(self, text: bytes) -> None:
        tag = base64.b64encode(hashlib.sha256(text).digest()).decode()
        packed = gzip.compress(text, compresslevel=9, mtime=0)
        self._plain = _Variant(text, f'"{tag}"', ())
        smaller = len(packed) < len(text)
        self._packed = _Variant(packed, f'"gz+{tag}"', (("Content-Encoding", "gzip"),)) if smaller else None

    def answer(self, accept_encoding: bytes | None, if_none_match: bytes | None) -> Answer:
        variant = self._packed if self._packed and takes_gzip(accept_encoding) else self._plain
        if if_none_match is not None and matches(if_none_match, variant.etag):
            return variant.unchanged
        return variant.whole


class _Variant:
    def __init__(self, body: bytes, etag: str, headers: tuple[tuple[str, str], ...]) -> None:
        self.etag = etag.encode()
        self.whole = Answer(200, *_COMMON, *headers, ("ETag", etag), body=body)
        self.unchanged = Answer(304, *_COMMON[1:], ("ETag", etag))


def takes_gzip(accept_encoding: bytes | None) -> bool:
    """Whether one of the codings is exactly gzip, without a weight (Divolte's rule).

    >>> takes_gzip(b"deflate, gzip"), takes_gzip(b"gzip;q=1"), takes_gzip(None)
    (True, False, False)
    """
    return accept_encoding is not None and b"gzip" in [part.strip() for part in accept_encoding.split(b",")]


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Whether an If-None-Match names `etag`, strong or weak, or everything."""
    tags = [part.strip() for part in if_none_match.split(b",")]
    return b"*" in tags or any(part.removeprefix(b"W/") == etag for part in tags)
