"""Items: the tasks of a run as a lazy iterator, where the count, the deadline, the stop and the arrivals live.

Guarantees. Every item is handed out once, whatever number of threads ask; after the end nothing more comes. An item
of an open loop is handed out when it is due, never before; if all workers are busy then, it is handed out late and
keeps its `due_ns`, so that waiting counts (no coordinated omission). A stop is seen within POLL_S.

A closed loop takes no lock where there is a GIL: the count is one atomic step. A lock there would be a convoy: whoever
gets it must then wait for the GIL, holding it, so that the next one waits for the lock instead of for the GIL, for as
long as the run lasts.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

from engine.host.control import Control
from engine.workload.experiment import Workload
from engine.workload.item import Item

POLL_S: Final = 0.02


class Items:
    """The items of one run. Thread-safe; iterate it with `for` or `async for`.

    The clock of the deadline and of the arrivals starts at the first item asked for.
    """

    def __init__(self, workload: Workload, control: Control, payload: bytes = b"") -> None:
        self._limit = workload.tasks if workload.tasks is not None else -1
        self._duration_ns = int((workload.duration_s or 0.0) * 1e9)
        self._rate = workload.arrival_per_s
        self._random = random.Random(workload.seed)
        self._stop = control.slots  # slot 0 is the stop, 1 the revision: read on every item, so not by property
        self._revision = 0
        self._control = control
        self._payload = payload
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
        self._needs_lock = self._rate is not None or not has_gil
        self._started = False
        self._deadline_ns = 0
        self._due_ns = 0
        self._ended = False

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        item = self._take()
        if item.due_ns:
            while (wait_ns := item.due_ns - time.perf_counter_ns()) > 0:
                if self._stop[0]:
                    self._ended = True
                    raise StopIteration
                time.sleep(min(POLL_S, wait_ns / 1e9))
        return item

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        try:
            item = self._take()
        except StopIteration:
            raise StopAsyncIteration from None
        if item.due_ns:
            while (wait_ns := item.due_ns - time.perf_counter_ns()) > 0:
                if self._stop[0]:
                    self._ended = True
                    raise StopAsyncIteration
                await asyncio.sleep(min(POLL_S, wait_ns / 1e9))
        return item

    def _take(self) -> Item:
        if self._needs_lock:
            with self._lock:
                return self._take_next()
        return self._take_next()

    def _take_next(self) -> Item:
        if not self._started:
            self._start()
        if self._stop[1] != self._revision:
            self._revision = self._control.apply()
        index = next(self._numbers)
        if self._ended or self._stop[0] or 0 <= self._limit <= index:
            self._ended = True
            raise StopIteration
        if self._deadline_ns and time.perf_counter_ns() >= self._deadline_ns:
            self._ended = True
            raise StopIteration
        due_ns = self._arrive() if self._rate is not None else 0
        return Item(index, due_ns, self._payload)

    def _start(self) -> None:
        now = time.perf_counter_ns()
        self._deadline_ns = now + self._duration_ns if self._duration_ns else 0
        self._due_ns = now
        self._started = True

    def _arrive(self) -> int:
        """Draw the next arrival; StopIteration where it would be past the deadline."""
        rate = self._control.arrival_per_s or self._rate
        self._due_ns += int(self._random.expovariate(rate or 1.0) * 1e9)
        if self._deadline_ns and self._due_ns >= self._deadline_ns:
            self._ended = True
            raise StopIteration
        return self._due_ns
