"""Measures how late a sleep returns when nothing delays it: that lateness belongs to the wait."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Final

from engine.witness.platforms import Platform

# How often it is looked at, and the share of a core that this may take.
LATENESS_HZ: Final = 100.0
LATENESS_SHARE: Final = 0.01
# Later still is what sleeps on an event loop: it waits for whole milliseconds (selectors.EpollSelector.select; on
# Windows the proactor too), rounded up, which is half of one on average. Only kqueue takes shorter times.
LOOP_ROUNDING_NS: Final = 0.0 if sys.platform == "darwin" else 0.5e6
_SLEEP_S: Final = 0.001
_LONGEST_NS: Final = 50e6  # what took longer was no timer's doing: the machine stood still, or this process did


class Lateness:
    """Looks at it now and then while a run goes on, for it depends on what the machine does meanwhile.

    A thread that asked for a millisecond goes on later than that: the system lets timers ring together (50 us on
    Linux), and a core at rest has to wake. On a virtual machine whose cores are wanted by others too, that takes
    milliseconds now and then, so it is the mean that counts, and many have to be seen. Time in the run queue is left
    out: the ledger knows that of each thread.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._late_ns = 0.0
        self._looks = 0

    @property
    def ns(self) -> float:
        """The mean of what was seen; 0 if nothing was."""
        return max(0.0, self._late_ns / self._looks) if self._looks else 0.0

    def look(self) -> None:
        """Sleep for a millisecond, and see how late that ends."""
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
