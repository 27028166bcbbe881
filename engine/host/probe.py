"""Wraps a task: runs a workload's steps for one item, and writes each as a phase to this worker's own lane file.

Guarantees. A failing step never raises into the model: it is recorded, its first traceback kept for each worker, and
the task ends there; `SystemExit` in a task is a failing step too. A task pickles as its run's folder and nothing
else; the process that unpickles it reads the rest from there, once.

Written for speed: everything a phase needs is a local of one closure, because a look-up that costs 40 ns here is
four per cent of the microsecond that watching a phase may cost.
"""

from __future__ import annotations

import contextvars
import inspect
import itertools
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from engine.host.control import FILE_NAME, Control
from engine.host.lane_file import LAST, OK, QUEUED, LaneWriter, Slot
from engine.workload import steps as step_registry
from engine.workload.errors import ExperimentError
from engine.workload.item import Item
from engine.workload.steps import Bound, BoundAsync, StepContext

# What a worker needs to know of its run: written by the host into the run's folder, read by every process of it.
TASK_FILE = "task.json"

_clock = time.perf_counter_ns


class Run:
    """What every worker of a run in this process shares: the run's folder, its steps and settings."""

    def __init__(self, folder: str) -> None:
        with open(os.path.join(folder, TASK_FILE), encoding="utf-8") as file:
            settings = json.load(file)
        self.folder = folder
        self.settings = settings
        self.is_async = bool(settings["is_async"])
        workload = settings["experiment"]["workload"]
        self.steps: list[dict[str, Any]] = workload["steps"]
        self.seed = int(workload["seed"])
        self.model = str(settings["experiment"]["model"]["kind"])
        self.workers = int(settings["workers"])
        self.capacity = int(settings["phases_limit"]) // max(1, int(settings["lane_files"]))
        self.control = Control(os.path.join(folder, FILE_NAME))
        self.shared: dict[str, Any] = {}
        self.local = threading.local()
        self._names = itertools.count()

    def bind(self, number: int) -> tuple[Bound | BoundAsync, bool]:
        """Bind step `number` for one worker; the second value says whether it is to be awaited.

        Raises ExperimentError that names the step, or whatever the user's own source raises when it is executed.
        """
        given = dict(self.steps[number])
        step = step_registry.load(str(given.pop("kind")))
        context = StepContext(
            folder=os.path.join(self.folder, "work"),
            services=self.settings["services"],
            seed=self.seed,
            number=number,
            model=self.model,
            worker_kind=str(self.settings["worker_kind"]),
            shared=self.shared,
        )
        if self.is_async and step.bind_async is not None:
            bound = step.bind_async(context, **given)
            return bound, inspect.iscoroutinefunction(bound)
        return step.bind(context, **given), False

    def payload(self) -> bytes:
        """Return what every item carries to its worker and back: as much as the workload's `payload` steps say."""
        size = sum(int(step["size_kib"]) for step in self.steps if step["kind"] == "payload")
        return os.urandom(1024) * size

    def lane(self) -> Callable[[Item], Any]:
        """Return what runs a task on this thread, made on the thread's first task."""
        try:
            return self.local.lane  # type: ignore[no-any-return]
        except AttributeError:
            self.local.lane = lane = (_async_lane if self.is_async else _lane)(self, self._open_lane())
            return lane

    def _open_lane(self) -> LaneWriter:
        thread, process = threading.current_thread(), _process_name()
        native = threading.get_native_id()
        folder = os.path.join(self.folder, "lanes")
        while True:
            path = os.path.join(folder, f"{os.getpid()}-{native}-{next(self._names)}.lane")
            try:
                return LaneWriter(
                    path,
                    thread=native,
                    thread_name=thread.name,
                    process_name=process,
                    created_ns=_clock(),
                    capacity=self.capacity,
                )
            except FileExistsError:  # another interpreter of this process has counted to here too
                continue


class Task:
    """The callable that a model gets. Picklable; `task(item)` runs the workload's steps once.

    Returns the item's payload, so that models which pickle results carry it back. Where the run's model is
    asynchronous the call returns an awaitable.
    """

    __slots__ = ("_local", "run")

    def __init__(self, run: Run) -> None:
        self.run = run
        self._local = run.local

    def __call__(self, item: Item) -> Any:
        try:
            lane = self._local.lane
        except AttributeError:
            lane = self.run.lane()
        return lane(item)

    def __reduce__(self) -> tuple[Callable[[str], Task], tuple[str]]:
        return (attach, (self.run.folder,))


_attached: dict[str, Task] = {}
_attaching = threading.Lock()


def attach(folder: str) -> Task:
    """Return this process's task of the run in `folder`."""
    task = _attached.get(folder)
    if task is None:
        with _attaching:
            task = _attached.get(folder)
            if task is None:
                task = _attached[folder] = Task(Run(folder))
    return task


def _forget_after_fork() -> None:
    # A forked worker inherits the parent's lanes. They are another thread's files: it must open its own.
    for task in _attached.values():
        task.run.local = task._local = threading.local()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


def _process_name() -> str:
    multiprocessing = sys.modules.get("multiprocessing.process")
    return str(multiprocessing.current_process().name) if multiprocessing else "MainProcess"


