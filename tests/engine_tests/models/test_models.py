"""Every model: its page and its card; that it loses no task, stops, keeps arrivals, and says when a worker dies."""

from __future__ import annotations

import inspect
import itertools
import signal
from typing import Any

import numpy as np
import pytest

from engine import models
from engine.interpreters.interpreter import app_interpreter
from engine.models import ModelDescriptor
from engine.record.lane_file import LAST, OK, QUEUED
from tests.engine_tests.host_runs import default_options, interpreter_for, quick_options, run_host, started, wait_until
from tests.source_tree import ROOT

MODELS = models.discover()
PROJECTS = {
    "distributed": "https://distributed.dask.org/",
    "joblib": "https://joblib.readthedocs.io/",
}  # documentation of what is not the standard library
CLUSTER = "dask"  # takes seconds to start: here once, and in tests of its own


INTERPRETERS = {key: interpreter_for(model) for key, model in MODELS.items()}
RUNNABLE = [key for key, each in INTERPRETERS.items() if each is not None]

each_model = pytest.mark.parametrize("model", MODELS.values(), ids=lambda each: each.card.key)
each_runnable = pytest.mark.parametrize("key", [key for key in RUNNABLE if key != CLUSTER])

SHORT = {"kind": "sleep", "duration_ms": 1.0, "distribution": "constant"}


def given(key: str) -> dict[str, Any]:
    return {"interpreter": INTERPRETERS[key], "options": quick_options(MODELS[key])}


def own(source: str) -> dict[str, Any]:
    return {"kind": "python", "source": source}


@each_model
def test_its_card_is_complete(model: ModelDescriptor) -> None:
    card = model.full_card()
    for name in ("title", "module", "since", "worker", "use_when", "costs", "documentation", "source", "source_file"):
        assert getattr(card, name).strip(), name
    assert card.documentation.startswith(PROJECTS.get(card.module, "https://docs.python.org/"))
    for sentence in (card.use_when, card.costs):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert card.worker_kind in {"thread", "process", "coroutine", "interpreter"}
    assert card.max_workers >= 1
    for parameter in card.parameters:
        assert parameter.check(parameter.default, parameter.name) == parameter.default


@each_model
def test_what_the_code_view_shows_is_what_runs(model: ModelDescriptor) -> None:
    card = model.full_card()
    lines = (ROOT / card.source_file).read_text(encoding="utf-8").splitlines(keepends=True)
    first = card.source_line - 1
    assert "".join(lines[first : first + card.source.count("\n")]) == card.source
    assert card.source.lstrip("async ").startswith("def ")
    assert model.run.__code__.co_firstlineno == card.source_line
    assert "probe" not in card.source


@each_model
def test_its_function_takes_the_workload_and_its_own_options(model: ModelDescriptor) -> None:
    named = list(inspect.signature(model.run).parameters)
    assert named == ["task", "items", "workers", *(each.name for each in model.card.parameters)]


@each_runnable
def test_a_stop_loses_nothing_that_was_begun(key: str) -> None:
    with started([SHORT, SHORT], key, 3, **given(key), until_stopped=True) as host:
        wait_until(lambda: host.tasks_ended() >= 20)
        host.control.stop()
        run = host.wait().finished()
    assert run.tasks_failed == 0
    ended = run.ended_tasks()
    assert ended == sorted(run.records["task"][run.records["step"] == 0].tolist())
    # What still waited in a queue was not begun: of five for each worker at most.
    assert len(set(ended)) == run.tasks_done >= ended[-1] + 1 - 5 * 3


