"""Slow motion: what is kept of a run, that it agrees with what was measured, and each model's line of code."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine import models
from engine.lessons.model_lines import model_lines
from engine.lessons.motion import NOBODY, NOT_KNOWN, Motion, what_at
from engine.lessons.run_pictures import run_motion
from engine.record.run_folder import RunFolder
from engine.wire.client import Conductor
from engine.wire.commands import RunOptions, StartRun
from engine.wire.facts import Ended

PRIMES = {"kind": "count-primes", "below": 10_000}
WAIT = {"kind": "sleep", "duration_ms": 5.0}


def motion(kind: str, workers: int = 3) -> Motion:
    """Run a workload that computes, for coroutines one that waits, and return its slow motion."""
    experiment = {
        "format": 1,
        "title": "Slow",
        "workload": {"duration_s": 1.0, "steps": [WAIT if kind == "asyncio" else PRIMES]},
        "model": {"kind": kind, "workers": workers},
    }
    with Conductor() as conductor:
        conductor.send(StartRun("slow", experiment, RunOptions(trust=False, history=False)))
        ended = conductor.wait_for(Ended)
        found = run_motion(RunFolder(ended.folder))
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["threads", "processes", "asyncio"])
def test_every_worker_is_told_of_at_every_instant_and_survives_its_file(kind: str) -> None:
    found = motion(kind)
    assert len(found.rows) == 3
    for row in found.rows:
        assert row.states[0].begin_s == pytest.approx(found.begin_s)
        assert row.states[-1].end_s == pytest.approx(found.end_s)
        assert all(one.end_s == other.begin_s and one.what != other.what for one, other in pairwise(row.states))
        assert row.tasks
    again = Motion.from_json(found.to_json())
    assert [row.name for row in again.rows] == [row.name for row in found.rows]
    assert again.rows[0].states[0].what == found.rows[0].states[0].what
    assert bool(found.gil) != bool(found.no_gil)


def test_only_the_holder_of_the_gil_runs() -> None:
    found = motion("threads")
    if not found.gil:
        pytest.skip(found.no_gil)
    agreeing = against = 0.0
    for piece in found.gil:
        if piece.what in (NOBODY, NOT_KNOWN):
            continue
        middle_s = (piece.begin_s + piece.end_s) / 2
        running = {row.name for row in found.rows if row.state_at(middle_s) == "cpu"}
        if running - {piece.what}:
            against += piece.end_s - piece.begin_s
        elif running:
            agreeing += piece.end_s - piece.begin_s
    assert agreeing > 4 * against
    first = found.next_change(found.begin_s)
    assert first is not None
    before = found.next_change(first, back=True)
    assert before is not None
    assert before < first
    assert what_at(found.gil, found.end_s + 1) == ""


@pytest.mark.parametrize("key", models.discover())
def test_every_model_has_a_line_that_gives_its_workers_their_tasks(key: str) -> None:
    source = models.discover()[key].full_card().source
    found = model_lines(source)
    assert found is not None
    lines = source.splitlines()
    line = lines[found.task - 1]
    assert "task" in line or "item" in line
    if found.direct:
        assert "task(" in line
        assert lines[found.between - 1].split()[0] in ("for", "async", "while")
    else:
        assert found.between == 0


def test_code_that_hands_over_nothing_has_no_line() -> None:
    assert model_lines("def run(task, items, workers):\n    pass\n") is None
    assert model_lines("def run(task, items, workers):\n    for\n") is None
