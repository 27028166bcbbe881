"""What threads were seen to do and who held the GIL, as the timeline reads and draws it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.record.lane_file import LAST, OK
from engine.record.look_file import (
    LOOKS,
    NO_CPU,
    RECORD,
    LookProcess,
    LookState,
    LookTables,
    LookThread,
    LookWriter,
)
from engine.trace.gil_holder import NOBODY, UNKNOWN, HolderSegments, gil_figures
from engine.trace.phase_store import PhaseStore
from engine.trace.picture import run_looks
from engine.trace.picture.gil_facts import GilFacts, rows_of
from engine.trace.picture.gil_rows import BLANK, FREE, HATCH, NOT_KNOWN, holder_at, holder_words, paint_gil, stretches
from engine.trace.picture.held import Held
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.now import mark, states_words
from engine.trace.picture.raster import Strip, fill_strips
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.search import find_task
from engine.trace.picture.task_path import path_of
from engine.trace.picture.thread_store import ThreadStore
from engine.wire.protocol import LEDGER_STATES
from tests.lane_writing import card
from tests.looks_writing import MS, PID, in_turn, thread_id, write_looks
from tests.run_folders import EXPERIMENT, START_NS, add_lane, make_run

CPU, GIL, IO = (LEDGER_STATES.index(state) for state in ("cpu", "gil_wait", "io_wait"))
WORKERS = {(PID, thread_id(number)): number for number in range(4)}
NAMES = ["Thread 1", "Thread 2", "Thread 3", "Thread 4"]
RUN_MS = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run in which two threads compute, 5 ms at a time, in one task each that takes all of the run."""
    made = make_run(tmp_path / "run")
    cards = {each.key: each.to_json() for each in (card("sleep", "time", has_async=True), card("count-primes"))}
    (made / "cards.json").write_text(json.dumps({"steps": cards}), encoding="utf-8")
    for number in range(2):
        phases = [(number, 0, RUN_MS * MS, 0, 1, OK | LAST)]
        add_lane(made, f"t{number}", phases, created_ns=number, pid=PID, thread=thread_id(number))
    write_looks(made, RUN_MS, in_turn(5.0))
    return made


def opened(folder: Path) -> tuple[PhaseStore, LaneShares]:
    store, shares = PhaseStore(folder, EXPERIMENT, is_async=False), LaneShares(folder)
    while store.refresh():
        pass
    shares.looks = looks_of(folder)
    return store, shares


def looks_of(folder: Path) -> RunLooks:
    looks = RunLooks(folder)
    while looks.refresh():
        pass
    looks.refresh(final=True)
    return looks


def test_who_holds_it_is_told_for_every_instant_that_was_looked_at(folder: Path) -> None:
    held = looks_of(folder).held(PID)
    assert held is not None
    assert held.at(np.array([-1, 2, 7, 12, 17, RUN_MS + 1]) * MS).tolist() == [UNKNOWN, 0, 1, 0, 1, UNKNOWN]
    figures = gil_figures(held.segments)
    assert figures.stretch_p50_ns == pytest.approx(5 * MS, abs=MS)
    assert held.shares(0, np.array([0, RUN_MS * MS])) == pytest.approx(0.5, abs=0.01)


def test_it_does_not_matter_in_which_pieces_looks_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = looks_of(folder)
    monkeypatch.setattr(run_looks, "_AT_ONCE", 14)
    pieces = looks_of(folder)
    first, second = whole.held(PID), pieces.held(PID)
    assert first is not None
    assert second is not None
    for name in ("start_ns", "end_ns", "holder"):
        assert getattr(first.segments, name).tolist() == getattr(second.segments, name).tolist()
    own = [each.of(PID, thread_id(0)) for each in (whole, pieces)]
    assert own[0] is not None
    assert own[1] is not None
    assert own[0].states.tolist() == own[1].states.tolist()


def test_a_look_at_a_thread_that_the_table_lacks_is_told_of_once_it_is_there(folder: Path) -> None:
    tables = LookTables.load(folder)
    LookTables(threads=tables.threads[:1], processes=tables.processes).save(folder)
    looks = RunLooks(folder)
    looks.refresh()
    assert looks.of(PID, thread_id(0)) is not None
    assert looks.of(PID, thread_id(1)) is None
    tables.save(folder)
    looks.refresh()
    looks.refresh(final=True)
    second = looks.of(PID, thread_id(1))
    assert second is not None
    assert len(second.times_ns) == RUN_MS + 1


