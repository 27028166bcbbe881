"""The ledger of lanes that were looked at: exact times, and the rest divided by looks that are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.ledger.ledger import Ledger, Machine, settle
from engine.record.look_file import NO_CPU, LookState, LookThread
from engine.record.look_reader import LOOK_DTYPE
from engine.record.thread_accounts import Account
from engine.trace.lane_totals import Lanes
from engine.trace.seen_totals import LaneActivity, SeenTotals
from engine.trace.spans import spans_until
from engine.trace.step_kinds import StepKind
from tests.lane_writing import COMPUTE, MS, OWN, SLEEP, T0, Lane, in_ms, kinds

STATES = {
    "R": LookState.RUNNING,
    "G": LookState.GIL,
    "L": LookState.LOCK,
    "B": LookState.LIBRARY,
    "S": LookState.SLEEP,
    "N": LookState.NETWORK,
    "D": LookState.DISK,
    "C": LookState.CHILD,
    "T": LookState.STOPPED,
}


def looks(states: str, begin_ms: float = 0.5, thread: int = 0, every_ms: float = 1.0) -> NDArray[np.void]:
    """Return a look every millisecond, a letter each."""
    return np.array(
        [
            (T0 + round((begin_ms + number * every_ms) * MS), NO_CPU, thread, 0, STATES[state], 0)
            for number, state in enumerate(states)
        ],
        LOOK_DTYPE,
    )


def read(cpu: float, queue: float, until: float) -> Account:
    """Return what was read of a thread from 0 to `until` (milliseconds)."""
    at_ns = T0 + round(until * MS)
    return Account(
        cpu * MS, queue * MS, until * MS, span_cpu_ns=cpu * MS, span_queue_ns=queue * MS, from_ns=T0, at_ns=at_ns
    )


def settled(
    folder: Path, steps: list[StepKind], seen: NDArray[np.void], account: Account | None, *, open_loop: bool = False
) -> Ledger:
    lanes = Lanes(folder, steps, open_loop=open_loop)
    lanes.totals.keeps_times = True
    totals = SeenTotals()
    while True:
        batch = lanes.refresh()
        threads = [LookThread(file.reader.pid, file.reader.thread, "", 0) for file in lanes.files]
        totals.take(lanes, seen, threads, 0, over=batch is None)
        seen = seen[:0]
        if batch is None:
            break
    spans = spans_until(lanes, 0, live=False)
    assert spans is not None
    found = settle(spans, [account] * len(lanes.files), Machine(gil=True), 0, totals.seen)
    lanes.close()
    whole = (spans.end_ns - spans.first_ns) / 1e9
    assert np.allclose(found.seconds.sum(axis=1), whole)
    return found


def test_tasks_that_a_thread_measured_itself_tell_what_it_did_in_tasks_and_between(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    for begin in range(0, 100, 2):  # a task of 1 ms, and 1 ms to the next
        lane.task((begin, begin + 1, -1))
    # Of 20 tasks: 0.1 ms each on a core, and 0.2 ms in the run queue. Looks alone would say a half of the time.
    lane.measured(20, 20, 2, 4)
    ledger = settled(tmp_path, kinds(OWN), looks("RS" * 25 + "SR" * 25), read(40, 15, 99))
    assert in_ms(ledger) == {"cpu": 5, "cpu_wait": 15, "io_wait": 35, "transport": 44}
    bounds = ledger.bounds()["io_wait"]
    assert bounds is not None
    assert bounds[0] < 0.035 < bounds[1]


def test_a_few_measured_tasks_are_too_few(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    for begin in range(0, 100, 2):
        lane.task((begin, begin + 1, -1))
    lane.measured(3, 3, 3, 0)
    ledger = settled(tmp_path, kinds(OWN), looks("SS" * 50), read(0, 0, 99))
    assert in_ms(ledger)["io_wait"] == 50


def test_what_a_function_waits_for_is_what_was_seen(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 100, -1))
    ledger = settled(tmp_path, kinds(OWN), looks("R" * 20 + "G" * 20 + "L" * 40 + "S" * 20), read(15, 5, 100))
    assert in_ms(ledger) == {"cpu": 15, "cpu_wait": 5, "gil_wait": 20, "lock_wait": 40, "io_wait": 20}
    waits = ledger.waits(0)
    assert waits is not None
    assert waits["lock"] == pytest.approx(0.04)
    assert waits["sleep"] == pytest.approx(0.02)
    assert waits["network"] == 0


def test_times_on_a_core_are_the_systems_and_not_the_looks(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 100, -1))
    ledger = settled(tmp_path, kinds(COMPUTE), looks("R" * 60 + "G" * 40), read(50, 0, 100))
    assert in_ms(ledger) == {"cpu": 50, "gil_wait": 50}


def test_a_thread_of_a_stopped_process_waits_for_nothing(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((0, 40, -1))
    lane.task((60, 100, -1))
    ledger = settled(tmp_path, kinds(OWN), looks("R" * 10 + "S" * 20 + "T" * 60 + "S" * 10), read(10, 0, 100))
    assert in_ms(ledger) == {"cpu": 10, "io_wait": 30, "idle": 60}
    waits = ledger.waits(0)
    assert waits is not None
    assert (waits["stopped"], waits["sleep"]) == (pytest.approx(0.06), pytest.approx(0.03))
    bounds = ledger.bounds()["idle"]
    assert bounds is not None
    assert bounds[0] < 0.06 < bounds[1]


def test_a_library_s_lock_is_a_lock_and_named_apart(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 100, -1))
    ledger = settled(tmp_path, kinds(OWN), looks("R" * 50 + "B" * 50), read(50, 0, 100))
    assert in_ms(ledger) == {"cpu": 50, "lock_wait": 50}
    waits = ledger.waits(0)
    assert waits is not None
    assert (waits["library"], waits["lock"]) == (pytest.approx(0.05), 0)


def test_the_models_own_work_between_tasks_is_transport(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    for number in range(10):
        lane.task((20 * number, 20 * number + 10, -1))
    ledger = settled(tmp_path, kinds(OWN), looks(("S" * 10 + "R" * 6 + "G" * 4) * 10), read(36, 18, 190))
    # 190 ms: ten tasks of 10 that sleep, nine gaps of 10, of which it ran or stood in the run queue for 6, and waited
    # for the GIL 4.
    assert in_ms(ledger) == {"io_wait": 100, "transport": 36, "cpu_wait": 18, "gil_wait": 36}


def test_who_waits_for_a_task_that_is_not_due_is_idle(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((0, 50, -1), due=0.001)
    lane.task((100, 150, -1), due=90)
    ledger = settled(tmp_path, kinds(OWN), looks("S" * 50 + "L" * 50 + "S" * 50), read(0, 0, 150), open_loop=True)
    assert in_ms(ledger) == {"io_wait": 100, "idle": 40, "transport": 10}


def test_a_known_wait_is_exact_where_the_looks_agree(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 100, 60))
    ledger = settled(tmp_path, kinds(SLEEP), looks("S" * 57 + "G" * 43), read(0, 0, 100))
    assert in_ms(ledger) == {"io_wait": 60, "gil_wait": 40}


def test_where_a_step_says_otherwise_what_was_seen_wins(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 1000, 900))
    ledger = settled(tmp_path, kinds(SLEEP), looks("S" * 300 + "G" * 700), read(0, 0, 1000))
    assert in_ms(ledger) == {"io_wait": 300, "gil_wait": 700}


def test_what_was_wanted_for_running_and_not_had_is_waiting_for_a_core(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 100, -1))
    ledger = settled(tmp_path, kinds(COMPUTE), looks("R" * 100), read(60, 10, 100))
    assert in_ms(ledger) == {"cpu": 60, "cpu_wait": 40}


def test_with_too_few_looks_the_steps_own_word_counts(tmp_path: Path) -> None:
    Lane(tmp_path).task((0, 100, 60))
    ledger = settled(tmp_path, kinds(SLEEP), looks("GGG"), read(10, 0, 40))
    assert in_ms(ledger)["io_wait"].expected >= 60
    assert ledger.waits(0) is None


def test_what_is_known_of_some_lanes_alone_is_in_the_sum_all_the_same(tmp_path: Path) -> None:
    Lane(tmp_path, 0).task((0, 100, -1))
    Lane(tmp_path, 1).task((0, 100, -1))
    ledger = settled(tmp_path, kinds(OWN), looks("RGS" * 33), None)
    assert ledger.waits(0) is not None
    assert ledger.waits(1) is None
    total = ledger.total()
    assert total["gil_wait"] is None
    assert sum(value or 0 for value in total.values()) == pytest.approx(0.2)
    assert total["cpu"] == pytest.approx(0.2 - 0.033, abs=0.002)


def test_more_looks_make_the_bounds_narrower_and_they_hold_the_figure(tmp_path: Path) -> None:
    widths = []
    for number, every_ms in enumerate((1.0, 0.1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        Lane(folder).task((0, 100, -1))
        seen = looks("RGS" * round(33 / every_ms), every_ms=every_ms)
        ledger = settled(folder, kinds(OWN), seen, read(33, 0, 100))
        bounds, total = ledger.bounds(), ledger.total()
        assert bounds["gil_wait"] is not None
        low, high = bounds["gil_wait"]
        assert low < (total["gil_wait"] or 0) < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_looks_that_come_after_the_records_of_their_time_are_counted(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    for number in range(10):
        lane.task((10 * number, 10 * number + 5, -1))
    lanes = Lanes(tmp_path, kinds(OWN), open_loop=False)
    lanes.totals.keeps_times = True
    totals, threads, seen = SeenTotals(), [], looks(("S" * 5 + "R" * 5) * 9)
    lanes.refresh()
    threads = [LookThread(file.reader.pid, file.reader.thread, "", 0) for file in lanes.files]
    for part in (seen[:0], seen[:33], seen[33:]):
        totals.take(lanes, part, threads, 0)
    found = totals.seen.count[0]
    assert found[LaneActivity.TASK, LookState.SLEEP] == 45
    assert found[LaneActivity.BETWEEN, LookState.RUNNING] == 45
    assert found.sum() == 90
    lanes.close()


def test_looks_in_a_phase_that_goes_on_are_counted_at_once(tmp_path: Path) -> None:
    lane = Lane(tmp_path)
    lane.task((0, 10, -1))
    lane.under_way(20)
    lanes = Lanes(tmp_path, kinds(OWN), open_loop=False)
    lanes.totals.keeps_times = True
    lanes.refresh()
    threads = [LookThread(file.reader.pid, file.reader.thread, "", 0) for file in lanes.files]
    totals = SeenTotals()
    totals.take(lanes, looks("S" * 10 + "R" * 10 + "L" * 30), threads, T0 + 40 * MS)
    found = totals.seen.count[0]
    assert found[LaneActivity.TASK, LookState.LOCK] == 20  # until the lanes were refreshed
    assert found[LaneActivity.BETWEEN].sum() == 0  # not known yet
    lanes.close()
