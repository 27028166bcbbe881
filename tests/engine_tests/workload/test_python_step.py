"""The user's own function: whatever it does, the run says so, keeps what was measured, and nothing is taken over."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from engine import models
from engine.wire.interpreter import Interpreter
from engine.workload.errors import ExperimentError
from engine.workload.steps.python import DEFAULT_SOURCE, check_source
from tests.engine_tests.host_runs import HostRun, quick_options, run_host
from tests.interpreters import every_interpreter

KEYS = ("threads", "thread-pool", "asyncio", "asyncio-threads", "processes", "process-pool")
MODELS = [(key, quick_options(models.load(key))) for key in KEYS]
each_model = pytest.mark.parametrize(("model", "options"), MODELS, ids=KEYS)
few_models = pytest.mark.parametrize(("model", "options"), MODELS[::2], ids=KEYS[::2])


def run(source: str, model: str = "threads", **given: Any) -> HostRun:
    return run_host([{"kind": "python", "source": source}], model, **given)


@each_model
def test_one_that_exits_has_failed_and_the_run_goes_on(model: str, options: dict[str, Any]) -> None:
    source = "import sys\ndef task(item):\n    if item in (3, 8):\n        sys.exit('enough')\n"
    found = run(source, model, options=options).finished()
    assert found.failed_tasks() == [3, 8]
    assert found.tasks_done == 10
    assert {(error["type"], error["message"]) for error in found.errors} == {("SystemExit", "enough")}


@each_model
def test_one_that_prints_a_megabyte(model: str, options: dict[str, Any]) -> None:
    source = (
        "import os, sys\n"
        "def task(item):\n"
        "    line = '\\N{SNOWMAN}' + 'x' * 98\n"
        "    for _ in range(1000):\n"
        "        print(line)\n"
        '    print(\'{"type": "done", "status": "failed"}\', file=sys.stderr)\n'
        '    os.write(1, b\'{"type": "done"}\\n\')\n'
    )
    found = run(source, model, options=options).finished()
    assert found.tasks_done == 12
    assert found.output.count("x" * 98) == 12_000
    assert found.output.count("\N{SNOWMAN}") == 12_000
    assert found.output.count('"done"') == 24  # none of it was taken for an answer of the host's


@few_models
def test_an_error_that_cannot_say_what_it_is_is_counted_like_any_other(model: str, options: dict[str, Any]) -> None:
    source = "class Mute(Exception):\n    def __str__(self):\n        raise self\ndef task(item):\n    raise Mute\n"
    found = run(source, model, options=options).finished()
    assert len(found.failed_tasks()) == 12
    assert {error["type"] for error in found.errors} == {"Mute"}


@pytest.mark.parametrize("error", ["KeyboardInterrupt('x')", "GeneratorExit('x')", "asyncio.CancelledError('x')"])
@few_models
def test_one_that_raises_what_ends_a_program_fails_the_run(model: str, options: dict[str, Any], error: str) -> None:
    source = f"import asyncio\ndef task(item):\n    if item == 5:\n        raise {error}\n"
    found = run(source, model, options=options, tasks=40)
    assert found.done["status"] == "failed", found.story()
    assert found.done["reason"]
    assert found.tasks_done >= 1


@pytest.mark.parametrize(("statement", "code"), [("os._exit(5)", 5), ("os.kill(os.getpid(), 9)", -signal.SIGKILL)])
def test_one_that_ends_the_host_leaves_what_was_measured(statement: str, code: int) -> None:
    source = f"import os\ndef task(item):\n    if item == 9:\n        {statement}\n"
    found = run(source, "sequential")
    assert found.code == code
    assert found.ended_tasks() == list(range(9))
    assert "done" not in [each["type"] for each in found.answers]


@pytest.mark.parametrize("statement", ["sys.stdout = sys.stderr = None", "sys.stdout = None", "sys.stdout.close()"])
@few_models
def test_one_that_takes_its_streams_away_has_done_no_harm(model: str, options: dict[str, Any], statement: str) -> None:
    source = f"import sys\ndef task(item):\n    {statement}\n"
    assert run(source, model, options=options).finished().tasks_done == 12


def test_one_that_closes_every_file_of_the_host_is_told_so() -> None:
    found = run("import os\ndef task(item):\n    if item == 11:\n        os.closerange(3, 1000)\n", "sequential")
    assert found.code == 1
    assert found.ended_tasks()[:11] == list(range(11))
    assert found.output == (
        "gilscope: the host cannot say how the run ended (Bad file descriptor): the workload closed its descriptors\n"
    )


@few_models
def test_an_error_of_the_module_fails_the_run_before_any_worker(model: str, options: dict[str, Any]) -> None:
    found = run("x = 1\nraise LookupError('not here')\ndef task(item):\n    pass\n", model, options=options)
    assert found.done["status"] == "failed"
    assert found.done["reason"] == "LookupError: not here"
    assert found.done["error"]["traceback"].splitlines()[1].strip() == 'File "<workload.steps[0]>", line 2, in <module>'
    assert found.lanes == []


@pytest.mark.parametrize("statement", ["sys.exit(4)", "raise KeyboardInterrupt"])
def test_a_module_that_exits_fails_the_run(statement: str) -> None:
    found = run(f"import sys\n{statement}\ndef task(item):\n    pass\n")
    assert found.done["status"] == "failed"
    assert found.done["error"]["type"] in ("SystemExit", "KeyboardInterrupt")


SYNTAX = {
    "def task(item):\n    return (1\n": "line 2: '(' was never closed",
    "def task(item):\nreturn 1\n": "line 2: ",
    "x = 1\ndef task(item)\n    return 1\n": "line 2: expected ':'",
    "": "has no function called task",
    "def other(item):\n    pass\n": "has no function called task",
    "y = 1\ndef task(*, b):\n    pass\n": "line 2: task takes one argument",
    "def task(one, two):\n    pass\n": "line 1: task takes one argument",
    "def task(item):\n    return '\x00'\n": "",
}


@pytest.mark.parametrize("source", SYNTAX)
def test_what_is_no_task_is_refused_with_its_line(source: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        check_source(source, "workload.steps[0].source")
    assert str(caught.value).startswith(f"workload.steps[0].source: {SYNTAX[source]}")
    found = run(source)
    assert found.done["reason"] == str(caught.value)
    assert found.done["error"]["type"] == "ExperimentError"


def test_a_name_that_is_no_longer_a_function_is_refused() -> None:
    found = run("def task(item):\n    pass\ntask = 3\n")
    assert found.done["reason"] == "workload.steps[0].source: task is no longer a function once the source has run"


def test_the_source_a_new_step_begins_with_works() -> None:
    assert check_source(DEFAULT_SOURCE, "x") is False
    assert run(DEFAULT_SOURCE).finished().tasks_done == 12


ASYNC = "import asyncio\nasync def task(item):\n    await asyncio.sleep(0.02)\n"
BLOCKING = "import time\ndef task(item):\n    time.sleep(0.005)\n"


def overlaps(run: HostRun) -> bool:
    records = run.records
    records = records[records["start_ns"].argsort()]
    return bool((records["start_ns"][1:] < records["end_ns"][:-1]).any())


@pytest.mark.parametrize("model", ["asyncio", "process-asyncio"])
def test_one_that_awaits_overlaps_where_it_is_awaited(model: str) -> None:
    options = {} if model == "asyncio" else {"start_method": "spawn", "coroutines_each": 6}
    assert check_source(ASYNC, "x") is True
    assert overlaps(run(ASYNC, model, workers=6, options=options).finished())


@pytest.mark.parametrize(("model", "options"), [each for each in MODELS if each[0] != "asyncio"])
def test_one_that_awaits_is_refused_where_it_would_be_called(model: str, options: dict[str, Any]) -> None:
    found = run(ASYNC, model, options=options)
    assert found.done["reason"] == (
        f"workload.steps[0].source: async def task needs a model that awaits, such as asyncio; {model} calls"
    )
    assert found.lanes == []


def test_one_that_blocks_holds_up_the_loop() -> None:
    found = run(BLOCKING, "asyncio", workers=6).finished()
    assert found.tasks_done == 12
    assert not overlaps(found)
    assert overlaps(run(BLOCKING, "threads", workers=6).finished())


_HIJACK = """
import os
for name in ("engine", "json", "os", "struct", "multiprocessing", "threading", "pickle", "encodings", "sitecustomize"):
    with open(name + ".py", "w") as file:
        file.write("import os; os.write(2, b'HIJACKED ' + __name__.encode() + b'\\\\n'); raise SystemExit(9)\\n")
def task(item):
    return __import__("json").dumps(item)
"""


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_files_in_its_working_folder_take_over_nothing(interpreter: Interpreter) -> None:
    """The source runs in the host before there is any child, so its files are there when children start."""
    for model, start_method in (("processes", "spawn"), ("process-pool", "forkserver")):
        if start_method in interpreter.start_methods:
            found = run(_HIJACK, model, interpreter=interpreter, options={"start_method": start_method})
            assert "HIJACKED" not in found.output
            assert found.finished().tasks_done == 12


def test_it_keeps_its_globals_between_tasks_of_a_process() -> None:
    source = "seen = []\ndef task(item):\n    seen.append(item)\n    print(len(seen), __name__)\n"
    found = run(source, "sequential").finished()
    assert found.output.splitlines() == [f"{number} gilscope_task" for number in range(1, 13)]


def test_it_may_start_programs_and_leave_what_it_prints() -> None:
    source = (
        "import subprocess, sys\n"
        "def task(item):\n    subprocess.run([sys.executable, '-c', 'print(\"from a child\")'], check=True)\n"
    )
    found = run(source, tasks=3).finished()
    assert found.output.count("from a child") == 3
