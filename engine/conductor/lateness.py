"""How late a sleeper wakes on this machine, with nobody in its way: it is part of the wait, not of what comes after."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from statistics import median
from typing import Final

from engine.conductor.platforms import Platform

_SLEEP_S: Final = 0.001
_KEPT: Final = 200


class Lateness:
    """Looks at it now and then while a run goes on, for it depends on what the machine does meanwhile.

    A thread that asked for a millisecond goes on later than that: the system lets timers ring together (50 us on
    Linux), and a core at rest has to wake. Time in the run queue is not counted: the ledger knows that of each thread.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._late_ns: deque[float] = deque(maxlen=_KEPT)

    @property
    def ns(self) -> float:
        """The median of what was seen; 0 if nothing was."""
        return max(0.0, median(self._late_ns)) if self._late_ns else 0.0

    def look(self) -> None:
        """Sleep for a millisecond, and see how late that ends."""
        queued_ns, begun_ns = self._queued_ns(), time.perf_counter_ns()
        time.sleep(_SLEEP_S)
        took_ns = time.perf_counter_ns() - begun_ns
        self._late_ns.append(took_ns - _SLEEP_S * 1e9 - (self._queued_ns() - queued_ns))

    def _queued_ns(self) -> int:
        thread = threading.get_native_id()
        times = (self._platform.threads(os.getpid(), [thread]) or {}).get(thread)
        return 0 if times is None else times.queue_ns or 0
