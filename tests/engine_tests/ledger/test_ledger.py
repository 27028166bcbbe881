"""The time ledger on lane files whose truth is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ledger.ledger import Machine, settle
from engine.trace.lane_totals import Lanes
from engine.workload.catalogue import StepCard
from tests.lane_writing import (
    COMPUTE,
    DISK,
    LOCK,
    MS,
    NET,
    OWN,
    SLEEP,
    Lane,
    account,
    assert_whole,
    card,
    in_ms,
    kinds,
    spans,
)


def test_waits_of_known_length_and_the_threads_own_figures_leave_the_gil(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    for start in (0, 100):
        lane.task((start, start + 60, 50), (start + 60, start + 90, -1))  # over the wait: 10 + 30 each
    Lane(tmp_path, 1).task((0, 1, -1))  # another thread, to have the GIL meanwhile
    found = spans(tmp_path, kinds(SLEEP, COMPUTE))
    ledger = settle(found, [account(35, 15, 80), account(1, 0, 1)], Machine(gil=True))
    assert in_ms(ledger, 0) == {"cpu": 35, "cpu_wait": 15, "gil_wait": 30, "io_wait": 100, "transport": 10}
    assert_whole(found, ledger)


def test_a_thread_alone_in_its_process_waits_longer_than_its_step_knows_and_not_for_the_gil(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 60, 50))
    ledger = settle(spans(tmp_path, kinds(SLEEP)), [account(3, 1, 10)], Machine(gil=True))
    assert in_ms(ledger) == {"cpu": 3, "cpu_wait": 1, "io_wait": 56}


def test_a_sleeper_that_wakes_late_has_waited_longer_and_not_for_the_gil(tmp_path: Path) -> None:
    for number in (0, 1):
        lane = Lane(tmp_path, number)
        lane.task((0, 60, 50))  # 10 over, of which 3 are on a core
        lane.task((60, 120, 50))
    found = spans(tmp_path, kinds(SLEEP))
    for late, gil in ((0, 14), (2, 10), (9, 0)):
        ledger = settle(found, [account(6, 0, 20, late_ns=late * MS)] * 2, Machine(gil=True))
        expected = {"cpu": 6, "gil_wait": gil, "io_wait": 114 - gil}
        assert in_ms(ledger, 0) == {state: value for state, value in expected.items() if value}
        assert_whole(found, ledger)


@pytest.mark.parametrize(("card", "computed", "late"), [(SLEEP, 0, 0.6), (SLEEP, 505, 0.3), (NET, 0, 0)])
def test_a_loop_that_sleeps_wakes_late_and_keeps_nobody_waiting(
    tmp_path: Path, card: StepCard, computed: int, late: float
) -> None:
    """Unless it is another coroutine that is in the way, or what is awaited is no timer."""
    lane = Lane(tmp_path, coroutines=2)
    lane.task((0, 1010, 1000))
    lane.task((0, 0, 0), (0, computed, -1), worker=1)
    found = spans(tmp_path, kinds(card, COMPUTE, is_async=True))
    ledger = settle(found, [account(computed, 0, 1010, late_ns=0.6 * MS)], Machine(gil=True))
    assert ledger.lane(0)["loop_wait"] == pytest.approx((10 - late) / 1e3, abs=1e-6)
    assert_whole(found, ledger)


def test_a_coroutine_that_has_the_lock_waits_for_something_else(tmp_path: Path) -> None:
    Lane(tmp_path, coroutines=1).task((0, 100, 75))
    found = spans(tmp_path, kinds(card("lock", "lock", has_async=True), is_async=True))
    assert in_ms(settle(found, [account(0, 0, 100)], Machine(gil=True))) == {"lock_wait": 75, "io_wait": 25}


def test_without_a_gil_the_rest_is_the_runtimes_locks(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 10, -1))
    ledger = settle(spans(tmp_path, kinds(COMPUTE)), [account(6, 3, 10)], Machine(gil=False))
    assert in_ms(ledger) == {"cpu": 6, "cpu_wait": 3, "lock_wait": 1}


def test_more_processor_time_than_task_time_adds_nothing(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 10, 4))
    found = spans(tmp_path, kinds(SLEEP))
    ledger = settle(found, [account(50, 50, 6)], Machine(gil=True))
    assert in_ms(ledger) == {"cpu": 6, "io_wait": 4}
    assert_whole(found, ledger)


def test_what_came_after_the_last_reading_goes_on_in_proportion(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 100, -1))
    ledger = settle(spans(tmp_path, kinds(COMPUTE)), [account(10, 5, 20)], Machine(gil=True))
    assert in_ms(ledger) == {"cpu": 50, "cpu_wait": 25, "gil_wait": 25}


def test_a_disk_wait_is_what_is_neither_on_a_core_nor_in_the_queue(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((0, 10, -1), (10, 50, -1))
    ledger = settle(spans(tmp_path, kinds(COMPUTE, DISK)), [account(13, 2, 50)], Machine(gil=True))
    assert in_ms(ledger) == {"cpu": 13, "cpu_wait": 2, "io_wait": 35}


def test_locks_are_locks(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((0, 10, 7))
    lane.task((10, 20, -1))
    ledger = settle(spans(tmp_path, kinds(LOCK)), [account(4, 0, 13)], Machine(gil=True))
    assert in_ms(ledger) == {"cpu": 4, "lock_wait": 16}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (1, {"cpu": 40, "gil_wait": 60}),  # another thread is there to have the GIL
        (0, {"cpu": 40, "io_wait": 60}),  # alone in its process
    ],
)
def test_a_wait_in_the_users_function_is_estimated_where_nobody_looks(
    tmp_path: Path, others: int, expected: dict[str, float]
) -> None:
    Lane(tmp_path).task((0, 100, -1))
    for number in range(1, 1 + others):
        Lane(tmp_path, number).task((0, 100, -1))
    accounts = [account(40, 0, 100)] * (1 + others)
    ledger = settle(spans(tmp_path, kinds(OWN)), accounts, Machine(gil=True))
    assert in_ms(ledger, 0) == expected
    assert ledger.waits(0) is None
    assert set(ledger.bounds().values()) == {None}


def test_workers_that_come_late_and_leave_early_are_idle(tmp_path: Path) -> None:
    Lane(tmp_path, 0).task((0, 100, -1))
    Lane(tmp_path, 1).task((30, 60, -1))
    found = spans(tmp_path, kinds(COMPUTE))
    ledger = settle(found, [account(100, 0, 100), account(30, 0, 30)], Machine(gil=True))
    assert in_ms(ledger, 1) == {"cpu": 30, "idle": 70}
    assert_whole(found, ledger)


def test_in_an_open_loop_a_worker_is_idle_until_a_task_is_due(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((10, 20, -1), due=9)
    lane.task((45, 50, -1), due=40)  # 20 idle, 5 until it was taken
    lane.task((52, 60, -1), due=30)  # it queued while the worker was busy
    found = spans(tmp_path, kinds(COMPUTE), open_loop=True)
    ledger = settle(found, [account(23, 0, 23)], Machine(gil=True))
    assert in_ms(ledger) == {"cpu": 23, "idle": 20, "transport": 7}


def test_latency_counts_from_the_arrival(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((10, 20, -1), (20, 25, -1), due=5)
    lane.task((30, 35, -1), (35, 40, -1))
    for batch in (1, 2, 100):
        lanes = Lanes(tmp_path, kinds(COMPUTE, COMPUTE), open_loop=True)
        found: list[int] = []
        while (ended := lanes.refresh(batch)) is not None:
            found += ended.tolist()
        lanes.close()
        assert found == [20 * MS, 10 * MS]


@pytest.mark.parametrize("torn", [0, 2, 4])
def test_a_torn_record_is_read_when_it_is_whole(tmp_path: Path, torn: int) -> None:
    written = [Lane(tmp_path, number) for number in range(3)]
    for lane in written:
        for task in range(5):
            lane.task((10 * task, 10 * task + 10, -1))
    written[1].tear(torn, 0)
    lanes = Lanes(tmp_path, kinds(COMPUTE), open_loop=False)
    ended = lanes.refresh()
    assert ended is not None
    assert len(ended) == 10 + torn
    assert lanes.done == 10 + torn
    assert lanes.refresh() is None  # nothing new, so that who reads to the end comes to one
    written[1].tear(torn, torn + 1)
    ended = lanes.refresh()
    assert ended is not None
    assert len(ended) == 5 - torn
    assert lanes.done == 15
    assert lanes.refresh() is None
    lanes.close()
