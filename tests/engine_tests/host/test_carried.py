"""What is carried, task by task: every model that hands tasks to other workers, with real processes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import models
from engine.models import ModelDescriptor
from engine.record.hand_over.carried_file import read_tasks, read_totals
from engine.record.lane_reader import QUEUED
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.path_parts import Part
from engine.trace.picture.search import find_task
from engine.trace.picture.task_path import TaskPath, path_of
from tests.engine_tests.host_runs import HostRun, default_options, interpreter_for, quick_options, started
from tests.run_folders import write_json

MODELS = models.discover()
TASKS = 10
KIB = 1024
PAYLOAD = {"kind": "payload", "to_kib": 256, "back_kib": 64}
SLEEP = {"kind": "sleep", "duration_ms": 3.0, "distribution": "constant"}


def hands_over(model: ModelDescriptor) -> bool:
    return not model.card.shares_memory or model.has_queue(2, default_options(model))


HANDING = [key for key, model in MODELS.items() if hands_over(model) and interpreter_for(model) is not None]
PICKLING = [key for key in HANDING if not MODELS[key].card.shares_memory and MODELS[key].pickles]


class Carried:
    """A run that is over, and what is read of it while its folder is there."""

    def __init__(self, run: HostRun, model: str, steps: list[dict[str, Any]], start_ns: int) -> None:
        folder = run.folder
        write_json(folder / "environment.json", {"run_start_ns": start_ns})
        cards = {"steps": {}, "model": {"shares_memory": MODELS[model].card.shares_memory}}
        write_json(folder / "cards.json", cards)
        self.run, self.tasks, self.totals = run, list(read_tasks(str(folder))), read_totals(str(folder))
        workload = {"tasks": TASKS, "seed": 1, "steps": steps}
        store = PhaseStore(folder, {"workload": workload, "model": {"kind": model}}, is_async=False)
        while store.refresh(final=True):
            pass
        self.paths = [self._path(store, task) for task in range(run.tasks_done + run.tasks_failed)]
        store.close()

    @staticmethod
    def _path(store: PhaseStore, task: int) -> TaskPath:
        found = find_task(store, task)
        assert found is not None
        return path_of(store, None, found)

    def phases(self, task: int) -> np.ndarray:
        """Return a task's own phases."""
        records = self.run.records
        return records[(records["task"] == task) & (records["step"] != QUEUED)]


@contextmanager
def carried(
    model: str, workers: int = 2, steps: tuple[dict[str, Any], ...] = (PAYLOAD, SLEEP), **given: Any
) -> Iterator[Carried]:
    """Run a workload to its end; the folder is there until the block ends."""
    options = {**quick_options(MODELS[model]), **given.pop("options", {})}
    start_ns = time.perf_counter_ns()
    amount = {"tasks": TASKS, **given}
    with started(
        list(steps), model, workers, interpreter=interpreter_for(MODELS[model]), options=options, **amount
    ) as host:
        yield Carried(host.wait().finished(), model, list(steps), start_ns)


def lengths(parts: tuple[Part, ...]) -> int:
    """Return how long all parts take together; fails the test if one of them is not known."""
    assert all(part.length_ns is not None for part in parts), parts
    return sum(part.length_ns or 0 for part in parts)


def test_every_model_of_ours_says_whether_it_pickles() -> None:
    assert [key for key, model in MODELS.items() if not model.card.shares_memory and model.pickles is None] == []


