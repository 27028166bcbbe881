"""Runs a model with uninstrumented tasks: how long the model itself takes, without lanes and steps."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

from engine import models, registry
from engine.host.control import Control
from engine.host.event_loop import run_coroutine
from engine.host.items import RunItems
from engine.record.host_files import read_request
from engine.record.queries.requests import UninstrumentedRequest, UninstrumentedRun
from engine.wire.query_answers import UninstrumentedEnded
from engine.workload.item import Item
from engine.workload.workload import Workload


class UninstrumentedTask:
    """A task that waits for `busy_s`, or does nothing. Picklable; the model awaits it if `is_async`."""

    def __init__(self, busy_s: float, is_async: bool) -> None:
        self._busy_s, self._is_async = busy_s, is_async

    def __call__(self, item: Item) -> Any:
        if self._is_async:
            return self._wait()
        if self._busy_s:
            time.sleep(self._busy_s)
        return b""

    async def _wait(self) -> None:
        if self._busy_s:
            await asyncio.sleep(self._busy_s)

    def remote(self) -> UninstrumentedTask:
        """Return the task that a cluster runs."""
        return self

    def collector(self) -> Callable[[Any], None]:
        """Return the function that gets a cluster's results."""
        return lambda _: None


def run_uninstrumented(folder: str) -> UninstrumentedEnded:
    """Execute the runs that the request in `folder` asks for; return the seconds of each, or why there are none."""
    request = read_request(folder, UninstrumentedRequest)
    registry.use_plugins(request.plugins)
    control = Control.create(folder)
    try:
        seconds = tuple(_run(control, run) for run in request.runs)
    except (Exception, SystemExit) as error:
        return UninstrumentedEnded(None, f"{type(error).__name__}: {error}")
    return UninstrumentedEnded(seconds, None)


def _run(control: Control, run: UninstrumentedRun) -> float:
    descriptor, workers, options = models.load(run.model), run.workers, run.options
    task = UninstrumentedTask(run.busy_s, descriptor.card.is_async)
    items = RunItems(Workload(steps=(), tasks=run.tasks), control)
    if options.get("start_method") == "forkserver":
        from engine.host.preparation import preload

        preload([descriptor.run, UninstrumentedTask])
    start_ns = time.perf_counter_ns()
    if inspect.iscoroutinefunction(descriptor.run):
        run_coroutine(descriptor.run(task, items, workers, **options), options)
    else:
        descriptor.run(task, items, workers, **options)
    return (time.perf_counter_ns() - start_ns) / 1e9
