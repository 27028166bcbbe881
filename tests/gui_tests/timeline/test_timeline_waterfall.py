"""A task's path as a waterfall: only what was recorded, reached by a click or the keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.record.hand_over.carried_file import CarriedWriter
from engine.record.lane_reader import LAST
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.search import find_task
from engine.trace.picture.task_path import TaskPath, path_of
from engine.wire.protocol import LEDGER_STATES
from gui.timeline.timeline_view import Timeline
from gui.widgets.theme import DARK
from tests.gui_tests.view_runs import run, shown_timeline
from tests.run_folders import EXPERIMENT, START_NS, add_lane, add_samples, make_run, queued, whole_task

MS = 1_000_000


def cards(folder: Path, *, shares_memory: bool) -> None:
    model = {"shares_memory": shares_memory}
    (folder / "cards.json").write_text(json.dumps({"steps": {}, "model": model}), encoding="utf-8")


def path(folder: Path, task: int) -> TaskPath:
    """Return a task's path as its folder has it."""
    store, shares = PhaseStore(folder, EXPERIMENT, is_async=False), LaneShares(folder)
    while store.refresh():
        pass
    shares.refresh()
    found = find_task(store, task)
    assert found is not None
    made = path_of(store, shares, found)
    store.close()
    return made


def rows(made: TaskPath) -> list[tuple[str, int | None]]:
    """Return each part's title and how long it took in milliseconds."""
    return [(part.title, None if part.length_ns is None else round(part.length_ns / MS)) for part in made.parts]


