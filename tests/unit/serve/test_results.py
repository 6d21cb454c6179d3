"""Which topics a configuration's queries write, found in their text."""

from __future__ import annotations

from pathlib import Path

import pytest

from riverrun.config import Config, load_config
from riverrun.config.model import Pipeline
from riverrun.errors import InputError
from riverrun.serve.results import result_topics

TABLES = """CREATE TABLE a (n INT) WITH ('connector' = 'kafka', 'topic' = 'A');
CREATE TABLE b (n INT) WITH ('connector' = 'filesystem', 'path' = '/tmp/b');
CREATE TABLE c (n INT) WITH ('connector' = 'upsert-kafka', 'topic' = 'C');"""


def test_topics_of_inserts(tmp_path: Path) -> None:
    (tmp_path / "t.sql").write_text(TABLES)
    (tmp_path / "q.sql").write_text("INSERT INTO c SELECT n FROM a; INSERT INTO b SELECT n FROM a;")
    (tmp_path / "s.sql").write_text("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO c SELECT 2; END;")
    pipelines = {
        "q": Pipeline(sql=(tmp_path / "t.sql", tmp_path / "q.sql")),
        "s": Pipeline(sql=(tmp_path / "t.sql", tmp_path / "s.sql")),
        "off": Pipeline(sql=(tmp_path / "missing.sql",), enabled=False),
    }
    assert result_topics(Config(pipelines=pipelines)) == {"C": "q", "A": "s"}


def test_the_shop_has_eight() -> None:
    shop = Path(__file__).resolve().parents[3] / "examples" / "shop" / "riverrun.toml"
    assert list(result_topics(load_config(shop))) == [
        "campaign_clicks", "new_customer_clicks", "device_types", "top_browsers", "session_durations",
        "session_averages", "abandoned_baskets", "purchases",
    ]  # fmt: skip


def test_what_is_not_sql_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("INSRT INTO a SELECT 1")
    with pytest.raises(InputError, match=r"q\.sql:1:1"):
        result_topics(Config(pipelines={"q": Pipeline(sql=(tmp_path / "q.sql",))}))
