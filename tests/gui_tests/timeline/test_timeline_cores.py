"""The row of cores: who was seen running on each, how often each moved, nothing where the platform does not tell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from engine.record.placements import PLACEMENT
from gui.timeline.pane import TimelinePane
from gui.widgets.theme import DARK, LIGHT
from tests.run_folders import EXPERIMENT, add_lane, make_run, whole_task

MS = 1_000_000


def placed(folder: Path, moves: int | None) -> None:
    """Thread a is on core 0, then on core 2; thread b is on core 2 first, and not seen running afterwards."""
    records = [(0, 0, 0, 1), (0, 1, 2, 1), (100 * MS, 0, 2, 1), (100 * MS, 1, 2, 0)]
    np.array(records, PLACEMENT).tofile(folder / "placements.bin")
    threads = [{"file": f"{name}.lane", "pid": 1, "thread": 7, "moves": moves} for name in "ab"]
    (folder / "placements.json").write_text(json.dumps({"threads": threads, "until_ns": 160 * MS}), encoding="utf-8")


def opened(qtbot: QtBot, folder: Path) -> TimelinePane:
    for number, name in enumerate("ab"):
        tasks = [phase for task in range(7) for phase in whole_task(task, task * 30 * MS)]
        add_lane(folder, name, tasks, created_ns=number, thread_name=f"Thread-{number + 1} (work)")
    pane = TimelinePane()
    qtbot.addWidget(pane)
    pane.set_theme(LIGHT)
    pane.resize(800, 300)
    pane.show()
    pane.show_whole(folder, EXPERIMENT, is_async=False, worker_kind="thread")
    qtbot.waitUntil(lambda: pane.complete)
    return pane


def at(pane: TimelinePane, row: int, time_ns: int) -> str:
    """Return what is said of a row at a time."""
    return pane.cores.words_at(QPointF(pane.scene.x_of(time_ns), (row + 0.5) * pane.cores._pitch))


def test_each_core_says_who_was_on_it(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    placed(folder, 12)
    pane = opened(qtbot, folder)
    assert pane.cores.isVisible()
    assert at(pane, 0, MS // 4) == "Core 0 at 0.000 s: Thread 1, which moved between cores 12 times"
    assert at(pane, 1, MS // 4).startswith("Core 2 at 0.000 s: Thread 2")
    assert at(pane, 1, 100 * MS).startswith("Core 2 at 0.100 s: Thread 1")
    assert at(pane, 0, 50 * MS) == "Core 0 at 0.050 s: no worker was seen running", "between two looks nothing is known"
    assert at(pane, 0, 150 * MS) == "Core 0 at 0.150 s: no worker was seen running"
    assert at(pane, 1, 170 * MS).endswith("not looked at")
    who, shares = pane.cores.columns(400)
    assert set(who[0].tolist()) == {0, -1}
    assert set(who[1].tolist()) == {0, 1, -1}
    assert (shares > 0).mean() < 0.05, "a look is a mark, not a bar until the next"
    for theme in (DARK, DARK.scaled(1.8)):
        pane.set_theme(theme)
        assert not pane.grab().isNull()


def test_rows_without_any_mark_say_why(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    placed(folder, None)
    np.array([(0, 0, 0, 0), (0, 1, 2, 0)], PLACEMENT).tofile(folder / "placements.bin")
    pane = opened(qtbot, folder)
    assert pane.cores.isVisible()
    assert pane.cores.empty_words == "at no look was a worker's thread running"
    silent = pane.cores.grab().toImage()
    other = make_run(tmp_path / "other")
    placed(other, None)
    marked = opened(qtbot, other)
    assert marked.cores.empty_words == ""
    body = int(pane.scene.body().left()) + 6
    letters = {silent.pixelColor(x, y).name() for x in range(body, body + 150) for y in range(silent.height() // 2)}
    assert len(letters) > 3, "the words are drawn"


def test_where_moves_are_not_counted_it_is_said_what_was_seen(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    placed(folder, None)
    pane = opened(qtbot, folder)
    assert pane.cores.moves_words() == [
        "Thread 1 was seen to move between cores 1 time",
        "Thread 2 was seen to move between cores 0 times",
    ]
    words = pane.canvas._words_at(QPointF(pane.scene.x_of(30 * MS + MS // 2), pane.scene.seen[1].top + 5))
    assert words[-1] == "its thread was seen to move between cores 1 time"


def test_another_run_has_its_own_rows_and_cores(qtbot: QtBot, tmp_path: Path) -> None:
    """Also where both were read at once, so that what was read of them has the same version."""
    former = make_run(tmp_path / "former")
    placed(former, 12)
    pane = opened(qtbot, former)
    before = pane.scene.layout().lane_px
    folder = make_run(tmp_path / "run")
    np.array([(0, 0, 1, 1)], PLACEMENT).tofile(folder / "placements.bin")
    threads = [{"file": "lane-0.lane", "pid": 1, "thread": 7, "moves": 3}]
    (folder / "placements.json").write_text(json.dumps({"threads": threads, "until_ns": 160 * MS}), encoding="utf-8")
    for number in range(16):
        name = f"Thread-{number + 1} (work)"
        add_lane(folder, f"lane-{number}", whole_task(number, number * MS), created_ns=number, thread_name=name)
    pane.show_whole(folder, EXPERIMENT, is_async=False, worker_kind="thread")
    qtbot.waitUntil(lambda: pane.complete)
    assert at(pane, 0, 0).startswith("Core 1 at 0.000 s: Thread 1")
    assert pane.scene.layout().lane_px < before
    assert [each.row.lane for each in pane.scene.seen][:1] == [None]
    assert len(pane.scene.layout().heights) == len(pane.scene.rows.shown) == 17


@pytest.mark.parametrize("asked", [True, False])
def test_without_figures_or_when_not_wanted_there_is_no_row(qtbot: QtBot, tmp_path: Path, asked: bool) -> None:
    folder = make_run(tmp_path / "run")
    if not asked:
        placed(folder, 1)
    pane = opened(qtbot, folder)
    pane.show_cores(asked)
    assert not pane.cores.isVisible()


def test_a_column_that_holds_many_looks_is_as_high_as_their_share(qtbot: QtBot, tmp_path: Path) -> None:
    """A thread was seen at every second of 400 looks: at each zoom that is half of the strip, and never all of it."""
    folder = make_run(tmp_path / "run")
    records = [(look * MS, 0, 0, 1) for look in range(0, 400, 2)]
    np.array(records, PLACEMENT).tofile(folder / "placements.bin")
    about = {"threads": [{"file": "a.lane", "pid": 1, "thread": 7, "moves": 0}], "until_ns": 399 * MS, "looks": 400}
    (folder / "placements.json").write_text(json.dumps(about), encoding="utf-8")
    pane = opened(qtbot, folder)
    pane.show_range((0, 400 * MS))
    for width_px in (40, 100, 800):
        _, shares = pane.cores.columns(width_px)
        assert shares.mean() == pytest.approx(0.5, abs=0.1)
