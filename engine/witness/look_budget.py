"""How often to look, so that looking takes no more than its share of a core."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

_LONGEST_PAUSE_S: Final = 0.25
_SHORTEST_PAUSE_S: Final = 0.0002
_MEASURE_S: Final = 0.1  # the interval at which the cost of a round is measured


class LookBudget:
    """Measures the cost of rounds of looks, and computes the pause between two. Used by the thread that looks.

    `share` is the part of one core that rounds may take, `most_hz` how many rounds a second at most; `cpu_clock`
    returns the processor seconds that they took.
    """

    def __init__(self, share: float, most_hz: float, cpu_clock: Callable[[], float]) -> None:
        self._share, self._shortest_s, self._cpu_clock = share, 1.0 / most_hz, cpu_clock
        self._interval_s = self._shortest_s
        self._first_cpu_s: float | None = None  # read in `begin`, on the thread that looks
        self._measured = (0.0, 0)
        self._measured_s = time.monotonic()

    @property
    def cpu_s(self) -> float:
        """The processor time of all looks so far."""
        return 0.0 if self._first_cpu_s is None else self._cpu_clock() - self._first_cpu_s

    def begin(self) -> None:
        """Begin to measure; only the first call counts."""
        if self._first_cpu_s is None:
            self._first_cpu_s = self._cpu_clock()
            self._measured = (self._first_cpu_s, 0)

    def measure(self, rounds: int, now_s: float) -> None:
        """Take in the number of rounds so far, and adapt the pause from time to time."""
        if now_s - self._measured_s <= _MEASURE_S:
            return
        cpu_s, (before_s, before_rounds) = self._cpu_clock(), self._measured
        self._measured, self._measured_s = (cpu_s, rounds), now_s
        if rounds > before_rounds and self._share > 0:
            needed_s = (cpu_s - before_s) / (rounds - before_rounds) / self._share
            # Move only halfway to the new pause: a measurement of a few rounds is rough.
            aim_s = min(_LONGEST_PAUSE_S, max(self._shortest_s, needed_s))
            self._interval_s = (self._interval_s + aim_s) / 2

    def pause_s(self, began_s: float) -> float:
        """Return how long to pause after a round that began at `began_s`: random, so that no program runs in step."""
        return max(self._interval_s * random.uniform(0.5, 1.5) - (time.monotonic() - began_s), _SHORTEST_PAUSE_S)
