"""Slow-motion replay: how the playhead moves, by the window's one timer, and what it says of every worker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.trace.phase_store import PhaseStore
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.now import doing, mark, next_change, states_words
from engine.wire.protocol import LEDGER_STATES
from gui.repainter import Repainter
from gui.timeline.replay import SPEEDS, Replay
from gui.timeline.timeline_view import Timeline
from gui.widgets.requests import Animate
from tests.gui_tests.view_runs import as_tick, run, shown_timeline, tick
from tests.lane_writing import card
from tests.run_folders import EXPERIMENT, add_lane, add_samples, make_run, whole_task

MS = 1_000_000
STEPS = {each.key: each.to_json() for each in (card("sleep", "time", has_async=True), card("count-primes"))}


@pytest.fixture
def view(qtbot: QtBot, tmp_path: Path) -> Timeline:
    """Two threads, tasks of 3 ms every 30 ms, the second thread's 1 ms later; GIL wait is most of what is computed."""
    folder = make_run(tmp_path / "run")
    (folder / "cards.json").write_text(json.dumps({"steps": STEPS, "model": {}}), encoding="utf-8")
    for lane in range(2):
        tasks = [phase for task in range(20) for phase in whole_task(task, (task * 30 + lane) * MS)]
        add_lane(folder, f"{lane}", tasks, created_ns=lane, thread_name=f"Thread-{lane + 1} (work)")
    ledger = {state: {"cpu": 0.2, "gil_wait": 0.8}.get(state, 0.0) for state in LEDGER_STATES}
    lanes = [{"lane": lane, "ledger_s": ledger} for lane in range(2)]
    add_samples(folder, [{"t_s": 1.0, "lanes": lanes, "ledger_s": ledger}])
    return shown_timeline(qtbot, run(), folder)


def test_time_passes_so_much_slower_and_ends_with_what_is_seen() -> None:
    replay = Replay()
    replay.open(0, 50 * MS)
    assert replay.slower == 1_000, "8 s at least, where nobody has chosen"
    replay.toggle(0, 50 * MS)
    replay.slower = 10
    replay.advance(0.1, 50 * MS)
    assert replay.at_ns == 10 * MS
    replay.slower = 1_000
    for _ in range(10):
        replay.advance(0.01, 50 * MS)
    assert replay.at_ns == pytest.approx(10.1 * MS, abs=10)
    replay.slower = 1
    replay.advance(60.0, 50 * MS)
    assert (replay.at_ns, replay.playing) == (50 * MS, False)
    replay.toggle(0, 50 * MS)
    assert (replay.at_ns, replay.playing) == (0, True), "from the left again"


def test_each_worker_is_said_to_do_what_it_did(view: Timeline) -> None:
    store, shares = view.scene.store, view.scene.shares
    assert store is not None
    at = 30 * MS + 1_500_000
    assert doing(store, shares, 0, at) == ("count-primes", "gil_wait")
    assert doing(store, None, 0, at) == ("count-primes", "cpu")
    assert doing(store, shares, 0, 20 * MS) == ("", None)
    assert states_words(store, shares, at) == "2 waiting for the GIL"
    assert states_words(store, shares, 20 * MS) == "2 between tasks"
    assert states_words(store, shares, 500_000) == "1 waiting for the GIL, 1 starting", "the second begins at 1 ms"
    assert mark(store, shares, 1, 500_000) == [("starting", 1.0)]


def test_threads_that_mostly_wait_for_the_gil_do_not_all_wait_at_once(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "cards.json").write_text(json.dumps({"steps": STEPS, "model": {}}), encoding="utf-8")
    ledger = {state: {"cpu": 0.25, "gil_wait": 0.75}.get(state, 0.0) for state in LEDGER_STATES}
    for lane in range(4):
        add_lane(folder, f"{lane}", whole_task(lane, 0), created_ns=lane, thread_name=f"Thread-{lane + 1} (work)")
    lanes = [{"lane": lane, "ledger_s": ledger} for lane in range(4)]
    add_samples(folder, [{"t_s": 1.0, "lanes": lanes, "ledger_s": ledger}])
    store, shares = PhaseStore(folder, EXPERIMENT, is_async=False), LaneShares(folder)
    while store.refresh():
        pass
    shares.refresh()
    assert states_words(store, shares, 1_500_000) == "1 running, 3 waiting for the GIL"
    store.close()


def test_steps_go_from_phase_to_phase(view: Timeline) -> None:
    store = view.scene.store
    assert store is not None
    assert next_change(store, [0], 0) == 1 * MS
    assert next_change(store, [0, 1], 30 * MS) == 31 * MS
    assert next_change(store, [0], 30 * MS, back=True) == 3 * MS
    assert next_change(store, [0], 0, back=True) is None


def test_the_space_bar_plays_and_pauses_and_the_arrows_step(view: Timeline, qtbot: QtBot) -> None:
    view.activateWindow()
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_Space)
    assert view.is_animated
    assert view.player.bar.isVisible()
    qtbot.keyClick(view.canvas, Qt.Key.Key_Space)
    assert not view.is_animated
    view.player.replay.at_ns = 0
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.pane.playhead_ns == 1 * MS
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    assert view.pane.playhead_ns == 2 * MS
    qtbot.keyClick(view.canvas, Qt.Key.Key_Left)
    assert view.pane.playhead_ns == 1 * MS
    assert view.player.bar.words.text()
    view.grab()
    qtbot.keyClick(view.canvas, Qt.Key.Key_R)
    assert view.pane.playhead_ns is None
    assert not view.player.bar.isVisible()


def test_the_windows_one_timer_moves_it_also_after_the_run_and_rests_when_it_ends(view: Timeline, qtbot: QtBot) -> None:
    repainter = Repainter(lambda _: None)
    view.requested.connect(lambda request: repainter.wake() if request == Animate() else None)
    repainter.data = view.data  # type: ignore[assignment]
    repainter.views.append(view)
    view.tools.buttons["replay"].click()
    view.player.replay.slower = SPEEDS[0]
    qtbot.waitUntil(lambda: (view.pane.playhead_ns or 0) > 0)
    qtbot.waitUntil(lambda: not view.is_animated, timeout=10_000)
    assert view.pane.playhead_ns == view.pane.visible_range[1]
    qtbot.waitUntil(lambda: not repainter._timer.isActive())


def test_space_follows_while_the_run_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    add_lane(folder, "a", whole_task(0, 0), created_ns=1)
    made = Timeline()
    qtbot.addWidget(made)
    made.show()
    data = run(ticks=1)
    data.folder = folder
    made.show_run(data)
    data.take_tick(as_tick(tick(2)))
    made.refresh()
    assert made.scene.range.follow
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.canvas.setFocus()
    qtbot.keyClick(made.canvas, Qt.Key.Key_Space)
    assert not made.scene.range.follow
    assert not made.is_animated
