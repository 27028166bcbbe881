"""An experiment saved as a script: one file of the standard library alone that does the same work."""

from __future__ import annotations

import ast
import itertools
import os
import re
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import models
from engine.host.arrivals import Arrivals
from engine.script.bundle import ScriptError
from engine.script.script import script_of
from engine.wire.interpreter import Interpreter
from engine.workload import steps
from engine.workload.catalogue import Catalogue
from engine.workload.draw import draw
from engine.workload.experiment import check
from tests.interpreters import every_interpreter
from tests.matrices import first_of

MODELS = {key: model for key, model in models.discover().items() if model.in_scripts is not None}
HERE = [key for key, model in MODELS.items() if model.unavailable() is None]
CATALOGUE = Catalogue.of(
    [step.card for step in steps.discover().values()], [model.full_card() for model in models.discover().values()]
)
SMALL: dict[str, dict[str, Any]] = {
    "count-primes": {"below": 50},
    "mandelbrot": {"width": 2, "height": 2},
    "json-round-trip": {"size_kib": 1},
    "sort": {"length": 10},
    "sha256": {"size_kib": 1},
    "zlib": {"size_kib": 1},
    "sleep": {"duration_ms": 1.0, "distribution": "exponential"},
    "http-get": {"delay_ms": 1.0, "response_kib": 1},
    "file-write": {"size_kib": 1, "fsync": False},
    "file-read": {"size_kib": 1},
    "sqlite-insert": {"rows": 1},
    "subprocess": {"duration_ms": 0.0},
    "allocate": {"size_mib": 1},
    "payload": {"size_kib": 1},
    "critical-section": {"hold_ms": 0.1},
    "shared-counter": {"increments": 10, "update": "locked"},
}
TASKS = 8


def _script(
    kinds: list[Any], model: str = "threads", workers: int = 2, title: str = "A test", **rest: Any
) -> tuple[str, dict[str, Any]]:
    given = [each if isinstance(each, dict) else {"kind": each, **SMALL.get(each, {})} for each in kinds]
    options = {key: rest.pop(key) for key in ("start_method", "threads_each") if key in rest}
    workload = {**(rest or {"tasks": TASKS}), "steps": given}
    data = {"format": 1, "title": title, "workload": workload, "model": {"kind": model, "workers": workers, **options}}
    experiment = check(data, CATALOGUE).to_dict()
    return script_of(experiment), experiment


