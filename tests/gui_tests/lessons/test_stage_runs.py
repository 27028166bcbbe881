"""The stage with an engine: runs, A against B with its interval, the race, and the scheduler's process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.lessons.lesson import Lesson, experiments_of
from engine.lessons.lesson_reading import read_lesson
from engine.lessons.progress import ProgressStore
from engine.lessons.shelf import SHIPPED, load_lesson
from gui.stage.scenes.replay_scene import ReplayView
from gui.stage.scenes.scheduler_scene import SchedulerView
from gui.stage.scenes.versus_scene import VersusView
from gui.stage.stage import Stage
from gui.workbench import Workbench
from tests.window import RUN_MS, messages, open_window, wait_for_engine

LESSON = {
    "format": 1,
    "title": "Quick",
    "experiments": {
        "one": {
            "label": "1 thread",
            "workload": {"tasks": 12, "steps": [{"kind": "sleep", "duration_ms": 20.0}]},
            "model": {"kind": "threads", "workers": 1},
        },
        "four": {"label": "4 threads", "like": "one", "model": {"workers": 4}},
        "race": {
            "label": "race",
            "workload": {"tasks": 4, "steps": [{"kind": "shared-counter", "increments": 100, "update": "locked"}]},
            "model": {"kind": "threads", "workers": 2},
        },
        "code": {
            "label": "code",
            "workload": {"tasks": 1, "steps": [{"kind": "python", "source": "def task(item): pass"}]},
            "model": {"kind": "threads", "workers": 1},
        },
    },
    "scenes": [
        {"kind": "question", "title": "How many times?", "figure": "four.throughput_per_s / one.throughput_per_s"},
        {"kind": "run", "title": "Run", "experiment": "four", "charts": [{"kind": "lanes"}, {"kind": "ledger"}]},
        {"kind": "versus", "title": "Versus", "experiments": ["one", "four"]},
        {"kind": "race", "title": "Race", "experiments": ["race"]},
        {"kind": "run", "title": "Code", "experiment": "code"},
        {"kind": "replay", "title": "Slowly", "experiment": "four"},
    ],
}


@pytest.fixture
def workbench(tmp_path: Path, qtbot: QtBot) -> Iterator[Workbench]:
    with open_window(tmp_path, engine=True) as made:
        wait_for_engine(made, qtbot)
        yield made


def opened(workbench: Workbench, tmp_path: Path, *, trusted: bool = True) -> Stage:
    lesson = read_lesson(LESSON, tmp_path / "quick.toml", workbench.surroundings.catalogue)
    return workbench.stage.open_lesson(lesson, trusted=trusted, store=ProgressStore(tmp_path))


def run_scene(stage: Stage, qtbot: QtBot) -> None:
    names = experiments_of(stage.player.scene)
    before = [len(stage.player.pictures(name)) for name in names]
    QTest.keyClick(stage, Qt.Key.Key_F5)
    qtbot.waitUntil(
        lambda: [len(stage.player.pictures(name)) for name in names] == [count + 1 for count in before], timeout=RUN_MS
    )
    qtbot.waitUntil(lambda: not stage.player.runs.running, timeout=RUN_MS)


def test_a_run_a_comparison_and_a_race_are_shown_and_kept(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    stage = opened(workbench, tmp_path)
    stage.player.prediction().numbers.append(4.0)
    stage.player.go(1)
    run_scene(stage, qtbot)
    picture = stage.player.newest("four")
    assert picture is not None
    assert len(picture.lanes) == 4
    assert sum(len(lane.phases) for lane in picture.lanes) == 12
    stage.player.go(2)
    for _ in range(3):
        run_scene(stage, qtbot)
    assert isinstance(stage.view, VersusView)
    [(_, number, between)] = stage.view.number.numbers
    assert 2.0 < float(number) < 6.0
    assert between.startswith("95 % interval: ")
    assert stage.footer.predicted.startswith("Predicted: 4 . Came: ")
    stage.player.go(3)
    run_scene(stage, qtbot)
    kept = ProgressStore(tmp_path).load("quick")
    assert kept.scene == 3
    assert kept.pictures["race"][0].result["counters"]["workload.steps[0]"]["updates_lost"] == 0
    assert len(kept.pictures["one"]) == 3


def test_a_run_is_played_in_slow_motion(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    stage = opened(workbench, tmp_path)
    stage.player.go(5)
    view = stage.view
    assert isinstance(view, ReplayView)
    run_scene(stage, qtbot)
    assert view.motion is not None
    assert len(view.motion.rows) == 4
    assert [button.text() for button in stage.buttons if button.isVisibleTo(stage)][:2] == ["Play", "Next change"]
    QTest.keyClick(stage, Qt.Key.Key_Down)
    assert view.at_s == view.motion.next_change(view.motion.begin_s)
    assert all(each in view.lanes.words for each in ("GIL: ", "Thread 4: "))
    assert any(words.endswith("at line 4") for words in view.code.words), "it is in its task"
    while view.slower > 1:
        QTest.keyClick(stage, Qt.Key.Key_Plus)
    QTest.keyClick(stage, Qt.Key.Key_F5)
    assert view.playing
    qtbot.waitUntil(lambda: not view.playing, timeout=RUN_MS)
    assert view.at_s == view.motion.end_s
    stage.player.go(0)
    kept = ProgressStore(tmp_path).load("quick").pictures["four"][0].motion
    assert kept is not None
    assert [row.name for row in kept.rows] == [row.name for row in view.motion.rows]


def test_a_lesson_without_permission_says_that_its_code_may_not_run(
    workbench: Workbench, qtbot: QtBot, tmp_path: Path
) -> None:
    stage = opened(workbench, tmp_path, trusted=False)
    stage.player.go(4)
    QTest.keyClick(stage, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: bool(stage.player.failures.get("code")), timeout=RUN_MS)
    assert stage.player.newest("code") is None


def test_a_lesson_of_ones_own_asks_before_it_is_opened(workbench: Workbench, tmp_path: Path) -> None:
    lesson = read_lesson(LESSON, tmp_path / "quick.toml", workbench.surroundings.catalogue)
    assert workbench.pages.lessons is not None
    workbench.pages.lessons.open_lesson(lesson)
    assert not workbench.stage.active
    [question] = [each for each in messages(workbench) if "contains code of its own" in each]
    workbench.pages.lessons.allow(lesson)
    assert workbench.stage.active
    assert question not in messages(workbench)


def test_escape_stops_a_run_before_it_leaves(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    workbench.document.show({**workbench.document.experiment(), "title": "Mine"}, None)
    workbench.actions["stage"].trigger()
    stage = workbench.stage.stage
    assert stage is not None
    QTest.keyClick(stage, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: workbench.session.stage == "measuring", timeout=RUN_MS)
    QTest.keyClick(stage, Qt.Key.Key_Escape)
    assert workbench.stage.active
    qtbot.waitUntil(lambda: not workbench.session.running, timeout=RUN_MS)
    QTest.keyClick(stage, Qt.Key.Key_Escape)
    assert not workbench.stage.active


def test_the_class_finds_a_lost_update(workbench: Workbench, qtbot: QtBot, tmp_path: Path) -> None:
    lesson = load_lesson(SHIPPED / "12-the-race.toml", shipped=True)
    assert isinstance(lesson, Lesson)
    stage = workbench.stage.open_lesson(lesson, trusted=True, store=ProgressStore(tmp_path))
    stage.player.go(3)
    view = stage.view
    assert isinstance(view, SchedulerView)
    for worker in "ABAABB":  # both read before either writes
        qtbot.waitUntil(lambda: view.state is not None, timeout=RUN_MS)
        assert view.state is not None
        steps = len(view.state.order)
        QTest.keyClick(stage, Qt.Key[f"Key_{worker}"])
        qtbot.waitUntil(lambda steps=steps: len(view.state.order) == steps + 1, timeout=RUN_MS)
    assert view.state.wrong.startswith("Two deposits, and a balance of 1")
    view._timer.setInterval(1)
    QTest.keyClick(stage, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: view.state.order == (0, 0, 1, 1, 1, 0), timeout=RUN_MS)
    qtbot.waitUntil(lambda: bool(view.board.chance), timeout=RUN_MS)
    assert view.board.found == "18 of 20 orders go wrong. The shortest: A A B B B A"
    assert view.state.ended


def test_a_lesson_is_made_from_a_run_and_listed(
    workbench: Workbench, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GILSCOPE_LESSONS", str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    stage = opened(workbench, tmp_path)
    stage.player.go(1)
    run_scene(stage, qtbot)
    workbench.stage.close()
    lessons, data = workbench.pages.lessons, workbench.session.data
    assert lessons is not None
    assert data is not None
    lessons.write_lesson(tmp_path / "mine" / "from-it.toml", data)
    made = lessons.page.lessons()[-1]
    assert (made.name, made.title, made.shipped) == ("from-it", "4 threads", False)
    assert any("edit its texts" in each for each in messages(workbench))


def test_the_run_at_hand_is_run_with_other_models_and_workers(
    workbench: Workbench, qtbot: QtBot, tmp_path: Path
) -> None:
    experiment = LESSON["experiments"]["one"]  # type: ignore[index]
    workbench.document.show(
        {"format": 1, "title": "Mine", **{key: experiment[key] for key in ("workload", "model")}}, None
    )
    workbench.actions["stage"].trigger()
    stage = workbench.stage.stage
    assert stage is not None
    run_scene(stage, qtbot)
    QTest.keyClick(stage, Qt.Key.Key_Plus)
    QTest.keyClick(stage, Qt.Key.Key_Plus)
    assert stage.buttons[2].text() == "4 workers"
    run_scene(stage, qtbot)
    one, four = stage.player.pictures("own")
    assert four.result["throughput_per_s"] > 1.5 * one.result["throughput_per_s"]
    assert four.label == "Threads, 4 workers"
    assert stage.view is not None
    stage.refresh()
    assert len(stage.view.charts[0].runs) == 2, "the run before stands behind"  # type: ignore[attr-defined]
    assert stage.view.words.words, "what is seen is said beside the chart"  # type: ignore[attr-defined]
    before = stage.buttons[1].text()
    QTest.keyClick(stage, Qt.Key.Key_M)
    assert stage.buttons[1].text() != before
