"""Processes of one thread each: nobody waits for a GIL, and a tip tells the states of a step's time apart."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from engine.trace.picture.phase_words import phase_words
from engine.trace.picture.search import Found
from engine.trace.picture.task_path import path_of
from engine.wire.client import Conductor
from gui.timeline.pane import TimelinePane
from gui.widgets.theme import LIGHT
from tests.conducting import experiment, start, until_ended


def test_processes_of_one_thread_wait_for_no_gil(qtbot: QtBot) -> None:
    what = experiment([{"kind": "count-primes", "below": 30_000}], "processes", 2, tasks=20)
    with Conductor() as conductor:
        start(conductor, what)
        end = until_ended(conductor)[-1]
        assert not end["result"]["ledger_s"]["gil_wait"]
        pane = TimelinePane()
        qtbot.addWidget(pane)
        pane.set_theme(LIGHT)
        pane.resize(800, 300)
        pane.show()
        pane.show_whole(Path(end["folder"]), what, is_async=False, worker_kind="process")
        qtbot.waitUntil(lambda: pane.complete)
        store, shares = pane.scene.store, pane.scene.shares
        assert store is not None
        assert shares is not None
        assert [track.count for track in store.tracks if track.count], "there are phases to look at"
        for lane, track in enumerate(store.tracks):
            begin_ns, end_ns = int(track.start[0]), int(track.end[0])
            parts = path_of(store, shares, Found(begin_ns, end_ns, lane, 0)).parts
            assert "gil_wait" not in {piece.state for part in parts for piece in part.pieces}
            for place in range(track.count):
                words = " ".join(phase_words(store, lane, place, shares))
                assert "GIL" not in words
                assert "ran " in words or "waited for a core" in words
        qtbot.waitUntil(lambda: bool(pane.scene.rows.shown))
        labels = [row.label.partition(" · ")[0] for row in pane.scene.rows.shown if row.group is None]
        assert [label for label in labels if not label.startswith("GIL")] == ["Process 1", "Process 2"]
        assert {label for label in labels if label.startswith("GIL")} <= {"GIL of Process 1", "GIL of Process 2"}