def _run(text: str, folder: Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder that holds nothing else, cut off from all that is installed."""
    file = folder / "file.py"
    file.write_text(text, encoding="utf-8")
    ended = subprocess.run([python, "-I", "file.py"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert [each.name for each in folder.iterdir()] == ["file.py"], "it left something behind"
    return ended


def _names(text: str, folder: Path) -> dict[str, Any]:
    """Return what a script defines, without doing its work."""
    file = folder / "file.py"
    file.write_text(text, encoding="utf-8")
    return runpy.run_path(str(file))


def _figures(output: str) -> tuple[int, float, float]:
    """Return tasks, seconds and tasks a second as a script printed them."""
    found = re.search(r"^tasks: (\d+).*\nseconds: ([\d.]+).*\nthroughput: ([\d.]+) tasks/s$", output, re.MULTILINE)
    assert found, output
    tasks, seconds, throughput = found.groups()
    return int(tasks), float(seconds), float(throughput)


def _marking(folder: Path) -> dict[str, Any]:
    """Return a step that leaves a file for each task, so that what was done is known from elsewhere too."""
    source = f"import os\n\n\ndef task(item):\n    open(os.path.join({str(folder)!r}, str(item)), 'x').close()\n"
    return {"kind": "python", "source": source}


@pytest.mark.parametrize("key", first_of(HERE, {"sequential", "threads", "process-pool", "asyncio", "process-asyncio"}))
def test_the_script_of_every_model_does_the_work(key: str, tmp_path: Path) -> None:
    folder, marks = tmp_path / "empty", tmp_path / "marks"
    folder.mkdir()
    marks.mkdir()
    text, _ = _script(["count-primes", "sleep", "http-get", "file-write", "payload", _marking(marks)], key)
    ended = _run(text, folder)
    tasks, seconds, throughput = _figures(ended.stdout)
    assert tasks == TASKS
    assert throughput == pytest.approx(TASKS / seconds, rel=0.01)
    assert sorted(int(each.name) for each in marks.iterdir()) == list(range(TASKS))
    assert not ended.stderr
    source = re.sub(r"  # type: ignore.*", "", MODELS[key].full_card().source)
    assert source in text, "it does not hold the model's very function"


PLAIN = [key for key, step in steps.discover().items() if step.plain is not None]


def _without_progress(errors: str) -> list[str]:
    return [line for line in errors.splitlines() if not re.fullmatch(r"\d+ s: \d+ tasks", line)]


def _ruff(text: str, folder: Path) -> None:
    (folder / "checked.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "checked.py"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout
    (folder / "checked.py").unlink()


@pytest.mark.parametrize("key", first_of(HERE, {"thread-pool", "processes", "asyncio-threads", "asyncio"}))
def test_a_script_of_plain_functions_does_the_work(key: str, tmp_path: Path) -> None:
    text, _ = _script(PLAIN, key)
    assert "bind" not in text
    _ruff(text, tmp_path)
    ended = _run(text, tmp_path)
    assert _figures(ended.stdout)[0] == TASKS
    assert "failed" not in ended.stdout
    assert not _without_progress(ended.stderr)
    assert re.sub(r"  # type: ignore.*", "", MODELS[key].full_card().source) in text


def _needs_package(key: str, interpreter: Interpreter) -> None:
    package = MODELS[key].card.module.partition(".")[0]
    if package != "joblib":  # of those that a script is made of, the one that is not in the standard library
        return
    found = subprocess.run([interpreter.path, "-c", f"import {package}"], capture_output=True, timeout=60)
    if found.returncode:
        pytest.skip(f"{package} is not installed for this Python")


@pytest.mark.matrix
@pytest.mark.parametrize("interpreter", every_interpreter())
@pytest.mark.parametrize("key", MODELS)
@pytest.mark.parametrize("kind", PLAIN)
def test_every_plain_script_under_every_interpreter(
    kind: str, key: str, interpreter: Interpreter, tmp_path: Path
) -> None:
    if key == "interpreters" and MODELS[key].unavailable() is not None:
        pytest.skip("its page differs between interpreters: a script is made by the one that runs it")
    _needs_package(key, interpreter)
    text, _ = _script([kind], key)
    _ruff(text, tmp_path)
    ended = _run(text, tmp_path, interpreter.path)
    assert _figures(ended.stdout)[0] == TASKS
    assert "failed" not in ended.stdout


def test_what_a_person_would_write_is_short(tmp_path: Path) -> None:
    text, _ = _script([{"kind": "count-primes", "below": 2000}], "threads", 4, duration_s=5.0)
    assert len([line for line in text.splitlines() if line]) <= 50
    fetch = {"kind": "http-get", "delay_ms": 20.0, "response_kib": 16, "distribution": "constant"}
    text, _ = _script([fetch, "count-primes"], "thread-pool", 8)
    assert len([line for line in text.splitlines() if line]) <= 120


GROUPS = {
    "groups": [
        {"name": "busy", "workers": 1, "steps": [{"kind": "count-primes", "below": 50}]},
        {"name": "two sleepers", "workers": 2, "tasks": 5, "steps": [{"kind": "sleep", "duration_ms": 2.0}]},
    ]
}


def _parts_script(parts: dict[str, Any], model: str, **options: Any) -> str:
    workload = {"tasks": TASKS, **parts}
    data = {"format": 1, "title": "Parts", "workload": workload, "model": {"kind": model, **options}}
    return script_of(check(data, CATALOGUE).to_dict())


@pytest.mark.parametrize(
    "key",
    first_of([key for key in HERE if not MODELS[key].card.no_groups], {"threads", "process-pool", "asyncio"}),
)
def test_groups_run_side_by_side(key: str, tmp_path: Path) -> None:
    text = _parts_script(GROUPS, key)
    _ruff(text, tmp_path)
    ended = _run(text, tmp_path)
    assert _figures(ended.stdout)[0] == TASKS + 5
    assert re.search(rf"^busy: {TASKS} tasks, ", ended.stdout, re.MULTILINE), ended.stdout
    assert re.search(r"^two sleepers: 5 tasks, ", ended.stdout, re.MULTILINE), ended.stdout


QUICK = {"threads", "processes", "asyncio"}
STAGE_MODELS = [key for key, model in MODELS.items() if model.run_stage is not None and model.unavailable() is None]
PAIRS = [
    pytest.param(*pair, marks=[] if QUICK.issuperset(pair) else [pytest.mark.matrix])
    for pair in itertools.product(STAGE_MODELS, repeat=2)
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_stages_hand_every_task_on(first: str, second: str, tmp_path: Path) -> None:
    program = {"kind": "file-write", "size_kib": 1, "fsync": False}
    stages = [
        {"name": "fetch", "workers": 3, "queue": 2, "model": first, "steps": [{"kind": "sleep", "duration_ms": 1.0}]},
        {"name": "parse", "workers": 2, "queue": 2, "model": second, "steps": [{"kind": "count-primes", "below": 50}]},
        {"name": "store", "workers": 1, "steps": [program]},
    ]
    text = _parts_script({"stages": stages}, "threads")
    _ruff(text, tmp_path)
    ended = _run(text, tmp_path)
    assert _figures(ended.stdout)[0] == TASKS
    assert "failed" not in ended.stdout
    assert not _without_progress(ended.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent by a signal")
@pytest.mark.parametrize("key", ["threads", "thread-pool", "asyncio", "processes", "process-pool", "process-asyncio"])
def test_a_plain_script_ends_cleanly_at_ctrl_c(key: str, tmp_path: Path) -> None:
    text, _ = _script(["sleep"], key, until_stopped=True)
    (tmp_path / "file.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-I", "file.py"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as script:
        assert script.stderr is not None
        assert re.fullmatch(r"1 s: \d+ tasks", script.stderr.readline().strip())
        os.killpg(script.pid, signal.SIGINT)  # as a terminal does: the whole process group gets it
        output, errors = script.communicate(timeout=20)
        assert script.returncode == 0, errors
    assert "Traceback" not in errors
    assert _figures(output)[0] >= 1


@pytest.mark.parametrize("key", ["threads", "asyncio", "processes"])
def test_a_limit_is_kept(key: str, tmp_path: Path) -> None:
    sleep = {"kind": "sleep", "duration_ms": 20.0, "distribution": "constant", "limit": 1}
    done = _run(_script([sleep], key, workers=4)[0], tmp_path)
    assert done.returncode == 0, done.stderr
    tasks, seconds, _ = _figures(done.stdout)
    assert tasks == TASKS
    assert seconds >= TASKS * 0.02


def test_a_script_may_hold_every_step_there_is(tmp_path: Path) -> None:
    text, _ = _script(list(steps.discover()), "thread-pool")
    for step in steps.discover().values():
        module = sys.modules[step.bind.__module__]
        assert f"run_{step.card.key.replace('-', '_')}(" in text or not hasattr(module, "run")
    ended = _run(text, tmp_path)
    assert _figures(ended.stdout)[0] == TASKS
    assert "'updates_lost': 0" in ended.stdout


@pytest.mark.parametrize("kinds", [["count-primes"], ["http-get", "subprocess", "zlib", "python", "critical-section"]])
def test_a_script_needs_the_standard_library_alone(kinds: list[str]) -> None:
    text, _ = _script(kinds, "asyncio")
    assert "engine" not in re.findall(r"\w+", text)
    for node in ast.walk(ast.parse(text, feature_version=(3, 10))):
        if isinstance(node, ast.Import):
            assert {each.name.partition(".")[0] for each in node.names} <= sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom):
            assert str(node.module).partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_a_script_runs_under_every_interpreter(interpreter: Interpreter, tmp_path: Path) -> None:
    text, _ = _script(["count-primes", "sleep", "shared-counter"], "process-threads", start_method="spawn")
    ended = _run(text, tmp_path, interpreter.path)
    assert _figures(ended.stdout)[0] == TASKS
    assert "'updates_lost': 0" in ended.stdout


def test_a_script_draws_the_same_numbers(tmp_path: Path) -> None:
    text, experiment = _script(["sleep"], seed=7, tasks=3)
    namespace = _names(text, tmp_path)
    given = experiment["workload"]["steps"][0]
    for task in range(3):
        expected = draw(given["distribution"], given["duration_ms"], 7, 0, task)
        drawn = namespace["exponential"](mean=1.0, seed=namespace["SEED"], step=0, task=task)
        assert drawn == pytest.approx(expected, rel=1e-12)
    assert f"exponential(mean={given['duration_ms'] * 1e-3!r}, seed=SEED, step=0, task=item)" in text


def test_a_duration_ends_it(tmp_path: Path) -> None:
    text, _ = _script(["sleep"], duration_s=0.2)
    tasks, seconds, _ = _figures(_run(text, tmp_path).stdout)
    assert tasks > 2
    assert seconds >= 0.2


def test_tasks_arrive_when_the_engine_lets_them_arrive(tmp_path: Path) -> None:
    text, _ = _script(["count-primes"], tasks=20, arrival_per_s=200.0, seed=3)
    arrivals = Arrivals(3, 200.0, 0)
    due_s = [arrivals.due_ns(arrivals.draw()) / 1e9 for _ in range(20)]
    namespace = _names(text, tmp_path)
    items = namespace["Items"]()
    assert [items.due_s for _ in items] == pytest.approx(due_s, rel=1e-6)


def test_tasks_that_fail_are_counted_and_the_first_is_shown(tmp_path: Path) -> None:
    source = "def task(item):\n    if item % 2:\n        raise ValueError(f'no {item}')\n"
    text, _ = _script([{"kind": "python", "source": source}], "processes", start_method="spawn")
    ended = _run(text, tmp_path)
    assert f"tasks: {TASKS}, of which {TASKS // 2} failed" in ended.stdout
    assert ended.stderr.count("Traceback") == 1
    assert "ValueError: no" in ended.stderr


@pytest.mark.parametrize(
    "source",
    [
        'def task(item):\n    """It\'s a docstring."""\n    return "\\n"\n',
        "def task(item):\n    return '''\\\"\"\"'''\n",
        "TEXT = r'''a\\b'''\ndef task(item):\n    return TEXT + \"\"\"x\"\"\"",
        "import os\n\ndef run(item):\n    return item\n\ntask = None\n\ndef task(item):\n    return run(item)\n#\\",
    ],
)
def test_a_persons_own_source_stays_what_it_is(source: str, tmp_path: Path) -> None:
    text, _ = _script([{"kind": "python", "source": source}], title='A "title"\nwith \\ and """quotes"""')
    assert source.removeprefix("import os\n\n") in text
    assert "failed" not in _run(text, tmp_path).stdout


