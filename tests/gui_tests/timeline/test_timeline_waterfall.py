"""A task's path as a waterfall: only what was recorded, reached by a click or the keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.record.lane_reader import LAST
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.search import find_task
from engine.trace.picture.task_path import TaskPath, path_of
from engine.wire.protocol import LEDGER_STATES
from gui.timeline.timeline_view import Timeline
from gui.widgets.theme import DARK
from tests.gui_tests.view_runs import run, shown_timeline
from tests.run_folders import EXPERIMENT, add_lane, add_samples, make_run, queued, whole_task

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