def test_an_open_loops_task_is_told_from_its_arrival(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    cards(folder, shares_memory=True)
    add_lane(folder, "a", [queued(7, MS, 5 * MS), *whole_task(7, 5 * MS)], created_ns=1)
    made = path(folder, 7)
    assert made.title == "Task 7 on MainThread: 7 ms since it arrived"
    assert rows(made) == [
        ("Arrived", 0), ("Queued", 4), ("Started", 0), ("sleep", 1), ("count-primes", 1), ("sleep#2", 1),
        ("Returned", 0),
    ]  # fmt: skip
    assert made.span_ns == (MS, 8 * MS)


def test_what_was_not_recorded_is_said_and_not_made_up(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    cards(folder, shares_memory=False)
    add_lane(folder, "a", [*whole_task(0, 0), *whole_task(1, 5 * MS)], created_ns=1, process_name="Process-1")
    first, second = path(folder, 0), path(folder, 1)
    assert rows(first)[:2] == [("Arrived", None), ("Handed over", None)]
    assert rows(second)[:2] == [("Arrived", None), ("Handed over", 2)]
    assert "pickled" in second.parts[1].words
    assert rows(second)[-1] == ("Carried back", None)
    assert "not recorded" in second.parts[-1].words


def test_a_phase_is_cut_as_the_lanes_ledger_was_around_it(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    add_lane(folder, "a", whole_task(0, 0), created_ns=1)
    ledger = {state: {"cpu": 0.25, "gil_wait": 0.75}.get(state, 0.0) for state in LEDGER_STATES}
    add_samples(folder, [{"t_s": 1.0, "lanes": [{"lane": 0, "ledger_s": ledger}], "ledger_s": ledger}])
    phase = path(folder, 0).parts[3]
    assert [(piece.state, piece.end_ns - piece.begin_ns) for piece in phase.pieces] == [
        ("cpu", MS // 4),
        ("gil_wait", 3 * MS // 4),
    ]
    assert "waited for the GIL 750 µs" in phase.words


def carry(folder: Path, task: int, *instants_ms: float) -> None:
    """Write when a task was handed over, pickled, unpickled, and its result likewise, in a run of its own."""
    instants = [START_NS + round(instant * MS) for instant in instants_ms]
    CarriedWriter(str(folder), 10).add((task, 512 * 1024, 64 * 1024, *instants), 0, 0)


WAY = (1, 3, 4, 6, 7, 12, 13, 15, 16)  # the first step begins at 8 ms, the last ends at 11 ms


def test_what_is_carried_is_told_part_by_part(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    cards(folder, shares_memory=False)
    add_lane(folder, "a", whole_task(4, 8 * MS), created_ns=1, process_name="Process-1")
    carry(folder, 4, *WAY)
    made = path(folder, 4)
    assert made.title == "Task 4 on Process-1: 3 ms; 15 ms until its result was back"
    assert rows(made) == [
        ("Arrived", 0), ("Before pickling", 2), ("Pickled", 1), ("Queued", 2), ("Unpickled", 1),
        ("Before its start", 1), ("Started", 0), ("sleep", 1), ("count-primes", 1), ("sleep#2", 1),
        ("Before its result", 1), ("Result pickled", 1), ("Carried back", 2), ("Result unpickled", 1), ("Returned", 0),
    ]  # fmt: skip
    assert made.span_ns == (MS, 16 * MS)
    assert [part.words for part in made.parts if part.title == "Pickled"] == ["524 kB, in the host"]


def test_in_an_open_loop_nothing_of_the_path_lies_before_the_arrival(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    cards(folder, shares_memory=False)
    add_lane(folder, "a", [queued(4, 5 * MS, 8 * MS), *whole_task(4, 8 * MS)], created_ns=1)
    carry(folder, 4, *WAY)
    assert rows(path(folder, 4))[:4] == [("Arrived", 0), ("Queued", 1), ("Unpickled", 1), ("Before its start", 1)]


def test_a_worker_on_another_clock_and_a_copied_payload_are_said_to_be_so(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    cards(folder, shares_memory=False)
    add_lane(folder, "a", whole_task(4, 8 * MS), created_ns=1)
    instants = [START_NS + MS, START_NS + 3 * MS, START_NS + 4 * MS, 0, 0, 0, 0, START_NS + 15 * MS, START_NS + 16 * MS]
    CarriedWriter(str(folder), 10).add((4, 1024, 1024, *instants))
    made = path(folder, 4)
    assert [each for each in rows(made) if each[0] in ("Queued", "Unpickled", "Carried back")] == [
        ("Queued", 4), ("Carried back", 4),
    ]  # fmt: skip
    assert sum("another machine's clock" in part.words for part in made.parts) == 2
    (folder / "carried").unlink()
    CarriedWriter(str(folder), 10).add((4, 2048, 0, START_NS + MS, *[0] * 8))
    made = path(folder, 4)
    assert rows(made)[1] == ("Handed over", 7)
    assert "2.0 kB are copied from one interpreter to the other" in made.parts[1].words
    assert made.parts[-1].words == "its last step ended; no result is carried back"


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> Timeline:
    folder = make_run(tmp_path / "run")
    phases = [phase for task in range(20) for phase in whole_task(task, task * 30 * MS)]
    phases[14] = (*phases[14][:5], LAST)
    add_lane(folder, "a", phases, created_ns=1, thread_name="Thread-1 (work)")
    return shown_timeline(qtbot, run(), folder, height=500)


def test_the_keyboard_reaches_tasks_and_their_paths(view: Timeline, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    canvas = view.canvas
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Right, control)
    assert view.waterfall.path is None
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert view.waterfall.path is not None
    assert view.waterfall.title.text().startswith("Task 0 on")
    qtbot.keyClick(canvas, Qt.Key.Key_Right, control)
    assert view.waterfall.title.text().startswith("Task 1 on")
    qtbot.keyClick(canvas, Qt.Key.Key_Left, control)
    assert view.waterfall.title.text().startswith("Task 0 on")
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert view.waterfall.path is None
    assert view.words.isVisible()
    assert not view.commands["timeline-close-path"].isEnabled(), "now the key is the window's again: it stops a run"


def test_a_failure_is_seen_in_the_path_in_dark_and_at_the_projector(view: Timeline) -> None:
    view.tools.buttons["failure"].click()
    view.show_path()
    made = view.waterfall.path
    assert made is not None
    assert [part.title for part in made.parts if part.failed] == ["sleep#2"]
    height, plain = view.waterfall.bars.pitch, view.waterfall.bars.grab().toImage().pixelColor(2, 2)
    view.set_theme(DARK.scaled(1.8))
    assert view.waterfall.isVisible()
    assert view.waterfall.bars.pitch > 1.5 * height
    assert view.waterfall.bars.grab().toImage().pixelColor(2, 2).lightness() < plain.lightness() / 2
