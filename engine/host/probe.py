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

from engine.host import gil_watch
from engine.host.control import FILE_NAME, Control
from engine.host.lane_file import CHUNK_RECORDS, LAST, OK, QUEUED, RECORD, RECORD_SIZE, LaneWriter, Slot, tail
from engine.workload import steps as step_registry
from engine.workload.errors import ExperimentError
from engine.workload.item import Item
from engine.workload.steps import StepContext

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
        self._names = itertools.count()

    def bind(self, number: int) -> tuple[Any, bool]:
        """Bind step `number` for one worker; the second value says whether it is to be awaited.

        Raises ExperimentError that names the step, or whatever the user's own source raises when it is executed.
        """
        given = dict(self.steps[number])
        step = step_registry.load(str(given.pop("kind")))
        context = self.context(number)
        if self.is_async and step.bind_async is not None:
            bound = step.bind_async(context, **given)
            return bound, inspect.iscoroutinefunction(bound)
        return step.bind(context, **given), False

    def context(self, number: int) -> StepContext:
        """Return what step `number` may use."""
        return StepContext(
            folder=os.path.join(self.folder, "work"),
            services=self.settings["services"],
            seed=self.seed,
            number=number,
            model=self.model,
            shares_memory=bool(self.settings["shares_memory"]),
            shared=self.shared,
        )

    def payload(self) -> bytes:
        """Return what every item carries to its worker and back: as much as the workload's `payload` steps say."""
        size = sum(int(step["size_kib"]) for step in self.steps if step["kind"] == "payload")
        return os.urandom(1024) * size

    def lane(self) -> Callable[[Item], Any]:
        """Make this thread's lane; return what runs a task on it."""
        lane = (_async_lane if self.is_async else _lane)(self, self._open_lane())
        return lane if os.getpid() == self.settings["host_pid"] else self._watching(lane)

    def _watching(self, lane: Callable[[Item], Any]) -> Callable[[Item], Any]:
        # In the host the items apply what was changed by hand; its children have none to do it for them.
        control, revision = self.control, 0

        def run_task(item: Item) -> Any:
            nonlocal revision
            if control.slots[1] != revision:
                revision = control.apply()
            return lane(item)

        return run_task

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


class Task(threading.local):
    """The callable that a model gets. Picklable; `task(item)` runs the workload's steps once.

    Returns the item's payload, so that models which pickle results carry it back. Where the run's model is
    asynchronous the call returns an awaitable. Each thread has a lane of its own: hence the base class, which calls
    `__init__` again in every thread that uses the task.
    """

    lane: Callable[[Item], Any] | None = None

    def __init__(self, run: Run) -> None:
        self.run = run

    def __call__(self, item: Item) -> Any:
        lane = self.lane
        if lane is None:
            self.lane = lane = self.run.lane()
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
                gil_watch.watch(folder)
                task = _attached[folder] = Task(Run(folder))
    return task


def _forget_after_fork() -> None:
    # A forked worker inherits the parent's lanes. They are another thread's files: it must open its own.
    for task in _attached.values():
        task.lane = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


def _process_name() -> str:
    multiprocessing = sys.modules.get("multiprocessing.process")
    return str(multiprocessing.current_process().name) if multiprocessing else "MainProcess"


