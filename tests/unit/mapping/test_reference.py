"""docs/mapping-reference.md is complete and fresh, and every example in it gives what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]  # it has no stubs

from riverrun.mapping.reference import PLACE, STATEMENTS, reference, result_of, words
from riverrun.mapping.values.geo import GeoDatabases

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = [(word, example) for word in words() for example in word.examples]
# shown by the examples of their members
WITHOUT_EXAMPLE = {"user_agent", "campaign", "function", "add", *STATEMENTS}


@pytest.fixture(scope="module")
def geo(tmp_path_factory: pytest.TempPathFactory) -> GeoDatabases:
    path = tmp_path_factory.mktemp("geo") / "geo.mmdb"
    writer = MMDBWriter(6, "GeoIP2-City", ipv4_compatible=True, languages=["en"])
    writer.insert_network(IPSet(["81.2.69.0/24", "2.125.160.0/24"]), PLACE)
    writer.to_db_file(str(path))
    return GeoDatabases([path])


@pytest.mark.parametrize(("word", "example"), EXAMPLES, ids=[one[1][0] for one in EXAMPLES])
def test_an_example_gives_what_it_says(word: object, example: tuple[str, str], geo: GeoDatabases) -> None:
    expression, wanted = example
    got = result_of(expression, geo)
    assert got == (
        wanted if wanted == "absent" else json.dumps(json.loads(wanted), ensure_ascii=False, separators=(",", ":"))
    )


def test_every_word_has_an_example() -> None:
    assert [
        f"{word.owner}.{word.name}" for word in words() if not word.examples and word.name not in WITHOUT_EXAMPLE
    ] == []


def test_the_page_is_fresh() -> None:
    page = (ROOT / "docs/mapping-reference.md").read_text("utf-8")
    assert page == reference(), "make it anew: .venv/bin/riverrun mapping reference > docs/mapping-reference.md"
