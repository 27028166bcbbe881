"""The comparison's driver: what it says to do next, whatever happens meanwhile. No process, no file, no clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.comparison.comparison import Comparison
from engine.comparison.driver import (
    TRIAL_S,
    WATCH_S,
    ComparisonDriver,
    DriverState,
    Rest,
    RunOutcome,
    Save,
    StartCell,
    StopCell,
    WatchMachine,
    trial_of,
)
from engine.comparison.repetition import Repetition, failed_repetition
from engine.wire.result import RunResult
from tests.comparing import cells, measured

WATCH = WatchMachine(WATCH_S)


def read(result: RunResult, _folder: Path | str | None, took_s: float, _load: float | None) -> Repetition:
    """Return a run as fast as its result says."""
    return measured(result.throughput_per_s, took_s=took_s)


def driver_of(repeats: int = 2) -> ComparisonDriver:
    """Return a driver of two cells."""
    return ComparisonDriver(Comparison(cells(("threads",), (1, 2)), repeats=repeats), read)


def test_cells_are_watched_for_run_and_saved_in_turn_until_nothing_is_left() -> None:
    driver, now_s, started = driver_of(), 0.0, []
    steps = driver.begin()
    while steps == [WATCH]:
        [start] = driver.watched(0.0, now_s)
        assert isinstance(start, StartCell)
        started.append(start.cell.workers)
        now_s += 2.0
        save, *steps = driver.ended(RunOutcome("run", RunResult("run", throughput_per_s=10.0 * now_s)), now_s)
        assert save == Save()
    assert steps == [Rest(complete=True)]
    assert started == [1, 2, 2, 1]
    assert not driver.driving
    assert driver.comparison.took_s() == 8.0
    assert driver.begin() == [Rest(complete=True)]


def test_a_run_that_is_stopped_does_not_count_even_if_it_was_faster_than_the_stop() -> None:
    driver = driver_of()
    driver.begin()
    driver.watched(0.0, 0.0)
    assert driver.stop() == [StopCell()]
    assert driver.stop() == []
    assert driver.ended(RunOutcome("run", RunResult("run", throughput_per_s=10.0)), 1.0) == [Rest(complete=False)]
    assert driver.comparison.runs_done() == 0
    assert driver.begin() == [WATCH], "it goes on where it was"


def test_a_run_that_was_stopped_elsewhere_pauses_the_comparison() -> None:
    driver = driver_of()
    driver.begin()
    driver.watched(0.0, 0.0)
    assert driver.ended(RunOutcome("run", RunResult("run", throughput_per_s=10.0), stopped=True), 1.0) == [
        Rest(complete=False)
    ]
    assert driver.comparison.runs_done() == 0


def test_stopped_while_it_watches_nothing_is_started() -> None:
    driver = driver_of()
    driver.begin()
    assert driver.stop() == [Rest(complete=False)]
    assert driver.watched(0.0, 1.0) == []
    assert driver.state is DriverState.RESTING


def test_while_something_else_runs_it_watches_anew() -> None:
    driver = driver_of()
    assert driver.postponed() == []
    driver.begin()
    assert driver.postponed() == [WATCH]
    assert isinstance(driver.watched(0.0, 1.0)[0], StartCell)


def test_a_run_that_left_nothing_is_a_failure_with_its_reason_and_the_others_go_on() -> None:
    driver = driver_of(repeats=1)
    driver.begin()
    driver.watched(0.0, 0.0)
    assert driver.ended(RunOutcome("run-1", reason="the engine ended"), 3.0) == [Save(), WATCH]
    [repetition] = driver.comparison.repetitions[driver.comparison.cells[0]]
    assert repetition == failed_repetition("run-1", "the engine ended", 3.0)


def test_what_ends_without_having_been_started_changes_nothing() -> None:
    driver = driver_of()
    assert driver.ended(RunOutcome("run", RunResult("run", throughput_per_s=10.0)), 1.0) == []
    driver.begin()
    assert driver.ended(RunOutcome("run", RunResult("run", throughput_per_s=10.0)), 1.0) == []
    assert driver.comparison.runs_done() == 0


def test_the_load_before_and_the_time_of_a_run_are_told_to_who_reads_it() -> None:
    told: list[object] = []

    def remember(result: RunResult, folder: Path | str | None, took_s: float, load: float | None) -> Repetition:
        told.extend((folder, took_s, load))
        return read(result, folder, took_s, load)

    driver = ComparisonDriver(Comparison(cells(("threads",), (1,)), repeats=1), remember)
    driver.begin()
    driver.watched(0.25, 10.0)
    driver.ended(RunOutcome("run", RunResult("run", throughput_per_s=1.0), Path("folder")), 12.5)
    assert told == [Path("folder"), 2.5, 0.25]


@pytest.mark.parametrize("amount", [{"tasks": 100_000}, {"duration_s": 60.0}, {"until_stopped": True}])
def test_a_trial_is_short_and_runs_on_the_same_interpreter(amount: dict[str, Any]) -> None:
    experiment = {
        "title": "t",
        "workload": {**amount, "seed": 1, "steps": []},
        "model": {"kind": "threads", "workers": 4, "interpreter": "3.13t"},
    }
    trial = trial_of(experiment)
    assert trial["workload"] == {"seed": 1, "steps": [], "duration_s": TRIAL_S}
    assert trial["model"] == {"kind": "sequential", "workers": 1, "interpreter": "3.13t"}