def test_the_row_has_the_holders_colours_in_turn_and_their_shares_where_time_is_short_of_room(folder: Path) -> None:
    looks = looks_of(folder)
    held = looks.held(PID)
    assert held is not None
    pixels = paint_gil(looks, held, WORKERS, 0, 20 * MS, 400, 20)
    assert pixels.shape == (20, 400)
    assert [int(pixels[10, x]) for x in (40, 140, 240, 340)] == [0, 1, 0, 1]
    far = paint_gil(looks, held, WORKERS, 0, RUN_MS * MS, 8, 20)
    assert np.bincount(far[:, 3], minlength=2)[:2].tolist() == [10, 10]
    assert (paint_gil(looks, held, WORKERS, 0, RUN_MS * MS, 8, 6) <= 1).all()
    assert (paint_gil(looks, held, WORKERS, 2 * RUN_MS * MS, 3 * RUN_MS * MS, 40, 20) == BLANK).all()
    found = stretches(looks, held, WORKERS, 0, 20 * MS, 3 * MS)
    assert [each.lane for each in found] == [0, 1, 0, 1]


def test_nobody_and_not_known_look_different(folder: Path) -> None:
    def seen(at_ms: float) -> list[LookState]:
        if at_ms < 50:
            return [LookState.SLEEP, LookState.SLEEP]
        return [LookState.GIL, LookState.GIL]

    write_looks(folder, 100, seen)
    looks = looks_of(folder)
    held = looks.held(PID)
    assert held is not None
    assert held.at(np.array([20 * MS, 80 * MS])).tolist() == [NOBODY, UNKNOWN]
    pixels = paint_gil(looks, held, WORKERS, 0, 100 * MS, 200, 20)
    assert (pixels[:, :96] == FREE).all()
    assert set(np.unique(pixels[:, 104:]).tolist()) == {NOT_KNOWN, HATCH}
    assert holder_words(looks, held, WORKERS, NAMES, 20 * MS).startswith("Nobody held the GIL for")
    assert holder_words(looks, held, WORKERS, NAMES, 80 * MS).startswith("Not known who held the GIL for")
    assert [holder_at(looks, held, WORKERS, NAMES, at * MS) for at in (20, 80)] == ["nobody", "not known"]


