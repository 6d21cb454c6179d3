"""What a collector counts, and how Prometheus reads it. docs/metrics.md explains every one (a test compares)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec


class Metric(NamedTuple):
    kind: str  # counter, gauge, histogram
    labels: tuple[str, ...]
    help: str


PREFIX: Final = "riverrun_collect_"
METRICS: Final[Mapping[str, Metric]] = {
    "requests_total": Metric(
        "counter", ("source", "status"), "Requests answered; source is empty for everything else."
    ),
    "events_accepted_total": Metric("counter", ("source",), "Events stored in the events topic."),
    "events_rejected_total": Metric("counter", ("source", "reason"), "Events and requests rejected for good."),
    "events_corrupt_total": Metric("counter", ("source",), "Accepted events whose checksum did not match."),
    "events_duplicate_total": Metric("counter", ("source",), "Accepted events that had come before."),
    "events_privacy_total": Metric(
        "counter", ("source", "privacy"), "Accepted events that the privacy policy changed."
    ),
    "events_lost_total": Metric("counter", (), 'Events answered and then not stored (only with ack = "memory").'),
    "refused_total": Metric(
        "counter", ("why",), "Requests that the sender should repeat later: backlog, disk, rate, going."
    ),
    "connections": Metric("gauge", (), "Open connections."),
    "connections_total": Metric("counter", (), "Connections accepted."),
    "connections_refused_total": Metric("counter", (), "Connections closed because there were too many."),
    "commits_total": Metric("counter", ("outcome",), "Group commits: stored or failed."),
    "commit_seconds": Metric("histogram", (), "Time of one group commit, its sync included."),
    "commit_events_total": Metric("counter", (), "Events in group commits that were stored."),
    "answer_seconds": Metric("histogram", (), "From a complete request with an event to its answer."),
    "backlog_bytes": Metric("gauge", (), "Events in memory that are not stored yet."),
    "backlog_events": Metric("gauge", (), "Events in memory that are not stored yet."),
    "disk_free_bytes": Metric("gauge", (), "Free room on the disk of the topics."),
    "ready": Metric("gauge", (), "1 when this worker takes events."),
    "resident_bytes": Metric("gauge", (), "Memory of the worker process."),
}
_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Histogram(msgspec.Struct):
    counts: list[int] = msgspec.field(default_factory=lambda: [0] * (len(_BUCKETS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(_BUCKETS, seconds)] += 1
        self.total += seconds

    def observe_all(self, several: Sequence[float]) -> None:
        counts = self.counts
        for seconds in several:
            counts[bisect_left(_BUCKETS, seconds)] += 1
        self.total += sum(several)


class Snapshot(msgspec.Struct):
    """The numbers of one worker. A key is the metric's name and its label values, joined by tabs."""

    numbers: dict[str, float]
    histograms: dict[str, Histogram]


class Counts:
    """The numbers of this process."""

    def __init__(self) -> None:
        self.numbers: defaultdict[tuple[str, ...], float] = defaultdict(float)
        self.commit_seconds = Histogram()
        self.answer_seconds = Histogram()

    def add(self, *key: str) -> None:
        """One more; `key` is the metric's name and its label values."""
        self.numbers[key] += 1

    def snapshot(self, gauges: Mapping[str, float]) -> Snapshot:
        numbers = {"\t".join(key): value for key, value in self.numbers.items()}
        return Snapshot(
            numbers={**numbers, **gauges},
            histograms={"commit_seconds": self.commit_seconds, "answer_seconds": self.answer_seconds},
        )


NOTHING: Final = Snapshot({}, {})


def counted(snapshot: Snapshot) -> Snapshot:
    """What stays true of a worker that is gone: its counters, without its gauges."""
    numbers = {key: number for key, number in snapshot.numbers.items() if _kind(key) == "counter"}
    return Snapshot(numbers, snapshot.histograms)


def _kind(key: str) -> str:
    return METRICS[key.partition("\t")[0]].kind


def summed(snapshots: Iterable[Snapshot]) -> Snapshot:
    """The numbers of several workers as those of one. disk_free_bytes is one disk's, so the least of them counts."""
    numbers: defaultdict[str, float] = defaultdict(float)
    histograms: dict[str, Histogram] = {}
    free: list[float] = []
    for snapshot in snapshots:
        for key, value in snapshot.numbers.items():
            numbers[key] += value
        free += [value for key, value in snapshot.numbers.items() if key == "disk_free_bytes"]
        for name, histogram in snapshot.histograms.items():
            known = histograms.get(name)
            if known is None:
                histograms[name] = Histogram(list(histogram.counts), histogram.total)
            else:
                known.counts = [a + b for a, b in zip(known.counts, histogram.counts, strict=True)]
                known.total += histogram.total
    if free:
        numbers["disk_free_bytes"] = min(free)
    return Snapshot(dict(numbers), histograms)


def exposition(snapshot: Snapshot) -> str:
    """Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    for name, metric in METRICS.items():
        full = PREFIX + name
        lines += [f"# HELP {full} {metric.help}", f"# TYPE {full} {metric.kind}"]
        if metric.kind == "histogram":
            lines += _histogram(full, snapshot.histograms.get(name, Histogram()))
        else:
            lines += _numbers(full, name, metric, snapshot.numbers)
    return "\n".join(lines) + "\n"


def _numbers(full: str, name: str, metric: Metric, numbers: Mapping[str, float]) -> Iterable[str]:
    if not metric.labels:
        yield f"{full} {numbers.get(name, 0.0):.17g}"
        return
    for key, value in sorted(numbers.items()):
        parts = key.split("\t")
        if parts[0] == name:
            labels = ",".join(
                f'{label}="{_escaped(text)}"' for label, text in zip(metric.labels, parts[1:], strict=True)
            )
            yield f"{full}{{{labels}}} {value:.17g}"


def _histogram(full: str, histogram: Histogram) -> Iterable[str]:
    below = 0
    for bound, count in zip(_BUCKETS, histogram.counts, strict=False):
        below += count
        yield f'{full}_bucket{{le="{bound}"}} {below}'
    total = below + histogram.counts[-1]
    yield f'{full}_bucket{{le="+Inf"}} {total}'
    yield f"{full}_sum {histogram.total:.17g}"
    yield f"{full}_count {total}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
