"""The ledger and the picture of the same recorded run say the same: lane by lane, state by state, to a pixel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from engine import models
from engine.history.data_folder import data_folder
from engine.history.store import RUNS
from engine.record.run_folder import RunFolder
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.ledger_fit import IN_TASK
from engine.trace.picture.loop_turns import LoopTurns
from engine.trace.picture.raster import Strip, fill_strips
from engine.trace.picture.run_fit import RunFit, lane_ledgers
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.search import task_of
from engine.trace.picture.task_path import path_of
from engine.wire.client import Conductor
from engine.wire.protocol import LEDGER_STATES
from tests.conducting import code, experiment, run
from tests.results import as_result

AVAILABLE = [key for key, model in models.discover().items() if model.unavailable() is None and key != "dask"]
PRIMES, SLEEP = {"kind": "count-primes", "below": 3000}, {"kind": "sleep", "duration_ms": 3.0}
COLUMNS = 1000
COMMENTED = "# async def task(item) would be awaited\ndef task(item):\n    return sum(range(20_000))\n"
AWAITED = "import asyncio\nasync def task(item):\n    await asyncio.sleep(0.002)\n    return sum(range(20_000))\n"


class Recorded(NamedTuple):
    """A run that was recorded, read as the timeline reads it."""

    store: PhaseStore
    shares: LaneShares
    result: dict[str, Any]
    end_ns: int


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


def recorded(conductor: Conductor, what: dict[str, Any]) -> Recorded:
    # Nobody looks at its threads: what steps say is then the ledger's too, and not only as far as it agrees.
    result = run(conductor, what, history=True, witness_percent=0)
    return opened(data_folder() / RUNS / result["run_id"], result)


def opened(folder: Path, result: dict[str, Any]) -> Recorded:
    is_async = models.discover()[result["model"]].card.is_async
    store, shares = PhaseStore(folder, RunFolder(folder).experiment(), is_async=is_async), LaneShares(folder)
    shares.looks, shares.turns = RunLooks(folder), LoopTurns(folder) if is_async else None
    while store.refresh(final=True) or shares.refresh() or shares.refresh_seen(final=True):
        pass
    store.close()
    fit = RunFit(store, shares, lane_ledgers(as_result(result)))
    while fit.go_on():
        pass
    return Recorded(store, shares, result, store.end_ns)


def drawn_s(found: Recorded, lanes: tuple[int, ...]) -> np.ndarray:
    """Return the seconds of each state that are drawn of each lane over the whole run: shape (lanes, states)."""
    edges = np.linspace(0, found.end_ns, COLUMNS + 1).astype(np.int64)
    strips = [Strip((lane,), 0, 10) for lane in lanes]
    filled = fill_strips(found.store, found.shares, strips, edges)
    return np.asarray((filled * np.diff(edges)[:, None]).sum(axis=1) / 1e9)


def assert_agree(found: Recorded) -> None:
    ledgers = found.result["lanes"]
    pixel_s = found.end_ns / COLUMNS / 1e9
    drawn = drawn_s(found, tuple(range(len(ledgers))))
    assert len(ledgers) == len(found.store.lanes)
    for lane, seconds in zip(ledgers, drawn, strict=True):
        told = np.array([lane["ledger_s"][state] or 0.0 for state in LEDGER_STATES[:IN_TASK]])
        assert np.abs(seconds[:IN_TASK] - told).max() <= pixel_s, (lane["worker"], told, seconds)
        assert seconds[IN_TASK:].sum() == 0


@pytest.mark.parametrize("kind", AVAILABLE)
@pytest.mark.parametrize("steps", [[PRIMES, SLEEP], [PRIMES, {"kind": "file-write", "size_kib": 64}]])
def test_every_model_is_drawn_as_its_ledger_counts(
    conductor: Conductor, kind: str, steps: list[dict[str, Any]]
) -> None:
    found = recorded(conductor, experiment(steps, kind, 3, duration_s=0.7))
    assert found.result["status"] == "finished", found.result
    assert found.result["tasks"]["done"] > 10
    assert_agree(found)


@pytest.mark.parametrize(("source", "drawn"), [(COMMENTED, "cpu"), (AWAITED, "io_wait")])
def test_a_persons_function_is_drawn_as_its_ledger_counts(conductor: Conductor, source: str, drawn: str) -> None:
    found = recorded(conductor, experiment([code(source)], "asyncio", 4, duration_s=0.7))
    assert_agree(found)
    assert drawn_s(found, (0, 1, 2, 3)).sum(axis=0)[LEDGER_STATES.index(drawn)] > 0.1


def test_zoomed_in_one_coroutine_of_a_loop_runs_at_a_time_and_those_that_are_ready_wait(conductor: Conductor) -> None:
    found = recorded(conductor, experiment([PRIMES, SLEEP], "asyncio", 4, duration_s=0.7))
    middle = found.store.first_ns + 200_000_000
    edges = np.arange(middle, middle + 300_000_000, 100_000)
    filled = fill_strips(found.store, found.shares, [Strip((lane,), 0, 10) for lane in range(4)], edges)
    io, loop = (filled[:, :, LEDGER_STATES.index(state)] for state in ("io_wait", "loop_wait"))
    has_loop = filled[:, :, :3].sum(axis=-1) > 0.5  # its thread runs, or waits for a core or the GIL meanwhile
    assert ((filled > 0).sum(axis=-1) <= 1).mean() > 0.95, "a column is one state, not shares of several"
    assert (has_loop.sum(axis=0) <= 1).mean() > 0.97
    assert has_loop.any()
    assert (io > 0.5).any()
    assert loop[:, has_loop.any(axis=0)].sum() > loop[:, ~has_loop.any(axis=0)].sum()
    # A task's path has its parts in their order: it waits for its sleep, then for the loop, then it is done.
    track = found.store.tracks[0]
    sleeps = np.flatnonzero((track.records["step"] == 1) & (track.end < edges[-1]))
    task = task_of(found.store, 0, int(sleeps[-1]))
    slept = next(part for part in path_of(found.store, found.shares, task).parts if part.title.lower() == "sleep")
    assert "io_wait" in [piece.state for piece in slept.pieces]
    assert [piece.begin_ns for piece in slept.pieces] == sorted(piece.begin_ns for piece in slept.pieces)
    assert "proportions" not in slept.words


def test_a_lock_under_threads_is_drawn_as_its_ledger_counts(conductor: Conductor) -> None:
    found = recorded(
        conductor, experiment([{"kind": "critical-section", "hold_ms": 2.0}], "threads", 4, duration_s=0.7)
    )
    assert_agree(found)
    assert drawn_s(found, (0, 1, 2, 3)).sum(axis=0)[LEDGER_STATES.index("lock_wait")] > 0.5


def test_lanes_that_are_drawn_as_one_have_the_mean_of_their_ledgers(conductor: Conductor) -> None:
    found = recorded(conductor, experiment([PRIMES, SLEEP], "threads", 3, duration_s=0.7))
    fit = RunFit(found.store, found.shares, lane_ledgers(as_result(found.result)), [(0, 1, 2)])
    while fit.go_on():
        pass
    edges = np.linspace(0, found.end_ns, COLUMNS + 1).astype(np.int64)
    together = fill_strips(found.store, found.shares, [Strip((0, 1, 2), 0, 10)], edges)[0]
    told = [sum(lane["ledger_s"][state] or 0.0 for lane in found.result["lanes"]) / 3 for state in LEDGER_STATES]
    seconds = (together * np.diff(edges)[:, None]).sum(axis=0) / 1e9
    assert np.abs(seconds - told)[:IN_TASK].max() <= found.end_ns / COLUMNS / 1e9


def test_a_run_whose_result_tells_of_no_lanes_is_drawn_as_its_ticks_tell(conductor: Conductor) -> None:
    found = recorded(conductor, experiment([PRIMES, SLEEP], "threads", 2, duration_s=0.4))
    fits = dict(found.shares.fits)
    found.shares.fits.clear()
    assert not RunFit(found.store, found.shares, lane_ledgers(as_result({"workers": 2}))).go_on()
    assert fits
    assert drawn_s(found, (0, 1)).sum() > 0.3
