"""What lane files tell of a run's processes and threads, of runs too short for the system to be asked meanwhile."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class ThreadLife(NamedTuple):
    """A thread that ran tasks: from its first task to the end of its last, nanoseconds."""

    pid: int
    thread: int
    first_ns: int
    last_ns: int


def at_one_time(lives: Iterable[ThreadLife], *, main_threads: bool = sys.platform == "linux") -> tuple[int, int]:
    """Return how many processes and threads there were at one time, at the least.

    `main_threads`: a process's first thread has its number (Linux), so it is known whether that is one of the lives;
    if it is not, it is there all the same.
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
