"""Everything that makes rows: the web shop, and the timers of what happens outside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from riverrun.generate import returns, store
from riverrun.generate.activity import WEB_STREAMS, Activity
from riverrun.generate.ticking import Ticking, Timer
from riverrun.generate.world import Rows, World


class Core(Protocol):
    @property
    def streams(self) -> tuple[str, ...]: ...

    @property
    def covered(self) -> int:
        """Everything before this moment (ms) is out: rows of later steps are published at it or after it."""
        ...

    def step(self) -> dict[str, Rows]:
        """The rows of the next block, by stream."""
        ...

    def save(self) -> dict[str, Any]:
        """What JSON can hold and the next step needs; `block` is the number of the next step."""
        ...


TIMERS = (
    Timer("orders", "timings.ms.orders", 256, ("orders", "cancellations"), store.normal_orders),
    Timer("false positives", "timings.ms.falsepositives", 64, ("orders", "cancellations"), store.false_positives),
    Timer("fraud", "timings.ms.suspiciousorders", 16, ("orders", "cancellations"), store.fraud),
    Timer("registrations", "timings.ms.newcustomers", 64, ("newcustomers", "orders"), store.registrations),
    Timer("stock movements", "timings.ms.stockmovements", 256, ("stockmovements",), store.stock_movements),
    Timer("badge-ins", "timings.ms.badgeins", 8192, ("badgeins",), store.badge_ins),
    Timer("sensors", "timings.ms.sensorreadings", 256, ("sensorreadings",), store.sensors),
    Timer("problem sensor", "timings.ms.highsensorreadings", 256, ("sensorreadings",), store.problem_sensor),
    Timer(
        "return requests",
        "timings.ms.returnrequests",
        64,
        ("returnrequests", "productreviews"),
        returns.return_requests,
    ),
    Timer("reviews", "timings.ms.productreviews", 256, ("productreviews",), returns.reviews),
    Timer("transactions", "timings.ms.transactions", 256, ("transactions",), store.transactions),
)


def cores_for(streams: Iterable[str], world: World, saved: Mapping[str, Any]) -> dict[str, Core]:
    """The cores that the streams need, by name; `saved` holds what each of them saved."""
    wanted = set(streams)
    cores: dict[str, Core] = {}
    if wanted & set(WEB_STREAMS):
        cores["web shop"] = Activity(world, saved.get("web shop"))
    for timer in TIMERS:
        if wanted & set(timer.streams):
            cores[timer.name] = Ticking(timer, world, saved.get(timer.name))
    return cores
