"""Who released what a task waited for: named where the run's records leave no other answer, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from engine.record.host_files import LOOPS
from engine.record.lane_file import FOR_LIMIT, LAST, OK, LaneWriter, Slot, tail
from engine.record.look_file import LOOKS, NO_CPU, RECORD, LookDetail, LookState, LookTables, LookThread, LookWriter
from engine.record.loop_file import IO, LOCK, READY, LoopWriter, loop_tail
from engine.trace.hand_overs import HandOver, Released, hand_overs
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import find_task
from tests.run_folders import EXPERIMENT, START_NS, make_run, write_json

MS = 1_000_000
CRITICAL = {"kind": "critical-section", "hold_ms": 2.0}
Timed = tuple[int, float, float, float, int]  # task, start, end, wait (all in ms; -1: not known), flags


def lane(folder: Path, number: int, phases: Iterable[Timed], *, coroutine: int = 0, capacity: int = 10_000) -> None:
    """Write a thread's lane, or a coroutine's of a loop whose lanes are in one file."""
    writer = LaneWriter(str(folder / "lanes" / f"{number}.lane"), thread=100 + number, thread_name=f"t{number}",
                        process_name="MainProcess", created_ns=number + 1, capacity=capacity)  # fmt: skip
    writer.slots[Slot.WORKERS] = coroutine
    record = writer.recorder()
    for task, start, end, waited, flags in phases:
        worker = task % coroutine if coroutine else 0
        ns = [START_NS + round(each * MS) for each in (start, end)]
        record(task, *ns, round(waited * MS) if waited >= 0 else -1, tail(worker, 0, flags))


def found(folder: Path, steps: list[dict[str, Any]], task: int, *, is_async: bool = False) -> tuple[HandOver, ...]:
    """Return the hand-overs of a task of the run."""
    experiment = {**EXPERIMENT, "workload": {"tasks": 9, "steps": steps}}
    write_json(folder / "experiment.json", experiment)
    store = PhaseStore(folder, experiment, is_async=is_async)
    while store.refresh(final=True):
        pass
    task_found = find_task(store, task)
    assert task_found is not None
    made = hand_overs(store, task_found)
    store.close()
    return made


DONE = OK | LAST


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run")


def test_a_lock_goes_from_the_one_that_ended_to_the_one_that_had_waited(run_folder: Path) -> None:
    lane(run_folder, 0, [(1, 0, 2, 0, DONE), (4, 6.2, 9, 0.8, DONE)])
    lane(run_folder, 1, [(2, 0.1, 4.1, 2.0, DONE)])
    lane(run_folder, 2, [(3, 0.2, 7, 4.7, DONE)])
    lock = Released.LOCK
    assert found(run_folder, [CRITICAL], 2) == (
        HandOver(0, 2 * MS, 1, round(2.1 * MS), lock),
        HandOver(1, round(4.1 * MS), 2, round(4.9 * MS), lock),
    )
    assert found(run_folder, [CRITICAL], 1) == (HandOver(0, 2 * MS, 1, round(2.1 * MS), lock),)
    assert found(run_folder, [CRITICAL], 3)[1] == HandOver(2, 7 * MS, 0, 7 * MS, lock)


def test_a_lock_that_was_free_was_released_to_nobody(run_folder: Path) -> None:
    lane(run_folder, 0, [(1, 0, 2, 0, DONE)])
    lane(run_folder, 1, [(2, 3, 5, 0.001, DONE)])
    assert found(run_folder, [CRITICAL], 1) == found(run_folder, [CRITICAL], 2) == ()


def test_nobody_is_named_where_the_times_allow_two_orders(run_folder: Path) -> None:
    # Task 2 stood between its two clock reads: it may have had the lock before task 1, or after it.
    lane(run_folder, 0, [(1, 0, 6, 0, DONE)])
    lane(run_folder, 1, [(2, 0.1, 7, 1, DONE)])
    assert found(run_folder, [CRITICAL], 2) == ()


def test_nobody_is_named_where_phases_were_not_recorded(run_folder: Path) -> None:
    lane(run_folder, 0, [(1, 0, 2, 0, DONE)])
    lane(run_folder, 1, [(2, 0.1, 4.1, 2.0, DONE)])
    assert found(run_folder, [CRITICAL], 2) != ()
    lane(run_folder, 2, [(task, 10 + task, 10.5 + task, 0, DONE) for task in range(10, 200)], capacity=64)
    assert found(run_folder, [CRITICAL], 2) == ()


def turns(task: int, asked: float, got: float, end: float) -> list[Timed]:
    return [(task, asked, got, -1, OK | FOR_LIMIT), (task, got, end, -1, DONE)]


def test_a_turn_goes_over_where_only_one_was_free(run_folder: Path) -> None:
    lane(run_folder, 0, turns(1, 0, 0.01, 5))
    lane(run_folder, 1, turns(2, 0, 0.01, 7))
    lane(run_folder, 2, turns(3, 1, 5.1, 9))
    lane(run_folder, 3, turns(4, 2, 7.1, 9.5))
    step = [{"kind": "sleep", "limit": 2}]
    limit = Released.LIMIT
    assert found(run_folder, step, 3) == (HandOver(0, 5 * MS, 2, round(5.1 * MS), limit),)
    assert found(run_folder, step, 2) == (HandOver(1, 7 * MS, 3, round(7.1 * MS), limit),)


def test_no_turn_goes_over_where_two_were_free(run_folder: Path) -> None:
    lane(run_folder, 0, turns(1, 0, 0.01, 5))
    lane(run_folder, 1, turns(2, 0, 0.01, 5.02))
    lane(run_folder, 2, turns(3, 1, 5.1, 9))
    lane(run_folder, 3, turns(4, 2, 5.2, 9.5))
    assert [found(run_folder, [{"kind": "sleep", "limit": 2}], task) for task in (1, 2, 3, 4)] == [()] * 4


def test_other_steps_hand_nothing_over(run_folder: Path) -> None:
    lane(run_folder, 0, [(1, 0, 2, 0, DONE)])
    lane(run_folder, 1, [(2, 0.1, 4.1, 2.0, DONE)])
    assert found(run_folder, [{"kind": "sleep"}], 2) == ()


def loop(folder: Path, waits: Iterable[tuple[int, float, float, float, int]]) -> None:
    """Write a loop's waits: the coroutine, when it yielded, was ready and resumed, and why."""
    (folder / LOOPS).mkdir(exist_ok=True)
    writer = LoopWriter(str(folder / LOOPS / "1.loop"), thread=100, created_ns=START_NS, capacity=1000)
    record = writer.recorder()
    for worker, gone, ready, resumed, why in waits:
        record(worker, *(START_NS + round(each * MS) for each in (gone, ready, resumed)), loop_tail(worker, 0, why))


