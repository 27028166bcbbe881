"""The time ledger while tasks are under way, of coroutines, and where the platform tells less."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ledger.ledger import Machine, settle
from engine.trace.lane_totals import Lanes
from engine.trace.spans import spans_until
from tests.lane_writing import COMPUTE, MS, OWN, SLEEP, T0, Lane, account, assert_whole, in_ms, kinds, spans


def test_a_wait_under_way_shows_before_it_ends(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((0, 10, 10), (10, 20, -1))
    lane.under_way(22)
    found = spans(tmp_path, kinds(SLEEP, COMPUTE), until=100)
    ledger = settle(found, [account(4, 0, 10)], Machine(gil=True))
    assert in_ms(ledger) == {"cpu": 4, "gil_wait": 6, "io_wait": 88, "transport": 2}
    assert_whole(found, ledger)


def test_the_first_task_of_all_shows_before_it_ends(tmp_path: Path) -> None:
    Lane(tmp_path).under_way(5)
    found = spans(tmp_path, kinds(COMPUTE), until=105)
    assert in_ms(settle(found, [account(100, 0, 100)], Machine(gil=True))) == {"cpu": 100}


@pytest.mark.parametrize(("taking", "state"), [(True, "transport"), (False, "idle")])
def test_a_worker_without_a_task_is_between_two_or_idle(tmp_path: Path, taking: bool, state: str) -> None:
    Lane(tmp_path).task((0, 10, -1))
    found = spans(tmp_path, kinds(COMPUTE), until=30, taking=taking)
    assert in_ms(settle(found, [account(10, 0, 10)], Machine(gil=True))) == {"cpu": 10, state: 20}


def test_a_task_cut_short_counts_to_the_end_of_its_host(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((0, 10, -1))
    lane.under_way(10)
    Lane(tmp_path, 1).task((0, 10, -1))
    found = spans(tmp_path, kinds(COMPUTE), until=60, taking=False, killed=True)
    ledger = settle(found, [account(60, 0, 60), account(10, 0, 10)], Machine(gil=True))
    assert in_ms(ledger, 0) == {"cpu": 60}
    assert in_ms(ledger, 1) == {"cpu": 10, "idle": 50}


def test_coroutines_share_their_threads_time_and_wait_for_the_loop(tmp_path: Path) -> None:
    lane = Lane(tmp_path, coroutines=2)
    lane.task((0, 30, 20), (30, 40, -1), worker=0)  # 10 late, then 10 that block the loop
    lane.task((0, 50, 20), (50, 60, -1), worker=1)  # 30 late
    found = spans(tmp_path, kinds(SLEEP, COMPUTE, is_async=True))
    ledger = settle(found, [account(24, 0, 60)], Machine(gil=True))
    # 20 of the 24 are the steps' that block, 4 are shared by what was late: 1 and 3.
    assert in_ms(ledger, 0) == {"cpu": 11, "io_wait": 20, "loop_wait": 9, "idle": 20}
    assert in_ms(ledger, 1) == {"cpu": 13, "io_wait": 20, "loop_wait": 27}
    assert_whole(found, ledger)


def test_coroutines_that_were_killed_had_begun_something(tmp_path: Path) -> None:
    lane = Lane(tmp_path, coroutines=1)
    lane.task((0, 10, -1))
    found = spans(tmp_path, kinds(COMPUTE, is_async=True), until=100, taking=False, killed=True)
    assert in_ms(settle(found, [account(100, 0, 100)], Machine(gil=True))) == {"cpu": 100}


@pytest.mark.parametrize(("cpu", "expected"), [(0, {"io_wait": 100}), (100, {"cpu": 100})])
def test_a_users_coroutine_waits_for_the_loop_as_far_as_that_is_busy(
    tmp_path: Path, cpu: float, expected: dict[str, float]
) -> None:
    Lane(tmp_path, coroutines=1).task((0, 100, -1))
    steps = kinds(OWN, is_async=True, source="import asyncio\n\nasync  def task(item): ...\n")
    # OWN has no asynchronous form of its own: the card says so for real ones.
    assert not steps[0].awaited
    ledger = settle(spans(tmp_path, steps), [account(cpu, 0, 100)], Machine(gil=True))
    assert in_ms(ledger) == expected


def test_where_threads_have_no_queue_figure_it_is_null_and_part_of_the_gils(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 10, -1))
    found = spans(tmp_path, kinds(COMPUTE))
    ledger = settle(found, [account(6, None, 10)], Machine(gil=True))
    assert ledger.total()["cpu_wait"] is None
    assert in_ms(ledger) == {"cpu": 6, "gil_wait": 4}
    assert_whole(found, ledger)


def test_a_thread_that_was_never_read_fares_as_the_others(tmp_path: Path) -> None:
    for number in (0, 1):
        Lane(tmp_path, number).task((0, 100, -1))
    ledger = settle(spans(tmp_path, kinds(COMPUTE)), [account(10, 5, 20), None], Machine(gil=True))
    assert in_ms(ledger, 1) == {"cpu": 50, "cpu_wait": 25, "gil_wait": 25}


@pytest.mark.parametrize(("busy", "null"), [(0, []), (100, ["cpu_wait", "gil_wait"])])
def test_a_thread_that_was_seen_to_wait_and_nothing_else_is_known(tmp_path: Path, busy: float, null: list[str]) -> None:
    """Unless it had something to do after it was seen last."""
    Lane(tmp_path).task((0, 900, 900), (900, 900 + busy, -1))
    ledger = settle(spans(tmp_path, kinds(SLEEP, COMPUTE)), [account(0.1, 0, 0)], Machine(gil=True))
    assert [state for state, value in ledger.total().items() if value is None] == null
    assert ledger.total()["io_wait"] == 0.9


def test_coroutines_that_another_never_let_begin_wait_for_the_loop_also_between_its_tasks(tmp_path: Path) -> None:
    lane = Lane(tmp_path, coroutines=1)
    for start in range(0, 100, 10):
        lane.task((start, start + 2, -1))
    found = spans(tmp_path, kinds(COMPUTE, is_async=True))
    ledger = settle(found, [account(92, 0, 92)], Machine(gil=True), workers=4)
    assert ledger.total()["loop_wait"] == pytest.approx(3 * 0.092)
    assert ledger.total()["idle"] == 0


@pytest.mark.parametrize(
    ("process_cpu", "null", "expected"),
    [(0.25, ["cpu_wait"], {"cpu": 25, "gil_wait": 75}), (None, ["cpu_wait", "gil_wait"], {"cpu": 100})],
)
def test_where_no_thread_was_ever_read_its_process_tells_or_nothing_does(
    tmp_path: Path, process_cpu: float | None, null: list[str], expected: dict[str, float]
) -> None:
    Lane(tmp_path).task((0, 100, -1))
    ledger = settle(spans(tmp_path, kinds(COMPUTE)), [None], Machine(gil=True, process_cpu=process_cpu))
    assert [state for state, value in ledger.total().items() if value is None] == null
    assert in_ms(ledger) == expected


@pytest.mark.parametrize("coroutines", [0, 3])
def test_past_the_files_bound_the_sums_are_still_whole(tmp_path: Path, coroutines: int) -> None:
    lane = Lane(tmp_path, coroutines=coroutines, capacity=64)
    for number in range(400):
        start = number * 10
        worker = number % 3 if coroutines else 0
        lane.task((start, start + 6, 5), (start + 6, start + 9, -1), worker=worker)
    lanes = Lanes(tmp_path, kinds(SLEEP, COMPUTE, is_async=bool(coroutines)), open_loop=False)
    while lanes.refresh() is not None:
        pass
    assert lanes.done == 400
    assert lanes.dropped > 600
    found = spans_until(lanes, T0 + 4000 * MS, live=False)
    lanes.close()
    assert found is not None
    ledger = settle(found, [account(400 * 2, 0, 400 * 4)], Machine(gil=True))
    assert_whole(found, ledger)
    total = ledger.total()
    # A thread that is alone waits a little longer than it knows: half of the 0.4 s over the sleeps is not on a core.
    assert total["io_wait"] == pytest.approx(2.0 if coroutines else 2.2, rel=0.01)
    if not coroutines:
        assert total["cpu"] == pytest.approx(0.8, rel=0.01)
        assert total["transport"] == pytest.approx(0.4, rel=0.05)
