"""Values of a mapping: JSONPath as Jayway's, digests, user agents, headers, campaigns, places."""

from __future__ import annotations

import contextlib
import doctest
import gzip
import importlib
import pkgutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]  # it has no stubs

import riverrun.mapping.groovy
import riverrun.mapping.values
from riverrun.clock import ManualClock
from riverrun.errors import InputError, UnsupportedError
from riverrun.mapping.values import campaign, digests
from riverrun.mapping.values.agent import parse_agent
from riverrun.mapping.values.geo import MEMBERS, GeoDatabases
from riverrun.mapping.values.headers import split_header
from riverrun.mapping.values.json import NULL, decode
from riverrun.mapping.values.jsonpath import compile_path


def _modules() -> list[str]:
    packages = (riverrun.mapping.values, riverrun.mapping.groovy)
    return [f"{package.__name__}.{one.name}" for package in packages for one in pkgutil.iter_modules(package.__path__)]


@pytest.mark.parametrize("name", _modules())
def test_docstring_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


STORE: Any = {
    "store": {
        "book": [
            {"title": "A", "price": 8.95, "isbn": "1", "tags": ["x", "y"]},
            {"title": "B", "price": 12.99},
            {"title": "C", "price": 8.99, "isbn": "2", "tags": []},
        ],
        "bicycle": {"color": "red", "price": 19.95},
        "open-hours": "9-5",
        "none": None,
    },
    "limit": 10,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.limit", 10),
        ("limit", 10),
        ("$", STORE),
        ("$.store.book[0].title", "A"),
        ("$['store']['book'][-1]['title']", "C"),
        ("$.store.open-hours", "9-5"),
        ("$.store.none", NULL),
        ("$.store.missing", None),
        ("$.store.book[7]", None),
        ("$.limit.deeper", None),
        ("$.store.book[*].title", ["A", "B", "C"]),
        ("$.store.missing[*]", []),
        ("$..price", [8.95, 12.99, 8.99, 19.95]),
        ("$..missing", []),
        ("$.store.book[0,2].title", ["A", "C"]),
        ("$.store.book[:2].title", ["A", "B"]),
        ("$.store.book[-2:].title", ["B", "C"]),
        ("$.store.bicycle['color','price','x']", {"color": "red", "price": 19.95}),
        ("$.store.bicycle.*", ["red", 19.95]),
        ("$..book[?(@.isbn)].title", ["A", "C"]),
        ("$..book[?(@.price < 10)].title", ["A", "C"]),
        ("$..book[?(@.price < $.limit && @.isbn == '2')].title", ["C"]),
        ("$..book[?(@.price > 12 || @.title == 'A')].title", ["A", "B"]),
        ("$..book[?(!(@.isbn))].title", ["B"]),
        ("$..book[?(@.title =~ /[ab]/i)].title", ["A", "B"]),
        ("$..book[?(@.title in ['A', 'C'])].title", ["A", "C"]),
        ("$..book[?(@.title nin ['A', 'C'])].title", ["B"]),
        ("$..book[?(@.tags size 2)].title", ["A"]),
        ("$..book[?(@.tags empty true)].title", ["C"]),
        ("$.store.book.length()", 3),
        ("$..book[*].price.max()", 12.99),
        ("$.store.bicycle.keys()", ["color", "price"]),
    ],
)
def test_jsonpath(path: str, found: Any) -> None:
    assert compile_path(path)(STORE) == found


@pytest.mark.parametrize(
    "path", ["$.", "$.a[", "$.a[x]", "$.a[?(@.b]", "$.a['b", "$.a.nothing()", "$a b", "$[?(@.x ==)]"]
)
def test_a_bad_jsonpath_is_an_error(path: str) -> None:
    with pytest.raises(InputError, match="JSONPath"):
        compile_path(path)


def test_a_function_with_arguments_is_not_there_yet() -> None:
    with pytest.raises(UnsupportedError):
        compile_path("$.a.concat('x')")


@given(st.text(alphabet="$.[]*'?()@ab01:,&|=<>!~/-", max_size=20))
def test_any_jsonpath_is_taken_or_refused(path: str) -> None:
    with contextlib.suppress(InputError, UnsupportedError):
        compile_path(path)(STORE)


def test_json_keeps_decimals_large_integers_and_mends_surrogates() -> None:
    assert decode("[1.10, 123456789012345678901234567890]") == [Decimal("1.10"), 123456789012345678901234567890]
    assert decode(r'{"a": "\ud83d x"}') == {"a": "\ufffd x"}


