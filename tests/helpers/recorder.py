"""Two web servers for browser tests: a site with pages, and a collector that writes down what reaches it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.conftest import ROOT

PIXEL = bytes.fromhex("47494638396101000100000000 21f904010a0001002c00000000010001000002024c01003b")
WEB = ROOT / "src" / "riverrun" / "web"
PATIENCE_S = 60.0
# All words of the tag's `track`.
EVERYTHING = (
    "singlePage eventAttributes outboundLink download formSubmit scrollDepth engagedTime elementVisible webVitals"
)


class Answer(NamedTuple):
    """What the collector answers. status 0: it hangs up without an answer."""

    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012  # never written to
    after: Event | None = None  # holds the answer back until it is set


@dataclass(frozen=True)
class Seen:
    """A request for one event or a batch that reached the collector."""

    method: str
    path: str
    headers: dict[str, str]
    queries: tuple[str, ...]

    @property
    def events(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(query, keep_blank_values=True)) for query in self.queries]


def tag_script(config: dict[str, Any]) -> bytes:
    """The script as a collector serves it (web/tag/README.md)."""
    names = json.loads((WEB / "tag.json").read_text())
    told = {names.get(name, name): value for name, value in {"scriptName": "divolte.js", **config}.items()}
    return (WEB / "tag.js").read_text().replace('"@config@"', json.dumps(told)).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""


class Served:
    """A server on a free port of 127.0.0.1, run by a thread."""

    def __init__(self, handle: Callable[[BaseHTTPRequestHandler], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                handle(self)

            def do_POST(self) -> None:
                handle(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def send(request: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@dataclass
class Recorder:
    """A collector: serves the tag with `config`, records events, answers as `answer` says."""

    config: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[Seen], Answer] = lambda _: Answer()
    cors: bool = True

    def __post_init__(self) -> None:
        self._changed = Condition()
        self._seen: list[Seen] = []
        self._server = Served(self._handle)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def snippet(self) -> str:
        return f'<script src="{self.url}/divolte.js" defer async></script>'

    @property
    def requests(self) -> list[Seen]:
        with self._changed:
            return list(self._seen)

    @property
    def events(self) -> list[dict[str, str]]:
        return [event for request in self.requests for event in request.events]

    def types(self) -> list[str]:
        return [event.get("t", "") for event in self.events]

    def wait(self, condition: Callable[[list[dict[str, str]]], bool]) -> list[dict[str, str]]:
        """The events once they satisfy `condition`; fails when they do not in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition([e for r in self._seen for e in r.events]), PATIENCE_S):
                raise AssertionError(f"still waiting; so far {self.types()}")
        return self.events

    def wait_for(self, *types: str) -> list[dict[str, str]]:
        """The events once they have exactly these types in this order."""
        return self.wait(lambda events: [event.get("t") for event in events] == list(types))

    def forget(self) -> None:
        with self._changed:
            self._seen.clear()

    def close(self) -> None:
        self._server.close()

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if url.path == f"/{self.config.get('scriptName', 'divolte.js')}":
            # A script of another origin that is a module may be read by all, or it does not run.
            headers = {"Content-Type": "application/javascript", "Cache-Control": "no-store"}
            send(request, 200, tag_script(self.config), Access_Control_Allow_Origin="*", **headers)
            return
        if url.path not in ("/csc-event", "/csc-event/batch"):
            send(request, 404)
            return
        queries = tuple(body.decode().split("\n")) if request.command == "POST" else (url.query,)
        seen = Seen(request.command, url.path, {k.lower(): v for k, v in request.headers.items()}, queries)
        answer = self.answer(seen)
        if answer.status == 200:
            with self._changed:
                self._seen.append(seen)
                self._changed.notify_all()
        if answer.after:
            answer.after.wait(60)
        if not answer.status:
            request.close_connection = True
            return
        headers = dict(answer.headers)
        if self.cors:
            headers |= {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        is_pixel = request.command == "GET" and answer.status == 200
        with contextlib.suppress(ConnectionError):
            send(request, answer.status, PIXEL if is_pixel else b"", Content_Type="image/gif", **headers)


@dataclass
class Site:
    """Pages by path, each with its own headers."""

    def __post_init__(self) -> None:
        self._pages: dict[str, tuple[str, dict[str, str]]] = {}
        self._server = Served(self._handle)

    @property
    def url(self) -> str:
        return f"http://localhost:{self._server.port}"

    def page(self, path: str, body: str, head: str = "", *, doctype: str = "<!doctype html>", **headers: str) -> str:
        """Puts a page up and returns its URL."""
        text = f"{doctype}<html><head><title>{path}</title>{head}</head><body>{body}</body></html>"
        self._pages[path] = (text, headers)
        return self.url + path

    def close(self) -> None:
        self._server.close()

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers.get("Content-Length", 0)))
        found = self._pages.get(urlsplit(request.path).path)
        if found is None:
            send(request, 404)
            return
        text, headers = found
        send(request, 200, text.encode(), Content_Type="text/html; charset=utf-8", **headers)


@contextlib.contextmanager
def closing_all(*servers: Recorder | Site) -> Iterator[None]:
    try:
        yield
    finally:
        for server in servers:
            server.close()


def eventually(condition: Callable[[], bool]) -> None:
    """Waits until `condition` holds; fails when it does not in time."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "still waiting"
        time.sleep(0.02)