def test_a_coroutine_goes_on_when_the_one_that_held_the_loop_yields(run_folder: Path) -> None:
    lane(run_folder, 0, [(0, 0, 20, -1, DONE), (1, 0, 21, -1, DONE)], coroutine=2)
    loop(run_folder, [(1, 1, 1.5, 1.6, IO), (0, 0.5, 3, 10.01, IO), (1, 10, 12, 12.01, IO), (0, 14, 15, 15.01, IO)])
    expected = (HandOver(1, 10 * MS, 0, round(10.01 * MS), Released.LOOP),)
    step = [{"kind": "sleep"}]
    assert found(run_folder, step, 0, is_async=True) == found(run_folder, step, 1, is_async=True) == expected


def test_no_turn_is_named_where_something_without_a_record_ran_in_between(run_folder: Path) -> None:
    lane(run_folder, 0, [(0, 0, 20, -1, DONE), (1, 0, 21, -1, DONE)], coroutine=2)
    loop(run_folder, [(1, 1, 1.5, 1.6, IO), (0, 0.5, 3, 10.01, IO), (1, 5, 12, 12.01, IO)])
    assert found(run_folder, [{"kind": "sleep"}], 0, is_async=True) == ()


def test_an_asyncio_lock_is_released_by_the_coroutine_that_ran_then(run_folder: Path) -> None:
    lane(run_folder, 0, [(0, 0, 20, -1, DONE), (1, 0, 21, -1, DONE)], coroutine=2)
    loop(run_folder, [(1, 1, 1.5, 1.6, IO), (0, 0.5, 4, 5.1, LOCK), (1, 5, 5, 5.2, READY)])
    expected = (HandOver(1, 4 * MS, 0, round(5.1 * MS), Released.LOCK),)
    assert found(run_folder, [{"kind": "sleep"}], 0, is_async=True)[:1] == expected


