"""What the timeline reads from lane files, and how much of each column of pixels it gives to which state."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.record.lane_reader import LAST, OK, RECORD_DTYPE
from engine.record.lane_table import Lane, LaneTable
from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import KINDS, PhaseTrack, PieceKind, kinds_of
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.ledger_fit import WEIGHTS, fit_lane
from engine.trace.picture.phase_words import phase_words, task_words
from engine.trace.picture.raster import NOTHING, Strip, Window, fill, paint
from engine.trace.picture.search import find_task, next_failure, next_slow
from engine.trace.picture.time_range import FOLLOWED_NS, TimelineRange
from engine.trace.step_kinds import saved_step_kinds, step_kind, step_kinds
from engine.wire.protocol import LEDGER_STATES
from engine.workload.catalogue import StepCard
from tests.lane_writing import COMPUTE, DISK, LOCK, NET, OWN, SLEEP, card
from tests.run_folders import EXPERIMENT, add_lane, add_samples, make_run, queued, whole_task

MS = 1_000_000
STEPS = (card("sleep", "time", has_async=True), card("count-primes"))
CARDS = {"steps": {each.key: each.to_json() for each in STEPS}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's folder without lanes."""
    made = make_run(tmp_path / "run")
    (made / "cards.json").write_text(json.dumps(CARDS), encoding="utf-8")
    return made


def opened(folder: Path, *, is_async: bool = False) -> PhaseStore:
    """Return everything in a folder."""
    store = PhaseStore(folder, EXPERIMENT, is_async=is_async)
    while store.refresh():
        pass
    return store


def track(*phases: tuple[int, int, int, PieceKind, PieceKind]) -> PhaseTrack:
    """Return a lane of phases: start, end, waited, and the kinds of the wait and the rest."""
    made = PhaseTrack()
    for start, end, waited, wait, rest in phases:
        records = np.zeros(1, RECORD_DTYPE)
        records["start_ns"], records["end_ns"], records["waited_ns"] = start, end, waited
        made.append(records, np.array([wait]), np.array([rest]))
    return made


def test_every_lane_is_read_with_its_worker_and_its_phases_on_the_runs_clock(folder: Path) -> None:
    add_lane(folder, "a", [*whole_task(0, 0), *whole_task(2, 5 * MS)], created_ns=1, thread_name="Thread-1 (work)")
    add_lane(folder, "b", whole_task(1, MS), created_ns=2, thread_name="Thread-2 (work)")
    store = opened(folder)
    assert [lane.worker for lane in store.lanes] == ["Thread-1 (work)", "Thread-2 (work)"]
    assert [each.count for each in store.tracks] == [6, 3]
    assert store.tracks[0].start.tolist() == [0, MS, 2 * MS, 5 * MS, 6 * MS, 7 * MS]
    assert store.end_ns == 8 * MS
    assert store.steps[1] == "count-primes"
    store.close()
    assert store.phase_count == 9


def test_what_is_recorded_later_is_read_later(folder: Path) -> None:
    store = opened(folder)
    assert store.phase_count == 0
    add_lane(folder, "a", whole_task(0, 0), created_ns=1)
    store.refresh()
    assert store.phase_count == 3
    add_lane(folder, "b", whole_task(1, 0), created_ns=2)
    before = store.version
    store.refresh()
    assert store.phase_count == 6
    assert store.version > before
    store.close()


def test_the_coroutines_of_one_thread_have_lanes_of_their_own(folder: Path) -> None:
    phases = [*whole_task(0, 0, worker=0), *whole_task(1, MS, worker=1), *whole_task(2, 9 * MS, worker=0)]
    add_lane(folder, "loop", phases, created_ns=1, coroutines=3)
    store = opened(folder, is_async=True)
    assert [lane.worker for lane in store.lanes] == ["coroutine 1", "coroutine 2", "coroutine 3"]
    assert [each.count for each in store.tracks] == [6, 3, 0]
    assert store.tracks[0].kinds(1) == (PieceKind.IO, PieceKind.COMPUTE), "a step without an async form holds the loop"
    store.close()


def test_arrivals_are_no_phases_but_are_known(folder: Path) -> None:
    add_lane(folder, "a", [queued(7, MS, 4 * MS), *whole_task(7, 4 * MS)], created_ns=1)
    store = opened(folder)
    assert store.phase_count == 3
    assert store.due_ns(7) == MS
    assert store.due_ns(8) is None
    found = find_task(store, 7)
    assert found is not None
    assert "arrived at 0.0010 s, queued 3 ms → sleep 1 ms → count-primes 1 ms" in task_words(store, found)
    store.close()


