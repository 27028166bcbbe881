"""What it costs to be watched: measured by a real conductor when asked for, and kept with the run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.conductor.measurements.overhead import LEAST_PAIRS, figures
from engine.conductor.measurements.overhead_pairs import OverheadPairsError, Segment
from engine.history.run_row import run_row
from engine.record.run_folder import RunFolder
from engine.wire.client import Conductor
from engine.wire.codec import plain
from engine.wording.figure_text import observer_cost_words
from tests.conducting import code, experiment, facts_until, send, start, until_ended

SLEEP = {"kind": "sleep", "duration_ms": 1.0}


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as started:
        yield started


def _run(conductor: Conductor, what: dict[str, Any]) -> tuple[str, Path]:
    run_id = start(conductor, what)
    ended = until_ended(conductor)[-1]
    assert ended["result"]["observer_cost"] is None  # not measured, and not 0
    return run_id, Path(ended["folder"])


def _answers(conductor: Conductor, run_id: str, **values: Any) -> list[dict[str, Any]]:
    send(conductor, "observer_cost", run_id=run_id, pairs=LEAST_PAIRS, **values)
    facts = facts_until(
        conductor, lambda fact: fact["type"] == "observer_cost" and bool(fact["cost"] or fact["reason"])
    )
    return [fact for fact in facts if fact["type"] == "observer_cost"]


def _files_open(conductor: Conductor) -> int:
    files = Path(f"/proc/{conductor.pid}/fd")
    return len(list(files.iterdir())) if files.exists() else 0  # only Linux lists a process's files


@pytest.mark.parametrize(("model", "workers"), [("threads", 4), ("asyncio", 4)])
def test_it_is_measured_and_kept_with_the_run(conductor: Conductor, model: str, workers: int) -> None:
    run_id, folder = _run(conductor, experiment([SLEEP], model, workers, duration_s=0.2))
    before = _files_open(conductor)
    *progress, last = _answers(conductor, run_id)
    done = [fact["done"] for fact in progress]
    assert done == sorted(done)
    assert done[-1] == LEAST_PAIRS
    cost = last["cost"]
    assert cost["pairs"] == LEAST_PAIRS
    assert cost["low_percent"] <= cost["percent"] <= cost["high_percent"]
    assert cost["percent"] < 100
    assert 0 < cost["sampler_percent_of_a_core"] < 100
    assert json.loads((folder / "result.json").read_text())["observer_cost"] == cost
    assert run_row(RunFolder(folder))["observer_cost_percent"] == cost["percent"]
    assert _files_open(conductor) <= before


def test_it_ends_when_told_to_and_when_a_run_begins(conductor: Conductor) -> None:
    run_id, _ = _run(conductor, experiment([SLEEP], "threads", 2, duration_s=0.2))
    send(conductor, "observer_cost", run_id=run_id)
    send(conductor, "observer_cost", run_id=run_id, stop=True)
    facts = facts_until(conductor, lambda fact: fact["type"] == "observer_cost" and bool(fact["reason"]))
    assert facts[-1]["reason"] == "it was ended"
    send(conductor, "observer_cost", run_id=run_id)
    other = start(conductor, experiment([SLEEP], "threads", 2, duration_s=0.2))
    seen = until_ended(conductor)
    assert seen[-1]["run_id"] == other
    assert [each["reason"] for each in seen if each["type"] == "observer_cost"] == ["it was ended"]


def test_what_cannot_be_measured_says_why(conductor: Conductor) -> None:
    assert _answers(conductor, "20200101-000000-aaaaaa")[-1]["reason"] == "there is no such run"
    run_id, _ = _run(conductor, experiment([code("def task(number):\n    pass\n")], duration_s=0.2))
    assert "trusted" in _answers(conductor, run_id)[-1]["reason"]
    send(conductor, "observer_cost", run_id=run_id, trust=True)
    begun = facts_until(conductor, lambda fact: fact["type"] == "observer_cost")[-1]
    assert begun["reason"] is None
    send(conductor, "observer_cost", run_id=run_id, stop=True)
    facts_until(conductor, lambda fact: fact["type"] == "observer_cost" and fact["reason"] == "it was ended")


def test_each_pair_gives_a_figure() -> None:
    def pair(number: int) -> list[Segment]:
        without, watched = Segment(False, 100, 1.0, 0.5, 0.0), Segment(True, 100, 1.01, 0.51, 0.02)
        return [watched, without] if number % 2 else [without, watched]

    cost = figures([segment for number in range(LEAST_PAIRS) for segment in pair(number)])
    assert cost.percent == pytest.approx(1.0)
    assert cost.cpu_percent == pytest.approx(2.0)
    assert cost.sampler_percent_of_a_core == pytest.approx(2 / 1.01)
    assert observer_cost_words(plain(cost)) == "1.0 % ± 0.0, processor time 2.0 % ± 0.0 (5 pairs of runs)"
    with pytest.raises(OverheadPairsError, match="only 4 pairs"):
        figures([segment for number in range(4) for segment in pair(number)])


@pytest.mark.parametrize("cpu_s", [None, 0.0])
def test_processor_time_that_was_not_measured_is_null(cpu_s: float | None) -> None:
    pair = [Segment(True, 100, 1.01, 0.5, 0.02), Segment(False, 100, 1.0, cpu_s, 0.0)]
    cost = figures(pair * LEAST_PAIRS)
    assert (cost.cpu_percent, cost.cpu_low_percent, cost.cpu_high_percent) == (None, None, None)
    assert cost.percent == pytest.approx(1.0)
