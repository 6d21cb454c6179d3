"""`riverrun serve` as a process over a data folder that the test writes, and pages of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.helpers.world import World


class Live:
    """A running `riverrun serve`; `stop` and `start` keep its port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "riverrun", "serve", "--data", str(self.data), "--port", str(self.port)],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line + self._process.stderr.read()
        self.port = int(found[1])

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(120)
        assert self._process.stderr is not None
        self._process.stderr.close()
        self._process = None
        return status

    @property
    def running(self) -> bool:
        return self._process is not None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    world.data.mkdir()
    yield world
    world.close()


@pytest.fixture
def live(world: World) -> Iterator[Live]:
    live = Live(world.data)
    live.start()
    yield live
    if live.running:
        live.stop()


@pytest.fixture
def visit(chromium: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """Open a page of `live`. Whatever the page complains about, or asks another server for, fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: str = "/", *, width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith(live.url) else complaints.append(f"asked {request.url}"),
        )
        page.goto(live.url + path)
        return page

    open_page.complaints = complaints  # type: ignore[attr-defined]  # for tests that expect some
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
