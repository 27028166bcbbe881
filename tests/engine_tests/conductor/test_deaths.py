"""A process that dies in a run: it is named under every model, with the signal that killed it and the task it had."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.ledger.deaths import death_sentence
from engine.models import discover
from engine.wire.client import Conductor
from engine.wire.result import DeathResult, TaskUnderWay
from engine.wording.signal_names import signal_name
from tests.conducting import code, experiment, run

KINDS = sorted(key for key, model in discover().items() if model.unavailable() is None)
IN_HOST = ("threads", "thread-pool", "sequential", "asyncio", "asyncio-threads", "interpreters")


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
@pytest.mark.parametrize("kind", KINDS)
def test_process_signal_and_task_are_named(conductor: Conductor, kind: str) -> None:
    awaits = discover()[kind].card.is_async
    source = (
        f"import asyncio, os, time\n{'async ' if awaits else ''}def task(item):\n"
        f"    {'await asyncio.sleep(.02)' if awaits else 'time.sleep(.02)'}\n"
        "    if item == 7:\n        os.kill(os.getpid(), 9)\n"
    )
    result = run(conductor, experiment([code(source)], kind, 3, tasks=40))
    assert result["status"] == "failed"
    death = result["deaths"][0]
    assert death["signal"] == "SIGKILL"
    assert death["exit_code"] is None
    assert f"(pid {death['pid']}) was killed by SIGKILL" in result["reason"]
    if kind == "dask":  # its tasks come back with their results: of one that never did, the number is not known
        return
    assert (death["process"] == "MainProcess") == (kind in IN_HOST)
    assert 7 in [each["task"] for each in death["tasks"]]
    assert "task 7" in result["reason"]


def test_a_run_in_which_nobody_dies_names_nobody(conductor: Conductor) -> None:
    result = run(conductor, experiment([{"kind": "sleep", "duration_ms": 1.0}], "process-pool", 2, tasks=10))
    assert (result["status"], result["deaths"]) == ("finished", [])
    assert result["processes"]["at_least"] is False


@pytest.mark.parametrize("step", [{"kind": "subprocess", "duration_ms": 5.0}, code("def task(item):\n    pass\n")])
def test_where_tasks_may_start_processes_at_least_so_many_are_told(conductor: Conductor, step: dict[str, Any]) -> None:
    processes = run(conductor, experiment([step], "threads", 2, tasks=4))["processes"]
    assert processes["at_least"] is True
    assert processes["peak"] >= 1


def test_what_is_said_of_a_death() -> None:
    death = DeathResult(12, "SpawnProcess-2", exit_code=3)
    assert death_sentence(death) == "SpawnProcess-2 (pid 12) ended with exit code 3"
    tasks = tuple(TaskUnderWay(f"Thread-{number}", number) for number in range(6))
    said = death_sentence(replace(death, signal="SIGSEGV", tasks=tasks))
    assert said.startswith("SpawnProcess-2 (pid 12) was killed by SIGSEGV; under way were task 0 of Thread-0, ")
    assert said.endswith(" and 2 others")
    assert signal_name(int(signal.SIGTERM)) == "SIGTERM"
    assert signal_name(250) == "signal 250"


@pytest.mark.skipif(sys.platform == "win32", reason="a mapping does not keep its file open there")
def test_a_task_that_closes_all_descriptors_spoils_no_file_and_no_figure(conductor: Conductor, tmp_path: Path) -> None:
    """What is opened next gets the numbers of the descriptors that were closed, as where a program daemonizes."""
    own = tmp_path / "own"
    source = (
        "import os, time\ndef task(item):\n    if item == 5:\n        os.closerange(3, 200)\n"
        f"        for number in range(20):\n            os.open({str(own)!r} + str(number), os.O_CREAT | os.O_RDWR)\n"
    )
    result = run(conductor, experiment([code(source)], "threads", 1, tasks=60_000))
    assert [file.stat().st_size for file in tmp_path.glob("own*")] == [0] * 20, "something was written into them"
    assert result["tasks"]["done"] == 60_000
    assert len(result["lanes"]) == 1
    assert result["trace"]["dropped"] == 0
