"""The row of the GIL in the window: who holds it is seen, named at the pointer and told at the playhead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from engine.record.lane_file import LAST, OK
from engine.trace.picture.raster import LINES
from engine.wire.tick import LaneFigures
from engine.wording.state_colors import STATE_COLORS
from gui.live.gil_strip import GilStrip
from gui.live.ledger_view import LedgerPanel
from gui.timeline.timeline_view import Timeline
from gui.widgets.state_fill import line_color
from gui.widgets.theme import DARK, LIGHT
from gui.widgets.worker_colors import worker_color
from tests.gui_tests.view_runs import run, shown_timeline
from tests.lane_writing import card
from tests.looks_writing import MS, PID, in_turn, thread_id, write_looks
from tests.run_folders import add_lane, make_run

RUN_MS = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run in which two threads compute, 5 ms at a time."""
    made = make_run(tmp_path / "run")
    cards = {each.key: each.to_json() for each in (card("sleep", "time", has_async=True), card("count-primes"))}
    (made / "cards.json").write_text(json.dumps({"steps": cards, "model": {}}), encoding="utf-8")
    for number in range(2):
        phases = [(number, 0, RUN_MS * MS, 0, 1, OK | LAST)]
        add_lane(made, f"t{number}", phases, created_ns=number, pid=PID, thread=thread_id(number))
    write_looks(made, RUN_MS, in_turn(5.0))
    return made


def shown(qtbot: QtBot, folder: Path) -> Timeline:
    view = shown_timeline(qtbot, run(workers=2), folder)
    qtbot.waitUntil(lambda: view.complete)
    view.pane.show_range((0, 20 * MS))
    view.grab()
    return view


def row_of_gil(view: Timeline) -> QPointF:
    """Return the left middle of the row."""
    row = next(each for each in view.scene.seen if each.row.gil is not None)
    return QPointF(view.scene.body().left(), row.top + row.height / 2)


def color_at(view: Timeline, time_ms: float, y: float) -> str:
    image: QImage = view.canvas.grab().toImage()
    return image.pixelColor(round(view.scene.x_of(round(time_ms * MS))), round(y)).name().upper()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_row_has_the_holders_colour_which_stands_beside_its_lane_too(
    qtbot: QtBot, folder: Path, theme: object
) -> None:
    view = shown(qtbot, folder)
    view.set_theme(theme)  # type: ignore[arg-type]
    below = row_of_gil(view).y() + 12
    colors = [color_at(view, at, below) for at in (1.5, 6.5, 11.5, 16.5)]
    assert colors == [worker_color(view.scene.theme, lane).upper() for lane in (0, 1, 0, 1)]
    for lane in (0, 1):
        row = view.scene.seen_row_of(lane)
        assert row is not None
        beside = view.canvas.grab().toImage().pixelColor(round(view.scene.body().left()) - 2, round(row.top + 4))
        assert beside.name().upper() == worker_color(view.scene.theme, lane).upper()


def test_a_lane_that_waits_for_the_gil_is_told_from_one_that_runs_by_its_lines_too(qtbot: QtBot, folder: Path) -> None:
    view = shown(qtbot, folder)
    image = view.canvas.grab().toImage()
    row = view.scene.seen_row_of(0)
    assert row is not None
    x = [round(view.scene.x_of(round(at * MS))) for at in (4.2, 9.2)]  # away from the step's name
    runs, waits = ({image.pixelColor(each, round(row.top) + y).name().upper() for y in range(12)} for each in x)
    assert runs == {STATE_COLORS["cpu"].upper()}
    assert waits == {STATE_COLORS["gil_wait"].upper(), line_color("gil_wait", LINES["gil_wait"]).name().upper()}


def test_the_pointer_names_the_holder_and_for_how_long(qtbot: QtBot, folder: Path) -> None:
    view = shown(qtbot, folder)
    y = row_of_gil(view).y()
    words = view.canvas._words_at(QPointF(view.scene.x_of(round(6.5 * MS)), y))
    assert words[0] == f"GIL of process {PID}, at 0.006500 s"
    assert words[1].startswith("Thread 2 held the GIL for 5")


