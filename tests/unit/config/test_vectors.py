"""tests/wire/config.json: what a configuration has to mean, or what is wrong with it, in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from riverrun.config import load_config
from riverrun.errors import InputError
from tests.conftest import ROOT

CASES = [
    pytest.param(case, name, id=f"{case['name']} ({name})")
    for case in json.loads((ROOT / "tests/wire/config.json").read_text())
    for name in ("hocon", "toml")
    if name in case
]


@pytest.mark.parametrize(("case", "language"), CASES)
def test_configuration(case: dict[str, Any], language: str, tmp_path: Path) -> None:
    for name in case.get("files", []):
        (tmp_path / name).write_text("")
    path = tmp_path / {"hocon": "divolte-collector.conf", "toml": "riverrun.toml"}[language]
    path.write_text(case[language])
    if "errors" in case:
        with pytest.raises(InputError) as refused:
            load_config(path, case.get("env", {}))
        found = "\n".join(map(str, refused.value.problems))
        for message in case["errors"]:
            assert message in found
        assert all(problem.where is not None for problem in refused.value.problems)
        return
    config = load_config(path, case.get("env", {}))
    for key, value in case["values"].items():
        assert at(config, key) == value, key


def at(found: Any, key: str) -> Any:
    """The value at a dotted key; the names of a table."""
    for part in key.split("."):
        found = found[part] if isinstance(found, dict) else getattr(found, "global_" if part == "global" else part)
    return list(found) if isinstance(found, dict) else found