def test_an_asyncio_lock_that_its_step_shows_too_goes_over_once(run_folder: Path) -> None:
    phases = [(0, 0.5, 9, 3.6, DONE), (1, 0.5, 4.01, 0, DONE)]
    lane(run_folder, 0, phases, coroutine=2)
    loop(run_folder, [(1, 1, 1.5, 1.6, IO), (0, 0.6, 4, 4.1, LOCK), (1, 4.05, 8, 8.2, IO)])
    made = found(run_folder, [CRITICAL], 0, is_async=True)
    assert [each.released for each in made].count(Released.LOCK) == 1


def test_an_asyncio_lock_that_ended_while_no_coroutine_ran_has_no_releaser(run_folder: Path) -> None:
    lane(run_folder, 0, [(0, 0, 20, -1, DONE), (1, 0, 21, -1, DONE)], coroutine=2)
    loop(run_folder, [(1, 1, 1.5, 1.6, IO), (1, 2, 7, 7.1, IO), (0, 0.5, 4, 4.1, LOCK), (0, 4.5, 15, 15.1, IO)])
    made = found(run_folder, [{"kind": "sleep"}], 0, is_async=True)
    assert Released.LOCK not in [each.released for each in made]


def looks(folder: Path, *of_thread: str) -> None:
    """Write a look at each thread every millisecond: on the lock, running, or asleep."""
    states = {"L": (LookState.LOCK, 1), "R": (LookState.RUNNING, 0), "S": (LookState.SLEEP, 0)}
    writer = LookWriter(str(folder / LOOKS))
    for at in range(len(of_thread[0])):
        flags = writer.begin_round()
        seen = [states[letters[at]] for letters in of_thread]
        records = [
            RECORD.pack(START_NS + at * MS, NO_CPU, thread, detail, state, flags)
            for thread, (state, detail) in enumerate(seen)
        ]
        writer.add_packed(b"".join(records))
    writer.close()
    threads = tuple(LookThread(os.getpid(), 100 + number, f"t{number}", START_NS) for number in range(len(of_thread)))
    details = (LookDetail("none"), LookDetail("futex", 0x1000))
    LookTables(method="process", looks=writer.count, threads=threads, details=details).save(folder)


OWN = [{"kind": "python", "source": "def step(n): pass"}]


def test_a_lock_of_own_code_goes_over_where_looks_show_both_holders(run_folder: Path) -> None:
    lane(run_folder, 0, [(1, 0, 5, -1, DONE)])
    lane(run_folder, 1, [(2, 0, 11, -1, DONE)])
    lane(run_folder, 2, [(3, 0, 19, -1, DONE)])
    looks(run_folder, "SSSSLLLLLLLLLLLL", "LLLLSSSSSSLLLLLL", "LLLLLLLLLLSSSSSS")
    lock = Released.LOCK
    assert found(run_folder, OWN, 2) == (HandOver(0, 3 * MS, 1, 4 * MS, lock), HandOver(1, 9 * MS, 2, 10 * MS, lock))
    assert found(run_folder, [{"kind": "sha256"}], 2) == ()


@pytest.mark.parametrize(
    "seen",
    [
        ("SSSSRRRLLLLL", "LLLLSSSSSSSS", "LLLLLLLLLLLL"),  # two do not wait: either may hold it
        ("SSSSLLLLLLLL", "LLLLSLLLLLLL", "LLLLLSSSSSSS"),  # it held it for one round: too short to be sure
        ("LLLLLLLLLLLL", "LLLLLLLLLLLL", "LLLLLLLLLLSS"),  # none of them holds it: a queue
    ],
)  # fmt: skip
def test_no_lock_goes_over_where_looks_leave_it_open(run_folder: Path, seen: tuple[str, ...]) -> None:
    for number in range(3):
        lane(run_folder, number, [(number + 1, 0, 11, -1, DONE)])
    looks(run_folder, *seen)
    assert found(run_folder, OWN, 2) == ()
