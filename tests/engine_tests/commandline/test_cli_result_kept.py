"""What is known of a run is printed, whatever went wrong after it: its folder is gone, or its conductor."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.commands import conductor_of, gilscope, started, terminated_while_importing
from tests.conducting import alive, family, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals on Windows")
REMOVES = """format = 1
title = "Removes"
[workload]
tasks = 60
[[workload.steps]]
kind = "python"
source = '''
import os, shutil, time

def task(item):
    time.sleep(0.01)
    if item == 40:
        shutil.rmtree(os.path.dirname(os.getcwd()))
'''
[model]
kind = "threads"
workers = 2
"""
SHORT = """format = 1
title = "Short"
[workload]
tasks = 20
[[workload.steps]]
kind = "sleep"
duration_ms = 1
[model]
kind = "threads"
workers = 2
"""


@pytest.mark.parametrize("with_csv", [True, False])
def test_a_run_that_removes_its_folder_still_has_a_result(tmp_path: Path, with_csv: bool) -> None:
    file = tmp_path / "removes.toml"
    file.write_text(REMOVES, encoding="utf-8")
    csv = ["--csv", str(tmp_path / "out")] if with_csv else []
    done = gilscope(tmp_path / "data", "run", file, "--trust", "--json", *csv)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "failed"
    assert "its result could not be made" in result["reason"]
    assert (result["model"], result["worker_count"], result["title"]) == ("threads", 2, "Removes")
    assert 0 < result["tasks"]["done"] <= 60
    assert {"mean", "p50", "p90", "p99", "max"} <= result["latency_s"].keys()
    assert set(result["latency_s"].values()) == {None}
    assert not (tmp_path / "out").exists()


def test_a_run_that_removes_its_folder_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "removes.toml"
    file.write_text(REMOVES, encoding="utf-8")
    done = gilscope(tmp_path / "data", "run", file, "--trust")
    assert done.returncode == 1
    assert "Removes: threads, 2 workers" in done.stdout
    assert "its result could not be made" in done.stdout


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        ("command told", 130, "could not be measured: it was ended"),
        ("conductor killed", 1, "could not be measured: the engine's conductor was killed by SIGKILL"),
    ],
)
def test_a_measurement_that_is_cut_short_leaves_the_runs_result(tmp_path: Path, end: str, code: int, said: str) -> None:
    file, data = tmp_path / "short.toml", tmp_path / "data"
    file.write_text(SHORT, encoding="utf-8")
    with started(data, "run", file, "--json", "--observer-cost") as command:
        wait_until(lambda: any("--overhead" in words for words in map(_words, family(command.pid))))
        left = family(command.pid)
        ends: dict[str, Callable[[], object]] = {
            "command told": lambda: command.send_signal(signal.SIGTERM),
            "conductor killed": lambda: os.kill(conductor_of(command).pid, signal.SIGKILL),
        }
        ends[end]()
        stdout, stderr = command.communicate(timeout=20)
    assert command.returncode == code
    assert stderr.count("\n") == 1
    assert said in stderr
    result = json.loads(stdout)
    assert (result["status"], result["tasks"]["done"], result["observer_cost"]) == ("finished", 20, None)
    wait_until(lambda: not any(map(alive, left)), 4.0)


def _words(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def test_a_signal_while_a_run_is_exported_leaves_its_result(tmp_path: Path) -> None:
    file, out = tmp_path / "short.toml", tmp_path / "out"
    file.write_text(SHORT, encoding="utf-8")
    arguments = ("run", file, "--json", "--csv", out)
    ended = terminated_while_importing("engine.history.csv_export", tmp_path / "data", *arguments)
    assert ended.returncode == 130
    assert ended.stderr == "gilscope: interrupted before all was exported\n"
    assert json.loads(ended.stdout)["tasks"]["done"] == 20
    assert not out.exists()
