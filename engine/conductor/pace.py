"""Pace: when to do again what takes time, so that watching much does not take the time of what is watched."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

_LONGEST_PAUSE_S: Final = 0.4


class Pace:
    """Does something `most_hz` times a second, less often if that would take more than `share` of a core.

    `uneven`: at uneven intervals, so as not to keep time with what it looks at.
    """

    def __init__(self, most_hz: float, share: float = 0.1, *, uneven: bool = False) -> None:
        self._pause_s, self._share, self._uneven = 1.0 / most_hz, share, uneven
        self._next_s = 0.0

    def turn(self, now_s: float, call: Callable[[], None]) -> float:
        """Make the call if its time has come; return when it comes next (`time.monotonic`)."""
        if now_s >= self._next_s:
            begun_s = time.thread_time()  # not the clock's: on a busy machine that is the others' time too
            call()
            used_s = time.thread_time() - begun_s
            pause_s = max(self._pause_s, min(_LONGEST_PAUSE_S, used_s / self._share))
            self._next_s = now_s + pause_s * (random.uniform(0.5, 1.5) if self._uneven else 1.0)
        return self._next_s
