"""Many workers add to one number: fast and wrong, or right and slow. Lost updates are counted."""

from __future__ import annotations

import glob
import mmap
import os
import threading
from collections.abc import Callable
from typing import Any

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.run_lock import RunLock, lock_for
from engine.workload.steps import Bound, StepContext, StepDescriptor

UPDATES = ("add", "read-modify-write", "locked")


class Counter:
    """A number that every worker of a process sees."""

    def __init__(self) -> None:
        self.value = 0


class MappedCounter:
    """A number that every process of a run sees: eight bytes of a mapped file."""

    def __init__(self, path: str) -> None:
        with open(path, "a+b") as file:
            file.truncate(mmap.PAGESIZE)  # a new page is all zeros; an old one keeps what it holds
            self._slots = memoryview(mmap.mmap(file.fileno(), mmap.PAGESIZE)).cast("q")

    @property
    def value(self) -> int:
        """The number now."""
        return self._slots[0]

    @value.setter
    def value(self, number: int) -> None:
        self._slots[0] = number


def add(counter: Any, increments: int, lock: RunLock) -> None:
    """Add 1 `increments` times: safe under the GIL by an accident of where CPython switches threads."""
    for _ in range(increments):
        counter.value += 1


def read_modify_write(counter: Any, increments: int, lock: RunLock) -> None:
    """Read, call a function, write back: a thread switch in between loses another worker's update."""
    for _ in range(increments):
        counter.value = int(counter.value) + 1


def locked(counter: Any, increments: int, lock: RunLock) -> None:
    """Read and write back while holding a lock: correct under every model, and slower."""
    for _ in range(increments):
        with lock:
            counter.value = int(counter.value) + 1


_RUN: dict[str, Callable[[Any, int, RunLock], None]] = {
    "add": add,
    "read-modify-write": read_modify_write,
    "locked": locked,
}


def _bind(context: StepContext, increments: int, update: str) -> Bound:
    counter, lock, run = _counter(context), lock_for(context), _RUN[update]
    made = MappedCounter(_made_path(context))  # this worker's own: what the number should come to

    def step(item: NamedItem) -> None:
        run(counter, increments, lock)
        made.value += increments

    return step


def _counter(context: StepContext) -> Any:
    if context.shares_memory:
        return context.shared.setdefault(f"counter:{context.number}", Counter())
    return MappedCounter(os.path.join(context.folder, f"counter-{context.number}"))


def _made_path(context: StepContext) -> str:
    return os.path.join(context.folder, f"made-{context.number}-{os.getpid()}-{threading.get_native_id()}")


def _finish(context: StepContext) -> dict[str, object]:
    """Return how many updates were made, how many the counter holds, and how many were lost."""
    made = sum(
        MappedCounter(path).value for path in glob.glob(os.path.join(context.folder, f"made-{context.number}-*"))
    )
    counted = _counter(context).value
    return {"updates_made": made, "updates_counted": counted, "updates_lost": made - counted}


STEP = StepDescriptor(
    StepCard(
        key="shared-counter",
        title="Shared counter",
        summary="All workers add to one number; the updates that were lost are counted and reported.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Sharing",
        parameters=(
            Parameter(
                "increments",
                "Increments",
                Kind.INTEGER,
                10_000,
                "How many times each task adds 1.",
                minimum=1,
                maximum=1_000_000_000,
            ),
            Parameter(
                "update",
                "Update",
                Kind.CHOICE,
                "read-modify-write",
                "add: x += 1; read-modify-write: x = int(x) + 1; locked: the same while holding a lock.",
                choices=UPDATES,
            ),
        ),
    ),
    _bind,
    finish=_finish,
)
