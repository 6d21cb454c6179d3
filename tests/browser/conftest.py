"""A real Chromium for all browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

# Much else may run on the machine; what never comes true still fails.
_PATIENCE_MS = 60_000
expect.set_options(timeout=_PATIENCE_MS)

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Quiet: a test browser talks to nobody but the test's own servers.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium: make chromium")
    return path


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """Headless, with a new profile. Pages go into the back/forward cache, as a visitor's do."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=list(FLAGS),
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def new_visitor(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Contexts with cookies and storage of their own; options as Playwright's `new_context`."""
    contexts: list[BrowserContext] = []

    def visitor(**options: object) -> BrowserContext:
        context = chromium.new_context(**options)  # type: ignore[arg-type]  # passed on as they are
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        return context

    yield visitor
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(new_visitor: Callable[..., BrowserContext]) -> BrowserContext:
    return new_visitor()
