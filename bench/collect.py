"""riverrun's collector beside nginx: the same requests, the same load generator, one worker each, in one run.

    make bench-collect                     # about two minutes
    python -m bench.collect --seconds 3 --rounds 1

nginx serves the 37-byte pixel as a static file; riverrun parses the event, stores it and answers with the same pixel.
Rounds are interleaved and the medians of their ratios printed, so that a machine that is busy with something else tells
on both. Needs nginx and wrk (Debian: nginx-light, wrk; installed when run as root, else say so).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import psutil

from riverrun.collect.answers import PIXEL
from riverrun.collect.query import build_query
from riverrun.ids import event_id, to_base36
from tests.processes import riverrun

CONNECTIONS = 64
EVENTS = 4000  # different ones; then the same again
BATCH = 20
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
HEADERS = {
    "User-Agent": AGENT,
    "Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
    "Referer": "https://www.example.com/",
    "Cookie": "_dvp=0:j5399reo:qkfUDJ3893UmJkS8UkPYeHkFO9qpsT~5; _dvs=0:j5399reo:qkfUDJ3893UmJkS8UkPYeHkFO9qpsT~5",
}

APP_HEADERS = {"User-Agent": "shop-app/4.2 (Android 14)", "Content-Type": "application/json", "Accept": "*/*"}


class Server(NamedTuple):
    port: int
    process: psutil.Process


class Result(NamedTuple):
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_us: float  # processor time of the server for one request


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=6, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    missing = _missing()
    if missing:
        print(f"bench: {' and '.join(missing)} are needed: apt-get install nginx-light wrk", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="riverrun-bench-") as folder:
        results = measure(Path(folder), arguments.seconds, arguments.rounds, arguments.connections)
    print(json.dumps(results, indent=1) if arguments.json else described(results))
    return 0


def _missing() -> list[str]:
    needed = {"nginx": "nginx-light", "wrk": "wrk"}
    missing = [name for name in needed if shutil.which(name, path=_path()) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [needed[name] for name in missing]
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # install it, do not start it
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False, env=env)
        missing = [name for name in needed if shutil.which(name, path=_path()) is None]
    return missing


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def _tool(name: str) -> str:
    return str(shutil.which(name, path=_path()))


# --- what is measured ------------------------------------------------------------------------------------------------


def measure(folder: Path, seconds: int, rounds: int, connections: int) -> dict[str, Any]:
    pixels = _script(folder / "pixels.lua", [("GET", "/csc-event?" + query, "") for query in queries()])
    singles = _script(folder / "singles.lua", [("POST", JSON_PATH, one) for one in bodies()], APP_HEADERS)
    several = _script(folder / "several.lua", [("POST", JSON_PATH, one) for one in batches()], APP_HEADERS)
    rates: dict[str, list[Result]] = {name: [] for name in ("nginx", "disk", "memory", "single", "batch")}
    memory: dict[str, float] = {}
    with ExitStack() as stack:
        servers = {
            "nginx": stack.enter_context(nginx(folder)),
            "disk": stack.enter_context(collector(folder / "disk", "disk")),
            "memory": stack.enter_context(collector(folder / "memory", "memory")),
        }
        for server in servers.values():
            load(server, pixels, 1, connections)
        for _ in range(rounds):
            for name, server in servers.items():
                rates[name].append(load(server, pixels, seconds, connections))
                memory[name] = server.process.memory_info().rss / 2**20
            rates["single"].append(load(servers["disk"], singles, seconds, connections))
            rates["batch"].append(load(servers["disk"], several, seconds, connections))
    return _summary(rates, memory)


def _summary(rates: dict[str, list[Result]], memory: dict[str, float]) -> dict[str, Any]:
    table = {
        name: {
            "requests_per_second": round(statistics.median(one.per_second for one in found)),
            "p50_ms": statistics.median(one.p50_ms for one in found),
            "p99_ms": statistics.median(one.p99_ms for one in found),
            "cpu_us": round(statistics.median(one.cpu_us for one in found), 1),
            "errors": sum(one.errors for one in found),
            **({"memory_mib": round(memory[name], 1)} if name in memory else {}),
        }
        for name, found in rates.items()
    }
    return {
        "servers": table,
        "disk_to_nginx": _ratio(rates["disk"], rates["nginx"]),
        "disk_to_memory": _ratio(rates["disk"], rates["memory"]),
        "batch_to_single_events": round(_ratio(rates["batch"], rates["single"]) * BATCH, 2),
    }


def _ratio(one: list[Result], other: list[Result]) -> float:
    return round(statistics.median(a.per_second / b.per_second for a, b in zip(one, other, strict=True)), 3)


def described(results: dict[str, Any]) -> str:
    lines = [f"{'':<8} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'memory MiB':>11} {'cpu us':>7} {'errors':>7}"]
    for name, row in results["servers"].items():
        lines.append(
            f"{name:<8} {row['requests_per_second']:>10,} {row['p50_ms']:>8.2f} {row['p99_ms']:>8.2f} "
            f"{row.get('memory_mib', ''):>11} {row['cpu_us']:>7} {row['errors']:>7}"
        )
    lines += [
        "",
        f"disk / nginx              {results['disk_to_nginx']:.2f}   (expected: at least 0.30)",
        f"disk / memory             {results['disk_to_memory']:.2f}   (expected: at least 0.75)",
        f"events/s, batch of {BATCH} / 1  {results['batch_to_single_events']:.1f}    (expected: at least 6)",
    ]
    return "\n".join(lines)


# --- the requests ----------------------------------------------------------------------------------------------------

PARTY = "0:j5399reo:qkfUDJ3893UmJkS8UkPYeHkFO9qpsT~5"
JSON_PATH = f"/event?p={PARTY}"


def queries() -> Iterator[str]:
    """Page views and clicks as the tag sends them."""
    for number in range(EVENTS):
        page = f"0:{number:032d}"
        pairs = [
            ("p", f"0:j5399reo:{number // 10:032d}"), ("s", f"0:j5399reo:{number // 10:032d}"), ("v", page),
            ("e", event_id(page, 0)), ("c", to_base36(1_500_000_000_000 + number)), ("n", "f"), ("f", "f"),
            ("l", f"https://www.example.com/jeans/slim-fit/{number}?utm_source=newsletter&utm_medium=mail"),
            ("r", "https://www.example.com/jeans"), ("i", "1hc"), ("j", "sw"), ("k", "2"), ("w", "zk"), ("h", "k0"),
            ("t", "pageView" if number % 2 else "addToCart"),
        ]  # fmt: skip
        yield build_query(
            pairs if number % 2 else [*pairs, ("u", f"(sproduct!jeans-{number}!dquantity!1!jprice!79.95!)")]
        )


def bodies() -> Iterator[str]:
    for number in range(EVENTS):
        yield json.dumps(
            {
                "session_id": PARTY, "event_id": f"{number:032x}", "is_new_party": False, "is_new_session": False,
                "client_timestamp_iso": "2016-06-01T18:54:16.123Z", "event_type": "addToCart",
                "parameters": {"product": f"jeans-{number}", "quantity": 1, "price": 79.95},
            }
        )  # fmt: skip


def batches() -> Iterator[str]:
    every = list(bodies())
    for first in range(0, EVENTS, BATCH):
        yield f"[{','.join(every[first : first + BATCH])}]"


def _script(path: Path, requests: Any, given: dict[str, str] = HEADERS) -> Path:
    """A wrk script that sends these requests in turn."""
    headers = "".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n" for name, value in given.items())
    lines = []
    for method, target, body in requests:
        content = f", nil, [==[{body}]==]" if body else ""
        lines.append(f"  requests[#requests + 1] = wrk.format({json.dumps(method)}, [==[{target}]==]{content})\n")
    path.write_text(
        f"{headers}requests = {{}}\nlocal at = 0\nfunction init(args)\n  dofile('{path}.data')\nend\n"
        "function request()\n  at = at % #requests + 1\n  return requests[at]\nend\n"
    )
    Path(f"{path}.data").write_text("".join(lines))
    return path


def load(server: Server, script: Path, seconds: int, connections: int) -> Result:
    port, process = server
    command = [_tool("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
    before = _cpu_seconds(process)
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], check=False, capture_output=True, text=True, preexec_fn=lambda: _pin(-1)
    )
    out = done.stdout + done.stderr
    used = _cpu_seconds(process) - before
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    count = re.search(r"(\d+) requests in", out)
    assert rate is not None, out
    assert count is not None, out
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    socket_errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    errors = (int(failed[1]) if failed else 0) + (sum(map(int, socket_errors.groups())) if socket_errors else 0)
    cpu_us = used / int(count[1]) * 1e6
    return Result(float(rate[1]), _percentile(out, "50%"), _percentile(out, "99%"), errors, cpu_us)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _percentile(out: str, name: str) -> float:
    found = re.search(rf"\s{name}\s+([\d.]+)(us|ms|s)", out)
    assert found is not None, out
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


# --- the servers -----------------------------------------------------------------------------------------------------

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100;
  default_type image/gif; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  add_header Cache-Control "private, no-cache, proxy-revalidate";
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    (folder / "www").mkdir()
    (folder / "www" / "csc-event").write_bytes(PIXEL.body)
    for path in (folder, folder / "www"):
        path.chmod(0o755)
    port = _free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    command = [_tool("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, preexec_fn=lambda: _pin(0))
    try:
        _wait_for(f"http://127.0.0.1:{port}/csc-event")
        (worker,) = psutil.Process(process.pid).children()
        yield Server(port, worker)
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def collector(data: Path, ack: str) -> Iterator[Server]:
    data.mkdir()
    config = data / "riverrun.toml"
    # The same events come again and again; with so few slots they are forgotten in between, and are no duplicates.
    config.write_text("[global.mapper]\nduplicate_memory_size = 500\n")
    options = ("--data", data, "--port", "0", "--ack", ack)
    with riverrun("collect", config, *options, preexec_fn=lambda: _pin(0)) as running:
        yield Server(running.port, psutil.Process(running.process.pid))
        running.stop()


def _pin(cpu: int) -> None:
    """The servers on the first processor, the load on the last: they do not take each other's time."""
    if hasattr(os, "sched_setaffinity"):
        cpus = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cpus[cpu]})


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answers at {url}")


if __name__ == "__main__":
    sys.exit(main())
