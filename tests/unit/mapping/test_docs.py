"""docs/mapping.md and docs/schema.md: their files are written, their commands run, and the output is what they say."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from riverrun.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
_spec = importlib.util.spec_from_file_location("stored", Path(__file__).with_name("stored.py"))
assert _spec is not None
assert _spec.loader is not None
stored = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(stored)

_BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = ("/", "/category/cars/2/", "/product/117/")


@pytest.mark.parametrize("page", ["mapping.md", "schema.md"])
def test_the_page_does_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    events = [
        stored.event(0, timestamp=1_500_000_000_000 + 100 * n, location=f"https://shop.example.com{path}")
        for n, path in enumerate(PAGES)
    ]
    stored.write_events(tmp_path / "data", events)
    commands = 0
    for kind, file, body in _BLOCK.findall((ROOT / "docs" / page).read_text("utf-8")):
        if file:
            Path(file).write_text(body)
        elif kind == "console":
            for command, wanted in re.findall(r"^\$ riverrun (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
                main(shlex.split(command))
                out, err = capsys.readouterr()
                assert out + err == wanted, command
                commands += 1
    assert commands >= 4
