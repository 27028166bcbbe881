"""You are the scheduler: two real workers, stepped; orders that go wrong are found, and replay each time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from engine.lessons.scheduler.client import Scheduler, SchedulerError
from engine.lessons.scheduler.messages import FindOrder, OrdersRun, RunOrder, SchedulerState, StartProgram, StepWorker
from engine.lessons.scheduler.programs import PROGRAMS
from engine.lessons.scheduler.search import by_chance, find_wrong_order, switches

SEARCH_S = 1.0


@dataclass(frozen=True)
class Dance:
    """A command that there is not."""

    TYPE: ClassVar[str] = "dance"


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    with Scheduler() as made:
        yield made


def test_the_lost_update_is_found_and_replays_ten_times_of_ten(scheduler: Scheduler) -> None:
    scheduler.ask(StartProgram("lost-update"), SchedulerState)
    began_s = time.perf_counter()
    found = scheduler.ask(FindOrder(), OrdersRun)
    assert time.perf_counter() - began_s < SEARCH_S
    assert (found.orders, found.wrong) == (20, 18)  # six lines, three of each worker; only two orders are right
    assert found.order is not None
    assert switches(found.order) == 2
    for _ in range(10):
        end = scheduler.ask(RunOrder(found.order), SchedulerState)
        assert end.ended
        assert end.shared == {"balance": "1"}
        assert "lost" in end.wrong


def test_the_locked_version_has_no_such_order() -> None:
    search = find_wrong_order(PROGRAMS["locked"])
    assert search.order is None
    assert search.complete
    assert search.orders > 2


def test_the_second_program_ends_in_a_deadlock(scheduler: Scheduler) -> None:
    scheduler.ask(StartProgram("deadlock"), SchedulerState)
    found = scheduler.ask(FindOrder(), OrdersRun)
    assert found.order is not None
    for _ in range(10):
        end = scheduler.ask(RunOrder(found.order), SchedulerState)
        assert end.ended
        assert [worker.state for worker in end.workers] == ["blocked", "blocked"]
        assert [worker.waits_for for worker in end.workers] == ["right", "left"]
        assert end.locks == {"left": "A", "right": "B"}


def test_a_step_runs_one_line_of_one_worker(scheduler: Scheduler) -> None:
    start = scheduler.ask(StartProgram("lost-update"), SchedulerState)
    assert [worker.line for worker in start.workers] == [2, 2]
    after = scheduler.ask(StepWorker(1), SchedulerState)
    assert [worker.line for worker in after.workers] == [2, 3]
    assert after.workers[1].locals == {"seen": "0"}
    assert after.workers[0].locals == {}
    assert after.shared == {"balance": "0"}


def test_a_blocked_worker_goes_on_once_the_lock_is_free(scheduler: Scheduler) -> None:
    scheduler.ask(StartProgram("locked"), SchedulerState)
    scheduler.ask(StepWorker(0), SchedulerState)  # A has the lock
    blocked = scheduler.ask(StepWorker(1), SchedulerState)
    assert blocked.workers[1].state == "blocked"
    assert blocked.runnable == (0,)
    with pytest.raises(SchedulerError, match="worker B cannot go on"):
        scheduler.ask(StepWorker(1), SchedulerState)
    state = blocked
    while state.runnable == (0,):
        state = scheduler.ask(StepWorker(0), SchedulerState)
    assert 1 in state.runnable
    while state.runnable:
        state = scheduler.ask(StepWorker(state.runnable[-1]), SchedulerState)
    assert state.shared == {"balance": "2"}
    assert state.wrong == ""


def test_a_wrong_command_is_answered_and_the_next_one_works(scheduler: Scheduler) -> None:
    with pytest.raises(SchedulerError, match="there is no message 'dance'"):
        scheduler.ask(Dance(), SchedulerState)
    assert scheduler.ask(StartProgram("deadlock"), SchedulerState).runnable == (0, 1)


def test_free_runs_are_counted() -> None:
    chance = by_chance(PROGRAMS["locked"], 50)
    assert (chance.runs, chance.wrong) == (50, 0)