def test_zoomed_in_a_lane_shows_what_was_seen_at_each_instant_and_as_a_whole_its_shares(folder: Path) -> None:
    store, shares = opened(folder)
    strips = [Strip((0,), 0, 20), Strip((1,), 20, 20)]
    near = fill_strips(store, shares, strips, np.arange(0, 41, 1) * MS + MS // 2)  # a look in the middle of each
    assert near[0, :, CPU].tolist() == [1.0 if at % 10 < 5 else 0.0 for at in range(1, 41)]
    assert near[1, :, GIL].tolist() == [1.0 if at % 10 < 5 else 0.0 for at in range(1, 41)]
    assert np.allclose(near.sum(axis=-1), 1.0)
    whole = fill_strips(store, shares, strips, np.arange(0, RUN_MS + 1, 1) * MS)
    assert (whole[0, :, CPU] == 1.0).all(), "no ledger was recorded, so it is not known what the whole was made of"


def test_where_nobody_looked_nothing_is_made_up(folder: Path) -> None:
    write_looks(folder, 20, in_turn(5.0))
    store, shares = opened(folder)
    looks = shares.looks
    assert looks is not None
    assert looks.of(PID, thread_id(0)).near(np.array([10, 24, 40]) * MS).tolist() == [CPU, CPU, -1]  # type: ignore[union-attr]
    near = fill_strips(store, shares, [Strip((1,), 0, 20)], np.arange(0, 61, 1) * MS)
    assert near[0, :20, GIL].sum() == 10
    assert near[0, 30:, GIL].sum() == 0


def test_in_slow_motion_one_runs_and_the_others_wait(folder: Path) -> None:
    store, shares = opened(folder)
    for at, running in ((2, 0), (7, 1)):
        assert states_words(store, shares, at * MS) == "1 running, 1 waiting for the GIL"
        marks = [mark(store, shares, lane, at * MS) for lane in (0, 1)]
        assert marks[running] == [("cpu", 1.0)]
        assert marks[1 - running] == [("gil_wait", 1.0)]


def test_a_tasks_path_has_its_parts_in_their_order(folder: Path) -> None:
    store, shares = opened(folder)
    task = find_task(store, 1)
    assert task is not None
    part = next(part for part in path_of(store, shares, task).parts if part.title == "count-primes")
    assert [piece.state for piece in part.pieces[:4]] == ["gil_wait", "cpu", "gil_wait", "cpu"]
    assert part.pieces[0].begin_ns == 0
    assert part.pieces[-1].end_ns == RUN_MS * MS
    assert all(piece.end_ns == after.begin_ns for piece, after in zip(part.pieces, part.pieces[1:], strict=False))
    lengths = [piece.end_ns - piece.begin_ns for piece in part.pieces[1:-1]]
    assert np.median(lengths) == pytest.approx(5 * MS, abs=MS)
    assert "proportions" not in part.words


def test_a_waiter_that_wakes_to_ask_for_the_gil_does_not_run(folder: Path) -> None:
    def seen(at_ms: float) -> list[LookState]:
        wakes = round(at_ms) % 5 == 4
        return [LookState.RUNNING, LookState.RUNNING if wakes else LookState.GIL]

    write_looks(folder, 100, seen, holder=lambda _: 0)
    looks = looks_of(folder)
    waiter = looks.of(PID, thread_id(1))
    assert waiter is not None
    # It reads as running at every fifth look, and had no time on a core since the look before at which it waited.
    assert (waiter.states == CPU).mean() <= 0.2


def test_a_thread_that_could_run_while_another_holds_the_gil_waits_for_a_core_unless_it_goes_on(folder: Path) -> None:
    def seen(at_ms: float) -> list[LookState]:
        return [LookState.RUNNING, LookState.RUNNING if 10 <= at_ms < 15 or at_ms >= 50 else LookState.GIL]

    write_looks(folder, 120, seen, holder=lambda _: 0)
    own = looks_of(folder).of(PID, thread_id(1))
    assert own is not None
    states = [LEDGER_STATES[state] for state in own.near(np.array([5, 12, 30, 80]) * MS)]
    assert states[:3] == ["gil_wait", "cpu_wait", "gil_wait"]
    assert states[3] == "cpu", "native code that gave the GIL up"


def test_the_shares_of_a_stretch_that_goes_on_grow_with_it(folder: Path) -> None:
    looks = RunLooks(folder)
    held = Held()
    one = np.array([0], np.int64)
    held.add(HolderSegments(one, one + 10, one))
    assert held.shares(0, np.array([0, 10])) == pytest.approx(1.0)
    held.add(HolderSegments(one + 10, one + 30, one))
    assert held.shares(0, np.array([0, 30])) == pytest.approx(1.0)
    assert looks.version == 0


@pytest.mark.parametrize(
    ("facts", "method", "rows"),
    [
        (GilFacts(True), "process", [1, 2]),
        (GilFacts(True), "none", []),
        (GilFacts(False), "none", [1, 2]),
        (GilFacts(None), "process", [1, 2]),
    ],
)
def test_a_run_without_looks_has_no_row_but_one_without_a_gil_says_so(
    tmp_path: Path, facts: GilFacts, method: str, rows: list[int]
) -> None:
    looks = RunLooks(tmp_path)
    looks.tables = LookTables(method=method)
    assert rows_of([1, 1, 2, 2], facts, looks) == rows
    assert rows_of(list(range(20)), GilFacts(True), looks) == [], "twenty processes of one worker each"


def test_what_turned_the_gil_back_on_is_named(folder: Path) -> None:
    (folder / "life.json").write_text(json.dumps({"gil": False}), encoding="utf-8")
    assert GilFacts.read(folder).enabled is False
    assert "no GIL" in GilFacts.read(folder).words(None, 1)
    (folder / "gil-turned-on-42-some.module").write_text("", encoding="utf-8")
    facts = GilFacts.read(folder)
    assert facts.enabled is True
    assert facts.note == "turned on by importing some.module"


def test_where_older_looks_are_thinned_while_it_reads_it_has_what_the_file_has(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    LookTables(
        threads=tuple(LookThread(PID, thread_id(number), "", START_NS) for number in range(2)),
        processes=(LookProcess(PID, "3.11", "symbol"),),
    ).save(folder)
    writer = LookWriter(str(folder / LOOKS), capacity=2000)
    seen, looks = in_turn(500.0), RunLooks(folder, watched=True)
    for at in range(20_000):
        flags = writer.begin_round()
        states = enumerate(seen(at))
        writer.add_packed(b"".join(RECORD.pack(START_NS + at * MS, NO_CPU, *each, flags) for each in _records(states)))
        if at % 97 == 0:
            writer.flush()
            looks.refresh()
    writer.close()
    while looks.refresh():
        pass
    own = looks.of(PID, thread_id(0))
    assert own is not None
    assert len(own.times_ns) <= 1000
    assert looks.until_ns == own.times_ns[-1] == 19_999 * MS
    begins, ends, rounds = zip(*looks.thinned, strict=True)
    assert begins[0] < 500 * MS
    assert begins[1:] == ends[:-1]
    assert ends[-1] < looks.until_ns
    assert list(rounds) == sorted(rounds, reverse=True)
    assert looks.rounds_at(np.array([begins[0], looks.until_ns])).tolist() == [rounds[0], 1]
    # Looks that are far apart because they were thinned still tell all of the time, and who held the GIL in it.
    held = looks.held(PID)
    assert held is not None
    assert held.shares(UNKNOWN, np.array([begins[0], looks.until_ns]))[0] < 0.01
    assert held.shares(0, np.array([begins[0], looks.until_ns]))[0] == pytest.approx(0.5, abs=0.1)
    store = ThreadStore(folder, looks)
    store.refresh()
    assert store.fill([(0,)], np.array([begins[0], looks.until_ns])).sum() > 0.95
    assert store.fill([(0,)], np.array([begins[0], looks.until_ns]))[0, 0, GIL] == pytest.approx(0.5, abs=0.1)
    looks.close()


def _records(states: Iterable[tuple[int, LookState]]) -> Iterator[tuple[int, int, int]]:
    for thread, state in states:
        yield thread, 0, state
