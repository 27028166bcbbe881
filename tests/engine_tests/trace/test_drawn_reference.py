"""What is drawn of many lanes that share a file, against a reference that looks at every phase by itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.record.lane_file import LAST, OK, LaneWriter, Slot, tail
from engine.trace import phase_store
from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import KINDS, Floats, Ints, PieceKind, covered_many, settle
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.raster import NOTHING, Strip, Window, paint
from tests.lane_writing import card
from tests.run_folders import EXPERIMENT, START_NS, make_run

LANES, PHASES, END_NS = 40, 3_000, 1_000_000
CARDS = (card("sleep", "time", has_async=True), card("count-primes"))
STEPS = {each.key: each.to_json() for each in CARDS}
# Of each step: its wait, the rest of it, and all of it where the wait is not known.
SLEEP, PRIMES = (PieceKind.IO, PieceKind.LOOP, PieceKind.AWAITED), (PieceKind.IO, PieceKind.COMPUTE, PieceKind.COMPUTE)
KINDS_OF = (SLEEP, PRIMES, SLEEP)
Row = tuple[int, int, int, int, int, int]  # lane, start, end, waited, step, flags


@pytest.fixture
def rows() -> list[Row]:
    """Phases of all lanes in the order in which they ended; a lane's own do not overlap."""
    rng = np.random.default_rng(11)
    made: list[Row] = []
    for lane in range(LANES):
        count = int(rng.integers(2, 2 * PHASES // LANES)) if lane % 7 else 0
        times = np.sort(rng.choice(END_NS, 2 * count, replace=False)).reshape(-1, 2)
        for start, end in times.tolist():
            waited = int(rng.integers(-1, 2 * (end - start)))
            made.append((lane, start, end, waited, int(rng.integers(0, 3)), OK if rng.random() < 0.9 else LAST))
    return sorted(made, key=lambda row: row[2])


@pytest.fixture(params=[500, 30])
def store(
    tmp_path: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> PhaseStore:
    """Those phases, read in several pieces; some lanes were looked at in between."""
    folder = make_run(tmp_path / "run")
    (folder / "cards.json").write_text(json.dumps({"steps": STEPS}), encoding="utf-8")
    writer = LaneWriter(
        str(folder / "lanes" / "loop.lane"), thread=7, thread_name="MainThread", process_name="MainProcess",
        created_ns=1, capacity=100_000,
    )  # fmt: skip
    writer.slots[Slot.WORKERS] = LANES
    record = writer.recorder()
    for task, (lane, start, end, waited, step, flags) in enumerate(rows):
        record(task, START_NS + start, START_NS + end, waited, tail(lane, step, flags))
    monkeypatch.setattr(phase_store, "_AT_ONCE", request.param)
    monkeypatch.setattr(phase_store, "MOST_PIECES", 8)
    made = PhaseStore(folder, EXPERIMENT, is_async=True)
    while made.refresh():
        covered_many(made.tracks[5:20:3], np.array([0, END_NS]))
        assert max(len(track.pending) for track in made.tracks) <= 2 * 8
    made.close()
    return made


def reference(rows: list[Row], lane: int, edges: Ints) -> Floats:
    """Return the nanoseconds of each kind in each column of a lane, phase by phase."""
    sums = np.zeros((len(edges) - 1, KINDS))
    for row, start, end, waited, step, _ in rows:
        if row != lane:
            continue
        wait, rest, unknown = KINDS_OF[step]
        turn = start + min(max(waited, 0), end - start)
        for begin, until, kind in ((start, turn, wait), (turn, end, rest if waited >= 0 else unknown)):
            sums[:, kind] += np.clip(np.minimum(edges[1:], until) - np.maximum(edges[:-1], begin), 0, None)
    return sums


@pytest.mark.parametrize("columns", [1, 13, 400])
def test_every_column_of_every_lane_has_what_its_phases_have(store: PhaseStore, rows: list[Row], columns: int) -> None:
    edges = np.linspace(0, END_NS, columns + 1).astype(np.int64)
    each = [reference(rows, lane, edges) for lane in range(LANES)]
    drawn = np.diff(covered_many(store.tracks, edges), axis=1)
    assert np.array_equal(drawn, np.array(each))
    together = np.diff(store.sum_of(tuple(range(LANES))).covered(edges), axis=0)
    assert np.allclose(together, sum(each) / LANES, atol=1.0)


def test_the_picture_shows_the_state_that_most_of_each_column_is_in(store: PhaseStore, rows: list[Row]) -> None:
    strips = tuple(Strip((lane,), lane * 6, 6) for lane in range(LANES))
    pixels = paint(store, LaneShares(Path("nowhere")), Window(0, END_NS, 600, strips))
    edges = np.linspace(0, END_NS, pixels.shape[1] + 1).astype(np.int64)
    states = {
        PieceKind.COMPUTE: 0,
        PieceKind.OPEN: 0,
        PieceKind.IO: 3,
        PieceKind.LOCK: 4,
        PieceKind.LOOP: 5,
        PieceKind.AWAITED: 5,
    }
    for lane in range(LANES):
        kinds = reference(rows, lane, edges)
        filled = np.zeros((len(kinds), 6))
        for kind, state in states.items():
            filled[:, state] += kinds[:, kind] / np.diff(edges)
        expected = np.where(filled.sum(axis=1) >= 0.1, filled.argmax(axis=1), NOTHING)
        assert np.array_equal(pixels[lane * 6 + 1], expected)


def test_what_a_lane_keeps_does_not_depend_on_when_it_was_looked_at(store: PhaseStore, rows: list[Row]) -> None:
    assert (store.phase_count, store.end_ns) == (len(rows), rows[-1][2])
    for lane, track in enumerate(store.tracks):
        own = [(task, *row) for task, row in enumerate(rows) if row[0] == lane]
        assert track.count == len(own)
        assert track.records["task"].tolist() == [row[0] for row in own]
        assert (track.start.tolist(), track.end.tolist()) == ([row[2] for row in own], [row[3] for row in own])
        assert track.waited.tolist() == [min(max(row[4], 0), row[3] - row[2]) for row in own]
        assert [track.is_known(place) for place in range(track.count)] == [row[4] >= 0 for row in own]
        assert track.failed.tolist() == [place for place, row in enumerate(own) if not row[6] & OK]


def test_the_lanes_that_nobody_looked_at_are_worked_out_little_by_little(store: PhaseStore) -> None:
    pieces, left = 0, [sum(map(len, track.pending)) for track in store.tracks]
    assert sum(left) > 200
    while store.settle_some(100):
        pieces += 1
        before, left = sum(left), [sum(map(len, track.pending)) for track in store.tracks]
        assert before - sum(left) < 100 + 2 * PHASES // LANES
    assert pieces > 0
    assert not any(track.pending for track in store.tracks)
    settle(store.tracks)
    assert not store.settle_some(100)