@each_runnable
def test_arrivals_are_kept_and_waiting_for_a_worker_is_seen(key: str) -> None:
    run = run_host([SHORT], key, 3, **given(key), tasks=60, arrival_per_s=1000.0).finished()
    records = run.records
    queued, phases = records[records["step"] == QUEUED], records[records["step"] == 0]
    assert run.tasks_done == 60
    assert sorted(queued["task"].tolist()) == sorted(phases["task"].tolist()) == list(range(60))
    by_task = np.argsort(queued["task"])
    assert (queued["end_ns"] >= queued["start_ns"]).all()
    assert (np.diff(queued["start_ns"][by_task]) >= 0).all()  # tasks are numbered in the order of their arrival
    assert (queued["end_ns"][by_task] <= phases["start_ns"][np.argsort(phases["task"])]).all()


@pytest.mark.parametrize("key", RUNNABLE)
def test_a_failing_task_is_counted_and_the_others_go_on(key: str) -> None:
    source = "def task(item):\n    if item % 3 == 0:\n        raise KeyError('no ' + str(item))\n"
    run = run_host([own(source), SHORT], key, 3, **given(key), tasks=30).finished()
    assert (run.tasks_done, run.tasks_failed) == (20, 10)
    assert run.failed_tasks() == list(range(0, 30, 3))
    records = run.records
    failed = records[(records["flags"] & OK) == 0]
    assert (failed["step"] == 0).all()
    assert ((failed["flags"] & LAST) != 0).all()  # a failing step ends its task
    assert run.errors
    for error in run.errors:
        assert error["task"] % 3 == 0
        assert (error["step"], error["kind"], error["type"]) == (0, "python", "KeyError")
        assert f"no {error['task']}" in error["message"]
        assert error["traceback"].splitlines()[1].strip() == 'File "<workload.steps[0]>", line 3, in task'
        assert "raise KeyError" in error["traceback"]


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("thread-pool", {"submit": "all"}),
        ("process-pool", {"submit": "all"}),
        ("process-pool", {"submit": "all", "chunksize": 7}),
        ("process-pool", {"chunksize": 7}),
        ("multiprocessing-pool", {"chunksize": 7}),
    ],
)
def test_pools_do_every_task_once_in_chunks_and_all_at_once(key: str, options: dict[str, Any]) -> None:
    own_options = {**quick_options(MODELS[key]), **options}
    run = run_host([SHORT], key, 3, options=own_options, tasks=40).finished()
    assert run.ended_tasks() == list(range(40))


