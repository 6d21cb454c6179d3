"""A wheel carries everything that an installation needs: the tag, the pages, the shop; Node is for checkouts only."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.slow


def test_a_wheel_is_whole(tmp_path: Path) -> None:
    uv = ROOT / ".venv" / "bin" / "uv"
    subprocess.run([uv, "build", "--wheel", "--quiet", "-o", str(tmp_path)], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {"tag.js", "ui.html", "ui.js", "ui.css", "icon.svg"}
    assert {f"riverrun/web/{name}" for name in wanted} <= names
    shop = ROOT / "examples" / "shop"
    for path in shop.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert f"riverrun/examples/shop/{path.relative_to(shop)}" in names
    assert "riverrun/py.typed" in names
    assert not [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx"))]
