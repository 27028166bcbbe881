"""Computes when open-loop tasks are due, at a rate that may change while a worker waits for them."""

from __future__ import annotations

import random
from bisect import bisect_right


class Arrivals:
    """Poisson arrivals from `start_ns` on, at `rate` a second.

    Arrivals are drawn for a rate of one a second, and mapped to the clock by the history of the rate. So a change of
    rate moves future arrivals at once, keeps their order, and leaves past ones where they were. `draw`, `anchor` and
    `change` may be called by one thread at a time, `due_ns` by any.
    """

    def __init__(self, seed: int, rate: float, start_ns: int) -> None:
        self._random = random.Random(seed)
        self._drawn = 0.0
        # The history of the rate: the expected number of arrivals until each change, its time, and the new rate.
        self._rates = [(0.0, start_ns, rate)]

    def draw(self) -> float:
        """Return the next arrival, as the expected number of arrivals until it; `due_ns` turns that into a time."""
        self._drawn += self._random.expovariate(1.0)
        return self._drawn

    def due_ns(self, arrival: float) -> int:
        """Return when an arrival is due, if the rate stays as it is."""
        rates = self._rates
        place = bisect_right(rates, arrival, key=lambda each: each[0]) if len(rates) > 1 else 1
        expected, since_ns, rate = rates[place - 1]
        return since_ns + int((arrival - expected) / rate * 1e9)

    def anchor(self, arrival: float, time_ns: int) -> None:
        """Shift all arrivals so that this one is due at `time_ns`."""
        shift_ns = time_ns - self.due_ns(arrival)
        self._rates = [(expected, since_ns + shift_ns, rate) for expected, since_ns, rate in self._rates]

    def change(self, rate: float, now_ns: int) -> None:
        """Set the rate to `rate` arrivals a second from `now_ns` on."""
        expected, since_ns, before = self._rates[-1]
        if rate == before:
            return
        self._rates.append((expected + (now_ns - since_ns) / 1e9 * before, now_ns, rate))
