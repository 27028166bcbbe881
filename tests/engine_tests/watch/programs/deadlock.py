"""Two threads that each wait for the lock that the other has, until they give up."""

from __future__ import annotations

import threading

from own_clocks import FOR_S, OwnClocks, side_by_side

locks = threading.Lock(), threading.Lock()
ready = threading.Barrier(2)


def take(one: threading.Lock, other: threading.Lock) -> None:
    with one:
        ready.wait()
        own = OwnClocks()
        with own.waiting("lock"):
            other.acquire(timeout=FOR_S)
        own.tell()


side_by_side(lambda: take(*locks), lambda: take(*reversed(locks)))
