"""Runs a model with tasks that nobody watches: how long the model itself takes, without lanes and without steps."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import time
from collections.abc import Callable
from typing import Any, Final

from engine import models, registry
from engine.host.control import Control
from engine.host.items import RunItems
from engine.workload.experiment import Workload
from engine.workload.item import Item

REQUEST: Final = "bare.json"  # {plugins, runs: [{model, options, workers, tasks, busy_s}]}


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
        """Return what a cluster runs."""
        return self

    def collector(self) -> Callable[[Any], None]:
        """Return what takes a cluster's results."""
        return lambda _: None


def run_bare(folder: str) -> dict[str, Any]:
    """Make the runs that the request in `folder` asks for; return the seconds of each, or why there are none."""
    with open(os.path.join(folder, REQUEST), encoding="utf-8") as file:
        request = json.load(file)
    registry.use_plugins(request["plugins"])
    control = Control.create(folder)
    try:
        seconds = [_run(control, **run) for run in request["runs"]]
    except (Exception, SystemExit) as error:
        return {"type": "bare", "seconds": None, "reason": f"{type(error).__name__}: {error}"}
    return {"type": "bare", "seconds": seconds, "reason": None}


def _run(control: Control, model: str, options: dict[str, Any], workers: int, tasks: int, busy_s: float) -> float:
    descriptor = models.load(model)
    task = UninstrumentedTask(busy_s, descriptor.card.is_async)
    items = RunItems(Workload(steps=(), tasks=tasks), control)
    start_ns = time.perf_counter_ns()
    if inspect.iscoroutinefunction(descriptor.run):
        asyncio.run(descriptor.run(task, items, workers, **options))
    else:
        descriptor.run(task, items, workers, **options)
    return (time.perf_counter_ns() - start_ns) / 1e9
