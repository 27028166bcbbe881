"""The sources and sinks between which a stage's workers run, and how long the workers waited for them.

A stage takes items from its `Source` and puts them into its `Sink`. Two stages of one event loop are connected by an
`asyncio.Queue`, threads by a `queue.Queue`, and if either side is a process a `multiprocessing.Queue`; a coroutine
waits for one of the latter two in a separate thread, as asyncio's documentation recommends. An item is a tuple of four
values: when it was put into its queue, its task's number, its payload, and when its task began.
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
from engine.record.hand_over.queue_file import EMPTY_NS, FULL_NS, PUT, SLOTS, TAKEN, QueueCounters

# When it was put into its queue (0: it was not), its task's number, its payload, and when its task began.
StageItem = tuple[int, int, bytes, int]

_numbers = itertools.count()
_clock = time.perf_counter_ns
_LOOK_S = 0.5  # how often a waiting worker checks whether the run was stopped


class _Counting(threading.local):
    """The counters of each thread that uses a source or a sink; pickled as its run's folder."""

    slots: memoryview | None = None
    control: Control | None = None

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @property
    def stopped(self) -> bool:
        """Whether the run was asked to stop, by the user or by a stage that failed."""
        if self.control is None:
            self.control = Control(os.path.join(self.folder, FILE_NAME))
        return self.control.stopped

    def open(self) -> memoryview:
        """Make this thread's counters and keep them as `slots`, which is read for every task."""
        self.slots = slots = QueueCounters(self.folder, next(_numbers)).slots
        return slots

    def __reduce__(self) -> tuple[Callable[[str], _Counting], tuple[str]]:
        return (counting, (self.folder,))


_known: dict[str, _Counting] = {}


def counting(folder: str) -> _Counting:
    """Return this process's counters of a run: one file for each thread, for all queues that it uses."""
    return _known.setdefault(folder, _Counting(folder))


class FirstSource:
    """The source of the first stage's threads: the run's items, when they are due."""

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
    """The `queue.Queue` or `multiprocessing.Queue` that a stage takes from.

    In the host `get` uses a time-out, because the workers that fill the queue may be gone. In a process of a stage it
    does not: the host ends such a process, and a time-out makes `multiprocessing.Queue.get` take twice as long.
    """

    def __init__(self, queue: Any, number: int, count: _Counting) -> None:
        self._get, self._count, self._look_s = queue.get, count, _LOOK_S
        self._empty, self._taken = number * SLOTS + EMPTY_NS, number * SLOTS + TAKEN

    def get(self) -> StageItem | None:
        """Return the next item, None after the last; wait while the queue is empty."""
        slots = self._count.slots
        if slots is None:  # the first call: opening the counters shows that this worker has started
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
    """The `queue.Queue` or `multiprocessing.Queue` that a stage puts items into."""

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
    """The `asyncio.Queue` that a stage takes from."""

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
        else:  # like `await queue.get()`, without creating a coroutine
            item = waiting.get_nowait()
        if item is not None:
            slots[self._taken] += 1
        return item


class LoopSink:
    """The `asyncio.Queue` that a stage puts items into."""

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
    """The sink of the last stage, which drops items."""

    def put(self, item: StageItem | None) -> None:
        """Let go of the item."""


class AsyncLastSink:
    """The same for coroutines."""

    async def put(self, item: StageItem | None) -> None:
        """Let go of the item."""
