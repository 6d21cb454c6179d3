"""The documentation has every metric, field, parameter, member, answer and reason, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, islice, takewhile
from pathlib import Path

from riverrun.collect import answers, browser, json_source
from riverrun.collect.metrics import METRICS, PREFIX
from riverrun.config.check import RESERVED_PATHS
from riverrun.config.load import load_config
from riverrun.config.model import TopicSink
from riverrun.event import EVENT_FIELDS
from tests.conftest import ROOT

CODE = ROOT / "src/riverrun/collect"
# What reasons are made of where they are not written out.
MADE = {"privacy_gpc", "privacy_dnt", "privacy_no_consent", "length", "timed_out", "unknown"}


def table(page: str, heading: str = "") -> Iterator[list[str]]:
    """The rows of the first table behind a heading, without its head."""
    text = (ROOT / "docs" / page).read_text()
    lines = text[text.index(f"## {heading}\n") if heading else 0 :].splitlines()
    behind = dropwhile(lambda line: not line.startswith("|"), lines)
    rows = takewhile(lambda line: line.startswith("|"), behind)
    for row in islice(rows, 2, None):
        yield [cell.strip() for cell in row.strip("|").split("|")]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_metric() -> None:
    documented = {
        names(name)[0]: (kind, tuple(names(labels))) for name, kind, labels, _ in table("metrics.md") if names(name)
    }
    assert documented == {PREFIX + name: (metric.kind, metric.labels) for name, metric in METRICS.items()}


def test_every_field_of_an_event() -> None:
    documented = [name for row in table("collector.md", "An event, field by field") for name in names(row[0])]
    assert sorted(documented) == sorted(name for _, name, _ in EVENT_FIELDS)


def test_every_parameter() -> None:
    documented = {
        name: required == "yes"
        for first, required, *_ in table("wire.md", "Browser source: GET")
        for name in names(first)
    }
    code = (CODE / "browser.py").read_text()
    read = set(re.findall(r'(?:given\(|first\[)"([a-z])"', code)) | {"x"}
    assert set(documented) == read
    assert {name for name, required in documented.items() if required} == set(browser.REQUIRED)


def test_every_member() -> None:
    documented = {
        names(first)[0]: required == "yes" for first, required, *_ in table("wire.md", "JSON source") if names(first)
    }
    assert tuple(name for name, required in documented.items() if required) == json_source.REQUIRED
    assert tuple(name for name, required in documented.items() if not required) == json_source.OPTIONAL


def test_every_reason() -> None:
    documented = {name for row in table("wire.md", "Reasons of rejection") for name in names(row[0])}
    code = "".join(path.read_text() for path in CODE.glob("*.py"))
    assert documented == set(re.findall(r'Rejected\(\s*"([a-z_]+)"', code)) | MADE


def test_every_status() -> None:
    documented = {int(status) for row in table("wire.md", "All answers") for status in re.findall(r"\d{3}", row[0])}
    assert documented == set(answers._REASONS)


def test_every_path_of_our_own() -> None:
    documented = {name for row in table("wire.md", "Paths") for name in names(row[0])}
    assert set(RESERVED_PATHS) <= documented


def test_the_policy_of_the_privacy_page(tmp_path: Path) -> None:
    file = tmp_path / "riverrun.toml"
    file.write_text(re.findall(r"```toml\n(.*?)```", (ROOT / "docs/privacy.md").read_text(), re.DOTALL)[0])
    assert load_config(file, {}).global_.privacy.consent_required == ("analytics",)


def test_the_sinks_of_the_migration_page(tmp_path: Path) -> None:
    file = tmp_path / "divolte-collector.conf"
    lines = re.findall(r"^ +(divolte\.(?:sinks|mappings)\..*)$", (ROOT / "docs/divolte.md").read_text(), re.MULTILINE)
    file.write_text("\n".join(lines))
    config = load_config(file, {})
    assert config.sinks == {"clicks": TopicSink()}
    assert config.mappings["clicks"].sources == ("browser",)


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        for target in re.findall(r"\]\(([^)#\s]*)(?:#[^)]*)?\)", page.read_text()):
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_headings_that_are_linked_exist() -> None:
    pages = {
        page.name: {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in page.read_text().splitlines()
            if line.startswith("#")
        }
        for page in (ROOT / "docs").glob("*.md")
    }
    for page in (ROOT / "docs").glob("*.md"):
        for target, heading in re.findall(r"\]\(([^)#\s]*)#([^)]*)\)", page.read_text()):
            name = target or page.name
            if name in pages:
                assert heading in pages[name], f"{page.name}: {target}#{heading}"
