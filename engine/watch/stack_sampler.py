"""Reads stacks in a separate thread: once, or some times a second until it is stopped."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.watch.stacks import StacksError, ThreadStack, read_stacks

EVERY_S: Final = 0.25
_MOST_PROCESSES: Final = 16  # read at a time
_LONGEST_SHARE: Final = 0.5  # of the time may be spent on reading


@dataclass(frozen=True, slots=True)
class StackSample:
    """The stacks of some processes, when each was read, and by process the reasons why others cannot be."""

    stacks: tuple[tuple[int, tuple[ThreadStack, ...]], ...]
    reasons: tuple[str, ...] = ()

    @property
    def until_ns(self) -> int:
        """When the last of them was read."""
        return max((at_ns for at_ns, _ in self.stacks), default=0)


def sample_stacks(pids: Sequence[int]) -> StackSample:
    """Return the stacks of these processes now."""
    stacks, reasons = [], dict[str, list[int]]()
    for pid in pids[:_MOST_PROCESSES]:
        begin_ns = time.perf_counter_ns()
        try:
            found = tuple(read_stacks(pid))
        except StacksError as error:
            reasons.setdefault(str(error), []).append(pid)
            continue
        stacks.append(((begin_ns + time.perf_counter_ns()) // 2, found))
    told = [f"{reason} (process {', '.join(map(str, those[:4]))})" for reason, those in reasons.items()]
    return StackSample(tuple(stacks), tuple(told))


class StackSampler:
    """Puts samples into `ready`. `pids` returns the current processes."""

    def __init__(self, pids: Callable[[], Sequence[int]]) -> None:
        self._pids = pids
        self.ready: queue.SimpleQueue[StackSample] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_on(self) -> bool:
        """Whether it samples."""
        return self._thread is not None

    def start(self) -> None:
        """Sample from now on."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._sample, name="stacks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        thread, self._thread = self._thread, None
        self._stop.set()
        if thread is not None:
            thread.join(1.0)

    def _sample(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            begin_s = time.monotonic()
            self.ready.put(sample_stacks(self._pids()))
            took_s = time.monotonic() - begin_s
            pause_s = max(EVERY_S - took_s, took_s / _LONGEST_SHARE - took_s)
