"""The slider of the switch interval is seen to act: for how long each thread holds the GIL follows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.history.data_folder import data_folder
from engine.history.store import RUNS
from engine.trace.gil_holder import gil_figures
from engine.trace.picture.run_looks import RunLooks
from engine.wire.client import Conductor
from engine.wire.commands import ControlRun, StopRun
from engine.witness.witness import how_to_look
from tests.conducting import experiment, facts_until, is_stage, start, until_ended

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(how_to_look()[0] == "none", reason=str(how_to_look()[1])),
]
PRIMES = {"kind": "count-primes", "below": 20_000}
LOOKED_AT_S = 1.5


@pytest.fixture
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


def stretches_s(folder: Path, begin_s: float, end_s: float) -> tuple[float, bool]:
    """Return for how long the GIL was held in one piece between two instants: the median, or (False) a bound that it is
    below where that is too short for the looks to see, as on a busy machine.
    """
    looks = RunLooks(folder)
    while looks.refresh(final=True):
        pass
    (pid,) = {each.pid for each in looks.tables.processes if looks.held(each.pid) is not None}
    held = looks.held(pid)
    assert held is not None
    figures = gil_figures(held.segments.clipped(round(begin_s * 1e9), round(end_s * 1e9)))
    found_ns = figures.stretch_p50_ns if figures.stretch_p50_ns is not None else figures.shorter_than_ns
    assert found_ns is not None
    return found_ns / 1e9, figures.stretch_p50_ns is not None


def test_how_long_the_gil_is_held_follows_the_switch_interval(conductor: Conductor) -> None:
    run_id = start(conductor, experiment([PRIMES], "threads", 2, until_stopped=True), history=True)
    facts_until(conductor, is_stage("measuring"))
    pause, changed = threading.Event(), []
    for interval_s in (0.0005, 0.005, 0.05):
        conductor.send(ControlRun(run_id, switch_interval_s=interval_s))
        mark = facts_until(conductor, lambda fact: bool(fact["type"] == "tick" and fact["marks"]))[-1]
        changed.append(mark["t_s"])
        pause.wait(LOOKED_AT_S)
    conductor.send(StopRun(run_id))
    until_ended(conductor)
    folder = data_folder() / RUNS / run_id
    seen = [stretches_s(folder, at_s + 0.1, at_s + LOOKED_AT_S) for at_s in changed]
    (short, _), (usual, usual_seen), (long, long_seen) = (
        seen  # on a busy machine each is longer: a holder waits for a core
    )
    if usual_seen:
        assert usual > short, seen
    if usual_seen and long_seen:
        assert long > 1.5 * usual, seen
    assert long > 1.5 * short, seen
    # Whoever wants it asks only after the interval, so it is never given up earlier.
    assert usual > 0.9 * 0.005, seen
    assert long > 0.7 * 0.05, seen  # its edges are known to half the interval between looks
