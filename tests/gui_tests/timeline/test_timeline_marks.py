"""What a person marks, seeks and colours in the timeline, the run as a whole above it, and the rulers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from engine.history.bookmarks import Bookmark, read_bookmarks, write_bookmarks
from engine.record.lane_reader import LAST, OK, QUEUED
from engine.trace.picture.query import Query, next_match, query_of
from engine.trace.picture.stretch import stretch_csv, stretch_of
from gui.commands.table import COMMANDS
from gui.timeline.timeline_view import Timeline
from gui.widgets.requests import SaveText
from gui.widgets.theme import DARK, LIGHT
from tests.gui_tests.view_runs import end, run
from tests.run_folders import Phase, add_lane, make_run

MS = 1_000_000


def tasks(lane: int) -> list[Phase]:
    """Return ten tasks of a lane, a step of 10 ms and one of 5 ms each; the fourth of lane 1 fails."""
    made: list[Phase] = []
    for number in range(10):
        at, task = number * 20 * MS, number * 2 + lane
        ok = OK if (lane, number) != (1, 3) else 0
        made += [(task, at, at + 10 * MS, 0, 0, OK), (task, at + 10 * MS, at + 15 * MS, 0, 1, ok | LAST)]
    return made


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> Timeline:
    """Return the page with a run of two lanes that has ended, 200 ms long."""
    folder = make_run(tmp_path / "run")
    for lane in range(2):
        add_lane(folder, f"lane-{lane}", tasks(lane), created_ns=lane, thread_name=f"Thread-{lane + 1} (work)")
    made = Timeline()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(900, 500)
    made.show()
    data = run()
    data.folder = folder
    made.show_run(end(data))
    qtbot.waitUntil(lambda: made.complete and bool(made.scene.rows.shown))
    made.canvas.show_whole()
    return made


def drag(view: Timeline, begin_ns: int, end_ns: int, y: float, keys: Qt.KeyboardModifier) -> None:
    """Drag over the canvas, as a mouse does."""
    canvas, left = view.canvas, Qt.MouseButton.LeftButton
    places = [QPointF(view.scene.x_of(time_ns), y) for time_ns in (begin_ns, end_ns)]
    for kind, place, held in (
        (QEvent.Type.MouseButtonPress, places[0], left),
        (QEvent.Type.MouseMove, places[1], left),
        (QEvent.Type.MouseButtonRelease, places[1], Qt.MouseButton.NoButton),
    ):
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left
        event = QMouseEvent(kind, place, canvas.mapToGlobal(place), button, held, keys)
        {
            QEvent.Type.MouseButtonPress: canvas.mousePressEvent,
            QEvent.Type.MouseMove: canvas.mouseMoveEvent,
            QEvent.Type.MouseButtonRelease: canvas.mouseReleaseEvent,
        }[kind](event)


@pytest.mark.parametrize("where", ["ruler", "lanes"])
def test_a_stretch_is_marked_in_the_upper_ruler_or_with_shift_and_says_its_figures(
    view: Timeline, qtbot: QtBot, where: str
) -> None:
    body, shift = view.scene.body(), Qt.KeyboardModifier.ShiftModifier
    y, keys = (body.top() / 2, Qt.KeyboardModifier.NoModifier) if where == "ruler" else (body.center().y(), shift)
    seen = view.pane.visible_range
    drag(view, 160 * MS, 20 * MS, y, keys)
    assert view.scene.stretch is not None
    assert view.scene.stretch == pytest.approx((20 * MS, 160 * MS), abs=MS)
    assert view.pane.visible_range == seen, "marking does not move what is seen"
    qtbot.waitUntil(view.marking.bar.isVisible)
    words = view.marking.bar.words.text()
    assert "140 ms" in words
    assert "14 tasks ended" in words
    assert "1 failed" in words
    assert "median 15 ms" in words
    view.marking.bar.zoom.click()
    assert view.pane.visible_range == view.scene.stretch
    view.marking.bar.close_button.click()
    assert view.scene.stretch is None
    assert not view.marking.bar.isVisible()


def test_a_stretchs_time_by_state_adds_up_to_what_its_workers_were_at_tasks(view: Timeline) -> None:
    store, shares = view.scene.store, view.scene.shares
    assert store is not None
    assert shares is not None
    whole = stretch_of(store, shares, 0, 200 * MS)
    assert sum(whole.seconds.values()) == pytest.approx(2 * 10 * 0.015, rel=0.01)
    assert (whole.tasks, whole.failed) == (20, 1)
    halves = [stretch_of(store, shares, begin, begin + 100 * MS) for begin in (0, 100 * MS)]
    assert sum(half.tasks for half in halves) == whole.tasks
    for state, seconds in whole.seconds.items():
        assert sum(half.seconds[state] for half in halves) == pytest.approx(seconds, abs=0.002)
    nothing = stretch_of(store, shares, 16 * MS, 19 * MS)
    assert (nothing.tasks, nothing.p50_s) == (0, None)


def test_a_task_that_began_before_the_stretch_counts_with_all_of_its_time(view: Timeline) -> None:
    store, shares = view.scene.store, view.scene.shares
    assert store is not None
    assert shares is not None
    late = stretch_of(store, shares, 12 * MS, 18 * MS)
    assert late.tasks == 2
    assert late.p50_s == pytest.approx(0.015)


def test_a_stretch_as_csv_has_the_phases_that_lie_in_it(view: Timeline, qtbot: QtBot) -> None:
    store = view.scene.store
    assert store is not None
    rows = list(csv.DictReader(io.StringIO(stretch_csv(store, 1 * MS, 9 * MS))))
    assert [(row["lane"], row["task"], row["ok"]) for row in rows] == [("0", "0", "True"), ("1", "1", "True")]
    assert [float(row["end_s"]) for row in rows] == [0.01, 0.01]
    view.marking.mark((0, 40 * MS))
    with qtbot.waitSignal(view.requested) as asked:
        view.marking.bar.csv.click()
    (request,) = asked.args
    assert isinstance(request, SaveText)
    assert len(request.text.splitlines()) == 1 + 8


def test_the_whole_run_stands_above_and_leads_to_any_part_of_it(view: Timeline) -> None:
    minimap = view.pane.minimap
    assert minimap.isVisible()
    whole = minimap.window_rect()
    assert whole.width() == pytest.approx(minimap._body().width(), rel=0.03)
    view.pane.show_range((20 * MS, 40 * MS))
    part = minimap.window_rect()
    assert part.width() == pytest.approx(whole.width() / 10, rel=0.1)
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=QPointF(whole.center().x(), part.center().y()).toPoint())
    begin_ns, end_ns = view.pane.visible_range
    assert end_ns - begin_ns == 20 * MS
    assert (begin_ns + end_ns) / 2 == pytest.approx(minimap.run_ns / 2, abs=2 * MS)
    for theme in (DARK, DARK.scaled(1.8)):
        view.set_theme(theme)
        assert not minimap.grab().isNull()


def test_the_ruler_is_above_and_below_and_its_lines_go_through_the_lanes(view: Timeline) -> None:
    body = view.scene.body()
    assert body.top() >= 12
    assert view.scene.size.height() - body.bottom() >= 12
    image = view.canvas.grab().toImage()
    painter_times = view.canvas._painter.times(body, view.fontMetrics())  # type: ignore[arg-type]
    x = round(painter_times[len(painter_times) // 2][0])
    row = round(view.scene.seen[-1].top + 4)
    beside = image.pixelColor(x + 4, row)
    assert image.pixelColor(x, row) != beside, "a line lies over the state's colour"


def test_bookmarks_are_kept_with_their_notes_and_found_again(view: Timeline, qtbot: QtBot) -> None:
    view.pane.set_playhead(60 * MS)
    view.bookmark()
    bar = view.marking.bookmark_bar
    assert bar.isVisible()
    QTest.keyClicks(bar.note, "here it waits")
    QTest.keyClick(bar.note, Qt.Key.Key_Return)
    assert not bar.isVisible()
    store = view.scene.store
    assert store is not None
    assert read_bookmarks(store.folder) == [Bookmark(60 * MS, "here it waits")]
    view.bookmark()
    assert len(view.scene.bookmarks) == 1, "the one that is there is changed"
    bar.close_button.click()
    view.pane.set_playhead(None)
    view.pane.show_range((100 * MS, 120 * MS))
    view.next_bookmark()
    begin_ns, end_ns = view.pane.visible_range
    assert begin_ns <= 60 * MS <= end_ns
    data = view.data
    view.show_run(None)
    assert view.scene.bookmarks == []
    view.show_run(data)
    qtbot.waitUntil(lambda: len(view.scene.bookmarks) == 1)
    flag = QPointF(view.scene.x_of(60 * MS) + 3, 4)
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=flag.toPoint())
    assert bar.isVisible()
    bar.remove.click()
    assert read_bookmarks(store.folder) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bookmarks": [{"time_ns": "x", "note": ""}]}', '{"bookmarks": 3}'])
def test_a_damaged_file_of_bookmarks_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "bookmarks.json").write_text(text)
    assert read_bookmarks(tmp_path) == []
    write_bookmarks(tmp_path, [Bookmark(5, "b"), Bookmark(2, "a" * 900)])
    assert [each.time_ns for each in read_bookmarks(tmp_path)] == [2, 5]
    assert len(json.loads((tmp_path / "bookmarks.json").read_text())["bookmarks"][0]["note"]) == 500


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("parse > 5 ms", Query(step="parse", longer_ns=5e6)),
        ("<200us", Query(shorter_ns=2e5)),
        ("waiting for the GIL", Query(state="gil_wait")),
        ("task 1,204", Query(task=1204)),
        ("12", Query(task=12)),
        ("failed lock", Query(failed=True, state="lock_wait")),
        ("sleep#2", Query(step="sleep#2")),
        ("   ", Query()),
    ],
)
def test_what_is_typed_is_read(text: str, query: Query) -> None:
    assert query_of(text) == query


def test_a_search_goes_from_match_to_match_and_round(view: Timeline) -> None:
    store, shares = view.scene.store, view.scene.shares
    assert store is not None
    step = store.steps[1].lower()
    second = next_match(store, shares, query_of(f"{step} > 4 ms"), -1)
    assert second is not None
    assert (second.begin_ns, second.end_ns) == (10 * MS, 15 * MS)
    assert next_match(store, shares, query_of("> 20 ms"), -1) is None
    failed = next_match(store, shares, query_of("failed"), -1)
    assert failed is not None
    assert (failed.lane, failed.begin_ns) == (1, 70 * MS)
    assert next_match(store, shares, query_of("failed"), 150 * MS) == failed, "round, from the start again"
    before = next_match(store, shares, query_of("> 9 ms"), 100 * MS, back=True)
    assert before is not None
    assert before.begin_ns == 80 * MS
    view.tools.finder.setText("task 7")
    view.find_next(back=False)
    assert view.scene.selected is not None
    assert view.scene.selected.begin_ns == 60 * MS
    view.tools.finder.setText("nothing like it")
    view.find_next(back=False)
    assert "Nothing in this run" in view.words.text()


def test_states_are_sought_by_where_most_of_a_phases_time_went(view: Timeline) -> None:
    store, shares = view.scene.store, view.scene.shares
    assert store is not None
    assert shares is not None
    states = stretch_of(store, shares, 0, 200 * MS).seconds
    for word, state in (("running", "cpu"), ("i/o", "io_wait"), ("lock", "lock_wait")):
        found = next_match(store, shares, query_of(word), -1)
        if states[state] == 0:
            assert found is None
        elif found is not None:
            part = stretch_of(store, shares, found.begin_ns, found.end_ns)
            assert part.seconds[state] > 0


def test_lanes_are_coloured_by_state_step_or_task_and_the_keys_say_so(view: Timeline) -> None:
    color = view.tools.color
    assert isinstance(color, QComboBox)
    pictures = []
    for _ in range(3):
        view.canvas.grab()
        pictures.append(view.canvas._painter._image.copy())
        view.next_color()
    assert color.currentData() == "state"
    assert len({picture.bits().tobytes() for picture in pictures}) == 3
    view.next_color()
    store = view.scene.store
    assert store is not None
    assert [text for _, text in view.header.keys] == [name for place, name in store.steps.items() if place != QUEUED]
    row = pictures[1]
    middle = row.height() * 3 // 4
    at = [round((view.scene.x_of(time) - view.scene.body().left()) / view.scene.body().width() * row.width())
          for time in (45 * MS, 53 * MS)]  # fmt: skip
    assert row.pixel(at[0], middle) != row.pixel(at[1], middle), "two steps of a task have two colours"


def test_the_tools_are_icons_with_tips_and_names(view: Timeline) -> None:
    labelled = [each for each in COMMANDS if each.id.startswith("timeline-") and each.label]
    assert labelled
    for command in labelled:
        button = view.tools.buttons[command.id.removeprefix("timeline-")]
        assert command.icon
        assert button.toolTip()
        assert button.accessibleName()
        assert not button.isVisible() or button.width() < 2 * button.height()
    shown = [button.geometry() for button in view.tools.buttons.values() if button.isVisible()]
    assert np.ptp([place.height() for place in shown]) == 0
