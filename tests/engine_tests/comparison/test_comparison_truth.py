"""Comparisons of real runs whose outcome everybody can predict: of the same with the same, and of the GIL with none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.comparison.judgement import NO_DIFFERENCE, NOT_SURE
from tests.commands import gilscope_here
from tests.interpreters import free_threaded_interpreter

QUIET = 0.25  # of the machine: beyond it two workers have less than two cores
MARGIN = 1.25  # two workers of two have twice the throughput of one; the margin is for what a shared machine takes
GIL_SHARE = 0.05


def compared(folder: Path, steps: str, amount: str, *axes: str) -> dict[str, Any]:
    """Run a comparison to its end and return what it printed."""
    file = folder / "experiment.toml"
    text = f'format = 1\ntitle = "Truth"\n[workload]\n{amount}\n{steps}\n[model]\nkind = "threads"\nworkers = 2\n'
    file.write_text(text, encoding="utf-8")
    done = gilscope_here(folder / "data", "compare", file, *axes, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_of_the_same_experiment_twice_no_difference_is_shown(tmp_path: Path) -> None:
    steps = '[[workload.steps]]\nkind = "sleep"\nduration_ms = 5.0'
    found = compared(tmp_path, steps, "tasks = 20", "--parameter", "title=A,A again", "--repeats", "3")
    assert [cell["settings"] for cell in found["cells"]] == [{"title": "A"}, {"title": "A again"}]
    assert found["verdict"] in (NO_DIFFERENCE, NOT_SURE), "chance alone says otherwise less than once in 100 times"


@pytest.mark.alone
@pytest.mark.timeout(200)
def test_the_gil_lets_one_thread_count_at_a_time_and_processes_and_free_threads_all(tmp_path: Path) -> None:
    free = free_threaded_interpreter().path
    steps = '[[workload.steps]]\nkind = "count-primes"\nbelow = 10000'
    axes = ("--models", "threads,processes", "--workers", "1,2", "--interpreters", f"own,{free}")
    found = compared(tmp_path, steps, "duration_s = 0.8", *axes, "--repeats", "1")
    cells = {(cell["model"], cell["workers"], cell["gil_enabled"]): cell for cell in found["cells"]}
    pairs = (("threads", True), ("processes", True), ("threads", False))
    threads, processes, free_threads = (cells[model, 2, gil] for model, gil in pairs)
    assert gil_share(threads) > GIL_SHARE
    assert gil_share(threads) > 2 * gil_share(processes)
    assert gil_share(threads) > 2 * gil_share(free_threads)
    predictions = {
        "threads with a GIL take turns": rate(threads) < MARGIN * rate(cells["threads", 1, True]),
        "processes have a GIL each": rate(processes) > MARGIN * rate(cells["processes", 1, True]),
        "a free-threaded interpreter has none": rate(free_threads) > MARGIN * rate(cells["threads", 1, False]),
        "so processes are faster than threads": rate(processes) > MARGIN * rate(threads),
    }
    wrong = [claim for claim, holds in predictions.items() if not holds]
    load = found["environment"]["load_other"]["high"]
    if wrong and load > QUIET:
        pytest.skip(f"other programs used up to {load:.0%} of the machine, so that this did not show: {wrong}")
    assert not wrong


def rate(cell: dict[str, Any]) -> float:
    """Return a cell's median throughput."""
    return float(cell["throughput_per_s"]["median"])


def gil_share(cell: dict[str, Any]) -> float:
    """Return the part of its workers' time in which a cell's tasks waited for the GIL."""
    ledger = cell["ledger_s"]
    return float(ledger["gil_wait"] / sum(value for value in ledger.values() if value))


def test_a_run_that_is_over_when_its_workers_have_only_begun_is_called_too_short(tmp_path: Path) -> None:
    # Each worker is in its first task when the time is over.
    steps = '[[workload.steps]]\nkind = "sleep"\nduration_ms = 60.0'
    found = compared(tmp_path, steps, "duration_s = 0.01", "--repeats", "1")
    (cell,) = found["cells"]
    assert cell["too_short"]
    assert "too short: all workers were busy only in the last 0 %" in cell["reason"]
    assert found["environment"]["short_runs"] == 1
