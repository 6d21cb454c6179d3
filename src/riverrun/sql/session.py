"""What a script's statements share beside the catalog: the options that SET changed, and the zone they imply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from riverrun.clock import duration
from riverrun.values import dataclass

STATE_TTL = "table.exec.state.ttl"


@dataclass(frozen=True, slots=True)
class Session:
    """`options` are Flink's keys (docs/sql/options.md). The session zone is UTC unless `table.local-time-zone` says
    otherwise; the watermark rule is the per-row one."""

    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """The IANA name (or fixed offset) of the session's time zone."""
        name = self.options.get("table.local-time-zone", "UTC")
        return "UTC" if name == "default" else name

    @property
    def state_ttl(self) -> int:
        """How long state is kept that is not written, in ms; 0: for ever."""
        return duration(self.options.get(STATE_TTL, "0"))

    def with_option(self, key: str, value: str) -> Session:
        return replace(self, options={**self.options, key: value})

    def without_option(self, key: str) -> Session:
        return replace(self, options={k: v for k, v in self.options.items() if k != key})