@pytest.mark.parametrize(
    ("name", "seed", "wanted"),
    [
        ("SHA-256", "foo", "ca5628424c22147c2fbd3d125cb9b69b81f5df71aca9f5c43c335e89a0b7da35"),
        ("SHA-256", "bar", "e0633eb35b686c78398922b5ced858170e93a68bbf6dd26971e313753d2d144c"),
        ("SHA-256", "pseudoSession", "c735548188f9675eeb55133b0da1c04f37c53b15c32e04002900a87afa9c913f"),
        ("SHA-224", "foo", "738cea8c1054dd101349da035986ce18ffbb6ade1995fc86b7a6344b"),
        ("SHA-384", "foo", ("5356f468e494be12562a0c312bc3fdbbe015b53cc062e1d64b50e4a0b896e49a"
                           "bf1c3130b3384f50c974c8bf4b0c2f25")),
        ("SHA-512", "foo", ("132691aea6dcfb9eec39ba03bb09c5d91aee8ead5e0367b842616f73bea05486"
                           "85748163d61d90b7d723ee9a07a40b7b801fda06631734ad44d9aa747a4a44d7")),
        ("SHA-1", "foo", "01a20aedc5aaeae9e81556e6a149a511bd1d1453"),
    ],
)  # fmt: skip
def test_the_switch_gives_divoltes_seeded_digests(name: str, seed: str, wanted: str) -> None:
    algorithm = digests.algorithm(name)
    assert algorithm is not None
    assert digests.digest(algorithm, seed, short_keys=True)(["hello"]).hex() == wanted
    assert digests.digest(algorithm, seed)(["hello"]).hex() != wanted


def test_unknown_digests() -> None:
    assert digests.algorithm("sha_256x") is None
    assert digests.algorithm("Sha-256") == "sha256"


@pytest.mark.parametrize(
    ("text", "members"),
    [
        (("Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 SamsungBrowser/23.0 "
         "Chrome/115.0 Mobile Safari/537.36"), {"device": "Mobile", "os": "Android 13", "name": "Samsung Internet"}),
        (("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
         "Mobile/15E148 Safari/604.1"), {"device": "Tablet", "os": "iPadOS 18.0", "family": "Safari"}),
        (("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 "
         "Safari/537.36"), {"device": "Desktop", "os": "Windows 10", "version": "122.0.0.0", "bot": False}),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
         {"device": "Bot", "type": "Robot", "bot_signal": "crawler"}),
        ("curl/8.1", {"type": "Library", "bot": True}),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
         {"bot_signal": "headless", "device": "Desktop"}),
        ("", {"name": "unknown", "device": "Other", "bot": False}),
    ],
)  # fmt: skip
def test_user_agents(text: str, members: dict[str, Any]) -> None:
    agent = parse_agent(text)
    assert {name: getattr(agent, name) for name in members} == members


@given(st.text(max_size=100))
def test_any_header_line_can_be_split(line: str) -> None:
    assert all(split_header(line))


@pytest.mark.parametrize(
    ("referer", "location", "wanted"),
    [
        (None, "https://shop/", "direct"),
        ("", "https://shop/", "direct"),
        ("https://www.shop.com/a", "https://shop.com/b", "internal"),
        ("https://www.google.co.uk/search?q=x", "https://shop/", "search"),
        ("https://out.reddit.com/x", "https://shop/", "social"),
        ("https://mail.google.com/", "https://shop/", "mail"),
        ("https://chatgpt.com/", "https://shop/", "assistant"),
        ("https://blog.example.org:8080/", None, "other"),
        ("android-app://com.google", "https://shop/", "other"),
        ("not a url", "https://shop/", "direct"),
    ],
)
def test_classes_of_referrers(referer: str | None, location: str | None, wanted: str) -> None:
    assert campaign.referer_class(referer, location) == wanted


