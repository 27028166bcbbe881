"""Lanes of workers that run own code: set up before their first task, given arguments, torn down at their end.

A worker whose `setup` failed runs no task: it reports the failure, which stops the run, and drops its items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.host.own.delivery import Delivery
from engine.host.own.run_failure import tell
from engine.host.own.worker_end import at_loop_end, at_worker_end
from engine.workload.limits.semaphores import Semaphore
from engine.workload.own.own_code import OwnCode, OwnCodeError
from engine.workload.own.worker import OwnWorker, bound_async, current
from engine.workload.toml_table import TomlTable


class OwnBinder:
    """Binds a run's steps, of which some are own code: for one `worker`, or (None) for the coroutines of a loop."""

    def __init__(self, run: Any, codes: Mapping[int, OwnCode], worker: OwnWorker | None) -> None:
        self.steps: list[TomlTable] = run.steps
        self._run, self._codes, self._worker = run, codes, worker

    def bind(self, number: int) -> tuple[Any, bool]:
        """Bind step `number`, as `HostRun.bind` does."""
        code = self._codes.get(number)
        if code is None:
            bound: tuple[Any, bool] = self._run.bind(number)
            return bound
        if self._worker is not None:
            return self._worker.bound(number), False
        return bound_async(code, number), code.awaits

    def semaphore(self, number: int) -> Semaphore | None:
        """Return the semaphore for which this worker waits before step `number`, as `HostRun.semaphore` does."""
        found: Semaphore | None = self._run.semaphore(number)
        return found


class OwnLane:
    """What a new lane of `run` needs for its steps' own code: a binder, and a wrapper around the lane."""

    def __init__(self, run: Any, codes: Mapping[int, OwnCode], *, awaits: bool, in_stage: bool) -> None:
        self._folder, self._codes, self._in_stage = run.folder, codes, in_stage
        self._delivery = Delivery(pickled=not run.settings.shares_memory, machine=run.other_machine)
        self._worker = None if awaits else OwnWorker(codes)
        self.binder = OwnBinder(run, codes, self._worker)

    def around(self, lane: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Wrap the lane with the calls around its tasks; for a thread, `setup` is called now."""
        if self._worker is None:
            return own_async(self._folder, self._codes, lane, self._delivery, in_stage=self._in_stage)
        return own_blocking(self._folder, self._worker, lane, self._delivery, in_stage=self._in_stage)


def own_blocking(
    folder: str, worker: OwnWorker, lane: Callable[[Any], Any], delivery: Delivery, *, in_stage: bool
) -> Callable[[Any], Any]:
    """Return the lane of a thread, set up."""
    try:
        worker.set_up()
    except OwnCodeError as error:
        tell(folder, error)
        at_worker_end(lambda: _end(folder, worker))
        return _nothing if in_stage else _leave

    def run_task(item: Any) -> Any:
        due, number, carried, *begun = item
        try:
            payload, there = delivery.take(carried, worker, number)
            result = lane((due, number, payload, *begun))
            return result if in_stage else delivery.pack(result, worker, number, there)
        except OwnCodeError as error:
            tell(folder, error)
            return False if in_stage else b""

    at_worker_end(lambda: _end(folder, worker))
    return run_task


def own_async(
    folder: str, codes: Mapping[int, OwnCode], lane: Callable[[Any], Any], delivery: Delivery, *, in_stage: bool
) -> Callable[[Any], Any]:
    """Return the lane of a thread's coroutines, each of which is set up before its first task."""

    async def begin() -> OwnWorker:
        worker = OwnWorker(codes)
        current.set(worker)
        await at_loop_end(lambda: _end_async(folder, worker))
        try:
            await worker.set_up_async()
        except OwnCodeError as error:
            worker.broken = True
            tell(folder, error)
        return worker

    async def run_task(item: Any) -> Any:
        worker = current.get(None) or await begin()
        if worker.broken:
            return False if in_stage else b""
        due, number, carried, *begun = item
        try:
            payload, there = delivery.take(carried, worker, number)
            result = await lane((due, number, payload, *begun))
            return result if in_stage else delivery.pack(result, worker, number, there)
        except OwnCodeError as error:
            tell(folder, error)
            return False if in_stage else b""

    return run_task


def _leave(item: Any) -> Any:
    return item[2]


def _nothing(item: Any) -> bool:
    return False


def _end(folder: str, worker: OwnWorker) -> None:
    try:
        worker.tear_down()
    except OwnCodeError as error:
        tell(folder, error, stops=False)


async def _end_async(folder: str, worker: OwnWorker) -> None:
    try:
        await worker.tear_down_async()
    except OwnCodeError as error:
        tell(folder, error, stops=False)
