"""Counts a run's processes and threads from its lane files, for runs too short to be sampled."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class ThreadLife(NamedTuple):
    """The life of a thread that ran tasks: from its first task's start to its last task's end, in nanoseconds."""

    pid: int
    thread: int
    first_ns: int
    last_ns: int


def at_one_time(lives: Iterable[ThreadLife], *, main_threads: bool = sys.platform == "linux") -> tuple[int, int]:
    """Return the least number of processes, and of threads, that must have existed at one time.

    `main_threads`: a process's main thread has the process's id (Linux). So a process without such a thread in `lives`
    has one more, its main thread, which ran no tasks.
    """
    lives = list(lives)
    moments = sorted([(each.first_ns, 1, each) for each in lives] + [(each.last_ns, -1, each) for each in lives])
    alive: Counter[int] = Counter()
    mains: set[int] = set()
    processes = threads = 0
    for _, change, life in moments:
        alive[life.pid] += change
        if life.pid == life.thread:
            (mains.add if change > 0 else mains.discard)(life.pid)
        there = [pid for pid, count in alive.items() if count > 0]
        processes = max(processes, len(there))
        beside = sum(pid not in mains for pid in there) if main_threads else 0
        threads = max(threads, sum(alive[pid] for pid in there) + beside)
    return processes, threads
