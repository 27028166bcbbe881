"""A person's own functions around their task: called where and when they are said to be, under every model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import models
from engine.interpreters.interpreter import Interpreter, app_interpreter
from engine.models import ModelDescriptor
from tests.engine_tests.host_runs import HostRun, default_options, interpreter_for, quick_options, run_host, started
from tests.interpreters import usable_interpreters

MODELS = models.discover()
RUNNABLE = [key for key, each in MODELS.items() if interpreter_for(each) is not None]
AWAITING = [key for key in RUNNABLE if MODELS[key].card.is_async]
TASKS = 12

LIFE = '''
import json, os, threading

class Thing:
    """Pickled by its module's name, which is not a file's."""
    def __init__(self, value):
        self.value = value

def tell(what, **more):
    line = json.dumps({"what": what, "pid": os.getpid(), "thread": threading.get_native_id(), **more}) + "\\n"
    with open("told.txt", "ab", buffering=0) as file:
        file.write(line.encode())

def prepare():
    tell("prepare")
    return Thing([10, 20])

def argument(number):
    tell("argument", number=number)
    return Thing(number * 2)

ASYNC def setup(shared):
    tell("setup", shared=shared.value)
    return {"worker": id(object()), "tasks": 0, "ident": threading.get_ident()}

ASYNC def task(argument, state):
    WAIT
    state["tasks"] += 1
    tell("task", argument=argument.value, same=state["ident"] == threading.get_ident())
    return Thing(argument.value + 1)

ASYNC def teardown(state):
    tell("teardown", tasks=state["tasks"], same=state["ident"] == threading.get_ident())

def finish(shared):
    tell("finish", shared=shared.value)
'''


def life(*, awaited: bool) -> str:
    """Return a source with every function there may be, each of which tells who calls it."""
    wait = "await __import__('asyncio').sleep(0.005)" if awaited else "__import__('time').sleep(0.005)"
    return LIFE.replace("ASYNC def", "async def" if awaited else "def").replace("WAIT", wait)


def run_and_told(source: str, model: str, **given: Any) -> tuple[HostRun, list[dict[str, Any]]]:
    steps = [{"kind": "python", "source": source}]
    with started(steps, model, 3 if MODELS[model].card.max_workers > 1 else 1, **given) as host:
        run = host.wait()
        path = Path(host.folder, "work", "told.txt")
        return run, [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def check_life(run: HostRun, told: list[dict[str, Any]]) -> None:
    run.finished()
    assert (run.tasks_done, run.tasks_failed) == (TASKS, 0), run.errors
    host = run.answers[0]["pid"]
    whats = [each["what"] for each in told]
    by_what = {what: [each for each in told if each["what"] == what] for what in whats}
    assert whats[0] == "prepare"
    assert whats[-1] == "finish"
    assert whats.count("prepare") == whats.count("finish") == 1
    assert {each["pid"] for each in (told[0], told[-1], *by_what["argument"])} == {host}
    assert sorted(each["number"] for each in by_what["argument"]) == list(range(TASKS))
    assert sorted(each["argument"] for each in by_what["task"]) == [2 * number for number in range(TASKS)]
    assert all(each.get("shared", [10, 20]) == [10, 20] for each in told)
    assert len(by_what["setup"]) == len(by_what["teardown"]), run.story()
    assert sum(each["tasks"] for each in by_what["teardown"]) == TASKS
    assert all(each["same"] for each in (*by_what["task"], *by_what["teardown"]))
    where = {(each["pid"], each["thread"]) for each in by_what["setup"]}
    assert where == {(each["pid"], each["thread"]) for each in by_what["teardown"]}
    assert where >= {(each["pid"], each["thread"]) for each in by_what["task"]}


@pytest.mark.parametrize("model", RUNNABLE)
def test_each_function_is_called_where_it_belongs(model: str) -> None:
    descriptor = MODELS[model]
    given = {"interpreter": interpreter_for(descriptor), "options": quick_options(descriptor)}
    check_life(*run_and_told(life(awaited=False), model, **given))


@pytest.mark.parametrize("model", AWAITING)
def test_each_may_be_awaited_where_tasks_are(model: str) -> None:
    run, told = run_and_told(life(awaited=True), model, options=quick_options(MODELS[model]))
    check_life(run, told)
    assert sum(each["what"] == "setup" for each in told) == 3  # a state for each coroutine


def start_methods() -> list[tuple[str, str]]:
    return [
        (key, method)
        for key, each in MODELS.items()
        for parameter in each.card.parameters
        if parameter.name == "start_method"
        for method in parameter.choices
    ]


@pytest.mark.matrix
@pytest.mark.parametrize("interpreter", usable_interpreters(), ids=lambda each: each.name)
@pytest.mark.parametrize("model", MODELS)
def test_the_same_under_every_interpreter(model: str, interpreter: Interpreter) -> None:
    run, told = run_and_told(
        life(awaited=False), model, interpreter=interpreter, options=default_options(MODELS[model])
    )
    if str(run.done["reason"]).startswith("model.kind: "):
        pytest.skip(run.done["reason"])
    check_life(run, told)


@pytest.mark.matrix
@pytest.mark.parametrize(("model", "method"), start_methods())
def test_the_same_with_every_start_method(model: str, method: str) -> None:
    options = {**default_options(MODELS[model]), "start_method": method}
    check_life(*run_and_told(life(awaited=False), model, options=options))


FAILING = {
    "prepare": "def prepare():\n    raise ValueError('no good')\ndef task(item): pass\n",
    "argument": "def argument(number):\n    raise ValueError('no good')\ndef task(item): pass\n",
    "setup": "def setup(shared):\n    raise ValueError('no good')\ndef task(item, state): pass\n",
    "teardown": "def teardown(state):\n    raise ValueError('no good')\ndef task(item): pass\n",
    "finish": "def finish(shared):\n    raise ValueError('no good')\ndef task(item): pass\n",
}
FEW = ["threads", "thread-pool", "asyncio", "processes", "process-pool", "process-asyncio", "interpreters", "dask"]
few_models = pytest.mark.parametrize("model", [key for key in FEW if key in RUNNABLE])


def run_one(source: str, model: str, **given: Any) -> HostRun:
    descriptor: ModelDescriptor = MODELS[model]
    options, interpreter = quick_options(descriptor), interpreter_for(descriptor)
    return run_host([{"kind": "python", "source": source}], model, options=options, interpreter=interpreter, **given)


@few_models
def test_what_fails_outside_of_a_task_is_named_with_its_traceback(model: str) -> None:
    for name, source in FAILING.items():
        run = run_one(source, model)
        assert run.done["status"] == "failed", run.story()
        assert run.done["reason"].startswith(f"workload.steps[0].source: {name}() failed: ValueError: no good")
        assert (" (on " in run.done["reason"]) == (name in ("setup", "teardown"))
        assert run.done["error"]["type"] == "ValueError"
        place = f'File "<workload.steps[0]>", line 2, in {name}'
        assert run.done["error"]["traceback"].splitlines()[1].strip() == place, run.done["error"]["traceback"]
        assert run.tasks_failed == 0
        assert (run.tasks_done == TASKS) == (name in ("teardown", "finish")), (name, run.story())


UNPICKLABLE = {
    "prepare() returned something": "def prepare():\n    return lambda: 1\ndef task(item): pass\n",
    "argument(0) returned something": "def argument(number):\n    return lambda: 1\ndef task(item): pass\n",
    "task returned something for task ": "def setup(shared): pass\ndef task(item):\n    return lambda: 1\n",
}


@few_models
def test_what_cannot_be_pickled_is_named_where_it_has_to_be(model: str) -> None:
    for said, source in UNPICKLABLE.items():
        run = run_one(source, model)
        if MODELS[model].card.shares_memory:
            assert run.finished().tasks_done == TASKS
            continue
        assert run.done["status"] == "failed", run.story()
        assert run.done["reason"].startswith(f"workload.steps[0].source: {said}")
        assert "cannot be pickled" in run.done["reason"]
        assert "lambda" in run.done["reason"]


def test_a_failing_setup_of_one_of_several_workers_ends_the_run_soon() -> None:
    source = (
        "import os, threading\n"
        "def setup(shared):\n    if threading.current_thread().name.startswith('Thread-2'):\n"
        "        raise OSError('full')\n"
        "def task(item): __import__('time').sleep(0.001)\n"
    )
    run = run_one(source, "threads", workers=3, duration_s=50.0)
    assert run.done["reason"].startswith("workload.steps[0].source: setup() failed: OSError: full (on Thread-2")


def test_finish_is_called_where_the_run_fails_too() -> None:
    source = (
        "def prepare(): return 'a'\ndef finish(shared): print('finished', shared)\n"
        "def task(item): raise KeyboardInterrupt\n"
    )
    run = run_one(source, "threads")
    assert run.done["status"] == "failed"
    assert "finished a" in run.output


def test_functions_take_what_they_name() -> None:
    source = (
        "def prepare(): return 5\ndef setup(): return 7\ndef teardown(): print('down')\ndef finish(): print('end')\n"
        "def task(item, state): print('did', item, state)\n"
    )
    assert run_one(source, "sequential", workers=1, tasks=1).finished().output == "did 0 7\ndown\nend\n"
    source = "def prepare(): return 5\ndef task(item, *, state=1): print('did', item, state)\n"
    assert run_one(source, "sequential", workers=1, tasks=1).finished().output == "did 0 1\n"
    source = "def prepare(): return 5\ndef task(number, state=None): print('did', number, state)\n"
    assert run_one(source, "sequential", workers=1, tasks=1).finished().output == "did 0 5\n"
    assert run_one("def task(): print('did')\n", "sequential", workers=1, tasks=1).finished().output == "did\n"


def test_several_steps_and_payloads_go_together() -> None:
    first = "def argument(number): return number + 1\ndef task(one): print('first', one)\n"
    second = "class Two(int): pass\ndef argument(number): return Two(number + 2)\ndef task(two): print('second', two)\n"
    steps = [
        {"kind": "python", "source": first},
        {"kind": "payload", "size_kib": 4},
        {"kind": "python", "source": second},
    ]
    for model in ("threads", "processes", "asyncio"):
        run = run_host(steps, model, tasks=3, options=quick_options(MODELS[model])).finished()
        assert run.tasks_done == 3
        lines = sorted(f"{word} {number + more}" for word, more in (("first", 1), ("second", 2)) for number in range(3))
        assert sorted(run.output.splitlines()) == lines


@pytest.mark.parametrize("models_of", [("threads", "processes"), ("processes", "asyncio"), ("asyncio", "threads")])
def test_stages_have_workers_that_are_set_up(models_of: tuple[str, str]) -> None:
    stages = [
        {
            "name": f"stage{number}",
            "workers": 2,
            "model": model,
            "steps": [{"kind": "python", "source": life(awaited=False).replace("* 2", f"* {number + 2}")}],
            **({"queue": 3} if number == 0 else {}),
        }
        for number, model in enumerate(models_of)
    ]
    options = {"start_method": "spawn"}
    with started([], "threads", 2, stages=stages, tasks=TASKS, options=options) as host:
        run = host.wait()
        told = [json.loads(line) for line in Path(host.folder, "work", "told.txt").read_text().splitlines()]
    run.finished()
    tasks = sorted(each["argument"] for each in told if each["what"] == "task")
    assert tasks == sorted(number * factor for number in range(TASKS) for factor in (2, 3))
    assert sum(each["what"] == "setup" for each in told) == sum(each["what"] == "teardown" for each in told)
    assert [each["what"] for each in told][:2] == ["prepare", "prepare"]
    assert [each["what"] for each in told][-2:] == ["finish", "finish"]


def test_a_module_of_ones_own_is_imported_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "my_project.py").write_text(
        "class Url(str): pass\ndef fetch(url): print(f'fetched {url} {type(url).__name__}\\n', end='')\n"
    )
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')\n")
    source = (
        "from my_project import Url, fetch\nimport json\n"
        "def argument(number): return Url(number)\ndef task(url): fetch(url)\n"
    )
    for place in (str(tmp_path), str(tmp_path / "my_project.py")):
        step = {"kind": "python", "source": source, "import_from": place}
        run = run_host([step], "processes", tasks=2, options={"start_method": "spawn"}).finished()
        assert sorted(run.output.splitlines()) == ["fetched 0 Url", "fetched 1 Url"]
    for place, said in {
        "my_project": "must be a whole path, such as /home/me/project",
        str(tmp_path / "none"): f"there is no {tmp_path / 'none'}",
        str(tmp_path / "json.py"): "json is the name of another module too: ",
    }.items():
        run = run_host([{"kind": "python", "source": source, "import_from": place}])
        assert run.done["reason"].startswith(f"workload.steps[0].import_from: {said}")


def test_another_function_of_the_source_may_be_the_task() -> None:
    source = "def one(item): print('one', item)\nasync def two(item): print('two', item)\n"
    run = run_host([{"kind": "python", "source": source, "function": "one"}], tasks=2).finished()
    assert sorted(run.output.splitlines()) == ["one 0", "one 1"]
    run = run_host([{"kind": "python", "source": source, "function": "two"}], "asyncio", tasks=2).finished()
    assert sorted(run.output.splitlines()) == ["two 0", "two 1"]
    run = run_host([{"kind": "python", "source": source, "function": "three"}])
    assert run.done["reason"] == "workload.steps[0].source: has no function called three"


def test_a_module_that_is_missing_is_named_with_the_interpreter() -> None:
    run = run_host([{"kind": "python", "source": "import not_to_be_found\ndef task(item): pass\n"}])
    said = f"workload.steps[0].source: imports not_to_be_found, which {app_interpreter().path} does not have"
    assert run.done["reason"] == said
    assert run.done["error"]["type"] == "ModuleNotFoundError"
