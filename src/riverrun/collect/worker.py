"""One of several workers (`python -m riverrun.collect.worker FD`): takes the shared port, reports to its supervisor."""

from __future__ import annotations

import asyncio
import pickle
import socket
import sys

import msgspec

from riverrun.collect.listening import listen
from riverrun.collect.run import run, stop_signals
from riverrun.collect.service import CollectorService
from riverrun.collect.supervisor import Task
from riverrun.errors import RiverrunError
from riverrun.telemetry import configure_logging


async def work(channel: socket.socket) -> int:
    reader, writer = await asyncio.open_connection(sock=channel)
    length = int.from_bytes(await reader.readexactly(4))
    # From our own parent, over a socket that only the two of us have.
    task: Task = pickle.loads(await reader.readexactly(length))
    configure_logging(task.log_level)
    server = task.config.global_.server
    told = stop_signals()
    service = CollectorService(task.config, task.data)
    listening = await listen(service, server.host, task.port, shared=True)
    writer.write(b"ready\n")
    answering = asyncio.create_task(_answer(service, reader, writer, told))
    await told.wait()
    service.announce()
    if server.shutdown_delay and not answering.done():
        told.clear()
        asyncio.get_running_loop().call_later(server.shutdown_delay / 1000, told.set)
        await told.wait()
    for one in listening:
        one.close()
    await service.stop(server.shutdown_timeout / 1000)
    answering.cancel()
    return 0


async def _answer(
    service: CollectorService, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: asyncio.Event
) -> None:
    """Every line is a question for the numbers; the end of them is the end of the supervisor, and of this worker."""
    while await reader.readline():
        writer.write(msgspec.json.encode(service.snapshot()) + b"\n")
        await writer.drain()
    told.set()


def main() -> int:
    try:
        return run(work(socket.socket(fileno=int(sys.argv[1]))))
    except RiverrunError as error:
        print(error, file=sys.stderr)  # noqa: T201  # as the command line does
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
