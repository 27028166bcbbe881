"""Measures a sample of tasks on their own thread: time on a core, and in the run queue.

From outside, only a thread's total processor time is known: with short tasks it cannot be split into the tasks and the
model's own work between them. Measuring a few tasks a second suffices, since reading the thread's clock costs some
microseconds. Only on Linux, where the total is known exactly, and for models that send tasks to their workers.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, MutableSequence
from typing import Any, Final

from engine.record.lane_file import Slot
from engine.workload.item import Item

_EVERY_NS: Final = 10_000_000
_MOST_APART: Final = 4095  # tasks
_TRIES: Final = 5


def with_sampled_times(lane: Callable[[Item], Any], slots: MutableSequence[int] | memoryview) -> Callable[[Item], Any]:
    """Wrap `lane`, which runs a task on this thread, to measure some tasks and add their times up in `slots`."""
    cpu_clock, clock = getattr(time, "thread_time_ns", None), time.perf_counter_ns
    path = f"/proc/self/task/{threading.get_native_id()}/schedstat"
    if sys.platform != "linux" or cpu_clock is None or run_queue_ns(path) is None:
        return lane
    own_ns = _own_cost_ns(cpu_clock)
    countdown, apart, last_ns = 2, 2, clock()

    def run_task(item: Item) -> Any:
        nonlocal countdown, apart, last_ns
        countdown -= 1
        if countdown:
            return lane(item)
        queue_ns, cpu_ns, begun_ns = run_queue_ns(path), cpu_clock(), clock()
        try:
            return lane(item)
        finally:
            end_ns, cpu_ns = clock(), cpu_clock() - cpu_ns - own_ns
            queued_ns = run_queue_ns(path)
            if queue_ns is not None and queued_ns is not None:
                # It stands for the unmeasured tasks before it; the longer tasks take, the fewer those are.
                slots[Slot.SAMPLED_NS] += apart * (end_ns - begun_ns)
                slots[Slot.SAMPLED_CPU_NS] += apart * max(cpu_ns, 0)
                slots[Slot.SAMPLED_QUEUE_NS] += apart * (queued_ns - queue_ns)
                slots[Slot.SAMPLED_TASKS] += 1
            # An odd number, so that each kind of alternating tasks is sampled.
            apart = min(_MOST_APART, int(apart * _EVERY_NS / max(end_ns - last_ns, 1))) | 1
            countdown, last_ns = apart, end_ns

    return run_task


def run_queue_ns(path: str) -> int | None:
    """Return how long a thread of this process has been in the run queue; None if the system does not report it."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return int(os.read(file, 64).split()[1])
    except (OSError, ValueError, IndexError):
        return None
    finally:
        os.close(file)


def _own_cost_ns(cpu_clock: Callable[[], int]) -> int:
    """Return what reading the clocks adds to the processor time between two readings."""
    costs = []
    for _ in range(_TRIES):
        begun_ns = cpu_clock()
        time.perf_counter_ns()
        time.perf_counter_ns()
        costs.append(cpu_clock() - begun_ns)
    return min(costs)