def test_a_folder_that_is_not_there_yet_is_no_error(tmp_path: Path) -> None:
    store = PhaseStore(tmp_path / "later", EXPERIMENT, is_async=False)
    assert not store.refresh()
    shares = LaneShares(tmp_path / "later")
    assert not shares.refresh()
    assert shares.of(0, shares.places(np.array([1]))) is None


ASYNC_LOCK = card("lock", "lock", has_async=True)


@pytest.mark.parametrize(
    ("step", "is_async", "drawn"),
    [
        (SLEEP, False, (PieceKind.IO, PieceKind.COMPUTE, PieceKind.OPEN)),
        (SLEEP, True, (PieceKind.IO, PieceKind.LOOP, PieceKind.AWAITED)),
        (COMPUTE, True, (PieceKind.IO, PieceKind.COMPUTE, PieceKind.COMPUTE)),
        (DISK, False, (PieceKind.IO, PieceKind.COMPUTE, PieceKind.OPEN)),
        (NET, True, (PieceKind.IO, PieceKind.LOOP, PieceKind.AWAITED)),
        (LOCK, False, (PieceKind.LOCK, PieceKind.COMPUTE, PieceKind.OPEN)),
        (ASYNC_LOCK, True, (PieceKind.LOCK, PieceKind.AWAITED, PieceKind.AWAITED)),
    ],
)
def test_what_is_drawn_of_a_step_follows_from_how_its_time_is_counted(
    step: StepCard, is_async: bool, drawn: tuple[PieceKind, PieceKind, PieceKind]
) -> None:
    assert kinds_of(step_kind(step, is_async=is_async)) == drawn


@pytest.mark.parametrize(
    ("source", "awaited"),
    [
        ("def task(item):\n    pass\n", False),
        ("async def task(item):\n    pass\n", True),
        ("async  def  task(item): pass\n", True),
        ("# async def task(item)\ndef task(item):\n    pass\n", False),
        ('"""\nasync def task(item):\n"""\ndef task(item):\n    pass\n', False),
        ("async def task(item):\n    pass\ndef task(item):\n    pass\n", False),
        ("if True:\n    async def task(item): pass\n", False),
        ("this is no Python", False),
    ],
)
def test_whether_a_persons_function_is_awaited_is_read_from_its_syntax_by_ledger_and_picture_alike(
    source: str, awaited: bool
) -> None:
    own = replace(OWN, has_async=True)
    experiment = {"workload": {"steps": [{"kind": own.key, "source": source}]}}
    counted = step_kinds(experiment, {own.key: own}, is_async=True)
    assert counted == saved_step_kinds(experiment, {own.key: own.to_json()}, is_async=True)
    assert counted[0].awaited is awaited
    assert kinds_of(counted[0])[2] is (PieceKind.AWAITED if awaited else PieceKind.OPEN)
    assert not step_kinds(experiment, {own.key: own}, is_async=False)[0].awaited


def test_a_step_whose_card_is_not_whole_may_be_anything() -> None:
    experiment = {"workload": {"steps": [{"kind": "gone"}, {"kind": "old"}]}}
    kinds = saved_step_kinds(experiment, {"old": {"waits_on": "time"}}, is_async=True)
    assert [kinds_of(each)[2] for each in kinds] == [PieceKind.OPEN, PieceKind.OPEN]
    assert not any(each.awaited for each in kinds)


def test_a_column_is_filled_by_what_happened_in_it() -> None:
    lane = track((0, 100, 40, PieceKind.IO, PieceKind.COMPUTE), (200, 300, -1, PieceKind.IO, PieceKind.LOOP))
    edges = np.array([0, 20, 60, 150, 250, 300, 400])
    covered = np.diff(lane.covered(edges), axis=0)
    assert covered[:, PieceKind.IO].tolist() == [20, 20, 0, 0, 0, 0]
    assert covered[:, PieceKind.COMPUTE].tolist() == [0, 20, 40, 0, 0, 0]
    assert covered[:, PieceKind.LOOP].tolist() == [0, 0, 0, 50, 50, 0]


