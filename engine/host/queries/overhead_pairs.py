"""Runs an experiment's tasks with and without probes in turn, to measure the overhead of recording."""

from __future__ import annotations

import inspect
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from engine.host.control import Control
from engine.host.event_loop import run_coroutine
from engine.host.items import RunItems
from engine.host.limited import StepCall, calls_of, releasing
from engine.host.preparation import prepare
from engine.host.task import attach, task_of
from engine.record.host_files import read_request, write_request
from engine.record.queries.requests import OverheadRequest
from engine.wire.query_answers import HostAnswer, OverheadEnded, SegmentBegun, SegmentEnded
from engine.workload.item import Item, named
from engine.workload.workload import Workload

_GROWTH: Final = 4

_Tell = Callable[[HostAnswer], None]


class UnrecordedTask(threading.local):
    """Runs the workload's steps once, like `task.Task`, but records nothing. Pickled as its folder."""

    steps: list[StepCall] | None = None

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __call__(self, item: Item) -> Any:
        if self.steps is None:
            run = attach(self._folder).run
            self.steps = calls_of(run, range(len(run.steps)), is_async=run.is_async)
            run_task = self._await if run.is_async else self._call
            self.run_task = run.with_result(releasing(run_task, self.steps, is_async=run.is_async))
        return self.run_task(item)

    def _call(self, item: Item) -> bytes:
        try:
            given = named(item)
            for call in self.steps or ():
                call.function(given.number if call.by_number else given)
        except (Exception, SystemExit):  # in recorded segments too, a failing task does not fail the run
            pass
        return item[2]

    async def _await(self, item: Item) -> bytes:
        try:
            given = named(item)
            for call in self.steps or ():
                result = call.function(given.number if call.by_number else given)
                if call.awaited:
                    await result
        except (Exception, SystemExit):
            pass
        return item[2]

    def remote(self) -> UnrecordedTask:
        """Return the task that a cluster runs."""
        return self

    def collector(self) -> Callable[[Any], None]:
        """Return the function that gets a cluster's results."""
        return lambda _: None

    def __reduce__(self) -> tuple[type[UnrecordedTask], tuple[str]]:
        return (UnrecordedTask, (self._folder,))


def run_overhead_pairs(folder: str, tell: _Tell) -> OverheadEnded:
    """Run the request in `folder`; `tell` gets a message before each segment, and its time after it."""
    try:
        _Segments(folder, read_request(folder, OverheadRequest), tell).run()
    except (Exception, SystemExit) as error:
        return OverheadEnded(f"{type(error).__name__}: {error}")
    return OverheadEnded(None)


class _Segments:
    """Pairs of a recorded and an unrecorded segment, each of about `segment_s`; the order alternates between pairs."""

    def __init__(self, folder: str, request: OverheadRequest, tell: _Tell) -> None:
        self._folder, self._settings, self._tell = folder, request.settings, tell
        self._pairs, self._segment_s, self._budget_s = request.pairs, request.segment_s, request.budget_s
        self._number = 0

    def run(self) -> None:
        begun_s = time.monotonic()
        tasks = self._enough()
        self._segment(tasks, watched=True, counts=False)
        for pair in range(self._pairs):
            for watched in (True, False) if pair % 2 else (False, True):
                self._segment(tasks, watched=watched)
            if time.monotonic() - begun_s > self._budget_s:
                break

    def _enough(self) -> int:
        """Return how many tasks fill a segment; these trials also warm up."""
        tasks = int(self._settings.experiment["model"]["workers"])
        while True:
            took_s = self._segment(tasks, watched=False, counts=False)
            if took_s * 2 >= self._segment_s:
                return max(1, round(tasks * max(1.0, self._segment_s / took_s)))
            tasks *= _GROWTH

    def _segment(self, tasks: int, *, watched: bool, counts: bool = True) -> float:
        """Run one segment; return its seconds. Of the warm-up segments only a recorded one is reported."""
        folder = os.path.join(self._folder, f"segment-{self._number}")
        self._number += 1
        os.makedirs(os.path.join(folder, "work"))
        Control.create(folder).close()
        write_request(folder, self._settings)
        model, options, run, *_, noting, own = prepare(folder)
        items: Any = RunItems(Workload(steps=(), tasks=tasks, seed=run.seed), run.control, run.payload().there())
        if watched:
            items = noting(own.items(items), 0)
        task: Any = task_of(run, model.in_place) if watched else UnrecordedTask(folder)
        if watched or counts:
            self._tell(SegmentBegun(folder, watched))
        is_coroutine = inspect.iscoroutinefunction(model.run)
        if watched and (is_coroutine or run.is_async):
            run.record_loops(1)
        before_s, start_ns = _cpu_s(), time.perf_counter_ns()
        if is_coroutine:
            run_coroutine(model.run(task, items, run.workers, **options), options)
        else:
            model.run(task, items, run.workers, **options)
        took_s = (time.perf_counter_ns() - start_ns) / 1e9
        own.end()
        if watched or counts:
            after_s = _cpu_s()
            cpu_s = None if before_s is None or after_s is None else after_s - before_s
            self._tell(SegmentEnded(folder, tasks, watched, counts, took_s, cpu_s))
        return took_s


def _cpu_s() -> float | None:
    """Return the processor time of this process and its ended children; None if the system does not report it."""
    try:
        import resource
    except ImportError:  # Windows, which does not report it for children
        return None
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
