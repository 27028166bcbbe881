"""The event loop that an experiment asks for is the one that runs, or the run is refused; the executor's size too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from engine.wire.interpreter import Interpreter
from tests.engine_tests.host_runs import HostRun, run_host
from tests.interpreters import interpreter_with_uvloop

_NAMED = "import asyncio\n\nasync def task(item):\n    raise KeyError(type(asyncio.get_running_loop()).__module__)\n"
SHORT = {"kind": "sleep", "duration_ms": 5.0, "distribution": "constant"}


def own(source: str) -> dict[str, str]:
    return {"kind": "python", "source": source}


@pytest.fixture
def with_uvloop(tmp_path: Path) -> Interpreter:
    """Give an interpreter that has uvloop."""
    return interpreter_with_uvloop(tmp_path)


def loop_of(run: HostRun) -> str:
    """Return the module of the loop that ran tasks which fail by its name."""
    return str(run.errors[0]["message"]).strip("'")


def test_the_loop_that_is_asked_for_runs_the_tasks(with_uvloop: Interpreter) -> None:
    run = run_host([own(_NAMED)], "asyncio", interpreter=with_uvloop, options={"loop": "uvloop"}, tasks=4)
    assert loop_of(run.finished()).startswith("uvloop")
    assert not run.loops  # and what is not recorded is said
    assert any("is an estimate" in note for each in run.answers for note in each.get("notes", ()))
    run = run_host([own(_NAMED)], "asyncio", interpreter=with_uvloop, options={"loop": "asyncio"}, tasks=4)
    assert "uvloop" not in loop_of(run.finished())
    assert len(run.loops) == 1


def test_groups_and_stages_run_on_the_loop_that_is_asked_for(with_uvloop: Interpreter) -> None:
    parts = [{"name": name, "workers": 1, "steps": [own(_NAMED)]} for name in ("one", "two")]
    for shape in ("groups", "stages"):
        run = run_host([], "asyncio", interpreter=with_uvloop, options={"loop": "uvloop"}, tasks=4, **{shape: parts})
        assert loop_of(run.finished()).startswith("uvloop"), shape


@pytest.mark.skipif(importlib.util.find_spec("uvloop") is not None, reason="this Python has uvloop")
def test_without_uvloop_the_run_is_refused_at_its_key() -> None:
    run = run_host([SHORT], "asyncio", options={"loop": "uvloop"}, tasks=4)
    assert run.done["status"] == "failed"
    assert run.done["reason"].startswith("model.loop: this interpreter has no package uvloop: pip install uvloop")
    assert not run.lanes


def test_the_default_executor_is_as_large_as_is_asked_and_the_rest_waits_in_its_queue() -> None:
    options = {"default_executor_workers": 2}
    run = run_host([SHORT], "asyncio-threads", 8, options=options, tasks=40).finished()
    assert run.ended_tasks() == list(range(40))
    assert len(run.lanes) == 2
    run = run_host([SHORT], "asyncio-threads", 8, options={"default_executor_workers": 0}, tasks=40).finished()
    assert len(run.lanes) == 8


def test_what_waits_in_the_executors_queue_when_the_time_is_over_is_not_begun() -> None:
    options = {"default_executor_workers": 1}
    slow = {**SHORT, "duration_ms": 40.0}
    run = run_host([slow], "asyncio-threads", 50, options=options, duration_s=0.2).finished()
    records = run.records
    assert records["start_ns"].max() - records["start_ns"].min() < 0.4e9  # 50 queued tasks would take two seconds
