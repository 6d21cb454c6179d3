"""The page of `riverrun mapping try`: paste an event or pick one, and see which line of the script set which field.

GET  /         the page                      GET /events   the last events of the topic, newest first
GET  /script   the script and its mistakes   POST /map     an event -> its record, each field's line, each step
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

from riverrun.clock import SystemClock
from riverrun.errors import RiverrunError
from riverrun.mapping import builtin
from riverrun.mapping.cases import plain_rejected
from riverrun.mapping.events import event_of, members_of, stored_event
from riverrun.mapping.mapping import Mapping
from riverrun.mapping.reload import Reloading
from riverrun.mapping.values.json import decode, plain
from riverrun.topics import LocalTopics

_LARGEST = 1 << 20
_LAST = 50


class Tryout:
    """What the page asks for, without HTTP."""

    def __init__(
        self, load: Callable[[], Mapping], script: Path | None, schema: Path | None, data: Path, topic: str
    ) -> None:
        # Every time: the page that was told a new text maps with it at once, and does not ask again.
        self._reloading = Reloading(load, (script, schema), SystemClock(), every_ms=0)
        self._topics = LocalTopics(data)
        self._topic = topic
        self._script = script

    def script(self) -> dict[str, Any]:
        self._reloading.refresh()
        text = builtin.SCRIPT if self._script is None else self._script.read_text("utf-8", "replace")
        file = self._reloading.current.script.file
        return {"file": file, "text": text, "error": self._reloading.error, "topic": self._topic}

    def events(self) -> list[dict[str, Any]]:
        """The last events of the topic, newest first."""
        end, start = self._topics.end(self._topic), self._topics.start(self._topic)
        since = {number: max(start[number], offset - _LAST) for number, offset in end.items()}
        with self._topics.reader(self._topic, since) as reader:
            entries = sorted(reader.read(_LAST * max(len(since), 1)), key=lambda one: one.timestamp, reverse=True)
        return [plain(members_of(stored_event(one.value))) for one in entries[:_LAST]]

    def map(self, text: bytes) -> dict[str, Any]:
        """Raises InputError for what is no event, ValueError for what is no JSON."""
        self._reloading.refresh()
        mapping = self._reloading.current
        told = mapping.explain(event_of(decode(text)))
        fields = [
            {"field": name, "value": value, "line": told.lines.get(name)}
            for name, value in _leaves(told.record, told.lines)
        ]
        return {
            "record": told.record,
            "rejected": plain_rejected(told.rejected) if told.rejected else None,
            "fields": fields,
            "steps": [{"line": step.line, "field": step.field, "outcome": step.outcome} for step in told.steps],
        }


def _leaves(record: Any, lines: dict[str, int], path: str = "") -> list[tuple[str, Any]]:
    """The fields as the script sets them: a record that it sets whole is one field."""
    found: list[tuple[str, Any]] = []
    for name, value in (record or {}).items():
        here = f"{path}{name}"
        inside = isinstance(value, dict) and here not in lines and any(line.startswith(here + ".") for line in lines)
        found += _leaves(value, lines, here + ".") if inside else [(here, value)]
    return found


class _Handler(BaseHTTPRequestHandler):
    tryout: Tryout

    def do_GET(self) -> None:
        if not self._is_local():
            return
        if self.path == "/":
            page = files("riverrun.mapping").joinpath("tryout.html").read_bytes()
            self._answer(HTTPStatus.OK, page, "text/html; charset=utf-8")
        elif self.path in ("/events", "/script"):
            self._json(HTTPStatus.OK, self.tryout.events() if self.path == "/events" else self.tryout.script())
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "there is nothing here"})

    def do_POST(self) -> None:
        if not self._is_local():
            return
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/map" or length > _LARGEST:
            self._json(HTTPStatus.NOT_FOUND, {"error": "POST an event of at most 1 MiB to /map"})
            return
        body = self.rfile.read(length)
        try:
            self._json(HTTPStatus.OK, self.tryout.map(body))
        except (RiverrunError, ValueError, RecursionError) as error:
            self._json(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def _is_local(self) -> bool:
        """Pages of other sites cannot read events by giving their own name to our address."""
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        if host in ("127.0.0.1", "localhost"):
            return True
        self._json(HTTPStatus.FORBIDDEN, {"error": "open http://127.0.0.1"})
        return False

    def _json(self, status: HTTPStatus, body: Any) -> None:
        self._answer(status, json.dumps(body, default=float).encode(), "application/json")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'; img-src data:")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: events are personal."""


def make_server(tryout: Tryout, port: int) -> ThreadingHTTPServer:
    """On the loopback address only."""
    return ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"tryout": tryout}))
