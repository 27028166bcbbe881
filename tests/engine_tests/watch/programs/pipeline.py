"""Three stages with short queues between them; the one in the middle is slow."""

from __future__ import annotations

import queue

from own_clocks import OwnClocks, side_by_side

first: queue.Queue[object] = queue.Queue(2)
second: queue.Queue[object] = queue.Queue(2)


def make() -> None:
    own, end = OwnClocks(), False
    while not end:
        end = not own.goes_on()
        with own.waiting("lock"):
            first.put(None if end else 1)
    own.tell()


def slow() -> None:
    own, number = OwnClocks(), object()
    while number is not None:
        with own.waiting("lock"):
            number = first.get()
        own.sleep(0.04)
        with own.waiting("lock"):
            second.put(number)
    own.tell()


def take() -> None:
    own, number = OwnClocks(), object()
    while number is not None:
        with own.waiting("lock"):
            number = second.get()
    own.tell()


side_by_side(make, slow, take)
