"""What a stage's workers take items from and hand them on to, and how long they had to wait for that.

A `Source` and a `Sink` stand before and behind a stage. Between two stages of one event loop lies an `asyncio.Queue`,
between threads a `queue.Queue`, and where a process is on either side a `multiprocessing.Queue`; a coroutine waits for
one of the latter two in a thread of its own, as asyncio's documentation has it. An item is when it was put into its
queue, its task's number, what it carries, and when its task began: four values, so that what waited is known.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from engine.host.control import FILE_NAME, Control
from engine.record.queue_file import EMPTY_NS, FULL_NS, PUT, SLOTS, TAKEN, QueueCounters

# When it was put into its queue (0: by nobody), its task's number, what it carries, and when its task began.
StageItem = tuple[int, int, bytes, int]

_numbers = itertools.count()
_clock = time.perf_counter_ns
_LOOK_S = 0.5  # how often one that waits looks whether the run was stopped


class _Counting(threading.local):
    """The counters of each thread that uses a source or a sink; picklable as its run's folder."""

    slots: memoryview | None = None
    control: Control | None = None

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @property
    def stopped(self) -> bool:
        """Whether the run was asked to stop, by a person or by a stage that failed."""
        if self.control is None:
            self.control = Control(os.path.join(self.folder, FILE_NAME))
        return self.control.stopped

    def open(self) -> memoryview:
        """Make this thread's counters; from then on they are `slots`, which is read for every task."""
        self.slots = slots = QueueCounters(self.folder, next(_numbers)).slots
        return slots

    def __reduce__(self) -> tuple[Callable[[str], _Counting], tuple[str]]:
        return (counting, (self.folder,))


_known: dict[str, _Counting] = {}


def counting(folder: str) -> _Counting:
    """Return this process's counters of a run: one file a thread, whatever queues it uses."""
    return _known.setdefault(folder, _Counting(folder))


class FirstSource:
    """What the first stage's threads take: the run's items, as they come."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def get(self) -> StageItem | None:
        """Return the next item, None after the last."""
        item = next(self._items, None)
        return None if item is None else (0, item[1], item[2], item[0])


class AsyncFirstSource:
    """The same for coroutines."""

    def __init__(self, items: Any) -> None:
        self._items = items

    async def get(self) -> StageItem | None:
        """Return the next item, None after the last."""
        try:
            item = await self._items.__anext__()
        except StopAsyncIteration:
            return None
        return (0, item[1], item[2], item[0])


class Source:
    """The end of a `queue.Queue` or `multiprocessing.Queue` that a stage takes from.

    In the host nobody waits for ever: who should put something there may be gone. A process of a stage does, for it is
    ended from outside then, and a `multiprocessing.Queue` takes twice as long to take from with a time-out.
    """

    def __init__(self, queue: Any, number: int, count: _Counting) -> None:
        self._get, self._count, self._look_s = queue.get, count, _LOOK_S
        self._empty, self._taken = number * SLOTS + EMPTY_NS, number * SLOTS + TAKEN

    def get(self) -> StageItem | None:
        """Return the next item, None after the last; wait while the queue is empty."""
        slots = self._count.slots
        if slots is None:  # from its first call on this worker is known to be there
            slots = self._count.open()
        begun_ns = _clock()
        while True:
            try:
                item: StageItem | None = self._get(True, self._look_s)
                break
            except queue.Empty:
                if self._count.stopped:
                    return None
        if item is not None:
            slots[self._empty] += _clock() - begun_ns
            slots[self._taken] += 1
        return item

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _look_s=None)  # in a process of the stage


class Sink:
    """The end of a `queue.Queue` or `multiprocessing.Queue` that a stage hands on to."""

    def __init__(self, queue: Any, number: int, count: _Counting) -> None:
        self._put, self._count = queue.put, count
        self._full, self._handed_on = number * SLOTS + FULL_NS, number * SLOTS + PUT

    def put(self, item: StageItem | None) -> None:
        """Hand an item on, None (its task failed) to nobody; wait while the queue is full."""
        if item is None:
            return
        _, number, payload, task_ns = item
        slots = self._count.slots
        if slots is None:
            slots = self._count.open()
        begun_ns = _clock()
        given = (begun_ns, number, payload, task_ns)
        while True:
            try:
                self._put(given, True, _LOOK_S)
                break
            except queue.Full:
                if self._count.stopped:
                    return
        slots[self._full] += _clock() - begun_ns
        slots[self._handed_on] += 1


class LoopSource:
    """The end of an `asyncio.Queue` that a stage takes from."""

    def __init__(self, queue: Any, number: int, count: _Counting) -> None:
        self._queue, self._count = queue, count
        self._empty, self._taken = number * SLOTS + EMPTY_NS, number * SLOTS + TAKEN

    async def get(self) -> StageItem | None:
        """Return the next item, None after the last; wait while the queue is empty."""
        slots = self._count.slots
        if slots is None:
            slots = self._count.open()
        waiting = self._queue
        if waiting.empty():
            begun_ns = _clock()
            item: StageItem | None = await waiting.get()
            if item is not None:
                slots[self._empty] += _clock() - begun_ns
        else:  # as its `get` does it, without a coroutine
            item = waiting.get_nowait()
        if item is not None:
            slots[self._taken] += 1
        return item


class LoopSink:
    """The end of an `asyncio.Queue` that a stage hands on to."""

    def __init__(self, queue: Any, number: int, count: _Counting) -> None:
        self._queue, self._count = queue, count
        self._full, self._handed_on = number * SLOTS + FULL_NS, number * SLOTS + PUT

    async def put(self, item: StageItem | None) -> None:
        """Hand an item on, None (its task failed) to nobody; wait while the queue is full."""
        if item is None:
            return
        _, number, payload, task_ns = item
        slots = self._count.slots
        if slots is None:
            slots = self._count.open()
        begun_ns, waiting = _clock(), self._queue
        if waiting.full():
            await waiting.put((begun_ns, number, payload, task_ns))
            slots[self._full] += _clock() - begun_ns
        else:
            waiting.put_nowait((begun_ns, number, payload, task_ns))
        slots[self._handed_on] += 1


class ThreadedSource:
    """A source of threads or processes, for coroutines: each waits for it in a thread of `pool`."""

    def __init__(self, source: Source, pool: Any) -> None:
        self._source, self._pool = source, pool

    async def get(self) -> StageItem | None:
        """Return the next item, None after the last."""
        import asyncio

        found: StageItem | None = await asyncio.get_running_loop().run_in_executor(self._pool, self._source.get)
        return found


class ThreadedSink:
    """A sink of threads or processes, for coroutines: each waits for it in a thread of `pool`."""

    def __init__(self, sink: Sink, pool: Any) -> None:
        self._sink, self._pool = sink, pool

    async def put(self, item: StageItem | None) -> None:
        """Hand an item on, None (its task failed) to nobody."""
        import asyncio

        if item is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._sink.put, item)


class LastSink:
    """What stands behind the last stage: nothing."""

    def put(self, item: StageItem | None) -> None:
        """Let go of the item."""


class AsyncLastSink:
    """The same for coroutines."""

    async def put(self, item: StageItem | None) -> None:
        """Let go of the item."""
