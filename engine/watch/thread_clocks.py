"""How long every thread of some processes was on a core, or ready for one, and when it was there; Linux.

Threads that come and go between two readings are not seen; what a thread used until its last reading is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

from engine.witness.platforms import Platform


@dataclass(slots=True)
class ThreadClock:
    """One thread: when it was first and last seen, and its times at these instants, in nanoseconds.

    `queue_ns` is None where the platform does not tell. `began` says that it started while it was watched, so that
    its times count from 0.
    """

    pid: int
    tid: int
    name: str
    first_ns: int
    last_ns: int
    cpu_ns: int
    queue_ns: int | None
    first_cpu_ns: int = 0
    first_queue_ns: int = 0
    ended: bool = False


class ThreadClocks:
    """Reads the clocks of all threads of the processes that it is told of."""

    def __init__(self, platform: Platform, *, from_start: bool) -> None:
        self._platform = platform
        self._from_start = from_start
        self.threads: dict[tuple[int, int], ThreadClock] = {}
        self._rounds = 0
        self._read_ns = time.perf_counter_ns()  # when the reading before was taken

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
                clock = self.threads.get(key)
                if clock is None or clock.ended:
                    clock = self.threads[key] = ThreadClock(
                        pid, tid, thread_name(pid, tid), now_ns, now_ns, reading.cpu_ns, reading.queue_ns
                    )
                    if self._rounds == 0 and not self._from_start:  # it was there before
                        clock.first_cpu_ns, clock.first_queue_ns = reading.cpu_ns, reading.queue_ns or 0
                    else:  # it began since the reading before, at least as long ago as it has run
                        clock.first_ns = max(self._read_ns, now_ns - reading.cpu_ns - (reading.queue_ns or 0))
                clock.last_ns, clock.cpu_ns, clock.queue_ns = now_ns, reading.cpu_ns, reading.queue_ns
                if self._rounds % 10 == 0:  # names are given a little after the start
                    clock.name = thread_name(pid, tid) or clock.name
        for key, clock in self.threads.items():
            if key not in seen:
                clock.ended = True
        self._rounds += 1
        self._read_ns = now_ns


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
