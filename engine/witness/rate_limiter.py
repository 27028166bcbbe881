"""RateLimiter: spaces out expensive readings, so that watching takes little of the machine's time."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from typing import Final

_LONGEST_PAUSE_S: Final = 0.4
SETTLE_S: Final = 2.0


class RateLimiter:
    """Makes a call `most_hz` times a second, less often if that would take more than `share` of a core.

    After SETTLE_S the rate is at most `later_hz`; the first rate is higher so that short runs are seen too. `uneven`:
    at random intervals, so as not to run in step with what is observed.
    """

    def __init__(self, most_hz: float, share: float = 0.1, *, later_hz: float = math.inf, uneven: bool = False) -> None:
        self._pause_s, self._share, self._uneven = 1.0 / most_hz, share, uneven
        self._later_pause_s, self._begun_s = max(self._pause_s, 1.0 / later_hz), 0.0
        self._next_s = 0.0

    def turn(self, now_s: float, call: Callable[[], None]) -> float:
        """Make the call if its time has come; return when it comes next (`time.monotonic`)."""
        if now_s >= self._next_s:
            begun_s = time.thread_time()  # not elapsed time, which on a busy machine includes other programs' time
            call()
            used_s = time.thread_time() - begun_s
            self._begun_s = self._begun_s or now_s
            usual_s = self._later_pause_s if now_s - self._begun_s > SETTLE_S else self._pause_s
            pause_s = max(usual_s, min(_LONGEST_PAUSE_S, used_s / self._share))
            self._next_s = now_s + pause_s * (random.uniform(0.5, 1.5) if self._uneven else 1.0)
        return self._next_s
