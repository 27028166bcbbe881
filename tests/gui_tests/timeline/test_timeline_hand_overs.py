"""Arrows in the timeline: a selected task of a pipeline, from the stage that handed it on to the one that took it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF
from pytestqt.qtbot import QtBot

from engine.record.hand_over.carried_file import CarriedTask, CarriedWriter
from engine.record.lane_file import LAST, OK
from engine.trace.hand_overs import HandOver, hand_overs
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.phase_words import task_words
from engine.trace.picture.search import find_task, task_of
from gui.timeline.hand_overs import Arrow, HandOverArrows, name_plates
from tests.gui_tests.view_runs import run, shown_timeline
from tests.run_folders import EXPERIMENT, START_NS, add_lane, make_run, queued, whole_task, write_json

MS = 1_000_000
STEPS = EXPERIMENT["workload"]["steps"]
PIPELINE = {
    **EXPERIMENT,
    "workload": {"tasks": 3, "stages": [{"name": f"part {n}", "workers": 1, "steps": STEPS} for n in range(3)]},
}


def three_stages(folder: Path) -> Path:
    """Make a run in which task 7 goes over three lanes, and task 8 over one."""
    made = make_run(folder)
    write_json(made / "experiment.json", PIPELINE)
    add_lane(made, "a", [*whole_task(7, 0), *whole_task(8, 4 * MS)], created_ns=1)
    add_lane(made, "b", [queued(7, 3 * MS, 6 * MS), *whole_task(7, 6 * MS)], created_ns=2)
    add_lane(made, "c", [*whole_task(5, MS), queued(7, 9 * MS, 12 * MS), *whole_task(7, 12 * MS)], created_ns=3)
    return made


def test_a_task_is_followed_over_its_lanes_and_one_of_one_lane_is_not(tmp_path: Path) -> None:
    store = PhaseStore(three_stages(tmp_path / "run"), PIPELINE, is_async=False)
    while store.refresh():
        pass
    for task, expected in ((7, (HandOver(0, 3 * MS, 1, 6 * MS), HandOver(1, 9 * MS, 2, 12 * MS))), (8, ())):
        found = find_task(store, task)
        assert found is not None
        assert hand_overs(store, found) == expected
    store.close()


def test_each_lane_tells_of_its_own_wait_for_the_task(tmp_path: Path) -> None:
    store = PhaseStore(three_stages(tmp_path / "run"), PIPELINE, is_async=False)
    while store.refresh():
        pass
    assert [store.due_ns(7, lane) for lane in range(3)] == [None, 3 * MS, 9 * MS]
    words = [task_words(store, task_of(store, lane, place)) for lane, place in ((0, 2), (1, 2), (2, 5))]
    assert ["arrived" in each for each in words] == [False, True, True]
    assert ["queued 3 ms" in each for each in words] == [False, True, True]
    assert not any(" -" in each for each in words)
    store.close()


def test_the_arrows_lead_from_row_to_row_and_are_painted(qtbot: QtBot, tmp_path: Path) -> None:
    data = run(workers=3)
    data.experiment = PIPELINE
    view = shown_timeline(qtbot, data, three_stages(tmp_path / "run"))
    scene = view.scene
    qtbot.waitUntil(lambda: view.pane.complete)
    assert scene.store is not None
    found = find_task(scene.store, 7)
    assert found is not None
    plain = view.canvas.grab().toImage()
    view.pane.go_to(found)
    scene.range.show(0, 16 * MS)
    arrows = HandOverArrows().arrows(scene)
    assert len(arrows) == 2
    for begin, end, name in arrows:
        assert name == "queue"
        assert begin.x() < end.x()
        assert begin.y() < end.y()
        assert scene.body().contains(begin)
    assert scene.time_at(arrows[0][0]) == 3 * MS or abs(scene.time_at(arrows[0][0]) - 3 * MS) < MS / 4
    painted = view.canvas.grab().toImage()
    assert painted != plain
    middle = ((arrows[0][0] + arrows[0][1]) / 2).toPoint()
    around = {painted.pixelColor(middle + QPoint(x, y)).name() for x in (-1, 0, 1) for y in (-1, 0, 1)}
    assert scene.theme.text.lower() in around
    other = find_task(scene.store, 8)
    assert other is not None
    view.pane.go_to(other)
    assert HandOverArrows().arrows(scene) == []


def test_a_lock_and_the_main_threads_submission_have_named_arrows_and_other_steps_have_none(
    qtbot: QtBot, tmp_path: Path
) -> None:
    made = make_run(tmp_path / "run")
    experiment = {**EXPERIMENT, "workload": {"tasks": 3, "steps": [{"kind": "critical-section", "hold_ms": 2.0}]}}
    add_lane(made, "a", [(1, 0, 2 * MS, 0, 0, OK | LAST)], created_ns=1, waited_ns=0)
    add_lane(made, "b", [(2, MS // 2, 4 * MS, 0, 0, OK | LAST)], created_ns=2, waited_ns=3 * MS // 2 + 1000)
    carried = CarriedWriter(str(made), 10)
    carried.add(CarriedTask(2, 1, 1, START_NS + MS // 4))
    for steps, names in (
        (["critical-section"], ["submitted by the main thread", "lock"]),
        (["sha256"], ["submitted by the main thread"]),
    ):
        data = run(workers=2)
        data.experiment = {**experiment, "workload": {"tasks": 3, "steps": [{"kind": kind} for kind in steps]}}
        view = shown_timeline(qtbot, data, made)
        qtbot.waitUntil(lambda view=view: view.pane.complete)
        assert view.scene.store is not None
        found = find_task(view.scene.store, 2)
        assert found is not None
        view.pane.go_to(found)
        view.scene.range.show(0, 5 * MS)
        arrows = HandOverArrows().arrows(view.scene)
        assert [arrow.name for arrow in arrows] == names
        assert arrows[0].begin.y() == view.scene.body().top()
        assert all(arrow.end.y() > arrow.begin.y() for arrow in arrows)
        view.canvas.grab()


def test_names_of_arrows_are_on_their_seen_part_and_never_on_each_other(qtbot: QtBot) -> None:
    body, metrics = QRectF(100, 20, 600, 300), QFontMetricsF(QFont())
    close = [Arrow(QPointF(300 + place, 40), QPointF(302 + place, 200), "limit") for place in range(4)]
    far = Arrow(QPointF(-90_000, 20), QPointF(400, 220), "submitted by the main thread")
    past = Arrow(QPointF(-90, 40), QPointF(-10, 80), "lock")
    placed = name_plates([*close, far, past], body, metrics)
    assert [name for _, name in placed] == ["limit"] * 4 + ["submitted by the main thread"]
    for place, (plate, _) in enumerate(placed):
        assert body.contains(plate)
        assert not any(plate.intersects(other) for other, _ in placed[:place])
