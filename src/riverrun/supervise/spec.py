"""What the supervisor starts: one specification a process, in the order in which data goes through them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

# The order in which rooms stop: nobody stops before those who write for it have stopped and it has read the rest.
ORDER = ("visitors", "shop", "collect", "map", "run", "serve")
READERS = ("map", "run")


@dataclass(frozen=True, slots=True)
class Spec:
    """One process. `host`, `port`: where it listens, so that it can be told when it does. `reads`: the topics it reads,
    as far as they are known before it runs. `once`: it ends by itself, and is not started again when it ends with
    status 0."""

    name: str
    room: str
    command: tuple[str, ...]
    port: int | None = None
    host: str = "127.0.0.1"
    environment: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    once: bool = False


def riverrun(*arguments: object) -> tuple[str, ...]:
    """The command line of a room, run by this very Python."""
    return (sys.executable, "-m", "riverrun", *(str(argument) for argument in arguments))


def in_order(specs: list[Spec]) -> list[list[Spec]]:
    """The groups that stop together, first to last. Rooms that are not known stop first."""
    rooms = dict.fromkeys([spec.room for spec in specs if spec.room not in ORDER])
    groups = [[spec for spec in specs if spec.room == room] for room in (*rooms, *ORDER)]
    return [group for group in groups if group]
