"""Schema registries: ids and subjects in files under the data folder, or a Confluent-compatible one over HTTP."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from riverrun.errors import InputError, Problem, RunError, Where, did_you_mean
from riverrun.schema.avro import Schema, parse
from riverrun.schema.evolution import obstacles

# mode -> (which earlier versions, whether the new one reads the old, whether the old one reads the new)
MODES = {
    "NONE": ("none", False, False),
    "BACKWARD": ("last", True, False),
    "FORWARD": ("last", False, True),
    "FULL": ("last", True, True),
    "BACKWARD_TRANSITIVE": ("all", True, False),
    "FORWARD_TRANSITIVE": ("all", False, True),
    "FULL_TRANSITIVE": ("all", True, True),
}
_SUBJECT = re.compile(r"[A-Za-z0-9._-]{1,249}\Z", re.ASCII)


class Registry(Protocol):
    def register(self, subject: str, schema: Any) -> int:
        """The id of `schema` under `subject`, a new one if need be. InputError when the subject's rule forbids it."""
        ...

    def schema(self, schema_id: int) -> Any:
        """The schema (JSON) with this id. RunError when there is none."""
        ...

    def latest(self, subject: str) -> tuple[int, Any] | None:
        """(id, schema) of the newest version of a subject; None when it has none."""
        ...


def compatibility_problems(mode: str, schema: Any, earlier: list[Any]) -> list[str]:
    """Why `schema` may not follow the `earlier` ones (oldest first) under `mode`; empty when it may."""
    which, reads_old, read_by_old = MODES[mode]
    versions = list(enumerate(earlier, 1))
    chosen = [] if which == "none" else versions if which == "all" else versions[-1:]
    new, found = parse(schema), []
    for number, one in chosen:
        old: Schema = parse(one)
        if reads_old:
            found += [f"cannot read version {number}: {reason}" for reason in obstacles(new, old)]
        if read_by_old:
            found += [f"version {number} cannot read it: {reason}" for reason in obstacles(old, new)]
    return found


class FileRegistry:
    """ids/<id>.avsc and subjects/<subject>.json under a folder; safe for several processes."""

    def __init__(self, folder: Path, default_mode: str = "BACKWARD") -> None:
        self._folder = folder
        self._default_mode = default_mode

    def register(self, subject: str, schema: Any) -> int:
        with self._locked():
            state = self._subject(subject)
            versions = [self.schema(number) for number in state["ids"]]
            if schema in versions:
                return int(state["ids"][versions.index(schema)])
            problems = compatibility_problems(state["mode"], schema, versions)
            if problems:
                todo = f"the subject's rule is {state['mode']}"
                raise InputError([Problem(one, Where(path=f"subject {subject}"), todo) for one in problems])
            schema_id = self._id_of(schema)
            state["ids"].append(schema_id)
            _replace(self._subject_path(subject), state)
            return schema_id

    def schema(self, schema_id: int) -> Any:
        try:
            return json.loads((self._folder / "ids" / f"{schema_id}.avsc").read_bytes())
        except FileNotFoundError:
            raise RunError(f"no schema has the id {schema_id}", where=Where(str(self._folder))) from None

    def latest(self, subject: str) -> tuple[int, Any] | None:
        ids = self._subject(subject)["ids"]
        return (ids[-1], self.schema(ids[-1])) if ids else None

    def subjects(self) -> list[str]:
        return sorted(path.stem for path in (self._folder / "subjects").glob("*.json"))

    def set_mode(self, subject: str, mode: str) -> None:
        if mode not in MODES:
            raise InputError(f"{mode} is no rule of compatibility", todo=did_you_mean(mode, MODES))
        with self._locked():
            _replace(self._subject_path(subject), {**self._subject(subject), "mode": mode})

    def _id_of(self, schema: Any) -> int:
        folder = self._folder / "ids"
        numbers = sorted(int(path.stem) for path in folder.glob("*.avsc"))
        for number in numbers:
            if self.schema(number) == schema:
                return number
        number = numbers[-1] + 1 if numbers else 1
        _replace(folder / f"{number}.avsc", schema)
        return number

    def _subject(self, subject: str) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads(self._subject_path(subject).read_bytes())
        except FileNotFoundError:
            return {"mode": self._default_mode, "ids": []}
        return state

    def _subject_path(self, subject: str) -> Path:
        if _SUBJECT.match(subject) is None:
            raise InputError(
                f"{subject!r} cannot be the name of a subject", todo="use letters, digits, '.', '_' and '-'"
            )
        return self._folder / "subjects" / f"{subject}.json"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        for name in ("ids", "subjects"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _replace(path: Path, content: Any) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


class HttpRegistry:
    """A Confluent-compatible registry. User and password may stand in the URL; they are never in a message."""

    def __init__(self, url: str, *, timeout_ms: int = 10_000) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError("the registry's address is not an http(s) URL", todo="write http://host:port")
        place = parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]"
        self._base = f"{parts.scheme}://{place}" + (f":{parts.port}" if parts.port else "") + parts.path.rstrip("/")
        self._timeout_s = timeout_ms / 1000
        self._headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
        if parts.username is not None:
            login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        self._known: dict[int, Any] = {}

    def register(self, subject: str, schema: Any) -> int:
        path = f"/subjects/{urllib.parse.quote(subject, safe='')}/versions"
        answer = self._call("POST", path, {"schema": json.dumps(schema)})
        return int(answer["id"])

    def schema(self, schema_id: int) -> Any:
        if schema_id not in self._known:
            answer = self._call("GET", f"/schemas/ids/{schema_id}")
            if answer.get("schemaType", "AVRO") != "AVRO":
                raise RunError(f"schema {schema_id} is {answer['schemaType']}, not Avro", where=Where(self._base))
            self._known[schema_id] = json.loads(answer["schema"])
        return self._known[schema_id]

    def latest(self, subject: str) -> tuple[int, Any] | None:
        try:
            answer = self._call("GET", f"/subjects/{urllib.parse.quote(subject, safe='')}/versions/latest")
        except _NotFound:
            return None
        return int(answer["id"]), json.loads(answer["schema"])

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, content, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise _refused(error, self._base + path) from error
        except (OSError, ValueError) as error:
            raise RunError(f"the registry did not answer: {error}", where=Where(self._base + path)) from error


class _NotFound(RunError):
    pass


def _refused(error: urllib.error.HTTPError, url: str) -> RunError | InputError:
    try:
        message = str(json.load(error).get("message", error.reason))
    except (ValueError, AttributeError):
        message = str(error.reason)
    what = f"the registry refused ({error.code}): {message}"
    if error.code == 404:
        return _NotFound(what, where=Where(url))
    return (InputError if error.code in (409, 422) else RunError)(what, where=Where(url))
