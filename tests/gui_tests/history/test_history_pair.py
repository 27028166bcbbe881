"""Two real runs side by side: what differed first, one axis of time from each one's first task, one playhead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.history.differences import kept_run
from engine.history.store import Store
from engine.record.run_folder import RunFolder
from engine.wire.client import Conductor
from engine.wire.codec import plain
from gui.history.page import HistoryPage
from gui.history.side_run import SideRun
from gui.widgets.theme import DARK, LIGHT
from tests.conducting import experiment, run
from tests.gui_tests.tables import rows_text

LIMIT_MS = 20_000
TASKS = (24, 12)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs of a history, one of 24 tasks with 2 threads, one of 12 with 3."""
    data = tmp_path_factory.mktemp("data")
    steps = [{"kind": "sleep", "duration_ms": 5.0}]
    with Conductor() as conductor:
        ids = [
            run(conductor, experiment(steps, workers=workers, tasks=tasks), history=True, folder=str(data))["run_id"]
            for workers, tasks in zip((2, 3), TASKS, strict=True)
        ]
    with Store(data) as store:
        return [store.folder_of(run_id) for run_id in ids]


@pytest.fixture
def page(qtbot: QtBot, folders: list[Path]) -> HistoryPage:
    """The History page with both side by side."""
    made = HistoryPage()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(640, 540)
    made.show()
    made.show_pair(*(SideRun(kept_run(RunFolder(folder)), folder, "thread") for folder in folders))
    qtbot.waitUntil(lambda: made.pair.timelines.linked, timeout=LIMIT_MS)
    return made


def test_what_differed_is_listed_first(page: HistoryPage) -> None:
    rows = rows_text(page.pair.differing)
    assert rows[:2] == [["Tasks", "24", "12"], ["Workers", "2", "3"]]
    assert page.pair.differing.isVisible()
    assert not page.pair.same.isVisible()
    assert page.pair.differing.y() < page.pair.tabs.y()


def test_figures_and_ledgers_stand_beside_each_other(page: HistoryPage) -> None:
    figures = {row[0]: row[1:] for row in rows_text(page.pair.figures)}
    assert figures["Tasks done"] == ["24", "12", "0.50×"]
    assert float(figures["Waiting for I/O"][0].removesuffix(" %")) > 50
    page.pair.tabs.setCurrentIndex(1)
    assert all(bars.isVisible() and bars.total.total_s > 0 for bars in page.pair.ledgers)
    assert not page.pair.timelines.tools[0].isEnabled()


def test_both_timelines_begin_with_their_first_task(page: HistoryPage, folders: list[Path]) -> None:
    for pane, folder in zip(page.pair.timelines.panes, folders, strict=True):
        assert pane.scene.store is not None
        first_ns = min(int(track.start[0]) for track in pane.scene.store.tracks if track.count)
        assert abs(first_ns) < 1000, "startup_s is told to the microsecond"
        assert plain(RunFolder(folder).result())["startup_s"] > 0.001


def test_zoom_and_playhead_are_one(page: HistoryPage, qtbot: QtBot) -> None:
    one, other = page.pair.timelines.panes
    assert one.visible_range == other.visible_range
    before = one.visible_range
    qtbot.keyClick(other.canvas, Qt.Key.Key_Plus)
    assert one.visible_range == other.visible_range != before
    for time_ns in other.visible_range:
        assert one.scene.x_of(time_ns) == other.scene.x_of(time_ns)
    body = one.scene.body()
    times = QPoint(round(body.left() + body.width() * 0.7), round(body.bottom()) + 5)
    qtbot.mouseClick(one.canvas, Qt.MouseButton.LeftButton, pos=times)
    assert other.playhead_ns == one.playhead_ns == page.pair.timelines.playhead_ns is not None
    page.pair.timelines.show_whole()
    assert one.visible_range == other.visible_range == before


def test_at_the_playhead_it_is_said_what_each_had_done(page: HistoryPage) -> None:
    timelines = page.pair.timelines
    timelines.set_playhead(0)
    assert "done: A 0 tasks, B 0 tasks" in timelines.words.text()
    timelines.set_playhead(max(pane.scene.range.run_ns for pane in timelines.panes))
    assert "done: A 24 tasks, B 12 tasks" in timelines.words.text()


def test_keys_move_the_playhead(page: HistoryPage, qtbot: QtBot) -> None:
    timelines = page.pair.timelines
    timelines.panes[0].canvas.setFocus()
    before = timelines.playhead_ns
    assert before is not None
    qtbot.keyClick(timelines.panes[0].canvas, Qt.Key.Key_Period)
    later = timelines.playhead_ns
    assert later is not None
    assert later > before
    qtbot.keyClick(timelines.panes[0].canvas, Qt.Key.Key_Comma)
    assert timelines.playhead_ns == before


def test_sides_can_be_swapped_and_the_list_is_a_step_away(page: HistoryPage, qtbot: QtBot) -> None:
    page.pair.swap()
    qtbot.waitUntil(lambda: page.pair.timelines.linked, timeout=LIMIT_MS)
    assert rows_text(page.pair.differing)[0] == ["Tasks", "12", "24"]
    assert len(page.plots()) == 2
    page.set_theme(DARK)
    page.pair.back.click()
    assert page.list.isVisible()
    assert page.plots() == []


def test_the_same_run_twice_differs_in_nothing(page: HistoryPage, qtbot: QtBot) -> None:
    runs: Any = page.pair.runs
    page.show_pair(runs[0], runs[0])
    assert page.pair.same.isVisible()
    assert not page.pair.differing.isVisible()
    qtbot.waitUntil(lambda: page.pair.timelines.linked, timeout=LIMIT_MS)
