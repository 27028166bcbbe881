"""The tasks of a run as a lazy iterator, which applies the task count, the deadline, the stop and the arrivals.
Guarantees. Every item is handed out once, however many threads ask; after the end no more items come. With open-loop
arrivals an item is handed out when it is due, never before; if all workers are busy then, it is handed out late and
keeps its `due_ns`, so that its wait counts (no coordinated omission). A stop, and a rate changed by hand, take effect
within POLL_S.

With closed-loop arrivals and a GIL no lock is taken: counting is one atomic step. A lock would cause a convoy: the
thread that gets it must then wait for the GIL while holding it, so that the next thread waits for the lock instead of
the GIL, for the whole run. Without a deadline, items are made by C code alone (`_Stretches`), because their cost is
part of every task.
"""

from __future__ import annotations

import functools
import itertools
import operator
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from engine.host.control import BEGUN, CHANGED, Control
from engine.workload.item import Item
from engine.workload.workload import Workload

if TYPE_CHECKING:
    from engine.host.arrivals import Arrivals

POLL_S: Final = 0.02
_BEGINNING_POLL_S: Final = 0.001
_LONGEST_START_NS: Final = 10_000_000_000


class ChangedItems:
    """A run's items, each changed as the model takes it, by `_changed`; None from it ends them."""

    def __init__(self, items: Any) -> None:
        self._items = items
        self._iterator: Iterator[Item] = iter(items)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        item = self._changed(next(self._iterator))
        if item is None:
            raise StopIteration
        return item

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        item = self._changed(await self._items.__anext__())
        if item is None:
            raise StopAsyncIteration
        return item

    def _changed(self, item: Item) -> Any:
        raise NotImplementedError


