"""How long every thread of some processes was on a core, or ready for one, and when it was there; Linux.

Threads that come and go between two readings are not seen; what a thread used until its last reading is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Final

from engine.watch.thread_clock import ThreadClock
from engine.witness.platforms import Platform

MOST_ENDED: Final = 4000  # threads that have ended and are kept, those with most processor time


class ThreadClocks:
    """Reads the clocks of all threads of the processes that it is given."""

    def __init__(self, platform: Platform, *, from_start: bool) -> None:
        self._platform = platform
        self._from_start = from_start
        self.alive: dict[tuple[int, int], ThreadClock] = {}
        self.ended: list[ThreadClock] = []
        self.left_out = 0  # threads that have ended, and are not kept
        self.names: dict[tuple[int, int], str] = {}  # as Python calls them, where that is known
        self._rounds = 0
        self._read_ns = time.perf_counter_ns()  # when the reading before was taken

    @property
    def all(self) -> list[ThreadClock]:
        """Every thread that is kept."""
        return [*self.alive.values(), *self.ended]

    def read(self, pids: Iterable[int]) -> None:
        """Take a reading of every thread that is there now."""
        now_ns = time.perf_counter_ns()
        seen: set[tuple[int, int]] = set()
        for pid in pids:
            tids = thread_ids(pid)
            times = self._platform.threads(pid, tids) or {}
            for tid, reading in times.items():
                key = pid, tid
                seen.add(key)
                clock = self.alive.get(key)
                if clock is None:
                    clock = self.alive[key] = ThreadClock(
                        pid, tid, thread_name(pid, tid), now_ns, now_ns, reading.cpu_ns, reading.queue_ns
                    )
                    if self._rounds == 0 and not self._from_start:  # it was there before
                        clock.first_cpu_ns, clock.first_queue_ns = reading.cpu_ns, reading.queue_ns or 0
                    else:  # it began since the reading before, at least as long ago as it has run
                        clock.first_ns = max(self._read_ns, now_ns - reading.cpu_ns - (reading.queue_ns or 0))
                clock.last_ns, clock.cpu_ns, clock.queue_ns = now_ns, reading.cpu_ns, reading.queue_ns
                if self._rounds % 10 == 0:  # names are given a little after the start
                    clock.name = thread_name(pid, tid) or clock.name
        for key in self.names.keys() & self.alive.keys():
            self.alive[key].name = self.names[key]
        self._end(self.alive.keys() - seen)
        self._rounds += 1
        self._read_ns = now_ns

    def _end(self, gone: Iterable[tuple[int, int]]) -> None:
        for key in gone:
            clock = self.alive.pop(key)
            clock.ended = True
            self.ended.append(clock)
        if len(self.ended) > 2 * MOST_ENDED:
            self.ended.sort(key=lambda each: (-(each.cpu_ns - each.first_cpu_ns), each.first_ns))
            self.left_out += len(self.ended) - MOST_ENDED
            del self.ended[MOST_ENDED:]


def thread_ids(pid: int) -> list[int]:
    """Return the ids of a process's threads that are there now; none where it is gone."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def thread_name(pid: int, tid: int) -> str:
    """Return what the system calls a thread; "" where it is gone."""
    try:
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""
