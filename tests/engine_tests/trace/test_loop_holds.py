"""Who held an event loop: hand-made phases whose truth is known, and a real run of the example that blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine.trace.loop_holds import LoopPhases, loop_holds
from engine.wire.client import Conductor
from tests.conducting import experiment, run


def phases(*rows: tuple[int, int, int, int, int | None]) -> LoopPhases:
    """Return phases of (worker, task, start, end, ready); ready is None for one that blocks, -1 for not known."""
    table = np.array([(*row[:4], -1 if row[4] is None else row[4]) for row in rows], np.int64).reshape(-1, 5)
    return LoopPhases(*table.T, np.array([row[4] is None for row in rows], np.bool_))


def test_who_was_ready_waited_for_the_one_that_held_the_loop() -> None:
    made = phases(
        (0, 0, 0, 100, None),  # holds the loop for 100
        (1, 1, 0, 100, 40),  # ready at 40, let on at 100
        (2, 2, 0, 130, 70),  # ready at 70, and waited beyond
        (3, 3, 0, 300, 250),  # not ready yet
        (4, 4, 0, 150, -1),  # nobody knows when it was
    )
    holds = loop_holds(made)
    assert (holds.start_ns.tolist(), holds.end_ns.tolist()) == ([0], [100])
    assert holds.waiting.tolist() == [2]
    assert holds.waited_ns.tolist() == [60 + 30]


def test_steps_of_a_task_without_an_await_between_are_one_stretch_named_by_the_longest() -> None:
    made = phases((0, 7, 0, 10, None), (0, 7, 10, 90, None), (0, 8, 90, 95, None), (1, 1, 0, 95, 5))
    holds = loop_holds(made)
    assert holds.place.tolist() == [1, 2]
    assert holds.end_ns.tolist() == [90, 95]
    assert holds.longest(5) == [0, 1]
    assert holds.between(91, 200) == slice(1, 2)


def test_each_stretch_is_named_by_the_first_of_its_longest_phases() -> None:
    rng = np.random.default_rng(6)
    at, rows, names = 0, [], []
    for task in range(50):
        lengths = rng.integers(1, 6, int(rng.integers(1, 6))).tolist()
        names.append(len(rows) + lengths.index(max(lengths)))
        for length in lengths:
            rows.append((0, task, at, at + length, None))
            at += length
        at += int(rng.integers(0, 3))
    order = rng.permutation(len(rows))
    holds = loop_holds(phases(*(rows[place] for place in order)))
    assert order[holds.place].tolist() == names


def test_phases_that_begin_at_one_time_keep_the_order_in_which_they_are_given() -> None:
    made = phases((2, 2, 10, 20, None), (1, 1, 0, 5, None), (0, 0, 0, 5, None), (3, 3, 10, 20, None))
    assert loop_holds(made).place.tolist() == [1, 2, 0, 3]


def test_the_one_that_holds_the_loop_is_not_among_those_that_wait() -> None:
    made = phases((0, 0, 0, 50, 10), (0, 0, 50, 90, None), (1, 1, 0, 50, 0))
    holds = loop_holds(made)
    assert holds.waiting.tolist() == [0]
    assert holds.longest() == []


def test_without_a_step_that_blocks_nobody_held_the_loop() -> None:
    assert len(loop_holds(phases((0, 0, 0, 50, 10)))) == 0
    assert len(loop_holds(phases())) == 0


def test_counts_are_those_of_looking_at_every_pair() -> None:
    rng = np.random.default_rng(5)
    at, rows = 0, []
    for number in range(60):
        length = int(rng.integers(1, 50))
        rows.append((number, number, at, at + length, None))
        at += length + int(rng.integers(0, 10))
    for number in range(200):
        start = int(rng.integers(0, at))
        ready = start + int(rng.integers(0, 100))
        rows.append((100 + number, 100 + number, start, ready + int(rng.integers(1, 200)), ready))
    made = phases(*rows)
    holds = loop_holds(made)
    waits = [(row[4], row[3]) for row in rows[60:]]
    for place in range(60):
        begun, ended = int(holds.start_ns[place]), int(holds.end_ns[place])
        overlaps = [min(on, ended) - max(int(ready or 0), begun) for ready, on in waits]
        assert holds.waiting[place] == sum(each > 0 for each in overlaps)
        assert holds.waited_ns[place] == sum(max(0, each) for each in overlaps)


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as made:
        yield made


def test_a_real_run_names_the_step_that_blocks(conductor: Conductor) -> None:
    steps = [{"kind": "sleep", "duration_ms": 2.0}, {"kind": "count-primes", "below": 3000}]
    found = run(conductor, experiment(steps, "asyncio", 10, tasks=60))["longest_loop_hold"]
    assert found["step"] == "count-primes"
    assert found["worker"].startswith("coroutine ")
    assert 1 <= found["waiting"] <= 9
    assert 0 < found["held_s"] < 10
    assert (
        0 < found["waited_s"] <= found["held_s"] * found["waiting"] + 1e-9
    )  # all waited all the time, but for rounding


def test_a_run_whose_steps_are_awaited_and_one_of_threads_have_none(conductor: Conductor) -> None:
    steps = [{"kind": "sleep", "duration_ms": 1.0}]
    assert run(conductor, experiment(steps, "asyncio", 4, tasks=8))["longest_loop_hold"] is None
    assert run(conductor, experiment(steps, "threads", 2, tasks=4))["longest_loop_hold"] is None
