"""`gilscope run` says what the window says, before the figures; and what a task takes with one worker alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.record.run_folder import RunFolder
from engine.wire.codec import plain
from tests.commands import gilscope_here

SLEEPERS = """
format = 1
title = "Sleepers"
[workload]
tasks = 60
[[workload.steps]]
kind = "sleep"
duration_ms = 20
[model]
kind = "threads"
workers = 6
"""
COUNTER = """
format = 1
[workload]
tasks = 30
[[workload.steps]]
kind = "shared-counter"
increments = 2000
update = "locked"
[model]
kind = "threads"
workers = 3
"""


@pytest.fixture
def sleepers(tmp_path: Path) -> Path:
    file = tmp_path / "sleepers.toml"
    file.write_text(SLEEPERS, encoding="utf-8")
    return file


def test_the_sentences_stand_before_the_figures(tmp_path: Path, sleepers: Path) -> None:
    done = gilscope_here(tmp_path / "data", "run", sleepers)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "each slept" in text
    assert "One task after the other would take about" in text
    assert text.index("each slept") < text.index("latency:")


def test_the_result_and_the_kept_run_have_the_same_sentences(tmp_path: Path, sleepers: Path) -> None:
    done = gilscope_here(tmp_path / "data", "run", sleepers, "--json")
    result = json.loads(done.stdout)
    assert any("each slept" in sentence for sentence in result["insight"])
    (folder,) = (tmp_path / "data" / "runs").iterdir()
    kept = plain(RunFolder(folder).result())
    assert kept is not None
    assert kept["insight"] == result["insight"]
    assert 0 <= result["cores"]["run"] < 1


def test_counters_are_told_as_expected_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "counter.toml"
    file.write_text(COUNTER, encoding="utf-8")
    done = gilscope_here(tmp_path / "data", "run", file, "--no-history")
    assert "Shared counter: all 60,000 updates were counted." in " ".join(done.stdout.split())


def test_one_worker_alone_is_run_when_asked_for(tmp_path: Path, sleepers: Path) -> None:
    done = gilscope_here(tmp_path / "data", "run", sleepers, "--alone", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["alone_task_cpu_s"] > 0
    refused = gilscope_here(tmp_path / "data", "run", sleepers, "--alone", "--workers", "1")
    assert refused.returncode == 2
    assert "--alone" in refused.stderr