@pytest.mark.parametrize("model", PICKLING)
def test_every_task_is_counted_and_its_way_is_known_instant_by_instant(model: str) -> None:
    with carried(model) as run:
        assert sorted(each.task for each in run.tasks) == list(range(TASKS))
        for each in run.tasks:
            assert (each.to_bytes, each.back_bytes) == (256 * KIB, 64 * KIB)
            phases = run.phases(each.task)
            there, back = each[3:8], each[8:]
            instants = [*there, int(phases["start_ns"].min()), int(phases["end_ns"].max()), *back]
            assert all(instants)
            assert instants == sorted(instants), "each is its own clock reading, in its own process"
        assert run.totals is not None
        assert (run.totals.tasks, run.totals.to_bytes) == (TASKS, TASKS * 256 * KIB)
        assert run.totals.back_bytes == TASKS * 64 * KIB
        assert run.totals.pickle_ns == sum(
            each.pickled_ns - each.pickle_ns + each.result_pickled_ns - each.result_pickle_ns for each in run.tasks
        )
        assert run.totals.unpickle_ns == sum(
            each.unpickled_ns - each.unpickle_ns + each.result_unpickled_ns - each.result_unpickle_ns
            for each in run.tasks
        )


@pytest.mark.parametrize("model", HANDING)
def test_a_paths_parts_are_all_known_and_add_up_to_the_latency(model: str) -> None:
    with carried(model) as run:
        known = {each.task: each for each in run.tasks}
        for task, path in enumerate(run.paths):
            assert not [part for part in path.parts if "not recorded" in part.words]
            titles = [part.title for part in path.parts]
            places = [titles.index(each) for each in ("Arrived", "Started", "payload", "sleep", "Returned")]
            assert places == sorted(places)
            ended = int(run.phases(task)["end_ns"].max())
            took = max(ended, known[task].result_unpickled_ns) - known[task].handed_ns
            assert lengths(path.parts) == pytest.approx(took, rel=0.02)
            if model in PICKLING:
                wanted = ("Arrived", "Pickled", "Queued", "Unpickled", "sleep", "Result pickled", "Result unpickled")
                assert [each for each in titles if each in wanted] == list(wanted)


@pytest.mark.parametrize("model", ["processes", "process-pool", "thread-pool"])
def test_in_an_open_loop_the_parts_up_to_the_last_step_are_the_latency_since_the_arrival(model: str) -> None:
    with carried(model, arrival_per_s=200.0) as run:
        records = run.run.records
        for task, path in enumerate(run.paths):
            (due,) = records["start_ns"][(records["task"] == task) & (records["step"] == QUEUED)].tolist()
            ended = int(run.phases(task)["end_ns"].max())
            place = [part.title for part in path.parts].index("sleep") + 1
            assert lengths(path.parts[:place]) == pytest.approx(ended - due, rel=0.02)


def test_one_worker_spends_its_time_on_the_parts_of_one_task_after_the_other() -> None:
    """A process gets its next task when its result is back: from one arrival to the next is the latency."""
    with carried("processes", 1, ({**PAYLOAD, "to_kib": 4096}, {**SLEEP, "duration_ms": 20.0})) as run:
        handed = [each.handed_ns for each in sorted(run.tasks)]
        shares = [
            lengths(path.parts) / (after - before)
            for path, before, after in zip(run.paths, handed, handed[1:], strict=False)
        ]
    assert statistics.median(shares) == pytest.approx(1.0, rel=0.02)


def test_more_bytes_take_longer_to_pickle() -> None:
    def pickled_ns(to_kib: int) -> float:
        with carried("processes", 1, ({**PAYLOAD, "to_kib": to_kib},)) as run:
            return statistics.median(each.pickled_ns - each.pickle_ns for each in run.tasks)

    assert pickled_ns(32_768) > 4 * pickled_ns(64)


@pytest.mark.parametrize("model", ["process-pool", "multiprocessing-pool", "joblib"])
def test_each_task_of_a_chunk_carries_bytes_of_its_own(model: str) -> None:
    if model not in HANDING:
        pytest.skip(f"{model} cannot run under the app's own Python")
    with carried(model, options={"chunksize": 5}) as run:
        assert [each.to_bytes for each in run.tasks] == [256 * KIB] * TASKS
        alone = min(each.pickled_ns - each.pickle_ns for each in run.tasks)
        assert alone > 0.02 * statistics.median(each.pickled_ns - each.pickle_ns for each in run.tasks)
        assert len({each.result_unpickled_ns for each in run.tasks}) == TASKS


