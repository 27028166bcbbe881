"""The timeline in the hands of a person: it follows, pans, zooms, says what is where, and finds what is asked for."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.record.lane_reader import LAST
from gui.plots.plot_export import save_plot
from gui.timeline.timeline_view import Timeline
from gui.widgets.fonts import font
from gui.widgets.theme import LIGHT
from tests.gui_tests.view_runs import as_tick, end, run, shown_timeline, tick
from tests.run_folders import add_lane, add_samples, make_run, whole_task
from tests.window import open_window

MS = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of 2 s on three lanes, in which task 30 fails."""
    made = make_run(tmp_path / "run")
    for lane in range(3):
        phases = [phase for task in range(lane, 60, 3) for phase in whole_task(task, task * 30 * MS)]
        phases = [
            phase if phase[0] != 30 else (*phase[:5], LAST) for phase in phases if phase[0] != 30 or phase[4] == 0
        ]
        add_lane(made, f"lane-{lane}", phases, created_ns=lane, thread_name=f"Thread-{lane + 1} (work)")
    add_samples(made, [tick(number) for number in range(1, 21)])
    return made


@pytest.fixture
def view(qtbot: QtBot, folder: Path) -> Timeline:
    """The timeline of that run, after its end."""
    return shown_timeline(qtbot, run(), folder)


def wheel(view: Timeline, position: QPointF, delta: QPoint, held: Qt.KeyboardModifier) -> None:
    """Turn the wheel over the lanes."""
    buttons, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    where = QPointF(view.canvas.mapToGlobal(position.toPoint()))
    QApplication.sendEvent(view.canvas, QWheelEvent(position, where, QPoint(), delta, buttons, held, phase, False))


def middle(view: Timeline, lane: int, time_ns: int) -> QPoint:
    """Return where a time is drawn on a lane."""
    seen = view.scene.seen_row_of(lane)
    assert seen is not None
    bar = view.scene.bar(seen, time_ns, time_ns + 1)
    return QPointF(bar.left(), bar.top() + bar.height() / 2).toPoint()


def test_a_saved_picture_has_no_buttons_in_it(view: Timeline, tmp_path: Path) -> None:
    height, shown = view.pane.height(), [each for each in view.tools.buttons.values() if each.isVisible()]
    ((_, plot),) = view.plots()
    save_plot(plot, tmp_path / "timeline.svg")
    drawn = (tmp_path / "timeline.svg").read_text()
    assert "Follow" not in drawn
    assert "Timeline" in drawn
    assert [each for each in view.tools.buttons.values() if each.isVisible()] == shown
    assert view.pane.height() == height


def test_it_shows_every_phase_under_the_workers_names(view: Timeline) -> None:
    assert (view.header.figure, view.header.unit) == ("178", "steps run")
    assert view.scene.names == ["Thread 1", "Thread 2", "Thread 3"]
    assert [each.row.lane for each in view.scene.seen] == [None, 0, 1, 2]
    assert not view.lanes.isVisible()


def test_it_grows_while_the_run_goes_on_and_follows_it(qtbot: QtBot, tmp_path: Path) -> None:
    made = make_run(tmp_path / "run")
    view = Timeline()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.show()
    data = run(ticks=1)
    data.folder = made
    view.show_run(data)
    assert view.is_empty
    add_lane(made, "a", whole_task(0, 0), created_ns=1)
    data.take_tick(as_tick(tick(2)))
    view.refresh()
    assert not view.is_empty
    assert view.scene.range.end_ns == 1000 * MS
    add_lane(made, "b", whole_task(1, 1500 * MS), created_ns=2)
    data.take_tick(as_tick(tick(16)))
    view.refresh()
    assert view.scene.range.end_ns == 2000 * MS
    assert len(view.scene.names) == 2
    assert view.tools.buttons["follow"].isChecked()


def test_the_wheel_zooms_around_the_pointer_and_shift_pans(view: Timeline) -> None:
    body = view.scene.body()
    position = QPointF(body.left() + body.width() / 4, body.center().y())
    before = view.scene.range.length_ns
    wheel(view, position, QPoint(0, 240), Qt.KeyboardModifier.NoModifier)
    assert view.scene.range.length_ns < before
    assert not view.tools.buttons["follow"].isChecked()
    begin = view.scene.range.begin_ns
    wheel(view, position, QPoint(0, -120), Qt.KeyboardModifier.ShiftModifier)
    assert view.scene.range.begin_ns > begin


def test_dragging_pans(view: Timeline, qtbot: QtBot) -> None:
    view.scene.range.zoom(0.1)
    begin = view.scene.range.begin_ns
    start = view.scene.body().center().toPoint()
    qtbot.mousePress(view.canvas, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view.canvas, start + QPoint(-60, 0))
    qtbot.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(-60, 0))
    assert view.scene.range.begin_ns > begin
    assert view.scene.selected is None


def test_a_click_tells_the_tasks_whole_path(view: Timeline, qtbot: QtBot) -> None:
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=middle(view, 1, 4 * 30 * MS + 1_500_000))
    assert view.words.text() == (
        "Task 4 on Thread-2 (work): sleep 1 ms → count-primes 1 ms → sleep#2 1 ms → done at 0.1230 s, after 3 ms"
    )


