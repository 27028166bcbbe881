"""`gilscope run` on real work: the examples, the overrides, the result and what is kept of it."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.history.store import Store
from engine.resources_path import resources_path
from engine.wire.client import Conductor
from engine.wire.protocol import LEDGER_STATES
from engine.workload import experiment_file
from engine.workload.group import numbered_steps
from tests.commands import gilscope, gilscope_here
from tests.conducting import experiment, run

EXAMPLES = sorted(resources_path("experiments").glob("*.toml"))
KEYS = {
    "run_id": str,
    "status": str,
    "reason": (str, type(None)),
    "model": str,
    "workers": list,
    "worker_count": int,
    "interpreter": dict,
    "tasks": dict,
    "elapsed_s": float,
    "startup_s": float,
    "throughput_per_s": float,
    "latency_s": dict,
    "processes": dict,
    "ledger_s": dict,
    "cores": dict,
    "trace": dict,
}
FAILING = """
format = 1
[workload]
tasks = 20
[[workload.steps]]
kind = "python"
source = '''
def task(item):
    print("task", item)
    if item % 2:
        raise ValueError(f"odd {item}")
'''
[model]
kind = "sequential"
"""


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    return _quick(tmp_path)


def _quick(folder: Path) -> Path:
    file = folder / "quick.toml"
    file.write_text(
        'format = 1\ntitle = "Quick"\n[workload]\ntasks = 40\n[[workload.steps]]\nkind = "sleep"\nduration_ms = 2\n'
        '[model]\nkind = "threads"\nworkers = 2\n',
        encoding="utf-8",
    )
    return file


def _result(data: Path, *arguments: str | Path, here: bool = True) -> dict[str, Any]:
    done = (gilscope_here if here else gilscope)(data, "run", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One run of all that is asked for at once, for the tests that look at what came of it; and where that is."""
    folder = tmp_path_factory.mktemp("once")
    where = ("--csv", folder / "out", "--trace", folder / "trace.json")
    return folder, _result(folder / "data", _quick(folder), "--interpreter", sys.executable, *where, here=False)


def test_there_are_examples_enough_for_a_teacher() -> None:
    assert len(EXAMPLES) >= 6


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        run(conductor, experiment([{"kind": "http-get"}], tasks=1))  # its service lives as long as it does
        yield conductor


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.stem)
def test_every_example_runs(conductor: Conductor, example: Path) -> None:
    given = experiment_file.read(str(example))
    has_code = any(step["kind"] == "python" for step in numbered_steps(given["workload"]))
    workload = {key: value for key, value in given["workload"].items() if key not in ("tasks", "until_stopped")}
    for duration_s in (0.5, 2.0, 8.0):  # on a busy machine nothing may come through a pipeline in the shortest
        result = run(conductor, {**given, "workload": {**workload, "duration_s": duration_s}}, trust=has_code)
        assert result["status"] == "finished"
        assert result["tasks"]["failed"] == 0
        if result["tasks"]["done"]:
            break
    assert result["tasks"]["done"] > 0
    wall_s = result["elapsed_s"] * result["workers"]
    # On a machine that is busy enough no thread was looked at in half a second: then what is not known is in the rest.
    assert sum(value or 0.0 for value in result["ledger_s"].values()) == pytest.approx(wall_s, rel=0.02)


def test_an_example_runs_by_command(tmp_path: Path) -> None:
    result = _result(tmp_path, EXAMPLES[0], "--duration", "0.5", "--no-history", here=False)
    assert (result["status"], result["tasks"]["failed"]) == ("finished", 0)
    assert result["tasks"]["done"] > 0


def test_the_result_has_every_promised_key(once: tuple[Path, dict[str, Any]]) -> None:
    _, result = once
    for key, kind in KEYS.items():
        assert isinstance(result[key], kind), key
    assert {"path", "version", "implementation", "gil_enabled"} <= set(result["interpreter"])
    assert result["tasks"] == {"done": 40, "failed": 0}
    assert {"mean", "p50", "p90", "p99", "max"} <= set(result["latency_s"])
    assert {"peak", "threads_peak", "rss_peak_bytes"} <= set(result["processes"])
    assert list(result["ledger_s"]) == list(LEDGER_STATES)
    assert result["trace"] == {"phases": 40, "dropped": 0}
    assert 0.002 <= result["latency_s"]["p50"] <= result["latency_s"]["max"]


def test_a_report_tells_the_same_to_a_person(quick: Path, tmp_path: Path) -> None:
    done = gilscope(tmp_path, "run", quick)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "Quick: threads, 2 workers, CPython" in done.stdout
    assert "finished: 40 tasks done in" in done.stdout
    assert "waiting for I/O" in done.stdout