OWN = {
    "kind": "python",
    "source": """
class Thing:
    def __init__(self, numbers):
        self.numbers = numbers

def argument(number):
    return Thing(list(range(20_000)))

def task(argument):
    return argument.numbers[:500]
""",
}


@pytest.mark.parametrize(
    "model",
    [pytest.param(key, marks=[] if key in ("processes", "process-pool") else [pytest.mark.matrix]) for key in PICKLING],
)
def test_own_codes_arguments_and_results_are_counted_and_timed(model: str) -> None:
    with carried(model, steps=(OWN, SLEEP)) as run:
        assert sorted(each.task for each in run.tasks) == list(range(TASKS))
        for each in run.tasks:
            assert each.to_bytes > 10 * each.back_bytes > 10_000, "two bytes and more for each number"
            phases = run.phases(each.task)
            instants = [*each[3:8], int(phases["start_ns"].min()), int(phases["end_ns"].max()), *each[8:]]
            assert all(instants)
            assert instants == sorted(instants)
        assert run.totals is not None
        assert run.totals.to_bytes == sum(each.to_bytes for each in run.tasks)
        assert run.totals.pickle_ns > 0 < run.totals.unpickle_ns
        for each, path in zip(sorted(run.tasks), run.paths, strict=True):
            assert not [part for part in path.parts if "not recorded" in part.words]
            assert lengths(path.parts) == pytest.approx(each.result_unpickled_ns - each.handed_ns, rel=0.02)


def test_own_code_beside_a_payload_carries_both() -> None:
    with carried("processes", steps=(PAYLOAD, OWN)) as run:
        for each in run.tasks:
            assert each.to_bytes > 256 * KIB + 20_000
            assert each.back_bytes > 64 * KIB + 500


def test_groups_and_failing_tasks_have_their_way_too() -> None:
    fails = {"kind": "python", "source": "def task(item):\n    raise KeyError(item)\n"}
    parts = [{"name": name, "workers": 1, "steps": [PAYLOAD, fails], "tasks": 5} for name in ("one", "two")]
    with started([], "processes", interpreter=None, options={"start_method": "spawn"}, tasks=10, groups=parts) as host:
        run = host.wait().finished()
        assert run.tasks_failed == 10
        assert sorted(each.task for each in read_tasks(str(run.folder))) == list(range(10))


def test_no_more_are_recorded_than_phases_are_and_the_totals_stay_exact() -> None:
    with started([PAYLOAD], "processes", options={"start_method": "spawn"}, phases_limit=8, tasks=TASKS) as host:
        folder = str(host.wait().finished().folder)
        totals = read_totals(folder)
        assert len(list(read_tasks(folder))) == 4
        assert totals is not None
        assert (totals.tasks, totals.to_bytes) == (TASKS, TASKS * 256 * KIB)


NOTHING_LOADED = """
import sys

def task(item):
    assert "engine.host.payloads.carrying" not in sys.modules
    assert "engine.host.payloads.marks" not in sys.modules
"""


@pytest.mark.parametrize("model", ["processes", "process-pool", "thread-pool", "threads"])
@pytest.mark.parametrize("first", [SLEEP, {**PAYLOAD, "to_kib": 0, "back_kib": 0}], ids=["none", "empty"])
def test_what_carries_nothing_has_none_of_it(model: str, first: dict[str, Any]) -> None:
    steps = [first, {"kind": "python", "source": NOTHING_LOADED}]
    with started(steps, model, options=quick_options(MODELS[model]), tasks=TASKS) as host:
        run = host.wait().finished()
        assert run.tasks_done == TASKS, run.story()
        assert read_totals(str(run.folder)) is None
        assert not Path(run.folder, "carried").exists()