AROUND = """import json
from math import sqrt

def tell(*words):
    print(" ".join(map(str, words)) + "\\n", end="", flush=True)  # in one write: threads tell at the same time

def prepare():
    return [2.0]

def setup(shared):
    tell("set up with", shared)
    return {"root": sqrt(shared[0])}

def argument(number):
    return {"number": number}

def task(argument, state):
    tell("task", json.dumps(argument), round(state["root"], 2))

def teardown(state):
    tell("torn down", sorted(state))

def finish(shared):
    tell("finished", shared)
"""


@pytest.mark.parametrize("key", ["threads", "thread-pool", "sequential", "asyncio-threads"])
def test_functions_around_a_task_are_called_as_a_person_would(key: str, tmp_path: Path) -> None:
    text, _ = _script([{"kind": "python", "source": AROUND}, "count-primes"], key)
    _ruff(text, tmp_path)
    assert "SOURCE" not in text
    lines = _run(text, tmp_path).stdout.splitlines()
    told = [line for line in lines if not line.startswith(("tasks:", "seconds:", "throughput:"))]
    ups, downs = (sum(line.startswith(words) for line in told) for words in ("set up with [2.0]", "torn down ['root']"))
    assert ups == downs
    assert 1 <= ups <= 2
    tasks = [line for line in told if line.startswith("task ")]
    assert sorted(tasks) == sorted(f'task {{"number": {number}}} 1.41' for number in range(TASKS))
    assert told[-1] == "finished [2.0]"
    assert told.index(tasks[-1]) < told.index("torn down ['root']")


