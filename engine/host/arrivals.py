"""Arrivals: when the tasks of an open loop are due, at a rate that may change while they are waited for."""

from __future__ import annotations

import random
from bisect import bisect_right


class Arrivals:
    """Poisson arrivals from `start_ns` on, at `rate` a second.

    They are drawn as if one a second were to be expected, and brought to the clock by what the rate was when: a
    change moves those that are still to come, at once and in their order, and leaves past ones where they were.
    `draw`, `anchor` and `change` are for one thread at a time, `due_ns` for any.
    """

    def __init__(self, seed: int, rate: float, start_ns: int) -> None:
        self._random = random.Random(seed)
        self._drawn = 0.0
        # Since when each rate holds: the arrivals to be expected until then, the clock, and the rate.
        self._rates = [(0.0, start_ns, rate)]

    def draw(self) -> float:
        """Return the next arrival, for `due_ns`: how many were to be expected until it."""
        self._drawn += self._random.expovariate(1.0)
        return self._drawn

    def due_ns(self, arrival: float) -> int:
        """Return when an arrival is due, if the rate stays as it is."""
        rates = self._rates
        place = bisect_right(rates, arrival, key=lambda each: each[0]) if len(rates) > 1 else 1
        expected, since_ns, rate = rates[place - 1]
        return since_ns + int((arrival - expected) / rate * 1e9)

    def anchor(self, arrival: float, time_ns: int) -> None:
        """Have an arrival be due at `time_ns`, and all others before and after it as they were."""
        shift_ns = time_ns - self.due_ns(arrival)
        self._rates = [(expected, since_ns + shift_ns, rate) for expected, since_ns, rate in self._rates]

    def change(self, rate: float, now_ns: int) -> None:
        """From `now_ns` on, `rate` are to be expected a second."""
        expected, since_ns, before = self._rates[-1]
        if rate == before:
            return
        self._rates.append((expected + (now_ns - since_ns) / 1e9 * before, now_ns, rate))
