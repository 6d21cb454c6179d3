"""Runs a script for the command line: prints the rows of queries, and keeps going what reads inputs without an end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TextIO, TypeAlias

from riverrun.connectors.protocol import Surroundings
from riverrun.engine.binding import Binder
from riverrun.engine.execution import Execution
from riverrun.engine.results import (
    Changelog,
    ChangingTable,
    FinalObjects,
    FinalTable,
    JsonObjects,
    Nothing,
    Printer,
    show,
)
from riverrun.engine.script import Script, Step, placing
from riverrun.schema.types import STRING, Field

if TYPE_CHECKING:
    from riverrun.engine.job import Job

_REST_SECONDS = 0.02
_READ_ROWS = 5000
OUTPUTS = ("table", "json", "changelog", "none")


def run_script(
    texts: Sequence[tuple[str, str | None]],
    around: Surroundings,
    *,
    name: str,
    binder: Binder | None = None,
    output: str = "table",
    out: TextIO,
    until: Callable[[], threading.Event],
    drain: bool = False,
) -> None:
    """Errors before anything runs are raised before anything is printed. Jobs without an end are one job, `name`, and
    go on until the event that `until` makes is set; with `drain` until all is read that is there."""
    script = Script(texts, around, binder)
    try:
        endless = _run_bounded(script, output, out)
        if endless:
            _keep_going(_started(script, endless, name, output, out), until(), out, drain=drain)
    finally:
        script.close()


def _run_bounded(script: Script, output: str, out: TextIO) -> list[Step]:
    """Everything that comes to an end, in order; returns the steps that do not."""
    endless = []
    for number, step in enumerate(script.steps):
        shown = output if number == len(script.steps) - 1 or output == "table" else "none"
        if step.rows is not None:
            show(step.rows.schema, step.rows.rows, shown, out.write)
        elif step.execution is not None and not step.execution.bounded:
            endless.append(step)
        elif step.execution is not None and step.analysis:
            _analyze(script, step, step.execution, shown, out)
        elif step.execution is not None:
            printer = _printer(step, step.execution, shown, out)
            step.collect.target = printer
            try:
                script.run(step)
            finally:
                printer.end()
                out.flush()
    return endless


def _analyze(script: Script, step: Step, execution: Execution, output: str, out: TextIO) -> None:
    from riverrun.engine.analysis import Analysis

    analysis = Analysis(step.sinks, execution)
    script.run(step, analysis.note)
    if output == "json":
        out.writelines(json.dumps(figures, ensure_ascii=False) + "\n" for figures in analysis.figures())
    else:
        show((Field("result", STRING),), [(analysis.text(),)], output, out.write)


def _printer(step: Step, execution: Execution, output: str, out: TextIO) -> Printer:
    sink = step.query
    if sink is None or output == "none":
        return Nothing()
    updates = not sink.input.append_only
    if output == "changelog":
        return Changelog(sink.schema, out.write)
    if output == "json" and updates and execution.bounded:
        return FinalObjects(sink.schema, out.write)
    if output == "json":
        return JsonObjects(sink.schema, out.write, updates=updates)
    if execution.bounded:
        return FinalTable(sink.schema, out.write)
    return ChangingTable(sink.schema, out.write, updates=updates)


class _Live:
    """A query over inputs without an end: its rows are printed as they come, nothing is remembered."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution

    def step(self) -> bool:
        busy = [bool(self.execution.read(each, _READ_ROWS)) for each in self.execution.inputs]
        self.execution.graph.tick(self.execution.context.clock.now_ms())
        return any(busy)

    def stop(self) -> None:
        self.close()

    def close(self) -> None:
        self.execution.close()


_Going: TypeAlias = "tuple[Step, Job | _Live]"


def _started(script: Script, steps: Sequence[Step], name: str, output: str, out: TextIO) -> list[_Going]:
    """The queries, and the jobs: those under the same settings are one, so that they read their inputs once."""
    from riverrun.engine.job import Job  # other scripts do without it, and start sooner

    going: list[_Going] = []
    jobs: list[list[Step]] = []
    for step in steps:
        assert step.execution is not None
        if step.query is not None:
            step.collect.target = _printer(step, step.execution, output, out)
            going.append((step, _Live(step.execution)))
            continue
        step.execution.close()
        same = next((job for job in jobs if job[0].session == step.session), None)
        if same is None:
            jobs.append([step])
        else:
            same.append(step)
    for number, job in enumerate(jobs):
        sinks = [sink for step in job for sink in step.sinks]
        full = job[0].session.options.get("pipeline.name", name) + (f"-{number + 1}" if number else "")
        with placing(job[0].statement):
            going.append((job[0], Job(full, sinks, job[0].session, script.around(job[0]))))
    return going


def _keep_going(going: Sequence[_Going], stop: threading.Event, out: TextIO, *, drain: bool) -> None:
    alive = list(going)
    try:
        while not stop.is_set():
            busy = [_step(step, job) for step, job in alive]
            out.flush()
            if not any(busy):
                if drain:
                    break
                stop.wait(_REST_SECONDS)
        while alive:
            alive.pop()[1].stop()
    finally:
        for _, job in alive:
            job.close()


def _step(step: Step, job: Job | _Live) -> bool:
    with placing(step.statement):
        return job.step()