def test_chunks_go_to_one_process_each() -> None:
    options = {**quick_options(MODELS["process-pool"]), "chunksize": 10}
    run = run_host([SHORT], "process-pool", 2, options=options, tasks=40).finished()
    for lane in run.lanes:
        tasks = lane.records["task"][lane.records["step"] == 0].tolist()
        assert sorted(tasks) == [task for task in range(40) if task // 10 in {each // 10 for each in tasks}]


ENDS = {"os._exit(0)": 0, "os.kill(os.getpid(), 9)": -signal.SIGKILL}


@each_runnable
@pytest.mark.parametrize("statement", ENDS)
def test_a_worker_that_dies_is_said(key: str, statement: str) -> None:
    source = f"import os\ndef task(item):\n    if item == 7:\n        {statement}\n"
    run = run_host([own(source), SHORT], key, 3, **given(key), tasks=200)
    assert run.tasks_done < 200
    if _is_in_host(key):  # then it is the host that dies
        assert {each["type"] for each in run.answers} <= {"ready", "notes"}
        assert run.code == ENDS[statement]
    else:
        assert run.done["status"] == "failed", run.story()
        assert run.done["reason"].startswith(run.done["error"]["type"])
        assert run.done["error"]["message"]


STARTED = [each for each in RUNNABLE if "start_method" in default_options(MODELS[each])]
WAYS = [
    pytest.param(
        key, method, marks=[] if method == "spawn" or key in {"processes", "process-pool"} else [pytest.mark.matrix]
    )
    for key, method in itertools.product(STARTED, app_interpreter().start_methods)
]


@pytest.mark.parametrize(("key", "start_method"), WAYS)
def test_every_way_to_start_a_process_works(key: str, start_method: str) -> None:
    steps = [{"kind": "critical-section", "hold_ms": 0.5}, {"kind": "payload", "size_kib": 300}]
    options = {**default_options(MODELS[key]), "start_method": start_method}
    run = run_host(steps, key, 2, tasks=20, options=options).finished()
    assert run.ended_tasks() == list(range(20))
    assert run.output == ""


@each_runnable
def test_workers_are_what_was_asked_for(key: str) -> None:
    card = MODELS[key].card
    slow = {"kind": "sleep", "duration_ms": 30.0, "distribution": "constant"}
    # Enough that each worker has begun before the others have done them all; one worker does them one by one.
    run = run_host([slow], key, 4, **given(key), tasks=40 if card.max_workers > 1 else 4).finished()
    workers = {(lane.path, number) for lane in run.lanes for number in lane.records["worker"].tolist()}
    assert len(workers) == min(4, card.max_workers)
    assert len({lane.pid for lane in run.lanes}) == _processes(key, 4)
    notes = [text for each in run.answers if each["type"] == "notes" for text in each["notes"]]
    assert len(notes) == (card.max_workers == 1)
    assert all(lane.thread_name and lane.process_name for lane in run.lanes)


@each_runnable
def test_what_still_waits_in_a_queue_when_the_time_is_up_is_not_begun(key: str) -> None:
    step_s, duration_s = 0.2, 0.8
    step = {"kind": "sleep", "duration_ms": step_s * 1e3, "distribution": "constant"}
    run = run_host([step], key, 2, **given(key), duration_s=duration_s).finished()
    begun_s = (run.records["start_ns"] - run.records["start_ns"].min()) / 1e9
    assert begun_s.max() < duration_s + step_s


ELSEWHERE = [key for key in RUNNABLE if key != CLUSTER and not MODELS[key].card.shares_memory]


@pytest.mark.parametrize("key", ELSEWHERE)
def test_a_run_s_clock_starts_with_its_first_task_however_long_its_workers_take_to_start(key: str) -> None:
    import_s, duration_s = 0.4, 0.2
    slow = own(f"import time\ntime.sleep({import_s})\ndef task(item):\n    time.sleep(0.005)\n")
    run = run_host([slow], key, 1, **given(key), duration_s=duration_s, arrival_per_s=100.0).finished()
    phases = run.records[run.records["step"] == 0]
    begun_s = (phases["start_ns"] - phases["start_ns"].min()) / 1e9
    assert run.tasks_done > 1
    assert duration_s / 2 < begun_s.max() < duration_s
    queued = run.records[run.records["step"] == QUEUED]
    waited_s = (queued["end_ns"] - queued["start_ns"]) / 1e9
    assert waited_s[queued["task"].argmin()] < import_s / 4, "what started the worker arrived when it was there"


def _is_in_host(key: str) -> bool:
    return MODELS[key].card.shares_memory or MODELS[key].card.worker_kind == "interpreter"


def _processes(key: str, workers: int) -> int:
    """Return how many processes the tasks of a model's workers run in."""
    if _is_in_host(key):
        return 1
    options = default_options(MODELS[key])
    each = int(options.get("threads_each") or options.get("coroutines_each") or 1)
    return -(-workers // each)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (own("def task(item):\n  pass\nx = ("), "workload.steps[0].source: line 3: "),
        ({"kind": "http-get", "delay_ms": 1.0, "response_kib": 1, "distribution": "constant"}, "KeyError: 'http'"),
    ],
)
def test_a_step_that_cannot_start_is_refused_before_any_worker(step: dict[str, Any], reason: str) -> None:
    run = run_host([step], "processes", **given("processes"))
    assert run.done["status"] == "failed"
    assert run.done["reason"].startswith(reason)
    assert run.lanes == []
    assert [each["type"] for each in run.answers] == ["done"]


def test_a_model_that_does_not_exist_is_refused() -> None:
    run = run_host([SHORT], "fibers")
    assert run.done["status"] == "failed"
    assert "fibers" in run.done["reason"]