def _settings_applier(run: Run) -> Callable[[], int]:
    def apply() -> int:
        interval = run.control.switch_interval_s
        if interval > 0.0:
            sys.setswitchinterval(interval)
        return run.control.revision

    return apply


def _lane(run: Run, writer: LaneWriter) -> Callable[[Item], Any]:
    """Return the function that runs one task on this thread, in order and blocking."""
    bound = [(number, run.bind(number)[0]) for number in range(len(run.steps))]
    last = len(bound) - 1
    clock, append, slots, control = _clock, writer.append, writer.slots, run.control.slots
    state, since, done_slot, failed_slot, end_slot = 10, 11, 7, 8, 12  # Slot's, as plain numbers for speed
    apply, revision = _settings_applier(run), 0
    fail = _first_failure(run, writer)
    done = failed = 0

    def run_task(item: Item) -> Any:
        nonlocal done, failed, revision
        index, due, payload = item
        if control[1] != revision:
            revision = apply()
        dropped = writer.dropped
        begun = start = end = clock()
        if due:
            append(index, due, start, -1, 0, QUEUED, OK)
        for number, step in bound:
            slots[since] = start
            slots[state] = number + 1
            try:
                waited = step(item)
            except (Exception, SystemExit) as error:
                end = clock()
                slots[state] = 0
                append(index, start, end, -1, 0, number, LAST)
                failed += 1
                slots[failed_slot] = failed
                fail(error, index, number, end)
                break
            end = clock()
            append(
                index, start, end, -1 if waited is None else waited, 0, number, 3 if number == last else 1
            )  # OK | LAST
            start = end
        else:
            slots[state] = 0
            done += 1
            slots[done_slot] = done
        slots[end_slot] = end
        if writer.dropped != dropped:
            writer.count_latency(end - (due or begun))
        return payload

    return run_task


_coroutine: contextvars.ContextVar[int] = contextvars.ContextVar("coroutine", default=-1)


def _async_lane(run: Run, writer: LaneWriter) -> Callable[[Item], Any]:
    """Return the coroutine function that runs one task on this thread's event loop.

    The coroutines of a loop share its thread's file; a context variable, which every asyncio task has a copy of its
    own of, tells them apart.
    """
    bound = [(number, *run.bind(number)) for number in range(len(run.steps))]
    last = len(bound) - 1
    clock, append, slots, control = _clock, writer.append, writer.slots, run.control.slots
    numbers = itertools.count()
    apply, revision = _settings_applier(run), 0
    fail = _first_failure(run, writer)
    done = failed = 0
    slots[Slot.WORKERS] = 1

    async def run_task(item: Item) -> Any:
        nonlocal done, failed, revision
        index, due, payload = item
        worker = _coroutine.get()
        if worker < 0:
            worker = next(numbers)
            _coroutine.set(worker)
            slots[Slot.WORKERS] = worker + 1
        if control[1] != revision:
            revision = apply()
        dropped = writer.dropped
        begun = start = end = clock()
        if due:
            append(index, due, start, -1, worker, QUEUED, OK)
        for number, step, awaited in bound:
            if not awaited:
                slots[11] = start
                slots[10] = number + 1
            try:
                waited: Any = step(item)
                if awaited:
                    waited = await waited
            except (Exception, SystemExit) as error:
                end = clock()
                slots[10] = 0
                append(index, start, end, -1, worker, number, LAST)
                failed += 1
                slots[8] = failed
                fail(error, index, number, end)
                break
            end = clock()
            if not awaited:
                slots[10] = 0
            append(index, start, end, -1 if waited is None else waited, worker, number, 3 if number == last else 1)
            start = end
        else:
            done += 1
            slots[7] = done
        slots[12] = end
        if writer.dropped != dropped:
            writer.count_latency(end - (due or begun))
        return payload

    return run_task


def _first_failure(run: Run, writer: LaneWriter) -> Callable[[BaseException, int, int, int], None]:
    """Return what keeps a lane's first failure as a file; later ones are only counted by the lane."""
    seen = False

    def fail(error: BaseException, task: int, number: int, time_ns: int) -> None:
        nonlocal seen
        if seen:
            return
        seen = True
        record = {
            "task": task,
            "step": number,
            "kind": run.steps[number]["kind"],
            **describe_error(error),
            "time_ns": time_ns,
        }
        name = f"{os.getpid()}-{threading.get_native_id()}-{writer.slots[Slot.CREATED_NS]}"
        path = os.path.join(run.folder, "errors", name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(record, file)
        os.replace(path + ".new", path + ".json")

    return fail


def describe_error(error: BaseException) -> dict[str, str]:
    """Return an exception as JSON: type, message, and the traceback without the host's own frames, bounded."""
    if isinstance(error, ExperimentError):
        return {"type": "ExperimentError", "message": str(error), "traceback": ""}
    here = os.path.dirname(os.path.abspath(__file__))
    frames = error.__traceback__
    while frames is not None and os.path.dirname(os.path.abspath(frames.tb_frame.f_code.co_filename)) == here:
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames or error.__traceback__)
    text = "".join(lines)
    if len(text) > 16_000:
        text = text[:8_000] + "\n...\n" + text[-8_000:]
    return {"type": type(error).__name__, "message": str(error)[:2_000], "traceback": text}
