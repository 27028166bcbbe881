"""The queue file: how many items one pipeline worker has taken and handed on, and how long it waited for its queues.

Guarantees. One writer, any number of readers, no lock: each figure is one aligned 64-bit slot. A file holds, for each
queue of the run, SLOTS slots: how many items this worker (or the feeder of the first stage) has put into the queue and
taken out of it, and for how many nanoseconds it waited because the queue was full, or empty. The run's figures are the
sums over all files; items put minus items taken are waiting in the queue, or in transit through it.
"""

from __future__ import annotations

import mmap
import os
import struct
from typing import Final

FOLDER: Final = "queues"
SUFFIX: Final = ".queue"
PUT, TAKEN, FULL_NS, EMPTY_NS = range(4)
SLOTS: Final = 4
_SIZE: Final = 4096  # room for 128 queues


class QueueCounters:
    """This thread's counters, in a separate file. `number` distinguishes the threads of one process."""

    def __init__(self, run_folder: str, number: int) -> None:
        folder = os.path.join(run_folder, FOLDER)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, f"{os.getpid()}-{number}{SUFFIX}")
        with open(path, "w+b") as file:
            file.write(bytes(_SIZE))
            file.flush()
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self.slots = memoryview(self._map).cast("q")


def processes_asking(run_folder: str) -> int:
    """Return how many processes other than this one have begun to use the run's queues."""
    try:
        names = os.listdir(os.path.join(run_folder, FOLDER))
    except FileNotFoundError:
        return 0
    return len({name.partition("-")[0] for name in names if name.endswith(SUFFIX)} - {str(os.getpid())})


def read_counters(run_folder: str, queues: int) -> list[list[int]]:
    """Return for each queue the sums of its SLOTS over all files of the run."""
    totals = [[0] * SLOTS for _ in range(queues)]
    if not queues:
        return totals
    folder = os.path.join(run_folder, FOLDER)
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return totals
    for name in names:
        if not name.endswith(SUFFIX):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read(queues * SLOTS * 8)
        if len(data) < queues * SLOTS * 8:
            continue  # it is being made
        values = struct.unpack(f"={queues * SLOTS}q", data)
        for queue in range(queues):
            for slot in range(SLOTS):
                totals[queue][slot] += values[queue * SLOTS + slot]
    return totals
