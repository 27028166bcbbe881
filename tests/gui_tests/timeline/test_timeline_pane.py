"""The timeline's lanes as a part of other pages: two runs, one stretch of time, one playhead."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gui.timeline.pane import TimelinePane
from gui.widgets.theme import LIGHT
from tests.run_folders import EXPERIMENT, add_lane, make_run, whole_task

MS = 1_000_000


@pytest.fixture
def panes(qtbot: QtBot, tmp_path: Path) -> tuple[TimelinePane, TimelinePane]:
    """A run of 300 ms above one of 100 ms, each one's range and playhead given to the other."""
    made = []
    for number, tasks in enumerate((10, 4)):
        folder = make_run(tmp_path / f"run{number}")
        add_lane(folder, "a", [phase for task in range(tasks) for phase in whole_task(task, task * 30 * MS)],
                 created_ns=1)  # fmt: skip
        pane = TimelinePane()
        qtbot.addWidget(pane)
        pane.set_theme(LIGHT)
        pane.resize(600, 200)
        pane.show()
        pane.show_whole(folder, EXPERIMENT, is_async=False, worker_kind="thread")
        qtbot.waitUntil(lambda pane=pane: pane.complete)
        made.append(pane)
    one, other = made
    for here, there in ((one, other), (other, one)):
        here.range_changed.connect(there.show_range)
        here.playhead_changed.connect(there.set_playhead)
    other.make_room(one.scene.range.run_ns)
    return one, other


def test_both_show_the_same_stretch(panes: tuple[TimelinePane, TimelinePane], qtbot: QtBot) -> None:
    one, other = panes
    qtbot.keyClick(one.canvas, Qt.Key.Key_Plus)
    assert other.visible_range == one.visible_range
    for _ in range(3):
        qtbot.keyClick(other.canvas, Qt.Key.Key_Right)
    assert one.visible_range == other.visible_range
    assert other.visible_range[1] > other.scene.store.end_ns, "there is room for the longer run"  # type: ignore[union-attr]


def test_both_have_the_same_playhead(panes: tuple[TimelinePane, TimelinePane], qtbot: QtBot) -> None:
    one, other = panes
    body = one.scene.body()
    times = QPoint(round(body.center().x()), round(body.bottom()) + 5)
    qtbot.mousePress(one.canvas, Qt.MouseButton.LeftButton, pos=times)
    assert one.playhead_ns is not None
    assert other.playhead_ns == one.playhead_ns
    before = one.playhead_ns
    qtbot.mouseMove(one.canvas, times + QPoint(50, 0))
    qtbot.mouseRelease(one.canvas, Qt.MouseButton.LeftButton, pos=times + QPoint(50, 0))
    assert other.playhead_ns == one.playhead_ns > before
    other.set_playhead(None)
    assert one.playhead_ns is not None, "a setter does not tell of what it was told"
