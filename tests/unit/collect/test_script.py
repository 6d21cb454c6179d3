"""The tag as the collector serves it, in every configuration."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from riverrun.collect.script import Script, tag_text
from riverrun.config.load import load_tree
from riverrun.config.model import BrowserSource, Privacy
from riverrun.errors import RunError
from tests.wire.conversation import Answer, Talk, collector, request_bytes

SOURCES: list[dict[str, Any]] = [
    {},
    {"name": "custom-name_1.js"},
    {"logging": True},
    {"debug": True},
]


def source_of(script: dict[str, Any]) -> BrowserSource:
    source = load_tree({"sources": {"b": {"type": "browser", "javascript": script}}}).sources["b"]
    assert isinstance(source, BrowserSource)
    return source


@pytest.mark.parametrize("script", SOURCES, ids=str)
async def test_the_script_with_its_tags(script: dict[str, Any], tmp_path: Path) -> None:
    source = source_of(script)
    config = load_tree({"sources": {"b": {"type": "browser", "javascript": script}}})
    async with collector(config, tmp_path) as (_, port):
        talk = Talk(port)

        async def get(*headers: tuple[str, str]) -> Answer:
            return await talk.exchange(
                request_bytes({"method": "GET", "target": source.script_path, "headers": headers})
            )

        plain = await get()
        assert (plain.status, plain.header("Content-Type")) == (200, "application/javascript")
        assert source.javascript.name.encode() in plain.body
        digest = base64.b64encode(hashlib.sha256(plain.body).digest()).decode()
        assert plain.header("ETag") == f'"{digest}"'
        packed = await get(("Accept-Encoding", "gzip"))
        assert packed.header("ETag") == f'"gz+{digest}"'
        assert packed.header("Content-Encoding") == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert (await get(("If-None-Match", f'"{digest}"'))).status == 304
        assert (await get(("If-None-Match", f'W/"x", W/"{digest}"'))).status == 304
        assert (await get(("If-None-Match", f'"{digest}"'), ("Accept-Encoding", "gzip"))).status == 200
        unchanged = await get(("If-None-Match", f'"gz+{digest}"'), ("Accept-Encoding", "gzip"))
        assert (unchanged.status, unchanged.body, unchanged.header("ETag")) == (304, b"", f'"gz+{digest}"')
        await talk.close()


def test_a_tag_is_the_same_wherever_it_is_served() -> None:
    """Only the file's name is in it, not the host nor the prefix, so one build works behind any address."""
    here, there = (
        load_tree({"sources": {"b": {"type": "browser", "prefix": prefix}}}).sources["b"] for prefix in ("/", "/a/b")
    )
    assert isinstance(here, BrowserSource)
    assert isinstance(there, BrowserSource)
    assert tag_text(here, Privacy()) == tag_text(there, Privacy())


def test_the_debug_build_can_be_read() -> None:
    text = tag_text(source_of({"debug": True, "global_name": "other"}), Privacy()).decode()
    assert '"globalName":"other"' in text
    assert text.count("\n") > 200
    assert "whenCommitted" in text


def test_a_text_that_does_not_get_smaller_is_not_packed() -> None:
    answer = Script(b"x").answer(b"gzip", None)
    assert (answer.body, dict(answer.headers).get("Content-Encoding")) == (b"x", None)


def test_nothing_in_the_configuration_ends_the_script_element() -> None:
    source = load_tree(
        {"sources": {"b": {"type": "browser", "cookie_domain": "</script>\u2028", "event_suffix": "csc-event"}}}
    ).sources["b"]
    assert isinstance(source, BrowserSource)
    text = tag_text(source, Privacy())
    assert b"</script" not in text
    assert "\u2028".encode() not in text


def test_a_tag_that_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the tag is not built.*make web"):
        tag_text(BrowserSource(), Privacy(), tmp_path)