def _lane(run: Run, writer: LaneWriter) -> Callable[[Item], Any]:
    """Return the function that runs one task on this thread, in order and blocking.

    It does what `LaneWriter.recorder` does itself: here the call would cost a tenth of what a phase may cost.
    """
    bound = [(run.bind(number)[0], *_tails(number, len(run.steps))) for number in range(len(run.steps))]
    clock, slots, pack, make_room = _clock, writer.slots, RECORD.pack_into, writer.make_room
    queued, fail = tail(0, QUEUED, OK), _first_failure(run, writer)
    chunk: Any = None
    count = place = room = 0

    def record(task: int, start_ns: int, end_ns: int, waited_ns: int, tail: int) -> bool:
        nonlocal count, place, room, chunk
        if count >= room:
            free = make_room(count, task)
            if free is None:
                writer.count_unrecorded(start_ns, end_ns, waited_ns, tail)
                return False
            chunk, room, flags = free
            tail |= flags
            place = count % CHUNK_RECORDS * RECORD_SIZE
        count += 1
        pack(chunk, place, count, task, start_ns, end_ns, waited_ns, tail)
        place += RECORD_SIZE
        slots[6] = count
        return True

    def run_task(item: Item) -> Any:
        nonlocal count, place
        index, due, payload = item
        begun = start = clock()
        if due:
            record(index, due, start, -1, queued)
        recorded = True
        for step, passed, failed in bound:
            slots[10] = start  # Slot.SINCE_NS
            try:
                waited = step(item)
            except (Exception, SystemExit) as error:
                end = clock()
                recorded = record(index, start, end, -1, failed)
                fail(error, index, failed >> 32 & 0xFFFF, end)
                if not recorded:
                    writer.count_latency(end - (due or begun), failed=True)
                return payload
            end = clock()
            if waited is None:
                waited = -1
            if count < room:
                count += 1
                pack(chunk, place, count, index, start, end, waited, passed)
                place += RECORD_SIZE
                slots[6] = count  # Slot.PUBLISHED
            else:
                recorded = record(index, start, end, waited, passed)
            start = end
        if not recorded:
            writer.count_latency(start - (due or begun), failed=False)
        return payload

    return run_task


_coroutine: contextvars.ContextVar[int] = contextvars.ContextVar("coroutine", default=-1)


def _async_lane(run: Run, writer: LaneWriter) -> Callable[[Item], Any]:
    """Return the coroutine function that runs one task on this thread's event loop.

    The coroutines of a loop share its thread's file; a context variable, which every asyncio task has a copy of its
    own of, tells them apart.
    """
    bound = [(*run.bind(number), *_tails(number, len(run.steps))) for number in range(len(run.steps))]
    clock, record, slots = _clock, writer.recorder(), writer.slots
    queued = tail(0, QUEUED, OK)
    numbers = itertools.count()
    fail = _first_failure(run, writer)
    slots[Slot.WORKERS] = 1

    async def run_task(item: Item) -> Any:
        index, due, payload = item
        worker = _coroutine.get()
        if worker < 0:
            worker = next(numbers)
            _coroutine.set(worker)
            slots[Slot.WORKERS] = worker + 1
        begun = start = clock()
        if due:
            record(index, due, start, -1, queued | worker)
        recorded = True
        for step, awaited, passed, failed in bound:
            try:
                waited: Any = step(item)  # an awaitable where it is awaited
                if awaited:
                    waited = await waited
            except (Exception, SystemExit) as error:
                end = clock()
                recorded = record(index, start, end, -1, failed | worker)
                fail(error, index, failed >> 32 & 0xFFFF, end)
                if not recorded:
                    writer.count_latency(end - (due or begun), failed=True)
                return payload
            end = clock()
            recorded = record(index, start, end, -1 if waited is None else waited, passed | worker)
            start = end
        if not recorded:
            writer.count_latency(start - (due or begun), failed=False)
        return payload

    return run_task


def _tails(number: int, steps: int) -> tuple[int, int]:
    """Return the tail of step `number`'s record where it passed, and where it failed and so ended its task."""
    return tail(0, number, OK | LAST if number == steps - 1 else OK), tail(0, number, LAST)


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
    """Return an exception as JSON: type, message, and the traceback without our own first frames, bounded."""
    if isinstance(error, ExperimentError):
        return {"type": "ExperimentError", "message": str(error), "traceback": ""}
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    frames = error.__traceback__
    while frames is not None and os.path.abspath(frames.tb_frame.f_code.co_filename).startswith(ours):
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames or error.__traceback__)
    text = "".join(lines)
    if len(text) > 16_000:
        text = text[:8_000] + "\n...\n" + text[-8_000:]
    return {"type": type(error).__name__, "message": str(error)[:2_000], "traceback": text}
