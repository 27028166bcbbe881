"""Three threads that sleep under one lock, and a fourth that sleeps and computes."""

from __future__ import annotations

import threading

from own_clocks import OwnClocks, side_by_side

lock = threading.Lock()


def sleeps_under_the_lock() -> None:
    own = OwnClocks()
    while own.goes_on():
        with own.waiting("lock"):
            lock.acquire()
        own.sleep(0.02)
        lock.release()
    own.tell()


def sleeps_and_computes() -> None:
    own = OwnClocks()
    while own.goes_on():
        own.sleep(0.03)
        sum(range(20_000))
    own.tell()


side_by_side(*[sleeps_under_the_lock] * 3, sleeps_and_computes)
