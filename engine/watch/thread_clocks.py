"""Reads how long every thread of some processes was on a core, or ready for one, and when it existed; Linux.

Threads that start and end between two readings are not seen; a thread's time is known until its last reading.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Final

from engine.watch.thread_clock import ThreadClock
from engine.witness.platforms import Platform

MOST_ENDED: Final = 4000  # ended threads that are kept, those with most processor time


class ThreadClocks:
    """Reads the clocks of all threads of the processes that it is given."""

    def __init__(self, platform: Platform, *, from_start: bool) -> None:
        self._platform = platform
        self._from_start = from_start
        self.alive: dict[tuple[int, int], ThreadClock] = {}
        self.ended: list[ThreadClock] = []
        self.left_out = 0  # ended threads that are not kept
        self.names: dict[tuple[int, int], str] = {}  # their names in Python, if known
        self._rounds = 0
        self._read_ns = time.perf_counter_ns()  # when the previous reading was taken

    @property
    def all(self) -> list[ThreadClock]:
        """Every thread that is kept."""
        return [*self.alive.values(), *self.ended]

    def read(self, pids: Iterable[int]) -> None:
        """Take a reading of every thread that exists now."""
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
                    if self._rounds == 0 and not self._from_start:  # it existed before the watch
                        clock.first_cpu_ns, clock.first_queue_ns = reading.cpu_ns, reading.queue_ns or 0
                    else:  # it started after the previous reading, at least as long ago as it has run
                        clock.first_ns = max(self._read_ns, now_ns - reading.cpu_ns - (reading.queue_ns or 0))
                clock.last_ns, clock.cpu_ns, clock.queue_ns = now_ns, reading.cpu_ns, reading.queue_ns
                if self._rounds % 10 == 0:  # threads get their names a little after their start
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
    """Return the ids of a process's current threads; none if it is gone."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def thread_name(pid: int, tid: int) -> str:
    """Return a thread's name in the system; "" if it is gone."""
    try:
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""