PLACE: dict[str, Any] = {
    "city": {"geoname_id": 2758064, "names": {"en": "Bussum"}},
    "continent": {"code": "EU", "geoname_id": 6255148, "names": {"en": "Europe"}},
    "country": {"iso_code": "NL", "geoname_id": 2750405, "names": {"en": "Netherlands"}},
    "location": {"latitude": 52.27333, "longitude": 5.16111, "metro_code": 37331, "time_zone": "Europe/Amsterdam"},
    "postal": {"code": "1403RM"},
    "registered_country": {"iso_code": "AB", "geoname_id": 12, "names": {"en": "AB"}},
    "represented_country": {"iso_code": "CD", "geoname_id": 14, "names": {"en": "CD"}},
    "subdivisions": [
        {"iso_code": "WN", "geoname_id": 2331, "names": {"en": "Subdivision1"}},
        {"iso_code": "YC", "geoname_id": 2333, "names": {"en": "Subdivision2"}},
    ],
    "traits": {"autonomous_system_number": 42, "domain": "divolte.io", "is_anonymous_proxy": True},
}
ROW_61: dict[str, Any] = {
    "city_id": 2758064, "city_name": "Bussum", "continent_code": "EU", "continent_id": 6255148,
    "continent_name": "Europe", "country_code": "NL", "country_id": 2750405, "country_name": "Netherlands",
    "latitude": 52.27333, "longitude": 5.16111, "metro_code": 37331, "time_zone": "Europe/Amsterdam",
    "most_specific_subdivision_code": "YC", "most_specific_subdivision_id": 2333,
    "most_specific_subdivision_name": "Subdivision2", "postal_code": "1403RM", "registered_country_code": "AB",
    "registered_country_id": 12, "represented_country_code": "CD", "represented_country_id": 14,
    "autonomous_system_number": 42, "domain": "divolte.io", "subdivision_codes": ["WN", "YC"],
    "subdivision_ids": [2331, 2333], "anonymous_proxy": True, "satellite_provider": False,
}  # fmt: skip


def write_database(path: Path, networks: dict[str, dict[str, Any]], kind: str = "GeoIP2-City") -> None:
    """Put in place by rename, as a careful updater does."""
    writer = MMDBWriter(6, kind, ipv4_compatible=True, languages=["en"])
    for network, place in networks.items():
        writer.insert_network(IPSet([network]), place)
    temporary = path.with_suffix(".new")
    writer.to_db_file(str(temporary))
    if path.suffix == ".gz":
        temporary.write_bytes(gzip.compress(temporary.read_bytes()))
    temporary.replace(path)


def test_places_of_row_61(tmp_path: Path) -> None:
    write_database(tmp_path / "city.mmdb", {"81.2.69.0/24": PLACE, "2001:db8::/32": {"country": {"iso_code": "X6"}}})
    databases = GeoDatabases([tmp_path / "city.mmdb"])
    place = databases.lookup("81.2.69.160")
    assert place is not None
    assert {name: MEMBERS[name][1](place) for name in ROW_61} == ROW_61
    assert MEMBERS["isp"][1](place) is None
    six = databases.lookup("2001:db8::1")
    assert six is not None
    assert MEMBERS["country_code"][1](six) == "X6"
    assert MEMBERS["subdivision_codes"][1](six) == []
    for unknown in ("9.9.9.9", "not an address", "", "81.2.69.160.1", "example.com"):
        assert databases.lookup(unknown) is None
    databases.close()


def test_several_databases_are_asked_as_one(tmp_path: Path) -> None:
    asn = {"autonomous_system_number": 7, "autonomous_system_organization": "Net"}
    write_database(tmp_path / "asn.mmdb.gz", {"81.2.69.0/24": asn}, "GeoLite2-ASN")
    write_database(tmp_path / "country.mmdb", {"81.2.0.0/16": {"country": {"iso_code": "GB"}}}, "GeoLite2-Country")
    databases = GeoDatabases([tmp_path / "country.mmdb", tmp_path / "asn.mmdb.gz"])
    place = databases.lookup("81.2.69.160")
    assert place is not None
    assert (MEMBERS["country_code"][1](place), MEMBERS["autonomous_system_number"][1](place)) == ("GB", 7)
    assert databases.lookup("81.2.70.1") == {"country": {"iso_code": "GB"}}
    databases.close()


def test_a_database_that_is_replaced_is_loaded_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, clock = tmp_path / "city.mmdb", ManualClock()
    write_database(path, {"81.2.69.0/24": {"country": {"iso_code": "NL"}}})
    databases = GeoDatabases([path], clock)
    assert databases.lookup("81.2.69.1") == {"country": {"iso_code": "NL"}}
    write_database(path, {"81.2.69.0/24": {"country": {"iso_code": "BE"}}})
    clock.advance(1000)
    assert databases.lookup("81.2.69.1") == {"country": {"iso_code": "BE"}}
    path.write_bytes(b"broken")
    clock.advance(1000)
    assert databases.lookup("81.2.69.1") == {"country": {"iso_code": "BE"}}
    assert "keeping the geo database" in caplog.text
    path.unlink()
    clock.advance(1000)
    assert databases.lookup("81.2.69.1") == {"country": {"iso_code": "BE"}}
    databases.close()


def test_files_that_are_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.mmdb").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match=r"x\.mmdb: not a MaxMind database"):
        GeoDatabases([tmp_path / "x.mmdb"])
    with pytest.raises(InputError, match="no such geo database"):
        GeoDatabases([tmp_path / "none.mmdb"])
