"""Pace: when to do again what takes time, so that watching much does not take the time of what is watched."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_SHARE: Final = 0.1  # of a core, at most
_LONGEST_PAUSE_S: Final = 0.4


class Pace:
    """Does something `most_hz` times a second, less often if that would take more than a tenth of a core."""

    def __init__(self, most_hz: float) -> None:
        self._pause_s = 1.0 / most_hz
        self._next_s = 0.0

    def turn(self, now_s: float, call: Callable[[], None]) -> float:
        """Make the call if its time has come; return when it comes next (`time.monotonic`)."""
        if now_s >= self._next_s:
            begun_s = time.thread_time()  # not the clock's: on a busy machine that is the others' time too
            call()
            used_s = time.thread_time() - begun_s
            self._next_s = now_s + max(self._pause_s, min(_LONGEST_PAUSE_S, used_s / _SHARE))
        return self._next_s