def test_coverage_adds_up_whatever_the_columns_are() -> None:
    rng = np.random.default_rng(3)
    times = np.sort(rng.integers(0, 1_000_000, 2_000)).reshape(-1, 2)
    lane = track(*((a, b, (b - a) // 3, PieceKind.IO, PieceKind.COMPUTE) for a, b in times.tolist()))
    for columns in (1, 7, 500):
        covered = np.diff(lane.covered(np.linspace(0, 1_000_000, columns + 1).astype(np.int64)), axis=0)
        assert covered.sum() == pytest.approx((times[:, 1] - times[:, 0]).sum())
        assert (covered >= 0).all()


def test_computing_is_divided_by_the_lanes_own_ledger(folder: Path) -> None:
    states = {"cpu": 0.25, "gil_wait": 0.75}
    ledger = {state: states.get(state, 0.0) for state in LEDGER_STATES}
    lane = {"lane": 0, "ledger_s": ledger}
    add_samples(folder, [{"t_s": 1.0, "lanes": [lane], "ledger_s": ledger}])
    shares = LaneShares(folder)
    shares.refresh()
    edges = np.array([0, 500, 1000])
    filled = fill(track((0, 500, -1, PieceKind.IO, PieceKind.COMPUTE)), edges, shares.of(0, shares.places(edges[:-1])))
    assert filled[0, LEDGER_STATES.index("cpu")] == pytest.approx(0.25)
    assert filled[0, LEDGER_STATES.index("gil_wait")] == pytest.approx(0.75)
    assert filled[1].sum() == 0
    without = fill(track((0, 500, -1, PieceKind.IO, PieceKind.COMPUTE)), edges, None)
    assert without[0, LEDGER_STATES.index("cpu")] == 1.0


@pytest.mark.parametrize("lane_px", [6, 40])
def test_the_image_has_states_where_there_are_phases(folder: Path, lane_px: int) -> None:
    add_lane(folder, "a", whole_task(0, 0), created_ns=1)
    add_lane(folder, "b", whole_task(1, 3 * MS), created_ns=2)
    store = opened(folder)
    strips = (Strip((0,), 0, lane_px), Strip((1,), lane_px, lane_px))
    pixels = paint(store, LaneShares(folder), Window(0, 6 * MS, 600, strips))
    assert pixels.shape[0] == 2 * lane_px
    columns = pixels.shape[1]
    upper, lower = pixels[1], pixels[lane_px + 1]
    assert (upper[: columns // 2 - 1] != NOTHING).all()
    assert (upper[columns // 2 + 1 :] == NOTHING).all()
    assert (lower[: columns // 2 - 1] == NOTHING).all()
    assert (lower[columns // 2 + 1 :] != NOTHING).all()
    store.close()


def test_errors_slow_tasks_and_tasks_by_number_are_found(folder: Path) -> None:
    failed = [(3, 20 * MS, 21 * MS, 0, 0, LAST)]
    slow = [(4, 30 * MS, 90 * MS, 0, 0, OK | LAST)]
    many = [phase for task in range(100, 300) for phase in whole_task(task, task * 10 * MS)]
    add_lane(folder, "a", [*whole_task(0, 0), *failed, *slow, *many], created_ns=1)
    store = opened(folder)
    error = next_failure(store, -1)
    assert error is not None
    assert (error.begin_ns, error.end_ns) == (20 * MS, 21 * MS)
    assert next_failure(store, error.begin_ns) == error, "the only one comes again"
    assert "failed" in phase_words(store, 0, error.place)[0]
    long = next_slow(store, -1)
    assert long is not None
    assert long.begin_ns == 30 * MS
    task = find_task(store, 150)
    assert task is not None
    assert (task.begin_ns, task.end_ns) == (1500 * MS, 1503 * MS)
    assert find_task(store, 99) is None
    store.close()


def test_a_range_follows_the_run_until_it_is_moved() -> None:
    shown = TimelineRange()
    shown.grow(500 * MS, ended=False)
    assert (shown.begin_ns, shown.end_ns) == (0, 1000 * MS)
    shown.grow(60_000 * MS, ended=False)
    assert shown.end_ns >= 60_000 * MS
    assert shown.length_ns == FOLLOWED_NS
    shown.pan(-0.5)
    before = (shown.begin_ns, shown.end_ns)
    shown.grow(61_000 * MS, ended=False)
    assert (shown.begin_ns, shown.end_ns) == before
    shown.follow = True
    shown.grow(61_000 * MS, ended=True)
    assert (shown.begin_ns, shown.end_ns >= 61_000 * MS) == (0, True)


def test_zooming_keeps_the_time_under_the_pointer_and_never_leaves_the_run() -> None:
    shown = TimelineRange()
    shown.grow(10_000 * MS, ended=True)
    fixed = shown.begin_ns + 0.25 * shown.length_ns
    for _ in range(60):
        shown.zoom(0.5, 0.25)
    assert shown.begin_ns + 0.25 * shown.length_ns == pytest.approx(fixed, abs=shown.length_ns)
    assert shown.length_ns >= 1000
    for _ in range(60):
        shown.zoom(2.0)
        shown.pan(0.7)
    assert shown.begin_ns >= 0
    assert shown.end_ns <= 10_000 * MS * 1.03


def test_a_worker_has_the_number_that_the_conductor_gave_it_and_is_shown_once_it_has_one(folder: Path) -> None:
    def lane(number: int, file: str) -> Lane:
        return Lane(number, f"Thread-{number}", 1, 7, f"{file}.lane", 0)

    LaneTable().save(folder)
    add_lane(folder, "a", whole_task(0, 0), created_ns=1)
    add_lane(folder, "b", whole_task(1, MS), created_ns=2)
    store = PhaseStore(folder, EXPERIMENT, is_async=False)
    store.refresh()
    assert (store.lanes, store.phase_count) == ([], 0)
    LaneTable([lane(0, "b")]).save(folder)
    store.refresh()
    assert [each.file for each in store.lanes] == ["b.lane"]
    LaneTable([lane(0, "b"), lane(1, "a")]).save(folder)
    store.refresh()
    assert [each.file for each in store.lanes] == ["b.lane", "a.lane"]
    assert [each.start[0] for each in store.tracks] == [MS, 0]
    add_lane(folder, "c", whole_task(2, 2 * MS), created_ns=0)
    store.refresh()
    assert len(store.lanes) == 2
    store.refresh(final=True)
    assert [each.file for each in store.lanes] == ["b.lane", "a.lane", "c.lane"]
    store.close()


def test_a_fit_keeps_the_proportions_of_each_time_and_meets_the_whole() -> None:
    ticks, seconds = 20, np.zeros((20, len(LEDGER_STATES)))
    seconds[:10, LEDGER_STATES.index("cpu")], seconds[:10, LEDGER_STATES.index("gil_wait")] = 0.08, 0.02
    seconds[10:, LEDGER_STATES.index("cpu")], seconds[10:, LEDGER_STATES.index("gil_wait")] = 0.02, 0.08
    covered = np.zeros((ticks, KINDS))
    covered[:, PieceKind.COMPUTE] = 100 * MS
    wanted = {"cpu": 1.2, "gil_wait": 0.7, "lock_wait": 0.1}
    fit = fit_lane(covered, seconds, wanted, np.zeros(ticks), is_async=False)
    assert fit is not None
    weights = fit.weigh(seconds) * WEIGHTS[PieceKind.COMPUTE]
    shares = weights / weights.sum(axis=-1, keepdims=True)
    for state, total_s in wanted.items():
        assert 0.1 * shares[:, LEDGER_STATES.index(state)].sum() == pytest.approx(total_s, abs=1e-4)
    assert shares[0, 0] > 0.75 > 0.5 > shares[-1, 0], "it computed more in the first half, as it was measured"


@pytest.mark.parametrize(("in_tasks", "totals"), [(0.0, {"cpu": 1.0}), (1.0, {"idle": 1.0})])
def test_a_lane_without_time_in_tasks_has_no_fit(in_tasks: float, totals: dict[str, float]) -> None:
    covered, measured = np.full((1, KINDS), in_tasks), np.zeros((1, len(LEDGER_STATES)))
    assert fit_lane(covered, measured, totals, np.zeros(1), is_async=False) is None


def test_a_wait_that_a_step_tells_of_gives_way_to_what_was_seen_and_gaps_to_a_wait_for_the_gil() -> None:
    covered, measured = np.zeros((4, KINDS)), np.zeros((4, len(LEDGER_STATES)))
    covered[:, PieceKind.IO] = 100 * MS
    fit = fit_lane(
        covered, measured, {"io_wait": 0.3, "cpu_wait": 0.1, "gil_wait": 0.05}, np.full(4, 50.0 * MS), is_async=False
    )
    assert fit is not None
    assert bool(fit.moved)
    assert (LEDGER_STATES[int(fit.gap_state)], float(fit.gap)) == ("gil_wait", pytest.approx(0.25, abs=0.01))
    weights = fit.weigh(measured)[0] * WEIGHTS[PieceKind.IO]
    assert weights[LEDGER_STATES.index("io_wait")] / weights.sum() == pytest.approx(0.75, abs=0.01)
    told = fit_lane(covered, measured, {"io_wait": 0.4}, np.full(4, 50.0 * MS), is_async=False)
    assert told is not None
    assert not told.moved
    assert told.gap == pytest.approx(0.0, abs=1e-3)
