"""Ways to run a job: whole, cut into random pieces, with a checkpoint after every piece, killed and restored again and
again. What it says has to be the same."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from riverrun.connectors.protocol import Chunk, Source
from riverrun.engine.execution import Execution
from riverrun.engine.job import Job
from riverrun.engine.script import Script, Step, placing
from tests.differential.running import Run, run_whole

_LARGEST_PIECE = 3


class Cut:
    """A source that gives what another one reads in pieces of one to three rows."""

    def __init__(self, source: Source, rng: random.Random) -> None:
        self._source, self._rng = source, rng
        self._left: Chunk | None = None
        self._given = 0
        self._before: Any = source.position

    @property
    def bounded(self) -> bool:
        return self._source.bounded

    def read(self, limit: int) -> Chunk | None:
        if self._left is None:
            self._before, self._given = self._source.position, 0
            self._left = self._source.read(limit)
        if self._left is None:
            return None
        size = self._rng.randint(1, _LARGEST_PIECE)
        piece = replace(self._left, rows=self._left.rows.slice(0, size))
        rest = self._left.rows.slice(size)
        self._given += len(piece.rows)
        self._left = replace(self._left, rows=rest) if len(rest) else None
        if self._left is None:
            self._before, self._given = self._source.position, 0
        return piece

    @property
    def position(self) -> Any:
        return [self._before, self._given]

    def seek(self, position: Any) -> None:
        self._before, self._given = position
        self._source.seek(self._before)
        self._left = None
        if self._given:
            chunk = self._source.read(100_000)
            assert chunk is not None
            self._left = replace(chunk, rows=chunk.rows.slice(self._given))

    def behind(self) -> int | None:
        return self._source.behind()

    def close(self) -> None:
        self._source.close()


def cut(execution: Execution, rng: random.Random) -> None:
    for each in execution.inputs:
        each.source = Cut(each.source, rng)


def run_cut(script: Script, step: Step) -> None:
    assert step.execution is not None
    cut(step.execution, random.Random(step.statement.text))
    script.run(step)


class Durable:
    """Runs a query as a job with a file. `kills`: it dies at random, and goes on from its last checkpoint."""

    def __init__(self, folder: Path, *, kills: bool) -> None:
        self._folder = folder
        self._kills = kills

    def __call__(self, script: Script, step: Step) -> None:
        if step.query is None:
            script.run(step)
            return
        assert step.execution is not None
        step.execution.close()
        step.execution = None
        with placing(step.statement):
            self._run(script, step)

    def _run(self, script: Script, step: Step) -> None:
        rng = random.Random(step.statement.text)
        said: list[pa.Table] = []
        job = self._job(script, step, rng, said)
        safe = len(said)
        try:
            while not job.execution.finished:
                job.step()
                if rng.random() < 0.5:
                    job.checkpoint()
                    safe = len(said)
                elif self._kills and rng.random() < 0.4:
                    job.close()
                    del said[safe:]
                    job = self._job(script, step, rng, said)
            job.checkpoint()
        finally:
            job.close()
            for rows in said:
                step.collect(rows)

    def _job(self, script: Script, step: Step, rng: random.Random, said: list[pa.Table]) -> Job:
        around = replace(script.around(step), data=self._folder)
        return _ManualJob("case", step.sinks, step.session, around, said.append, wrap=lambda source: Cut(source, rng))


class _ManualJob(Job):
    """A job that makes its checkpoints only when told."""

    def _is_due(self, *, busy: bool, now: float) -> bool:
        return False


def ways(folder: Path) -> Mapping[str, Run]:
    return {
        "whole": run_whole,
        "cut": run_cut,
        "checkpointed": Durable(folder / "checkpointed", kills=False),
        "killed": Durable(folder / "killed", kills=True),
    }
