"""Measures how late an undisturbed sleep returns: the ledger counts that lateness as part of the wait."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Final

from engine.witness.platforms import Platform

# How often lateness is measured, and the share of a core that this may take.
LATENESS_HZ: Final = 100.0
LATENESS_SHARE: Final = 0.01
# Sleeps on an event loop are later still: it waits for whole milliseconds (selectors.EpollSelector.select, and the
# proactor on Windows), rounded up, which adds half a millisecond on average. Only kqueue takes shorter times.
LOOP_ROUNDING_NS: Final = 0.0 if sys.platform == "darwin" else 0.5e6
_SLEEP_S: Final = 0.001
_LONGEST_NS: Final = 50e6  # a longer delay is not the timer's: the machine, or this process, was suspended


class Lateness:
    """Measures lateness repeatedly during a run, because it depends on the machine's load.

    A thread that sleeps for a millisecond wakes later: the system combines timers (50 us of slack on Linux), and an
    idle core has to wake up. On a virtual machine that shares its cores, that sometimes takes milliseconds, so the mean
    of many measurements counts. Time in the run queue is left out: the ledger has it for each thread.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._late_ns = 0.0
        self._looks = 0

    @property
    def ns(self) -> float:
        """The mean lateness; 0 before the first measurement."""
        return max(0.0, self._late_ns / self._looks) if self._looks else 0.0

    def look(self) -> None:
        """Sleep for a millisecond, and measure how late that ends."""
        queued_ns, begun_ns = self._queued_ns(), time.perf_counter_ns()
        time.sleep(_SLEEP_S)
        took_ns = time.perf_counter_ns() - begun_ns
        late_ns = took_ns - _SLEEP_S * 1e9 - (self._queued_ns() - queued_ns)
        self._late_ns += min(late_ns, _LONGEST_NS)
        self._looks += 1

    def _queued_ns(self) -> int:
        thread = threading.get_native_id()
        times = (self._platform.threads(os.getpid(), [thread]) or {}).get(thread)
        return 0 if times is None else times.queue_ns or 0
