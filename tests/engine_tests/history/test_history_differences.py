"""Two runs beside each other: what differed is told once, by its key's path; figures with their ratio."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from engine.history.difference_text import SAME, ratio_text, value_text
from engine.history.differences import Difference, KeptRun, RunFigure, differences, figures, kept_run, ledgers
from engine.history.store import Store
from engine.record.run_folder import RunFolder, RunFolderError
from tests.commands import gilscope, gilscope_here
from tests.run_folders import EXPERIMENT, make_result, make_run

MACHINE = {"cores": 2, "cpu_mhz": 2000.0, "power_source": "mains", "memory_bytes": 8_000_000_000}
PYTHON = {"path": "/usr/bin/python", "version": "3.13.0", "implementation": "CPython", "gil_enabled": True}


def run(number: int = 1, **environment: Any) -> KeptRun:
    """Return a run; each has an id, a time and a clock of its own."""
    about = {"run_id": f"r{number}", "time": f"2026-11-22T20:00:0{number}", "run_start_ns": number, "machine": MACHINE}
    whole = {**about, "interpreter": PYTHON, "load": {"average_1min": 0.5}, "app": {"pid": number}, **environment}
    return KeptRun(f"r{number}", copy.deepcopy(EXPERIMENT), whole, {**make_result(f"r{number}"), "load_other": 0.02})


def changed(one: KeptRun, **workload: Any) -> KeptRun:
    experiment = {**one.experiment, "workload": {**one.experiment["workload"], **workload}}
    return KeptRun(one.run_id, experiment, one.environment, one.result)


def keys(one: KeptRun, other: KeptRun) -> list[tuple[str, Any, Any]]:
    return [(each.key, each.one, each.other) for each in differences(one, other)]


def test_the_same_twice_differs_in_nothing() -> None:
    assert differences(run(1), run(2)) == []


def test_keys_of_the_experiment_have_the_paths_of_its_file() -> None:
    steps = copy.deepcopy(EXPERIMENT["workload"]["steps"])
    steps[1]["below"] = 20
    del steps[2]
    assert keys(run(1), changed(run(2), steps=steps, duration_s=2.0)) == [
        ("workload.steps[1].below", 10, 20),
        ("workload.steps[2]", {"kind": "sleep"}, None),
        ("workload.duration_s", None, 2.0),
    ]


def test_the_environment_follows_with_interpreter_machine_and_power() -> None:
    other = run(2, machine={**MACHINE, "cores": 4, "power_source": "battery"})
    python = {**PYTHON, "version": "3.13.5", "gil_enabled": False}
    result = {**other.result, "interpreter": python}
    other = KeptRun("r2", {**other.experiment, "title": "Another"}, other.environment, result)
    found = differences(run(1), other)
    assert [each.part for each in found] == ["experiment", *["environment"] * 4]
    assert [each.key for each in found] == [
        "title",
        "interpreter.version",
        "interpreter.gil_enabled",
        "machine.cores",
        "machine.power_source",
    ]


@pytest.mark.parametrize(
    ("key", "near", "far"),
    [
        ("machine.cpu_mhz", {"machine": {**MACHINE, "cpu_mhz": 1950.0}}, {"machine": {**MACHINE, "cpu_mhz": 1500.0}}),
        ("load.average_1min", {"load": {"average_1min": 0.8}}, {"load": {"average_1min": 2.5}}),
    ],
)
def test_what_varies_by_itself_is_told_where_it_is_much(key: str, near: Any, far: Any) -> None:
    assert keys(run(1), run(2, **near)) == []
    assert [each.key for each in differences(run(1), run(2, **far))] == [key]


def test_what_one_run_does_not_tell_is_a_difference_without_a_value() -> None:
    unknown = run(2, machine={**MACHINE, "cpu_mhz": None})
    assert keys(run(1), unknown) == [("machine.cpu_mhz", 2000.0, None)]


def test_figures_have_their_ratio_where_there_is_one() -> None:
    one, other = run(1), run(2)
    result = {**other.result, "throughput_per_s": 12.0, "startup_s": None}
    other = KeptRun("r2", other.experiment, other.environment, result)
    found = {each.key: each for each in figures(one, other)}
    assert found["throughput_per_s"].ratio == 2.0
    assert (found["startup_s"].one, found["startup_s"].other, found["startup_s"].ratio) == (0.1, None, None)
    assert found["tasks.failed"].ratio is None
    assert next(iter(found)) == "throughput_per_s"


def test_ledgers_are_shares_and_leave_out_what_neither_knew() -> None:
    found = ledgers(run(1), run(2))
    assert "ledger_s.cpu_wait" not in {each.key for each in found}
    assert sum(each.one or 0.0 for each in found) == pytest.approx(1.0)


def test_values_are_said_in_a_line() -> None:
    assert value_text(Difference("experiment", "a", None, 1), None) == "–"
    assert value_text(Difference("environment", "machine.memory_bytes", 1, 2), 8e9) == "8.0 GB"
    assert value_text(Difference("environment", "interpreter.gil_enabled", True, False), False) == "no"
    step = {"kind": "sleep", "duration_ms": 2.0}
    assert value_text(Difference("experiment", "workload.steps[1]", None, step), step) == "sleep duration_ms 2.0"
    source = "def task(item):\n    return item\n" * 9
    assert value_text(Difference("experiment", "workload.steps[0].source", source, ""), source).endswith("…")
    assert [ratio_text(each) for each in (None, 1.5, 1234.0)] == ["–", "1.50×", "1,234×"]
    assert RunFigure("a", "A", "s", 0.0, 1.0).ratio is None


def test_a_run_without_a_result_cannot_be_compared(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "result.json").unlink()
    with pytest.raises(RunFolderError, match="no result yet"):
        kept_run(RunFolder(folder))


def test_the_command_line_shows_two_runs(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for run_id, rate in (("a1", 6.0), ("b2", 9.0)):
            make_run(store.folder_of(run_id), throughput_per_s=rate)
            store.add(run_id)
    made = gilscope(tmp_path, "history", "--diff", "a1", "b2")
    assert made.stdout.startswith(SAME)
    (line,) = [each for each in made.stdout.splitlines() if each.startswith("Tasks a second")]
    assert line.split() == ["Tasks", "a", "second", "6", "tasks/s", "9", "tasks/s", "1.50×"]
    as_json = json.loads(gilscope_here(tmp_path, "history", "--diff", "b2", "a1", "--json").stdout)
    assert (as_json["runs"], as_json["differences"]) == (["b2", "a1"], [])
    assert as_json["figures"][0] == {
        "key": "throughput_per_s",
        "unit": "1/s",
        "values": [9.0, 6.0],
        "ratio": pytest.approx(2 / 3),
    }
    assert gilscope_here(tmp_path, "history", "--diff", "a1", "c3").returncode == 2
    wrong = gilscope_here(tmp_path, "history", "a1", "--diff", "a1", "b2")
    assert (wrong.returncode, "--diff: takes two runs" in wrong.stderr) == (2, True)
