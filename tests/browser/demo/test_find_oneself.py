"""Someone who opens the shop and clicks finds her own session on the live page."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import SHOP, Up, get, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def shop_config(tmp_path: Path) -> Path:
    """The shop without its queries, on ports that are free."""
    text = (SHOP / "riverrun.toml").read_text().partition("[pipelines.")[0]
    text = re.sub(r"^port = \d+", "port = 0", text, flags=re.MULTILINE)
    for name in ("click-event.avsc", "mapping.py", "registration.avsc", "registrations.py"):
        text = text.replace(f'"{name}"', f'"{SHOP / name}"')
    (tmp_path / "riverrun.toml").write_text(text)
    return tmp_path / "riverrun.toml"


@pytest.fixture
def up(tmp_path: Path, shop_config: Path) -> Iterator[Up]:
    one = Up(["up", str(shop_config), "--data", str(tmp_path / "data")], tmp_path / "data")
    yield one
    one.kill_all()


@pytest.fixture
def shop_at() -> Iterator[Callable[[str, str], str]]:
    """Serve the shop for a collector and a live page; returns its address."""
    started: list[subprocess.Popen[str]] = []

    def serve(collector: str, live: str) -> str:
        command = [sys.executable, "-m", "riverrun", "shop", "--port", "0", "--collector", collector, "--live", live]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        stderr = started[-1].stderr
        assert stderr is not None
        return stderr.readline().removeprefix("shop: ").strip()

    yield serve
    for process in started:
        process.terminate()
        process.communicate(timeout=120)


def test_one_finds_oneself(up: Up, visitor: BrowserContext, shop_at: Callable[[str, str], str]) -> None:
    addresses = up.start().addresses
    until(lambda: answers(addresses["collector"] + "ping"), "the collector")
    until(lambda: answers(addresses["live"] + "index.json"), "the live page")
    home = shop_at(addresses["collector"], addresses["live"])
    shop = visitor.new_page()
    shop.goto(home)
    live = visitor.new_page()
    live.goto(addresses["live"])
    mine = live.locator("tr.mine")
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text("PAGE_VIEW")

    shop.goto(home + "product/navy-slim-jeans")
    expect(mine.first).to_contain_text("PRODUCT_VIEW")
    expect(mine.first).to_contain_text("accepted")
    live.get_by_role("link", name="Your session").click()
    clicks = live.locator(".timeline li")
    expect(clicks).to_have_count(2)
    clicks.first.get_by_text("mapped record").click()
    expect(clicks.first.locator("pre")).to_contain_text('"type": "PRODUCT_VIEW"')

    shop.get_by_role("link", name="See your clicks arrive").click()
    shop.wait_for_url(addresses["live"] + "**")
    assert up.stop() == 0


def answers(url: str) -> bool:
    try:
        return get(url) is not None
    except OSError:
        return False