def test_the_pointer_tells_the_phase(view: Timeline, qtbot: QtBot) -> None:
    view.scene.range.show(120 * MS, 123 * MS)
    qtbot.mouseMove(view.canvas, middle(view, 1, 4 * 30 * MS + 1_500_000))
    assert view.canvas._label.isVisible()
    assert view.canvas._label.text().startswith("Task 4: count-primes\nThread-2 (work), process ")


def test_keys_pan_zoom_and_show_the_whole_run(view: Timeline, qtbot: QtBot) -> None:
    shown = view.scene.range
    whole = (shown.begin_ns, shown.end_ns)
    view.canvas.setFocus()
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_Right):
        before = (shown.begin_ns, shown.end_ns)
        qtbot.keyClick(view.canvas, key)
        assert (shown.begin_ns, shown.end_ns) != before
    assert shown.length_ns * 3 < whole[1]
    qtbot.keyClick(view.canvas, Qt.Key.Key_Home)
    assert (shown.begin_ns, shown.end_ns) == whole


def test_the_next_error_is_brought_into_view_and_where_no_task_was_slow_it_says_so(view: Timeline) -> None:
    view.tools.buttons["failure"].click()
    assert view.words.text().startswith("Task 30 on Thread-1 (work): sleep 1 ms (failed)")
    shown, found = view.scene.range, view.scene.selected
    assert found is not None
    assert shown.begin_ns <= found.begin_ns < found.end_ns <= shown.end_ns
    assert (found.end_ns - found.begin_ns) * 100 >= shown.length_ns, "it is wide enough to see"
    view.tools.buttons["slow"].click()
    assert view.words.text() == "No task was slow."


def test_a_task_is_found_by_its_number(view: Timeline) -> None:
    view.tools.task.setValue(41)
    view.tools.buttons["go"].click()
    assert view.words.text().startswith("Task 41 on Thread-3 (work)")
    view.tools.task.setValue(9999)
    view.tools.buttons["go"].click()
    assert view.words.text() == "Task 9,999 is not on the timeline."


def test_with_more_workers_than_rows_the_lanes_scroll(qtbot: QtBot, tmp_path: Path) -> None:
    made = make_run(tmp_path / "run")
    phases = [phase for number in range(300) for phase in whole_task(number, number * MS, number)]
    add_lane(made, "loop", phases, created_ns=1, coroutines=300)
    view = Timeline()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(800, 400)
    view.show()
    data = run(is_async=True, worker_kind="coroutine")
    data.folder = made
    view.show_run(end(data))
    view.grab()
    view.refresh()
    assert view.lanes.isVisible()
    view.lanes.setValue(view.lanes.maximum())
    assert view.scene.seen[-1].row.lane == 299
    view.grab()


def test_a_sample_is_called_a_sample(view: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    store = view.scene.store
    assert store is not None
    monkeypatch.setattr(type(store), "dropped", 822)
    view.show_run(view.data)
    assert view.header.unit == "of 1,000 steps run: a sample"


def test_zooming_keeps_the_selected_task_in_view(view: Timeline, qtbot: QtBot) -> None:
    view.tools.task.setValue(3)
    view.go_to_number()
    view.canvas.show_whole()
    selected = view.scene.selected
    assert selected is not None
    for _ in range(4):
        view.canvas.zoom(0.5)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Plus)
    begin_ns, end_ns = view.pane.visible_range
    assert begin_ns <= selected.begin_ns
    assert selected.end_ns <= end_ns
    assert end_ns - begin_ns < view.scene.range.run_ns / 8


def test_no_time_touches_the_next(view: Timeline) -> None:
    """Not even the last one, which is moved to the left where it would not be seen whole."""
    metrics = QFontMetricsF(font(LIGHT.font_pt * 0.95))
    dropped = 0
    for length_ns in range(200_000, 1_000_000, 10_000):
        view.scene.range.set(273_000_000 - length_ns, 273_000_000)
        times = view.canvas._painter.times(view.scene.body(), metrics)
        said = [(left, left + metrics.horizontalAdvance(text)) for _, left, text in times if text]
        assert len(said) >= 2
        assert all(end < left for (_, end), (left, _) in pairwise(said))
        assert said[-1][1] <= view.scene.size.width() + 0.01
        dropped += len(times) - len(said)
    assert dropped


def test_its_keys_hold_after_a_click_on_its_tab_and_after_turning_to_it(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with open_window(tmp_path) as workbench:
        window = workbench.window
        [page] = window.pages.findChildren(Timeline)
        data = run()
        data.folder = folder
        page.show_run(end(data))
        asked: list[str] = []
        page.commands["timeline-fold"].triggered.connect(lambda: asked.append("fold"))
        bar = window.pages.tabBar()
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(window.pages.indexOf(page)).center())
        qtbot.waitUntil(page.canvas.hasFocus)
        page.refresh()
        qtbot.keyClick(page.canvas, Qt.Key.Key_F)
        assert asked == ["fold"]
        window.pages.setCurrentIndex(0)
        window.run_bar.model.workers.setFocus()
        workbench.actions["next-page"].trigger()
        assert window.pages.currentWidget() is page
        assert page.canvas.hasFocus()
