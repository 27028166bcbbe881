"""Payloads and results that note when they are pickled and unpickled, by whatever pickles them, wherever.

An object that is pickled says what it is made of (`__reduce__`), and pickle writes that in order: a mark before the
data notes when pickling the data begins, a mark after it when that has ended; both note the same when they are
unpickled. So a model need not know of it. What was noted on the way there comes back with the result.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

_clock = time.perf_counter_ns

# How many bytes; when the model took the task (0 for a result); when the data was pickled, and unpickled, from begin to
# end: six plain numbers, as they are cheap to pickle.
Times = tuple[int, int, int, int, int, int]
_NONE: Times = (0, 0, 0, 0, 0, 0)


class _Mark:
    """Its pair of instants: when it was pickled and when it was unpickled. A new one each: pickle writes one once."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _noted, (_clock(),)


def _noted(pickled_ns: int) -> tuple[int, int]:
    return pickled_ns, _clock()


class CarriedPayload:
    """An item's payload on its way to a worker; `own_copy`: not bytes that other tasks of a chunk carry too."""

    __slots__ = ("data", "handed_ns", "own_copy", "times")

    def __init__(self, data: bytes, handed_ns: int, own_copy: bool = False, times: Times = _NONE) -> None:
        self.data, self.handed_ns, self.own_copy, self.times = data, handed_ns, own_copy, times

    def __reduce__(self) -> tuple[Any, ...]:
        data = _copied(self.data) if self.own_copy else self.data
        return _arrived, (self.handed_ns, _Mark(), data, _Mark())


def _arrived(handed_ns: int, before: tuple[int, int], data: bytes, after: tuple[int, int]) -> CarriedPayload:
    return CarriedPayload(data, handed_ns, False, (len(data), handed_ns, before[0], after[0], before[1], after[1]))


class ReturnedPayload:
    """What a worker returns of a task, with what was noted of its way there.

    `machine` names the worker's machine if its clock is not the host's; else it is empty.
    """

    __slots__ = ("data", "machine", "own_copy", "task", "there")

    def __init__(self, task: int, data: bytes, there: Times, machine: str = "", own_copy: bool = False) -> None:
        self.task, self.data, self.there, self.machine, self.own_copy = task, data, there, machine, own_copy

    def __reduce__(self) -> tuple[Any, ...]:
        data = _copied(self.data) if self.own_copy else self.data
        return _came_back, (self.task, self.there, self.machine, _Mark(), data, _Mark())


def _came_back(
    task: int, there: Times, machine: str, before: tuple[int, int], data: bytes, after: tuple[int, int]
) -> bytes:
    if tell is not None:
        tell(task, there, (len(data), 0, before[0], after[0], before[1], after[1]), machine)
    return data


class PackedPayload:
    """What own code's `argument` made, pickled by the host before a model takes it, on its way to a worker."""

    __slots__ = ("data", "handed_ns", "pickle_ns", "pickled_ns")

    def __init__(self, data: bytes, handed_ns: int, pickle_ns: int, pickled_ns: int) -> None:
        self.data, self.handed_ns, self.pickle_ns, self.pickled_ns = data, handed_ns, pickle_ns, pickled_ns

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedPayload, (self.data, self.handed_ns, self.pickle_ns, self.pickled_ns)

    def there(self, unpickle_ns: int, unpickled_ns: int) -> Times:
        """Return what is noted of its way, once a worker has unpickled what it holds."""
        return len(self.data), self.handed_ns, self.pickle_ns, self.pickled_ns, unpickle_ns, unpickled_ns


class PackedResult:
    """What own code's task returned, pickled by its worker, on its way to the host."""

    __slots__ = ("data", "machine", "pickle_ns", "pickled_ns", "task", "there")

    def __init__(self, task: int, data: bytes, there: Times, machine: str, pickle_ns: int, pickled_ns: int) -> None:
        self.task, self.data, self.there, self.machine = task, data, there, machine
        self.pickle_ns, self.pickled_ns = pickle_ns, pickled_ns

    def __reduce__(self) -> tuple[Any, ...]:
        times = self.pickle_ns, self.pickled_ns
        return _packed_back, (self.task, self.there, self.machine, times, _Mark(), self.data, _Mark())


def _packed_back(
    task: int,
    there: Times,
    machine: str,
    times: tuple[int, int],
    before: tuple[int, int],
    data: bytes,
    after: tuple[int, int],
) -> bytes:
    if tell is not None:
        tell(task, there, (len(data), 0, *times, before[1], after[1]), machine)
    return data


# Who is told of a result that is back: in the host a Recorder, elsewhere nobody.
tell: Callable[[int, Times, Times, str], None] | None = None


def _copied(data: bytes) -> bytes:
    return bytes(memoryview(data))
