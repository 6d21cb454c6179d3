"""Places of addresses, from MaxMind databases (city, country, ASN, enterprise; plain or .gz), reloaded when
replaced."""

from __future__ import annotations

import gzip
import io
import ipaddress
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from riverrun.clock import Clock, SystemClock
from riverrun.errors import InputError, Where

Place = dict[str, Any]
_log = logging.getLogger(__name__)
_CHECK_MS = 1000.0


class GeoDatabases:
    """One or more databases asked as one: what an earlier one knows wins. Files that change are loaded anew, at most
    once a second, also when they are replaced by rename; a broken new file is logged and the old one kept."""

    def __init__(self, paths: Sequence[Path], clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._files = [_Database(path) for path in paths]
        self._next_check = self._clock.monotonic_ms() + _CHECK_MS

    def lookup(self, address: str) -> Place | None:
        """What is known about a textual IPv4 or IPv6 address; None when it is not one or nothing is known."""
        now = self._clock.monotonic_ms()
        if now >= self._next_check:
            self._next_check = now + _CHECK_MS
            for file in self._files:
                file.reload()
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return None
        found: Place = {}
        for file in self._files:
            found = _merged(found, file.get(parsed))
        return found or None

    def close(self) -> None:
        for file in self._files:
            file.close()


def _merged(first: Place, second: Place) -> Place:
    merged = dict(second)
    for key, value in first.items():
        other = merged.get(key)
        merged[key] = _merged(value, other) if isinstance(value, dict) and isinstance(other, dict) else value
    return merged


class _Database:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader, self._seen = _open(path)

    def get(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Place:
        try:
            found = self._reader.get(address)
        except ValueError:  # an IPv6 address in a database of IPv4 addresses
            return {}
        return found if isinstance(found, dict) else {}

    def reload(self) -> None:
        try:
            stat = self._path.stat()
            if (stat.st_ino, stat.st_mtime_ns, stat.st_size) == self._seen:
                return
            reader, seen = _open(self._path)
        except (OSError, InputError) as error:
            _log.warning("keeping the geo database that is loaded: %s", error)
            return
        self._reader.close()
        self._reader, self._seen = reader, seen
        _log.info("loaded the new geo database %s", self._path)

    def close(self) -> None:
        self._reader.close()


def _open(path: Path) -> tuple[Any, tuple[int, int, int]]:
    """The file is read into memory: a database that is being overwritten in place must not change under a lookup."""
    import maxminddb

    try:
        stat = path.stat()
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
        reader = maxminddb.open_database(io.BytesIO(raw), maxminddb.MODE_FD)
    except FileNotFoundError as error:
        raise InputError("there is no such geo database", where=Where(str(path))) from error
    except (OSError, EOFError, ValueError, maxminddb.InvalidDatabaseError) as error:
        what = f"not a MaxMind database: {error}"
        raise InputError(what, where=Where(str(path)), todo="give a .mmdb file, or a .gz of one") from error
    return reader, (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def _at(*path: str) -> Callable[[Place], Any]:
    def get(place: Place) -> Any:
        found: Any = place
        for name in path:
            if not isinstance(found, dict):
                return None
            found = found.get(name)
        return found

    return get


def _first(*getters: Callable[[Place], Any]) -> Callable[[Place], Any]:
    return lambda place: next((found for get in getters if (found := get(place)) is not None), None)


def _number(get: Callable[[Place], Any]) -> Callable[[Place], Any]:
    def number(place: Place) -> int | None:
        found = get(place)
        return found if isinstance(found, int) else int(found) if isinstance(found, str) and found.isdigit() else None

    return number


def _most_specific(*path: str) -> Callable[[Place], Any]:
    inner = _at(*path)
    return lambda place: inner(subdivisions[-1]) if (subdivisions := place.get("subdivisions")) else None


def _each(*path: str) -> Callable[[Place], Any]:
    inner = _at(*path)
    return lambda place: [
        found for one in place.get("subdivisions", ()) if (found := inner(one)) is not None
    ]  # fmt: skip


def _flag(*names: str) -> Callable[[Place], Any]:
    inner = _at("traits")
    return lambda place: any(bool((inner(place) or {}).get(name)) for name in names)


_EN = ("names", "en")
# Divolte's name -> (type of the value, how it is got). Source: MaxMind's documentation of its databases.
MEMBERS: dict[str, tuple[str, Callable[[Place], Any]]] = {
    "city_id": ("int", _at("city", "geoname_id")),
    "city_name": ("string", _at("city", *_EN)),
    "continent_code": ("string", _at("continent", "code")),
    "continent_id": ("int", _at("continent", "geoname_id")),
    "continent_name": ("string", _at("continent", *_EN)),
    "country_code": ("string", _at("country", "iso_code")),
    "country_id": ("int", _at("country", "geoname_id")),
    "country_name": ("string", _at("country", *_EN)),
    "latitude": ("double", _at("location", "latitude")),
    "longitude": ("double", _at("location", "longitude")),
    "metro_code": ("int", _number(_at("location", "metro_code"))),
    "time_zone": ("string", _at("location", "time_zone")),
    "most_specific_subdivision_code": ("string", _most_specific("iso_code")),
    "most_specific_subdivision_id": ("int", _most_specific("geoname_id")),
    "most_specific_subdivision_name": ("string", _most_specific(*_EN)),
    "postal_code": ("string", _at("postal", "code")),
    "registered_country_code": ("string", _at("registered_country", "iso_code")),
    "registered_country_id": ("int", _at("registered_country", "geoname_id")),
    "registered_country_name": ("string", _at("registered_country", *_EN)),
    "represented_country_code": ("string", _at("represented_country", "iso_code")),
    "represented_country_id": ("int", _at("represented_country", "geoname_id")),
    "represented_country_name": ("string", _at("represented_country", *_EN)),
    "subdivision_codes": ("strings", _each("iso_code")),
    "subdivision_ids": ("ints", _each("geoname_id")),
    "subdivision_names": ("strings", _each(*_EN)),
    "autonomous_system_number": (
        "int",
        _first(_at("traits", "autonomous_system_number"), _at("autonomous_system_number")),
    ),
    "autonomous_system_organization": (
        "string",
        _first(_at("traits", "autonomous_system_organization"), _at("autonomous_system_organization")),
    ),
    "domain": ("string", _first(_at("traits", "domain"), _at("domain"))),
    "isp": ("string", _first(_at("traits", "isp"), _at("isp"))),
    "organisation": ("string", _first(_at("traits", "organization"), _at("organization"))),
    "anonymous_proxy": ("boolean", _flag("is_anonymous_proxy", "is_anonymous")),
    "satellite_provider": ("boolean", _flag("is_satellite_provider")),
}
