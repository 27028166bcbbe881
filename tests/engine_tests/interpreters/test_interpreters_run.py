"""Every model under every interpreter of this machine: the engine's host needs nothing but its standard library."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy
import pytest

from engine import models
from engine.interpreters.interpreter import host_arguments, host_environment
from engine.record.lane_file import OK
from engine.wire.interpreter import Interpreter
from engine.workload import steps
from tests.engine_tests.host_runs import HostRun, default_options, run_host, small
from tests.interpreters import every_interpreter, usable_interpreters
from tests.source_tree import ROOT

TASKS = 8
MODELS = models.discover()
STEPS = [small(step) for key, step in steps.discover().items() if key not in ("http-get", "subprocess")]
KINDS = [step["kind"] for step in STEPS]

each_interpreter = pytest.mark.parametrize("interpreter", every_interpreter())


@functools.cache
def described(interpreter: Interpreter) -> dict[str, Any]:
    """Return what the host says of itself under an interpreter."""
    command = [interpreter.path, *host_arguments(interpreter), "-m", "engine.host", "--describe"]
    environment = host_environment(os.environ, ROOT, interpreter)
    answer = subprocess.run(command, env=environment, capture_output=True, timeout=30, cwd="/", check=True)
    assert answer.stderr == b""
    return dict(json.loads(answer.stdout))


def run_all_steps(model: str, interpreter: Interpreter) -> HostRun:
    options = default_options(MODELS[model])
    if "start_method" in options and "fork" in interpreter.start_methods and interpreter.version_info < (3, 12):
        options["start_method"] = "fork"  # fast; from 3.12 on it warns where there are threads
    return run_host(STEPS, model, 2, interpreter=interpreter, options=options, tasks=TASKS)


@each_interpreter
def test_the_host_describes_itself(interpreter: Interpreter) -> None:
    answer = described(interpreter)
    assert answer["python"]["version"] == interpreter.version
    assert answer["python"]["build"] == ("free-threaded" if interpreter.free_threaded else "default")
    assert answer["python"]["gil_enabled"] == interpreter.gil_enabled
    assert [each["key"] for each in answer["catalogue"]["models"]] == list(MODELS)
    assert [each["key"] for each in answer["catalogue"]["steps"]] == list(steps.discover())


@each_interpreter
@pytest.mark.parametrize("model", [key for key in MODELS if key != "dask"])  # a package that few have: see test_steps
def test_every_step_runs_once_for_every_task(model: str, interpreter: Interpreter) -> None:
    card = next(each for each in described(interpreter)["catalogue"]["models"] if each["key"] == model)
    run = run_all_steps(model, interpreter)
    if card["unavailable_reason"] is not None:
        assert run.done["status"] == "failed"
        assert run.done["reason"] == f"model.kind: {card['unavailable_reason']}"
        assert card["unavailable_reason"].endswith(".")
        return
    run.finished()
    assert run.answers[0]["python"]["version"] == interpreter.version
    assert run.done["gil_enabled"] == interpreter.gil_enabled
    assert (run.tasks_done, run.errors, run.output) == (TASKS, [], "")
    records = run.records
    assert ((records["flags"] & OK) != 0).all()
    for place, kind in enumerate(KINDS):
        assert sorted(records["task"][records["step"] == place].tolist()) == list(range(TASKS)), kind


@each_interpreter
def test_subinterpreters_are_there_since_3_12(interpreter: Interpreter) -> None:
    card = next(each for each in described(interpreter)["catalogue"]["models"] if each["key"] == "interpreters")
    reason = card["unavailable_reason"]
    if interpreter.implementation != "CPython":
        assert reason == "Only CPython has subinterpreters; this is another implementation."
    elif interpreter.version_info < (3, 12):
        version = "{}.{}".format(*interpreter.version_info)
        assert reason == f"Subinterpreters have a GIL of their own since Python 3.12; this is {version}."
    else:
        assert reason is None
        assert card["experimental"] == (interpreter.version_info < (3, 14))


def test_the_app_s_own_packages_are_on_no_other_interpreter_s_path() -> None:
    source = "import sys\ndef task(item):\n    print(*sys.path, sep='\\n')\n"
    own = str(Path(numpy.__file__).parents[1])
    for interpreter in usable_interpreters()[1:]:
        options = {"start_method": "spawn"}
        steps = [{"kind": "python", "source": source}]
        for run in (
            run_host(steps, "sequential", interpreter=interpreter, tasks=1),
            run_host(steps, "processes", interpreter=interpreter, tasks=1, options=options),
        ):
            path = run.finished().output.splitlines()
            assert str(ROOT) in path
            assert own not in path
