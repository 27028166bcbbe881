"""Items: every number once, whoever asks, until the count, the deadline or the stop; arrivals as they were drawn."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from engine.host.control import BEGUN, Control
from engine.host.items import RunItems
from engine.workload.experiment import Workload
from engine.workload.item import NamedItem, named

LIMIT_S = 20.0

Make = Callable[..., RunItems]
Take = Callable[[RunItems, int], list[NamedItem]]


def take(items: RunItems, most: int) -> list[NamedItem]:
    """Take items as threads and processes are given them."""
    return [named(item) for item in islice(items, most)]


def take_async(items: RunItems, most: int) -> list[NamedItem]:
    """Take items as coroutines do."""

    async def collect() -> list[NamedItem]:
        taken: list[NamedItem] = []
        while len(taken) < most:
            try:
                taken.append(named(await anext(items)))
            except StopAsyncIteration:
                break
        return taken

    return asyncio.run(collect())


both = pytest.mark.parametrize("take", [take, take_async])


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    page = Control.create(str(tmp_path))
    yield page
    page.close()


@pytest.fixture
def make(control: Control) -> Make:
    def items(payload: bytes = b"", **workload: Any) -> RunItems:
        return RunItems(Workload(steps=(), **{"tasks": None, **workload}), control, payload)

    return items


def waiting(take: Take, items: RunItems) -> tuple[threading.Thread, list[list[NamedItem]]]:
    """Start a thread that waits for one item; what it got is in the list when it has ended."""
    got: list[list[NamedItem]] = []
    thread = threading.Thread(target=lambda: got.append(take(items, 1)))
    thread.start()
    return thread, got


def ended(thread: threading.Thread) -> bool:
    thread.join(LIMIT_S)
    return not thread.is_alive()


@both
def test_the_count_ends_them_for_good(make: Make, take: Take) -> None:
    items = make(tasks=5, payload=b"abc")
    assert take(items, 3) == [(0, number, b"abc") for number in range(3)]
    assert [each.number for each in take(items, 100)] == [3, 4]
    assert take(items, 100) == []
    assert take(make(tasks=0), 100) == []


@both
def test_the_deadline_ends_them_for_good(make: Make, take: Take) -> None:
    items = make(duration_s=0.05)
    begun = time.perf_counter()
    taken = take(items, 100_000_000)
    assert time.perf_counter() - begun >= 0.05
    assert [each.number for each in taken] == list(range(len(taken)))
    assert take(items, 1) == []


def test_the_deadline_counts_from_the_first_item(make: Make) -> None:
    items = make(duration_s=0.01)
    threading.Event().wait(0.02)
    assert take(items, 1) == [(0, 0, b"")]


@both
def test_a_stop_ends_them_for_good(make: Make, control: Control, take: Take) -> None:
    items = make(until_stopped=True)
    assert len(take(items, 1000)) == 1000
    control.stop()
    assert take(items, 1) == []


def test_what_is_changed_by_hand_meanwhile_loses_no_number(make: Make, control: Control) -> None:
    before = sys.getswitchinterval()
    items, over = make(tasks=20_000), threading.Event()

    def change() -> None:
        while not over.is_set():
            control.switch_interval_s = 1e-6

    changing = threading.Thread(target=change)
    changing.start()
    try:
        _hand_out(items, 20_000)
        assert sys.getswitchinterval() == pytest.approx(1e-6)
    finally:
        over.set()
        assert ended(changing)
        sys.setswitchinterval(before)


@pytest.mark.parametrize("arrival_per_s", [None, 1e6])
def test_many_threads_get_every_number_once(make: Make, arrival_per_s: float | None) -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads meet each other wherever they can
    try:
        for _ in range(5):
            _hand_out(make(tasks=5000, arrival_per_s=arrival_per_s))
    finally:
        sys.setswitchinterval(before)


def _hand_out(items: RunItems, count: int = 5000) -> None:
    got: list[list[NamedItem]] = []
    together = threading.Barrier(8)

    def work() -> None:
        together.wait()
        got.append([named(item) for item in items])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert all(ended(thread) for thread in threads)
    assert Counter(each.number for mine in got for each in mine) == dict.fromkeys(range(count), 1)
    assert all(first.number < second.number for mine in got for first, second in pairwise(mine))


def test_many_coroutines_get_every_number_once(make: Make) -> None:
    items = make(tasks=2000, arrival_per_s=1e5)

    async def collect() -> list[NamedItem]:
        return [named(each) async for each in items]

    async def gather() -> list[list[NamedItem]]:
        return await asyncio.gather(*(collect() for _ in range(50)))

    numbers = sorted(each.number for mine in asyncio.run(gather()) for each in mine)
    assert numbers == list(range(2000))


def gaps_ns(items: list[NamedItem]) -> list[int]:
    return [second.due_ns - first.due_ns for first, second in pairwise(items)]


@both
def test_arrivals_are_the_seed_s(make: Make, take: Take) -> None:
    one, same, other = (take(make(tasks=200, arrival_per_s=50_000.0, seed=seed), 200) for seed in (1, 1, 2))
    # Each is rounded to a nanosecond from where the run began.
    assert gaps_ns(one) == pytest.approx(gaps_ns(same), abs=2)
    assert gaps_ns(one) != pytest.approx(gaps_ns(other), abs=2)


def test_arrivals_are_poisson(make: Make) -> None:
    gaps = gaps_ns(take(make(tasks=4001, arrival_per_s=100_000.0), 4001))
    assert min(gaps) >= 0
    assert mean(gaps) == pytest.approx(10_000, rel=0.1)
    assert stdev(gaps) == pytest.approx(mean(gaps), rel=0.1)  # the mark of the exponential distribution


@both
def test_none_comes_before_it_is_due(make: Make, take: Take) -> None:
    items = make(tasks=300, arrival_per_s=5000.0)
    for _ in range(300):
        (item,) = take(items, 1)
        assert 0 < item.due_ns <= time.perf_counter_ns()


def test_one_that_is_taken_late_keeps_when_it_was_due(make: Make) -> None:
    items = make(arrival_per_s=10_000.0, until_stopped=True)
    (first,) = take(items, 1)
    threading.Event().wait(0.05)
    begun = time.perf_counter_ns()
    late = take(items, 100)
    assert late[-1].due_ns < begun
    assert gaps_ns([first, *late]) != [0] * 100


@both
def test_a_stop_is_seen_while_waiting_for_an_arrival(make: Make, control: Control, take: Take) -> None:
    items = make(arrival_per_s=0.001, until_stopped=True)
    thread, got = waiting(take, items)
    control.stop()
    assert ended(thread)
    assert got == [[]]
    assert take(items, 1) == []


@both
def test_the_deadline_is_seen_while_waiting_for_an_arrival(make: Make, take: Take) -> None:
    items = make(arrival_per_s=0.001, duration_s=0.05)
    begun = time.perf_counter()
    thread, got = waiting(take, items)
    assert ended(thread)
    assert time.perf_counter() - begun >= 0.05
    assert got == [[]]


@both
def test_a_rate_changed_by_hand_is_felt_by_who_is_waiting(make: Make, control: Control, take: Take) -> None:
    items = make(arrival_per_s=0.001, until_stopped=True)
    threads = [waiting(take, items) for _ in range(3)]
    begun = time.perf_counter_ns()
    control.arrival_per_s = 10_000.0
    assert all(ended(thread) for thread, _ in threads)
    for _, got in threads:
        assert 0 < got[0][0].due_ns - begun < LIMIT_S * 1e9
    gaps = gaps_ns(take(items, 1000))
    assert mean(gaps) == pytest.approx(1e5, rel=0.2)


def test_a_rate_changed_by_hand_leaves_past_arrivals_where_they_were(make: Make, control: Control) -> None:
    items = make(arrival_per_s=10_000.0, until_stopped=True)
    (first,) = take(items, 1)
    threading.Event().wait(0.1)  # about a thousand tasks are due that nobody has taken
    control.arrival_per_s = 100_000.0
    changed_ns = time.perf_counter_ns()
    taken = take(items, 3000)
    before = [each for each in taken if each.due_ns < changed_ns]
    assert len(before) == pytest.approx((changed_ns - first.due_ns) / 1e5, rel=0.3)
    after = gaps_ns([each for each in taken if each.due_ns >= changed_ns])
    assert mean(after) == pytest.approx(1e4, rel=0.2)


def test_time_counts_from_the_first_task_that_a_worker_begins(control: Control) -> None:
    items = RunItems(Workload(steps=(), tasks=None, duration_s=0.01), control, begun_here=False)
    begun_ns = time.perf_counter_ns()
    while time.perf_counter_ns() < begun_ns + 2 * 10_000_000:
        assert take(items, 1)
    assert not control.over  # a worker asks, and begins
    while not control.over:
        assert time.perf_counter_ns() < begun_ns + LIMIT_S * 1e9
    assert take(items, 1) == []


def test_the_clock_of_the_arrivals_starts_with_the_first_task_that_a_worker_begins(control: Control) -> None:
    workload = Workload(steps=(), tasks=None, until_stopped=True, arrival_per_s=200.0)
    same = RunItems(workload, control)
    items = RunItems(workload, control, begun_here=False)
    (first,) = take(items, 1)  # at once, that a worker be started for it
    thread, got = waiting(take, items)
    threading.Event().wait(0.05)
    assert got == [], "nobody has begun: ten would have arrived"
    assert not control.over
    assert ended(thread)
    rest = [got[0][0], *take(items, 20)]
    begun_ns = rest[0].due_ns - gaps_ns(take(same, 2))[0]
    assert begun_ns == pytest.approx(control.slots[BEGUN], abs=2)
    assert first.due_ns < begun_ns
