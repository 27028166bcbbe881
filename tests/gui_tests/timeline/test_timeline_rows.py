"""Rows of the timeline: workers under the threads and processes that the system has, folded and unfolded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from engine.record.lane_reader import RECORD_DTYPE
from engine.record.lane_table import Lane
from engine.trace.phase_track import PhaseTrack, PieceKind
from engine.trace.picture.phase_sum import PhaseSum
from engine.trace.picture.rows import Layout, Owner, Rows
from gui.timeline.pane import TimelinePane
from gui.widgets.theme import LIGHT
from tests.run_folders import EXPERIMENT, add_lane, make_run, whole_task

MS = 1_000_000


def rows_of(
    *lanes: tuple[int, int, str], process: str = "MainProcess", is_async: bool = False, gils: Sequence[int] = ()
) -> Rows:
    """Return rows for lanes of (pid, thread, file)."""
    made = [
        Lane(place, f"w{place}", pid, thread, file, sum(each[2] == file for each in lanes[:place]))
        for place, (pid, thread, file) in enumerate(lanes)
    ]
    owners = {file: Owner(f"Thread-{thread} (work)", process, is_async) for _, thread, file in lanes}
    rows = Rows()
    rows.set_lanes(made, [lane.worker for lane in made], owners, {10: "python3"}, gils)
    return rows


def shown(rows: Rows) -> list[str]:
    """Return what stands in the rows."""
    return [row.group.title if row.group and not row.folded else row.label for row in rows.shown]


def test_threads_stand_under_their_process_by_name_and_number() -> None:
    rows = rows_of((10, 11, "a"), (20, 21, "c"), (10, 12, "b"), (20, 22, "d"), process="SpawnProcess-1")
    assert shown(rows) == [
        "Process 10  SpawnProcess-1, python3  ·  2 threads", "w0 · 11", "w2 · 12",
        "Process 20  SpawnProcess-1  ·  2 threads", "w1 · 21", "w3 · 22",
    ]  # fmt: skip


def test_coroutines_stand_under_the_thread_whose_loop_runs_them() -> None:
    rows = rows_of((10, 10, "a"), (10, 10, "a"), (10, 10, "a"), is_async=True)
    assert shown(rows)[0] == "Process 10  python3  ·  thread Thread-10 (work) (10): 3 coroutines"
    rows = rows_of((10, 11, "a"), (10, 11, "a"), (10, 12, "b"), is_async=True)
    assert shown(rows)[:2] == ["Process 10  python3  ·  2 threads", "Thread Thread-11 (work) (11): 2 coroutines"]
    assert shown(rows)[4:] == ["Thread Thread-12 (work) (12): 1 coroutine", "w2"]


def test_the_row_of_a_gil_stands_before_its_processs_workers_and_folds_with_them() -> None:
    rows = rows_of((10, 11, "a"), (20, 21, "c"), (10, 12, "b"), (20, 22, "d"), gils=[10, 20])
    assert [row.gil for row in rows.shown] == [None, 10, None, None, None, 20, None, None]
    layout = Layout(rows.shown, 400, 20, 6, 56)
    assert layout.heights == [20, 56, 56, 56, 20, 56, 56, 56]
    rows.toggle(rows.groups[0])
    assert [row.gil for row in rows.shown] == [None, None, 20, None, None]


def test_the_rows_of_processes_with_one_worker_each_say_whose_gil_they_are() -> None:
    assert shown(rows_of((10, 10, "a"), (20, 20, "b"), gils=[10, 20])) == [
        "GIL of w0",
        "w0 · 10",
        "GIL of w1",
        "w1 · 20",
    ]


def test_processes_of_one_worker_each_need_no_headings() -> None:
    rows = rows_of((10, 10, "a"), (20, 20, "b"))
    assert shown(rows) == ["w0 · 10", "w1 · 20"]
    assert not rows.groups


def test_a_folded_group_is_one_row_for_all_its_lanes_and_is_unfolded_for_what_is_looked_for() -> None:
    rows = rows_of((10, 11, "a"), (10, 12, "b"), (20, 21, "c"), (20, 22, "d"))
    rows.toggle(rows.groups[0])
    assert [row.lanes for row in rows.shown] == [(0, 1), (), (2,), (3,)]
    assert rows.place_of(1) == 0
    rows.reveal(1)
    assert rows.place_of(1) == 2
    rows.fold_all()
    assert [row.lanes for row in rows.shown] == [(0, 1), (2, 3)]
    rows.fold_all()
    assert len(rows.shown) == 6


@pytest.mark.parametrize("lanes", [1, 64, 1000])
def test_every_row_can_be_scrolled_to(lanes: int) -> None:
    rows = rows_of(*((10, 10, "a") for _ in range(lanes)), is_async=True)
    layout = Layout(rows.shown, 400.0, 18, 6, 56)
    seen = layout.count_from(layout.last_first, 400.0)
    assert layout.last_first + seen == lanes + 1
    assert layout.at(0, layout.last_first) == layout.last_first
    assert layout.at(layout.heights[0] + 1, 0) == 1
    assert layout.at(-1, 0) is None


def test_many_lanes_as_one_have_the_mean_of_what_each_has() -> None:
    rng = np.random.default_rng(1)
    tracks = []
    for _ in range(5):
        records = np.zeros(50, RECORD_DTYPE)
        times = np.sort(rng.integers(0, 1_000_000, 100)).reshape(-1, 2)
        records["start_ns"], records["end_ns"] = times[:, 0], times[:, 1]
        records["waited_ns"] = (times[:, 1] - times[:, 0]) // 3
        track = PhaseTrack()
        track.append(records, np.full(50, PieceKind.IO), np.full(50, PieceKind.COMPUTE))
        tracks.append(track)
    edges = np.linspace(0, 1_000_000, 77).astype(np.int64)
    mean = sum(track.covered(edges) for track in tracks) / 5
    assert np.allclose(PhaseSum(tracks).covered(edges), mean, atol=1.0)


def test_a_click_on_a_heading_folds_it_and_the_pointer_says_what_it_stands_for(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    for lane in range(3):
        add_lane(folder, f"{lane}", whole_task(lane, lane * MS), created_ns=lane, thread_name=f"T-{lane}")
    pane = TimelinePane()
    qtbot.addWidget(pane)
    pane.set_theme(LIGHT)
    pane.resize(600, 300)
    pane.show()
    pane.show_whole(folder, EXPERIMENT, is_async=False, worker_kind="thread")
    qtbot.waitUntil(lambda: pane.complete)
    heading = QPointF(20, pane.scene.body().top() + 5)
    assert len(pane.scene.seen) == 4
    qtbot.mouseClick(pane.canvas, Qt.MouseButton.LeftButton, pos=heading.toPoint())
    (row,) = pane.scene.seen
    assert row.row.lanes == (0, 1, 2)
    pane.grab()
    qtbot.mouseMove(pane.canvas, heading.toPoint())
    assert "3 threads" in pane.canvas._label.text()
    qtbot.mouseClick(pane.canvas, Qt.MouseButton.LeftButton, pos=heading.toPoint())
    assert len(pane.scene.seen) == 4
