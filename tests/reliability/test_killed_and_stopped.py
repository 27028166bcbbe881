"""Processes that are killed or stopped: within seconds something is said, and nothing stays."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from engine.wire.client import Conductor
from tests.commands import conductor_of, started, wait_for_tasks
from tests.conducting import alive, experiment, facts_until, family, start, until_ended, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="where processes can be stopped, and are shown")
SOON_S = 6.0  # twice what a person waits for, on a machine that is busy with other tests


def endless(folder: Path, kind: str = "processes") -> Path:
    path = folder / "experiment.toml"
    path.write_text(
        'format = 1\n[workload]\nuntil_stopped = true\n[[workload.steps]]\nkind = "sleep"\nduration_ms = 5.0\n'
        f'[model]\nkind = "{kind}"\nworkers = 2\n',
        encoding="utf-8",
    )
    return path


def guard_of(conductor: psutil.Process) -> psutil.Process:
    return next(each for each in conductor.children() if any("guard_process" in part for part in each.cmdline()))


def test_a_run_that_is_not_kept_leaves_no_folder_when_its_command_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    with started(tmp_path / "data", "run", endless(tmp_path, "threads"), "--no-history") as command:
        wait_until(lambda: list((tmp_path / "tmp").glob("gilscope-*/runs/*/samples.jsonl")))
        command.kill()
        command.wait()
        wait_until(lambda: not list((tmp_path / "tmp").iterdir()), 20.0)


def test_a_stopped_guard_goes_on_when_its_conductor_is_killed(tmp_path: Path) -> None:
    with started(tmp_path / "data", "run", endless(tmp_path)) as command:
        wait_for_tasks(tmp_path / "data")
        conductor = conductor_of(command)
        guard, processes = guard_of(conductor), family(conductor.pid)
        guard.send_signal(signal.SIGSTOP)
        conductor.kill()
        began_s = time.monotonic()
        _, said = command.communicate(timeout=30)
        assert "the engine's conductor was killed by SIGKILL" in said
        wait_until(lambda: not any(alive(pid) for pid in processes), SOON_S)
        assert time.monotonic() - began_s < 2 * SOON_S


def test_a_guard_that_is_stopped_goes_on_while_its_conductor_lives() -> None:
    with Conductor() as conductor:
        guard = guard_of(psutil.Process(conductor.pid))
        guard.send_signal(signal.SIGSTOP)
        wait_until(lambda: guard.status() != psutil.STATUS_STOPPED, SOON_S)


def test_a_stopped_conductor_is_ended_by_ctrl_c_with_a_word(tmp_path: Path) -> None:
    with started(tmp_path / "data", "run", endless(tmp_path)) as command:
        wait_for_tasks(tmp_path / "data")
        conductor = conductor_of(command)
        processes = [conductor.pid, *family(conductor.pid)]
        conductor.send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=30)
        assert time.monotonic() - began_s < SOON_S
        assert "was suspended and did not answer, so it was killed" in said
        assert command.returncode == 130
        wait_until(lambda: not any(alive(pid) for pid in processes), SOON_S)


def test_a_service_that_is_killed_is_noted_with_the_time_and_its_failures_are_said() -> None:
    step = {"kind": "http-get", "delay_ms": 1.0, "response_kib": 1}
    with Conductor() as conductor:
        run_id = start(conductor, experiment([step], "threads", 2, duration_s=3.0))
        ticks = facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["done"] > 20)
        service = next(each["pid"] for each in ticks[-1]["processes"] if each["role"] == "service")
        os.kill(service, signal.SIGKILL)
        seen = until_ended(conductor)
        result = seen[-1]["result"]
    assert result["run_id"] == run_id
    notes = [note for note in result["notes"] if "http service ended" in note]
    assert len(notes) == 1
    assert "s after the start, and was started again" in notes[0]
    assert [mark["text"] for mark in result["marks"]] == ["http service ended"]
    assert result["tasks"]["done"] > 20
    if result["tasks"]["failed"]:
        assert any("%" in sentence and "fail" in sentence for sentence in result["insight"]), json.dumps(
            result["insight"]
        )
