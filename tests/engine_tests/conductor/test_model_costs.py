"""What models cost: measured on this machine, kept, and never while a run is on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import models
from engine.commandline.measuring.costs import costs_table
from engine.conductor.measurements import model_costs
from engine.conductor.measurements.cost_cache import CostCache
from engine.conductor.measurements.model_costs import ModelCosts, measure
from engine.conductor.measurements.uninstrumented_run import UninstrumentedRunError, UninstrumentedRuns
from engine.interpreters.installed import app_interpreter
from engine.interpreters.plugins import Plugins
from engine.processes.guard import Guard
from engine.wire.client import Conductor
from engine.wire.facts import CostsKnown
from engine.workload.catalogue import ModelCard
from tests import conducting
from tests.conducting import ask, send

FIGURES = ("create_worker_s", "worker_bytes", "task_overhead_s")
CARDS: dict[str, ModelCard] = {key: model.full_card() for key, model in models.discover().items()}


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    """A guard of the hosts that are started here."""
    guard = Guard()
    yield guard
    guard.close()


@pytest.fixture(scope="module")
def conductor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conductor]:
    """One conductor for all tests here, which knows no costs that another test has measured."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        with Conductor() as conductor:
            yield conductor


@pytest.fixture(autouse=True)
def _processes_first(conductor: Conductor, guard: Guard) -> None:
    """Have both there before each test, so that they are not taken for something left behind."""


def _runs(guard: Guard) -> UninstrumentedRuns:
    return UninstrumentedRuns(app_interpreter(), guard, Plugins())


def _forking(card: ModelCard) -> ModelCard:
    """Return the card with the start method that takes least, so that a test of it does."""
    if sys.platform != "linux":
        return card
    parameters = (replace(each, default="fork") if each.name == "start_method" else each for each in card.parameters)
    return replace(card, parameters=tuple(parameters))


@pytest.mark.alone
def test_a_process_costs_more_than_a_thread_in_every_way(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    # Between threads and processes lies a factor of two to seven; what a busy machine adds comes to either of them.
    monkeypatch.setattr(model_costs, "REPEATS", 3)
    monkeypatch.setattr(model_costs, "MEMORY_REPEATS", 1)
    thread, process = (measure(_forking(CARDS[key]), _runs(guard)) for key in ("thread-pool", "process-pool"))
    for figure in FIGURES:
        of_process, of_thread = getattr(process, figure), getattr(thread, figure)
        assert of_process is not None
        assert of_process > (of_thread or 0.0), figure


@pytest.mark.parametrize("key", [key for key in CARDS if key != "dask"])  # its cluster takes seconds to start
def test_the_function_of_every_model_can_be_timed(key: str, guard: Guard) -> None:
    run = model_costs._run(_forking(CARDS[key]), 2, 4, 0.01)
    if CARDS[key].unavailable_reason:
        with pytest.raises(UninstrumentedRunError):
            _runs(guard).run([run])
        return
    [first, second] = _runs(guard).run([run, run]).seconds
    assert min(first, second) > 0.01


def test_sequential_is_what_others_are_compared_with(guard: Guard) -> None:
    assert measure(CARDS["sequential"], _runs(guard)) == ModelCosts()


def test_what_is_killed_says_so(guard: Guard) -> None:
    runs = _runs(guard)
    runs.kill()
    with pytest.raises(UninstrumentedRunError, match="ended"):
        runs.run([model_costs._run(None, 1, 1, 0.0)])


def test_costs_are_kept_for_the_same_source_and_interpreter(tmp_path: Path) -> None:
    cache, interpreter = CostCache(tmp_path / "new" / "costs.json"), app_interpreter()
    card, costs = CARDS["threads"], ModelCosts(0.5, None, 0.25)
    assert cache.get(card, interpreter) is None
    cache.put(card, interpreter, costs, "2026-01-01T00:00:00+00:00")
    again = CostCache(tmp_path / "new" / "costs.json")
    assert again.get(card, interpreter) == (costs, "2026-01-01T00:00:00+00:00")
    assert again.get(CARDS["thread-pool"], interpreter) is None
    (tmp_path / "new" / "costs.json").write_text("{")
    assert again.get(card, interpreter) is None


def _ask(conductor: Conductor, model: str = "threads", **rest: Any) -> dict[str, Any]:
    return ask(conductor, "costs", "costs", model=model, interpreter=None, **rest)


@pytest.mark.parametrize(
    ("model", "measure", "words"), [("threads", "no", "not measured yet"), ("nothing", "again", "there is no nothing")]
)
def test_why_there_are_no_figures_is_said(conductor: Conductor, model: str, measure: str, words: str) -> None:
    fact = _ask(conductor, model, measure=measure)
    assert words in fact["reason"]
    assert [fact[figure] for figure in FIGURES] == [None] * 3


def test_what_was_measured_is_known_from_then_on(conductor: Conductor) -> None:
    first = _ask(conductor, "sequential")
    assert first["reason"] is None
    assert first["measured_at"]
    assert _ask(conductor, "sequential", measure="no") == first


def test_nothing_is_measured_while_a_run_is_on(conductor: Conductor) -> None:
    sleeping = {"kind": "sleep", "duration_ms": 20.0}
    run_id = conducting.start(conductor, conducting.experiment([sleeping], until_stopped=True))
    conducting.facts_until(conductor, conducting.is_stage("measuring"))
    assert "a run is on" in _ask(conductor)["reason"]
    send(conductor, "stop", run_id=run_id)
    conducting.until_ended(conductor)


def test_a_run_that_begins_ends_a_measurement(conductor: Conductor) -> None:
    send(conductor, "costs", model="processes", interpreter=None, measure="again")
    # The measuring has begun once its host is there.
    conducting.wait_until(lambda: any("--uninstrumented" in " ".join(each) for each in _commands(conductor.pid)))
    conducting.start(conductor, conducting.experiment([{"kind": "count-primes", "below": 10}], tasks=5))
    facts = conducting.facts_until(conductor, lambda fact: fact["type"] == "ended")
    facts += [] if _has_costs(facts) else conducting.facts_until(conductor, lambda fact: fact["type"] == "costs")
    [costs] = [fact for fact in facts if fact["type"] == "costs"]
    assert costs["reason"]
    assert facts[-1]["type"] == "costs" or facts[-1]["result"]["status"] == "finished"


def test_the_command_line_tells_them_with_units() -> None:
    known = CostsKnown("threads", None, 0.00018, 16960.0, None, "today", None)
    unknown = CostsKnown("asyncio", None, None, None, None, None, "a run is on")
    lines = costs_table({"threads": known, "asyncio": unknown}).splitlines()
    forked = replace(known, forkserver_worker_s=0.0021)
    assert "180 us (from a fork server 2.1 ms)" in costs_table({"processes": forked})
    assert lines[1].split() == ["threads", "180", "us", "17", "kB", "-", "today"]
    assert lines[2].split() == ["asyncio", "-", "-", "-", "a", "run", "is", "on"]


def _has_costs(facts: list[dict[str, Any]]) -> bool:
    return any(fact["type"] == "costs" for fact in facts)


def _commands(pid: int) -> list[list[str]]:
    import psutil

    found = []
    for each in psutil.Process(pid).children(recursive=True):
        try:
            found.append(each.cmdline())
        except psutil.Error:
            continue
    return found
