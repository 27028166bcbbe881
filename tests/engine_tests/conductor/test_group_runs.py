"""Groups as they run: under every model that can, in real processes, each with its own figures."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from engine import models
from engine.wire.client import Conductor
from engine.workload.group import group_names
from tests.commands import gilscope
from tests.conducting import run

MODELS = {key: model.card for key, model in models.discover().items()}
ABLE = [key for key, card in MODELS.items() if not card.no_groups]
SLEEPERS = {"name": "sleepers", "workers": 2, "tasks": 10, "steps": [{"kind": "sleep", "duration_ms": 2.0}]}
COUNTERS = {
    "name": "counters",
    "workers": 1,
    "tasks": 6,
    "steps": [{"kind": "count-primes", "below": 1000}, {"kind": "sha256", "size_kib": 1}],
}


def experiment(model: str, *groups: dict[str, Any], **workload: Any) -> dict[str, Any]:
    """Return an experiment of groups in its file's shape."""
    return {"format": 1, "title": "Groups", "workload": {**workload, "groups": list(groups)}, "model": {"kind": model}}


@pytest.mark.parametrize("model", ABLE)
def test_each_group_does_its_own_tasks_and_no_other(model: str) -> None:
    if models.load(model).unavailable():
        pytest.skip("this interpreter cannot run it")
    with Conductor() as conductor:
        result = run(conductor, experiment(model, SLEEPERS, COUNTERS))
    assert result["status"] == "finished", result["reason"]
    sleepers, counters = result["groups"]
    assert (sleepers["name"], counters["name"]) == ("sleepers", "counters")
    assert sleepers["tasks"] == {"done": 10, "failed": 0}
    assert counters["tasks"] == {"done": 6, "failed": 0}
    assert result["tasks"] == {"done": 16, "failed": 0}
    assert result["trace"]["phases"] == 10 + 2 * 6
    assert sleepers["latency_s"]["p50"] >= 0.002
    # The ledger of the groups is the run's, divided.
    for state, seconds in result["ledger_s"].items():
        parts = [group["ledger_s"][state] for group in result["groups"]]
        assert seconds is None or sum(parts) == pytest.approx(seconds, abs=1e-3), state


def test_a_group_that_fails_is_told_from_one_that_does_not() -> None:
    failing = {**COUNTERS, "name": "failing", "steps": [{"kind": "python", "source": "def task(item):\n    1 / 0\n"}]}
    with Conductor() as conductor:
        result = run(conductor, experiment("threads", SLEEPERS, failing))
    assert [group["tasks"] for group in result["groups"]] == [{"done": 10, "failed": 0}, {"done": 0, "failed": 6}]
    assert result["errors"]["first"]["kind"] == "python"


def test_a_worker_that_dies_ends_the_run_of_every_group() -> None:
    dying = {
        "name": "dying",
        "workers": 1,
        "steps": [{"kind": "python", "source": "import os\ndef task(item):\n    os._exit(3)\n"}],
    }
    endless = {**SLEEPERS, "tasks": 1_000_000}
    with Conductor() as conductor:
        result = run(conductor, experiment("processes", endless, dying))
    assert result["status"] == "failed"
    assert "exit code 3" in result["reason"]
    assert result["groups"][0]["tasks"]["done"] < 1_000_000


def test_groups_with_a_rate_of_their_own_arrive_at_it() -> None:
    steady = {**SLEEPERS, "tasks": 40, "arrival_per_s": 100.0}
    with Conductor() as conductor:
        result = run(conductor, experiment("thread-pool", steady, {**COUNTERS, "tasks": 5}))
    assert [group["tasks"]["done"] for group in result["groups"]] == [40, 5]
    assert result["elapsed_s"] > 0.1  # 40 arrivals at 100 a second; 10 ms of work


def test_a_group_that_never_awaits_keeps_the_loop_from_the_others() -> None:
    with Conductor() as conductor:
        result = run(conductor, experiment("asyncio", {**COUNTERS, "tasks": 100_000}, SLEEPERS, duration_s=0.4))
    counters, sleepers = result["groups"]
    assert counters["tasks"]["done"] > 0
    assert sleepers["tasks"]["done"] <= 2
    assert sleepers["ledger_s"]["loop_wait"] > 0.5 * sum(sleepers["ledger_s"].values())


def test_the_exports_name_the_group(tmp_path: Path) -> None:
    file = tmp_path / "groups.toml"
    file.write_text(
        """format = 1
[workload]
tasks = 5
[[workload.groups]]
name = "short"
workers = 2
[[workload.groups.steps]]
kind = "sleep"
duration_ms = 1.0
[[workload.groups]]
name = "long"
[[workload.groups.steps]]
kind = "sleep"
duration_ms = 5.0
[model]
kind = "threads"
""",
        encoding="utf-8",
    )
    ended = gilscope(tmp_path / "data", "run", file, "--workers", "long=3", "--csv", tmp_path / "csv")
    assert ended.returncode == 0, ended.stderr
    assert "threads, 5 workers" in ended.stdout
    with open(tmp_path / "csv" / "phases.csv", encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert sorted(row["group"] for row in rows) == ["long"] * 5 + ["short"] * 5
    assert {row["step"] for row in rows if row["group"] == "long"} == {"sleep#2"}
    with open(tmp_path / "csv" / "runs.csv", encoding="utf-8", newline="") as text:
        [run_row] = csv.DictReader(text)
    assert run_row["workload_groups"] == "short x 2 + long x 3"
    assert run_row["workers"] == "5"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--workers", "3"), "--workers: each group says its own here: give NAME=N"),
        (("--workers", "nobody=2"), "no group of this file is called 'nobody' (sleepers, counters)"),
        (("--model", "process-pool"), None),
    ],
)
def test_the_command_line_changes_one_group(tmp_path: Path, arguments: tuple[str, ...], words: str | None) -> None:
    from engine.workload import experiment_file

    file = tmp_path / "groups.toml"
    experiment_file.write(file, experiment("threads", SLEEPERS, COUNTERS))
    ended = gilscope(tmp_path / "data", "run", file, *arguments, "--no-history")
    assert ended.returncode == (0 if words is None else 2)
    assert words is None or words in ended.stderr


def test_groups_are_not_forked_beside_each_others_threads() -> None:
    data = experiment("process-pool", SLEEPERS, COUNTERS)
    data["model"]["start_method"] = "fork"
    with Conductor() as conductor:
        result = run(conductor, data)
    assert result["status"] == "failed"
    assert "model.start_method: must be spawn or forkserver" in result["errors"]["first"]["message"]
    assert group_names(data["workload"]) == ["sleepers", "counters"]