class RunItems:
    """The items of one run. Thread-safe; iterate it with `for` or `async for`.

    The clock of the deadline and of the arrivals starts with the first task. `begun_here` says that the thread which
    takes an item begins its task at once. Otherwise the item travels to a worker, which may have to be started first,
    and the task begins there (`Control.over`): the first item is then handed out without delay, and counts as having
    arrived when its task begins.

    If workers of several kinds run side by side, `group` of `groups` says whose items these are: each group has its own
    items, with numbers that no other group has.
    """

    def __init__(
        self,
        workload: Workload,
        control: Control,
        payload: bytes = b"",
        *,
        begun_here: bool = True,
        group: int = 0,
        groups: int = 1,
    ) -> None:
        self._duration_ns = int((workload.duration_s or 0.0) * 1e9)
        self._rate = workload.arrival_per_s
        self._seed = workload.seed
        self._stop = control.slots  # slot 0 is the stop, 1 the revision: read on every item, so not by property
        self._revision = 0
        self._control = control
        self._payload = payload
        self._lock = threading.Lock()
        # The groups of a run take turns with the numbers: a task's number is its own in the whole run.
        self._numbers: Iterator[int] = itertools.count(group, groups)
        if workload.tasks is not None:
            self._numbers = iter(range(group, workload.tasks * groups + group, groups))
        has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
        self._needs_lock = not has_gil
        self._quick: Iterator[Item] | None = None
        # The quick way clears the CHANGED slot (`Control.look`), so it is only for runs with a single RunItems.
        if has_gil and self._rate is None and not self._duration_ns and groups == 1:
            self._quick = itertools.chain.from_iterable(_Stretches(self._numbers, control, payload))
        self._first_number = group
        self._started = False
        self._begun_here = begun_here
        if self._duration_ns or self._rate is not None:
            control.time(self._duration_ns)
        self._arrivals: Arrivals | None = None
        self._first: float | None = None  # the first arrival, until its task has begun
        self._ended = False
        self._closed: Any = None
        if has_gil and self._rate is None:
            self._closed = self._closed_loop() if self._quick is None else _as_iterators(self._quick.__next__)

    def __iter__(self) -> Iterator[Item]:
        if self._quick is not None:
            return self._quick
        return self if self._closed is None else cast("Iterator[Item]", self._closed)

    def __next__(self) -> Item:
        if self._quick is not None:
            return next(self._quick)
        if self._rate is None:
            return self._take()
        number, arrival = self._take_arrival()
        while wait_s := self._wait_s(arrival):
            time.sleep(wait_s)
        return self._arrived(number, arrival)

    def __aiter__(self) -> AsyncIterator[Item]:
        return self if self._closed is None else cast("AsyncIterator[Item]", self._closed)

    async def __anext__(self) -> Item:
        try:
            if self._closed is not None:
                return cast(Item, next(self._closed))
            if self._rate is None:
                return self._take()
            number, arrival = self._take_arrival()
            while wait_s := self._wait_s(arrival):
                import asyncio  # late: it is half of a host's import time, and most models do without it

                await asyncio.sleep(wait_s)
            return self._arrived(number, arrival)
        except StopIteration:
            raise StopAsyncIteration from None

    def _closed_loop(self) -> Any:
        """Return a function that hands out closed-loop items without a lock, for runs under a GIL that cannot be quick.

        It only checks whether the run has ended or changed, and leaves the handling of that to `_take`.
        """
        stop, clock, payload, take_number = self._stop, time.perf_counter_ns, self._payload, self._numbers.__next__
        revision = end_ns = -1  # never matches, so that the first item goes through `_take`

        def take() -> Item:
            nonlocal revision, end_ns
            if stop[0] or stop[1] != revision or clock() >= end_ns:
                item = self._take()
                revision = self._revision
                end_ns = stop[BEGUN] + self._duration_ns if stop[BEGUN] and self._duration_ns else -1
                return item
            return 0, take_number(), payload

        return _as_iterators(take)

    def _take(self) -> Item:
        """Return the next closed-loop item; raise StopIteration after the last."""
        if self._needs_lock:
            with self._lock:
                return 0, self._take_number(), self._payload
        return 0, self._take_number(), self._payload

    def _take_number(self) -> int:
        if not self._started:
            self._start()
        if self._stop[1] != self._revision:
            self._notice_change()
        if self._ended or self._stop[0] or (self._duration_ns and self._is_late(time.perf_counter_ns())):
            self._end()
        # From here on only the count may end the run: a number that is taken and dropped would be a lost task.
        try:
            return next(self._numbers)
        except StopIteration:
            self._end()

    def _take_arrival(self) -> tuple[int, float]:
        """Return the next open-loop item's number and arrival; raise StopIteration after the last."""
        with self._lock:
            number = self._take_number()
            assert self._arrivals is not None
            arrival = self._arrivals.draw()
            if self._first_number == number and not self._begun_here:
                self._first = arrival
                self._arrivals.anchor(arrival, time.perf_counter_ns())
            return number, arrival

    def _wait_s(self, arrival: float) -> float:
        """Return how long to wait before checking again whether an arrival is due, 0.0 if it is due."""
        if self._stop[1] != self._revision:
            with self._lock:
                self._notice_change()
        assert self._arrivals is not None
        now_ns = time.perf_counter_ns()
        if self._first is not None and self._first != arrival:
            with self._lock:
                self._notice_beginning(now_ns)
        due_ns = self._arrivals.due_ns(arrival)
        if due_ns <= now_ns and self._first in (None, arrival):
            return 0.0
        if self._stop[0] or self._is_late(now_ns):
            self._end()
        return min(POLL_S, (due_ns - now_ns) / 1e9) if self._first is None else _BEGINNING_POLL_S

    def _arrived(self, number: int, arrival: float) -> Item:
        assert self._arrivals is not None
        return self._arrivals.due_ns(arrival), number, self._payload

    def _start(self) -> None:
        if self._begun_here:
            self._control.begin()
        if self._rate is not None:
            from engine.host.arrivals import Arrivals  # late: a closed loop draws nothing

            rate = self._control.arrival_per_s or self._rate
            self._arrivals = Arrivals(self._seed, rate, time.perf_counter_ns())
        self._started = True

    def _is_late(self, now_ns: int) -> bool:
        begun_ns = self._stop[BEGUN]
        return self._duration_ns != 0 and begun_ns != 0 and now_ns >= begun_ns + self._duration_ns

    def _notice_beginning(self, now_ns: int) -> None:
        """Start the clock of the arrivals if the first task has begun, or takes so long that it may never begin."""
        assert self._arrivals is not None
        if self._first is not None and (begun_ns := self._stop[BEGUN]):
            self._arrivals.anchor(self._first, begun_ns)
            self._first = None
        elif self._first is not None and now_ns - self._arrivals.due_ns(self._first) > _LONGEST_START_NS:
            self._first = None

    def _notice_change(self) -> None:
        """Apply what was changed by hand."""
        if self._stop[1] == self._revision:
            return  # another thread has applied it already
        self._revision = self._control.apply()
        if self._arrivals is not None and self._control.arrival_per_s:
            self._arrivals.change(self._control.arrival_per_s, time.perf_counter_ns())

    def _end(self) -> NoReturn:
        self._ended = True
        raise StopIteration


def _as_iterators(take: Callable[[], Item]) -> Any:
    """Return an iterator (also asynchronous) that calls `take` for each item, without attribute look-ups."""

    async def take_awaited() -> Item:
        try:
            return take()
        except StopIteration:
            raise StopAsyncIteration from None

    methods = {"__next__": staticmethod(take), "__anext__": staticmethod(take_awaited)}
    methods.update(dict.fromkeys(("__iter__", "__aiter__"), lambda self: self))  # type: ignore[arg-type]
    return type("ClosedLoop", (), methods)()


class _Stretches:
    """Iterators of items, each lasting from one change of the control page to the next, until the stop. Thread-safe.

    Items are made by C code: it first reads the CHANGED slot (0 means no change, and doubles as `due_ns`), and only
    then takes a number, so that no number is lost when a stretch ends.
    """

    def __init__(self, numbers: Iterator[int], control: Control, payload: bytes) -> None:
        self._numbers, self._control, self._payloads = numbers, control, itertools.repeat(payload)
        read: Callable[[memoryview[int], int], int] = operator.getitem
        self._changed = functools.partial(read, control.slots, CHANGED)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Iterator[Item]]:
        return self

    def __next__(self) -> Iterator[Item]:
        with self._lock:
            if self._control.look() or not operator.length_hint(self._numbers, 1):
                raise StopIteration
            self._control.apply()
        return zip(iter(self._changed, 1), self._numbers, self._payloads, strict=False)