def test_options_take_the_place_of_what_the_file_says(quick: Path, tmp_path: Path) -> None:
    options = ("--model", "thread-pool", "--workers", "3", "--tasks", "7")
    result = _result(tmp_path, quick, *options)
    assert (result["model"], result["worker_count"], result["tasks"]["done"]) == ("thread-pool", 3, 7)
    workers = result["workers"]
    assert 1 <= len(workers) <= 3
    assert sum(worker["tasks"] for worker in workers) == 7
    assert all(worker.keys() >= {"name", "group", "pid", "tid", "ledger_s", "waits_s"} for worker in workers)
    assert result["experiment"]["workload"]["tasks"] == 7
    result = _result(tmp_path, quick, "--duration", "0.2")
    assert result["experiment"]["workload"]["duration_s"] == 0.2
    assert "tasks" not in result["experiment"]["workload"]


def test_an_interpreter_s_path_is_what_runs(once: tuple[Path, dict[str, Any]]) -> None:
    _, result = once
    assert result["interpreter"]["path"] == sys.executable


def test_a_run_is_exported_and_kept(once: tuple[Path, dict[str, Any]]) -> None:
    folder, result = once
    with open(folder / "out" / "phases.csv", encoding="utf-8", newline="") as file:
        phases = list(csv.DictReader(file))
    assert sorted(int(row["task"]) for row in phases) == list(range(40))
    assert {row["lane"] for row in phases} == {"0", "1"}
    with open(folder / "out" / "runs.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["run_id"], float(row["throughput_per_s"])) == (result["run_id"], result["throughput_per_s"])
    trace = json.loads((folder / "trace.json").read_text(encoding="utf-8"))
    assert sum(event["ph"] == "X" for event in trace["traceEvents"]) == 40
    with Store(folder / "data") as store:
        assert [run.run_id for run in store.runs()] == [result["run_id"]]


def test_without_history_nothing_is_kept(quick: Path, tmp_path: Path) -> None:
    result = _result(tmp_path / "data", quick, "--no-history", "--csv", tmp_path / "out")
    assert (tmp_path / "out" / "runs.csv").exists()
    assert not (tmp_path / "data").exists()
    assert result["status"] == "finished"


def test_failing_tasks_are_counted_and_the_first_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "failing.toml"
    file.write_text(FAILING, encoding="utf-8")
    result = _result(tmp_path / "data", file, "--trust")
    assert result["tasks"] == {"done": 10, "failed": 10}
    assert result["errors"]["count"] == 10
    done = gilscope(tmp_path / "data", "run", file, "--trust")
    assert "first failure in task 1, step 1 (python): ValueError: odd 1" in done.stdout
    assert "line 4, in task" in done.stdout
    assert done.stderr.split("\n")[:2] == ["task 0", "task 1"]
    assert "task 0" not in done.stdout.split("\n")


def test_a_workload_that_ends_its_host_fails_and_keeps_what_was_measured(tmp_path: Path) -> None:
    file = tmp_path / "deadly.toml"
    source = "import os\ndef task(item):\n    if item == 5: os._exit(3)\n"
    file.write_text(FAILING.replace(FAILING.split("'''")[1], f"\n{source}"), encoding="utf-8")
    done = gilscope(tmp_path / "data", "run", file, "--trust", "--json", "--csv", tmp_path / "out")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert result["status"] == "failed"
    assert "3" in result["reason"]
    assert result["tasks"]["done"] == 5
    with open(tmp_path / "out" / "phases.csv", encoding="utf-8", newline="") as opened:
        assert len(list(csv.DictReader(opened))) == 5


def test_a_message_that_is_no_unicode_is_printed_escaped(tmp_path: Path) -> None:
    file = tmp_path / "half.toml"
    file.write_text(FAILING.replace('f"odd {item}"', r'"half \ud800"'), encoding="utf-8")
    done = gilscope(tmp_path / "data", "run", file, "--json", "--trust", "--no-history")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["errors"]["first"]["message"] == "half \ud800"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_run_whose_tasks_fork_and_go_on_in_both_processes_ends(tmp_path: Path) -> None:
    file = tmp_path / "forks.toml"
    head, _, rest = FAILING.partition("def task")
    text = head + "import os\ndef task(item):\n    os.fork()\n" + rest[rest.index("'''") :]
    text = text.replace("tasks = 20", "tasks = 4").replace('"sequential"', '"threads"\nworkers = 2')
    file.write_text(text, encoding="utf-8")
    done = gilscope(tmp_path / "data", "run", file, "--json", "--trust")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "finished"
