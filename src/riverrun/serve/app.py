"""The live pages over HTTP, read only: each has a JSON twin (`/topics.json`) and an event stream (`/topics.events`).

The page itself is always the same small HTML file; the browser draws it from the facts that the stream sends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from riverrun.serve.views import Facts, NotThere, Views

WEB = Path(__file__).resolve().parent.parent / "web"
LOOK_S = 0.2
STREAM_S = 0.25
HEARTBEAT_S = 10.0
MOST_STREAMS = 100

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)

_encode = msgspec.json.Encoder().encode

View = Callable[..., Facts]


class SafeHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                taken = {name for name, _ in _HEADERS}
                message["headers"] = [pair for pair in message["headers"] if pair[0].lower() not in taken]
                message["headers"].extend(_HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Streams:
    """Wakes the event streams when the watcher saw something new, and counts them."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self.encoded = Encoded(views)
        self.count = 0
        self.closing = False
        self._news = asyncio.Event()

    async def look_for_ever(self) -> None:
        while not self.closing:
            if await asyncio.to_thread(self.views.watcher.look):
                self._wake()
            await asyncio.sleep(LOOK_S)

    async def wait(self) -> None:
        """Until there is news, or a while has passed."""
        news = self._news
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), HEARTBEAT_S)

    def close(self) -> None:
        self.closing = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def create_app(views: Views, *, hosts: Sequence[str] = ()) -> Starlette:
    """The application. `hosts`: names, besides this machine's own, under which browsers may ask for it."""
    streams = Streams(views)
    pages: list[tuple[str, View]] = [
        ("/", views.overview),
        ("/queries", views.queries),
        ("/queries/{name}", views.query),
        ("/ledger", views.ledger),
        ("/topics", views.topics),
        ("/topics/{name}", views.topic),
        ("/rejected", views.rejected),
        ("/sessions", views.sessions),
        ("/sessions/{name}", views.session),
        ("/health", views.health),
    ]
    routes = [
        Route("/ui.js", _static("ui.js", "text/javascript")),
        Route("/ui.css", _static("ui.css", "text/css")),
        Route("/icon.svg", _static("icon.svg", "image/svg+xml")),
        Route("/live", _live),
    ]
    for path, view in pages:
        twin = "/index" if path == "/" else path
        routes.append(Route(f"{twin}.json", _twin(streams.encoded, view)))
        routes.append(Route(f"{twin}.events", _stream(streams, view)))
    routes += [Route(path, _page) for path, _ in pages]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await asyncio.to_thread(views.watcher.look)
        looking = asyncio.create_task(streams.look_for_ever())
        yield
        streams.close()
        await looking
        views.watcher.close()

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(SafeHeaders),
            # Without this a page of another site could read everything here by pointing its own name at 127.0.0.1.
            Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]", "::1", *hosts]),
        ],
        exception_handlers={404: _not_found},
    )
    app.state.streams = streams
    return app


class Encoded:
    """The views as JSON. Of all who watch the same page only the first makes the work."""

    def __init__(self, views: Views) -> None:
        self.views = views
        self._made: dict[tuple[object, ...], tuple[bytes, int]] = {}
        self._moment: tuple[int, int] = (-1, -1)

    def facts(self, view: View, since: int, names: dict[str, str]) -> tuple[bytes, int]:
        """The facts of a view, and the number up to which they hold. Raises NotThere."""
        watcher = self.views.watcher
        with watcher.lock:
            moment = watcher.version, watcher.clock.now_ms() // 1000
            if moment != self._moment:
                self._made.clear()
                self._moment = moment
            key = (view, since, *names.values())
            found = self._made.get(key)
            if found is None:
                found = self._made[key] = _encode(view(since, *names.values())), watcher.seq
            return found


def _twin(encoded: Encoded, view: View) -> Callable[[Request], Awaitable[Response]]:
    async def twin(request: Request) -> Response:
        try:
            body, _ = await asyncio.to_thread(encoded.facts, view, 0, dict(request.path_params))
        except NotThere as error:
            return _problem(404, str(error))
        return Response(body, media_type="application/json")

    return twin


def _stream(streams: Streams, view: View) -> Callable[[Request], Awaitable[Response]]:
    async def stream(request: Request) -> Response:
        if streams.count >= MOST_STREAMS:
            return _problem(503, f"{MOST_STREAMS} pages are being watched already; close some, or use the .json twin")
        names = dict(request.path_params)
        try:
            await asyncio.to_thread(streams.encoded.facts, view, 0, names)
        except NotThere as error:
            return _problem(404, str(error))
        return StreamingResponse(_changes(streams, view, names, request), media_type="text/event-stream")

    return stream


async def _changes(streams: Streams, view: View, names: dict[str, str], request: Request) -> AsyncIterator[bytes]:
    """The facts of a view, whole at first; later, whenever something changed, with the new entries only."""
    streams.count += 1
    since = 0
    try:
        while not streams.closing and not await request.is_disconnected():
            waiting = asyncio.ensure_future(streams.wait())
            try:
                body, since = await asyncio.to_thread(streams.encoded.facts, view, since, names)
            except NotThere as error:
                body = _encode({"error": str(error)})
            yield b"data: " + body + b"\n\n"
            await asyncio.sleep(STREAM_S)
            await waiting
    finally:
        streams.count -= 1


def _static(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def static(_: Request) -> Response:
        path = WEB / name
        if not path.is_file():
            return _problem(503, f"{name} is not built; run: make web")
        return FileResponse(path, media_type=media_type)

    return static


_page = _static("ui.html", "text/html; charset=utf-8")


async def _live(_: Request) -> Response:
    return Response("ok\n", media_type="text/plain")


async def _not_found(request: Request, _: Exception) -> Response:
    if request.url.path.endswith((".json", ".events")) or not (WEB / "ui.html").is_file():
        return _problem(404, f"nothing is at {request.url.path}; the pages are listed at /")
    return FileResponse(WEB / "ui.html", status_code=404, media_type="text/html; charset=utf-8")


def _problem(status: int, message: str) -> Response:
    return Response(_encode({"error": message}), status_code=status, media_type="application/json")