def test_at_the_playhead_the_row_names_the_holder_and_the_words_count_one_that_runs(qtbot: QtBot, folder: Path) -> None:
    view = shown(qtbot, folder)
    view.player.ask("replay")
    view.pane.set_playhead(round(6.5 * MS))
    view.player._on_playhead(round(6.5 * MS))
    assert view.player.bar.words.text() == "1 running, 1 waiting for the GIL"
    marks = view.canvas.grab().toImage()
    found = []
    for lane in (0, 1):
        row = view.scene.seen_row_of(lane)
        assert row is not None
        found.append(marks.pixelColor(round(view.scene.body().left()) - 4, round(row.top + 5)).name().upper())
    assert found[1] == STATE_COLORS["cpu"].upper()
    assert found[0] in (
        STATE_COLORS["gil_wait"].upper(),
        QColor(line_color("gil_wait", LINES["gil_wait"])).name().upper(),
    )


def test_the_row_is_hidden_and_shown_by_its_command(qtbot: QtBot, folder: Path) -> None:
    view = shown(qtbot, folder)
    assert any(row.gil is not None for row in view.scene.rows.shown)
    view.tools.buttons["gil"].click()
    assert not any(row.gil is not None for row in view.scene.rows.shown)
    view.tools.buttons["gil"].click()
    assert any(row.gil is not None for row in view.scene.rows.shown)


def test_a_run_without_a_gil_says_so_and_shows_no_holder(qtbot: QtBot, folder: Path) -> None:
    (folder / "life.json").write_text(json.dumps({"gil": False}), encoding="utf-8")
    view = shown(qtbot, folder)
    y = row_of_gil(view).y()
    words = view.canvas._words_at(QPointF(view.scene.x_of(round(6.5 * MS)), y))
    assert words == ["There is no GIL: a free-threaded Python, and threads run at the same time"]
    assert color_at(view, 19.5, y + 12) == LIGHT.window.upper()


def test_what_turned_it_back_on_is_said_at_the_pointer(qtbot: QtBot, folder: Path) -> None:
    (folder / "gil-turned-on-42-some.module").write_text("", encoding="utf-8")
    view = shown(qtbot, folder)
    words = view.canvas._words_at(QPointF(view.scene.x_of(round(6.5 * MS)), row_of_gil(view).y()))
    assert words[-1] == "The GIL was turned on by importing some.module"


def test_a_run_that_an_older_version_recorded_has_no_row(qtbot: QtBot, folder: Path) -> None:
    for name in ("looks.bin", "looks.json"):
        (folder / name).unlink()
    view = shown(qtbot, folder)
    assert [row.gil for row in view.scene.rows.shown] == [None] * len(view.scene.rows.shown)


def test_live_shows_who_holds_it_now_and_for_how_long_at_a_time(qtbot: QtBot, folder: Path) -> None:
    panel = LedgerPanel()
    qtbot.addWidget(panel)
    panel.set_theme(LIGHT)
    panel.resize(700, 400)
    data = run(workers=2)
    data.folder = folder
    panel.show()
    panel.show_run(data)
    strip = panel.findChild(GilStrip)
    assert isinstance(strip, GilStrip)
    lanes = [LaneFigures(lane=number, pid=PID, tid=thread_id(number)) for number in (0, 1)]
    strip.take_in(folder, lanes, ["Thread 1", "Thread 2"], ended=False)
    assert strip.isVisible()
    assert strip.words[0].startswith("held for 5 ms at a time (median), 200 handovers/s")
    image = strip.grab().toImage()
    seen = {image.pixelColor(x, 4).name().upper() for x in range(40, image.width())}
    assert {worker_color(LIGHT, 0).upper(), worker_color(LIGHT, 1).upper()} <= seen
