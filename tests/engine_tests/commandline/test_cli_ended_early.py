"""A run that is cut short, by the person or by a kill: it says so, keeps what was measured, and leaves no process."""

from __future__ import annotations

import csv
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.commands import conductor_of, gilscope_here, started, terminated_while_importing, wait_for_tasks
from tests.conducting import alive, family, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals on Windows")
GONE_S = 4.0  # two seconds are promised; a busy machine gets some more

LONG = """format = 1
title = "Long"
[workload]
until_stopped = true
[[workload.steps]]
kind = "sleep"
duration_ms = 5
[model]
kind = "{model}"
workers = 2
"""


# What the command does is the same whatever the run consists of; what the engine does, test_nothing_is_left tries.
in_threads = pytest.mark.parametrize("model", ["threads"])
in_processes = pytest.mark.parametrize("model", ["processes"])


@pytest.fixture
def long(tmp_path: Path, model: str) -> Path:
    file = tmp_path / "long.toml"
    file.write_text(LONG.format(model=model), encoding="utf-8")
    return file


def _exported_phases(data: Path, target: Path) -> int:
    done = gilscope_here(data, "export", "last", "--csv", target)
    assert done.returncode == 0, done.stderr
    with open(target / "phases.csv", encoding="utf-8", newline="") as file:
        return len(list(csv.DictReader(file)))


@pytest.mark.parametrize(
    ("model", "name"),
    [("threads", "SIGINT"), ("processes", "SIGINT"), ("processes", "SIGTERM"), ("threads", "SIGHUP")],
)
def test_an_interrupted_run_keeps_its_results(long: Path, tmp_path: Path, name: str) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    with started(data, "run", long, "--json", "--csv", out) as command:
        wait_for_tasks(data)
        left = family(command.pid)
        command.send_signal(signal.Signals[name])
        stdout, stderr = command.communicate(timeout=20)
    assert command.returncode == 130
    assert stderr == ""
    result = json.loads(stdout)
    assert result["status"] == "stopped"
    assert result["tasks"]["done"] > 0
    with open(out / "phases.csv", encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == result["trace"]["phases"]
    wait_until(lambda: not any(map(alive, left)), GONE_S)


@in_processes
def test_ctrl_c_in_a_terminal_reaches_the_whole_group(long: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", long, "--json") as command:
        wait_for_tasks(data)
        os.killpg(command.pid, signal.SIGINT)
        stdout, _ = command.communicate(timeout=20)
    assert command.returncode == 130
    assert json.loads(stdout)["status"] == "stopped"


@in_processes
def test_the_second_ctrl_c_ends_at_once(long: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", long) as command:
        wait_for_tasks(data)
        left = family(command.pid)
        # The conductor stands still, so the first request cannot be answered.
        conductor = conductor_of(command)
        conductor.suspend()
        command.send_signal(signal.SIGINT)
        command.send_signal(signal.SIGTERM)
        stdout, stderr = command.communicate(timeout=20)
    assert command.returncode == 130
    assert "Traceback" not in stderr
    assert "stopped: " in stdout
    wait_until(lambda: not any(map(alive, left)), GONE_S)


@in_processes
def test_a_killed_conductor_is_said_and_what_was_measured_is_kept(long: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", long, "--json", "--csv", tmp_path / "out") as command:
        wait_for_tasks(data)
        left = family(command.pid)
        conductor_of(command).kill()
        stdout, stderr = command.communicate(timeout=20)
    assert command.returncode == 1
    assert "gilscope: the engine's conductor was killed by SIGKILL" in stderr
    assert "Traceback" not in stderr
    result = json.loads(stdout)
    assert (result["status"], result["reason"]) == ("failed", "the engine's conductor was killed by SIGKILL")
    assert result["tasks"]["done"] > 0
    assert (tmp_path / "out" / "runs.csv").exists()
    assert _exported_phases(data, tmp_path / "again") >= result["tasks"]["done"]
    wait_until(lambda: not any(map(alive, left)), GONE_S)


@in_processes
def test_a_killed_command_leaves_no_process_and_an_exportable_run(long: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", long) as command:
        folder = wait_for_tasks(data)
        left = family(command.pid)
        command.kill()
        command.wait()
        wait_until(lambda: not any(map(alive, left)), GONE_S)
    assert _exported_phases(data, tmp_path / "out") > 0
    listed = json.loads(gilscope_here(data, "history", "--json").stdout)
    assert [(run["run_id"], run["status"]) for run in listed] == [(folder.name, "stopped")]


@in_processes
def test_command_and_conductor_killed_leave_an_exportable_run(long: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", long) as command:
        folder = wait_for_tasks(data)
        left = family(command.pid)
        conductor_of(command).kill()
        command.kill()
        command.wait()
        wait_until(lambda: not any(map(alive, left)), GONE_S)
    assert _exported_phases(data, tmp_path / "out") > 0
    listed = json.loads(gilscope_here(data, "history", "--json").stdout)
    assert [(run["run_id"], run["status"]) for run in listed] == [(folder.name, "failed")]


@in_threads
def test_a_killed_host_fails_the_run(long: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "run", long, "--json") as command:
        wait_for_tasks(data)
        hosts = [
            each
            for each in psutil.Process(command.pid).children(recursive=True)
            if "engine.host" in each.cmdline() and alive(each.pid)
        ]
        hosts[0].kill()
        stdout, _ = command.communicate(timeout=20)
    assert command.returncode == 1
    result = json.loads(stdout)
    assert result["status"] == "failed"
    assert "SIGKILL" in result["reason"]
    assert result["tasks"]["done"] > 0


def test_a_signal_while_the_command_begins_interrupts_it(tmp_path: Path) -> None:
    ended = terminated_while_importing("engine.commandline.verbs", tmp_path / "data", "history")
    assert (ended.returncode, ended.stderr) == (130, "gilscope: interrupted\n")