@pytest.mark.parametrize("key", ["processes", "asyncio", "process-pool", "threads"])
def test_a_persons_function_stands_in_the_script_as_it_was_written(key: str, tmp_path: Path) -> None:
    kind = "async def" if key == "asyncio" else "def"
    imports = "from queue import Queue as Line\n\n"
    source = f"{imports}Lines = Line\n\n{kind} task(item):\n    assert Lines() and item >= 0\n"
    text, _ = _script([{"kind": "python", "source": source}], key)
    _ruff(text, tmp_path)
    assert source.partition("\n\n")[2].strip() in text
    ended = _run(text, tmp_path)
    assert _figures(ended.stdout)[0] == TASKS
    assert "failed" not in ended.stdout


@pytest.mark.parametrize(
    "source",
    [
        "def task(item):\n    assert __name__.startswith('gilscope_task')\n",
        "import json as time\n\ndef task(item):\n    time.dumps(item)\n",
        "items = []\n\ndef task(item):\n    items.append(item)\n",
    ],
)
def test_a_source_that_would_mean_something_else_in_the_script_is_executed(source: str, tmp_path: Path) -> None:
    text, _ = _script([{"kind": "python", "source": source}])
    assert _names(text, tmp_path)["SOURCE_1"] == source
    assert "failed" not in _run(text, tmp_path).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent by a signal")
def test_until_stopped_ends_at_ctrl_c(tmp_path: Path) -> None:
    printing = {"kind": "python", "source": "def task(item):\n    print(item, flush=True)\n"}
    text, _ = _script([printing, "sleep"], "processes", until_stopped=True, start_method="spawn")
    (tmp_path / "file.py").write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-I", "file.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as script:
        assert script.stdout is not None
        assert script.stdout.readline().strip().isdigit()
        script.send_signal(signal.SIGINT)
        output = script.stdout.read()
        assert script.wait(20) == 0
    assert _figures(output)[0] >= 1


def test_what_cannot_be_a_script_says_so() -> None:
    own = {"kind": "python", "source": "def prepare(): pass\ndef task(item): pass\n"}
    for key in ("processes", "asyncio"):  # no worker is a thread of the script's own process
        with pytest.raises(ScriptError, match="functions around its task"):
            _script([own], key)
    for key, model in models.discover().items():
        if model.in_scripts is None:
            with pytest.raises(ScriptError, match="cannot be saved as a script"):
                _script(["count-primes"], key)
