"""The page of `riverrun mapping try`, as somebody who writes a mapping uses it beside her editor."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.conftest import ROOT
from tests.helpers.world import World

pytestmark = pytest.mark.browser

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SHOP = ROOT / "examples" / "shop"
SCHEMA = {
    "type": "record",
    "name": "Click",
    "fields": [
        {"name": "kind", "type": "string"},
        {"name": "page", "type": {"type": "record", "name": "P", "fields": [{"name": "url", "type": "string"}]}},
        {"name": "n", "type": ["null", "int"], "default": None},
    ],
}
SCRIPT = """mapping {
  map eventType() onto 'kind'
  map location() onto 'page.url'
  map eventParameters().path('$.n') onto 'n'
}
"""
EVENT = {"event_type": "view", "location": "http://x/", "parameters": {"n": 7}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    world.event(1, "0:a:s", "stored", world.start, location="http://stored/1")
    yield world
    world.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., str]]:
    processes: list[subprocess.Popen[str]] = []

    def start(*more: str | Path) -> str:
        command = [
            sys.executable,
            "-m",
            "riverrun",
            "mapping",
            "try",
            "--port",
            "0",
            "--data",
            tmp_path / "data",
            *more,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    yield start
    for process in processes:
        process.terminate()
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    script, schema = tmp_path / "m.groovy", tmp_path / "s.avsc"
    script.write_text(SCRIPT)
    schema.write_text(json.dumps(SCHEMA))
    return script, schema


@pytest.fixture
def url(serve: Callable[..., str], files: tuple[Path, Path], world: World) -> str:
    script, schema = files
    return serve("--script", script, "--schema", schema)


@pytest.fixture
def page(visitor: BrowserContext, url: str) -> Iterator[Page]:
    """Open, and it must not complain."""
    page = visitor.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    expect(page.locator("#fields tr").first).to_be_visible()
    yield page
    assert complaints == []


def paste(page: Page, event: Any) -> None:
    page.get_by_label("the event as JSON").fill(event if isinstance(event, str) else json.dumps(event))


def texts(rows: Locator) -> list[list[str]]:
    return [row.locator("td").all_inner_texts() for row in rows.all()]


def settled(page: Page, body: str, expected: list[list[str]]) -> None:
    rows = page.locator(f"#{body} tr")
    end = time.monotonic() + 60
    while texts(rows) != expected and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert texts(rows) == expected


def test_a_pasted_event_field_by_field(page: Page) -> None:
    paste(page, EVENT)
    settled(page, "fields", [["kind", '"view"', "2"], ["page.url", '"http://x/"', "3"], ["n", "7", "4"]])
    settled(page, "steps", [["2", "kind", "set"], ["3", "page.url", "set"], ["4", "n", "set"]])
    page.locator("#fields tr", has_text="page.url").hover()
    expect(page.locator("#script .hit")).to_have_text(re.compile("3.*map location"))
    page.locator("#fields tr", has_text="kind").focus()
    expect(page.locator("#script .hit")).to_have_text(re.compile("2.*map eventType"))
    page.locator("#script div").nth(3).click()
    expect(page.locator("#fields .hit")).to_have_text(re.compile("n.*7.*4"))


def test_what_does_not_fit_says_so(page: Page) -> None:
    paste(page, {**EVENT, "parameters": {"n": "no number"}})
    settled(page, "fields", [["kind", '"view"', "2"], ["page.url", '"http://x/"', "3"], ["n", "null", "default"]])
    expect(page.locator("#steps tr").nth(2)).to_contain_text("a text is no int")
    paste(page, {"event_type": "view"})
    expect(page.locator("#problem")).to_contain_text("rejected")
    expect(page.locator("#problem")).to_contain_text("m.groovy:3:3")
    expect(page.locator("#fields tr")).to_have_count(0)
    paste(page, "{ no JSON")
    expect(page.locator("#problem")).to_contain_text("line 1 column 3")
    paste(page, {"event_tipe": "view"})
    expect(page.locator("#problem")).to_contain_text("event_type")
    paste(page, EVENT)
    expect(page.locator("#problem")).to_be_empty()


def test_an_event_of_the_live_topic(page: Page, world: World) -> None:
    pick = page.get_by_label("an event of the topic")
    expect(pick.locator("option")).to_have_count(2)
    world.event(3, "0:a:s", "stored", world.start + 1, location="http://stored/3")
    page.get_by_label("the event as JSON").focus()
    pick.focus()
    expect(pick.locator("option")).to_have_count(3)
    expect(pick.locator("option").nth(1)).to_contain_text("stored http://stored/3")
    pick.select_option(index=1)
    settled(page, "fields", [["kind", '"stored"', "2"], ["page.url", '"http://stored/3"', "3"], ["n", "3", "4"]])
    expect(page.get_by_label("the event as JSON")).to_have_value(re.compile('"event_id": "e3"'))


def test_the_script_as_it_is_edited(page: Page, files: tuple[Path, Path]) -> None:
    paste(page, EVENT)
    settled(page, "fields", [["kind", '"view"', "2"], ["page.url", '"http://x/"', "3"], ["n", "7", "4"]])
    files[0].write_text(SCRIPT.replace("map eventType()", "\n  map 'fixed'"))
    settled(page, "fields", [["kind", '"fixed"', "3"], ["page.url", '"http://x/"', "4"], ["n", "7", "5"]])
    files[0].write_text(SCRIPT.replace("'n'", "'m'"))
    expect(page.locator("#error")).to_contain_text("The changed script is not used")
    settled(page, "fields", [["kind", '"fixed"', "3"], ["page.url", '"http://x/"', "4"], ["n", "7", "5"]])


def test_the_built_in_mapping(serve: Callable[..., str], visitor: BrowserContext) -> None:
    page = visitor.new_page()
    page.goto(serve())
    expect(page.locator("#script")).to_contain_text("mapping {")
    expect(page.locator("#fields tr").first).to_be_visible()
    expect(page.get_by_label("an event of the topic")).to_contain_text("the topic has no events yet")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_the_screen_and_keeps_nobody_out(
    serve: Callable[..., str], new_visitor: Callable[..., BrowserContext], width: int, scheme: str
) -> None:
    url = serve("--script", SHOP / "mapping.py", "--schema", SHOP / "click-event.avsc")
    page = new_visitor(viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(url)
    row = page.locator("#fields tr", has_text="context.ipaddress")
    row.hover()
    expect(page.locator("#script .hit")).to_be_in_viewport()
    expect(row).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
