"""The stage without an engine: the clicker's keys, votes, what lies over a scene, and a lesson that goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.handout.lesson_handout import LessonHandout
from engine.lessons.lesson import Lesson
from engine.lessons.progress import ProgressStore
from engine.lessons.recorded import recorded_pictures
from engine.lessons.shelf import SHIPPED, load_lesson
from gui.stage.scenes.drawn_curve import COLUMNS, DrawnCurve
from gui.stage.scenes.question_scene import AnswerChoices, Number
from gui.stage.stage import Stage
from gui.workbench import Workbench
from tests.stage_reading import problems
from tests.window import messages, open_window

Key = Qt.Key


@pytest.fixture
def workbench(tmp_path: Path, qtbot: QtBot) -> Iterator[Workbench]:
    with open_window(tmp_path) as made:
        yield made


@pytest.fixture
def lesson() -> Lesson:
    found = load_lesson(SHIPPED / "02-the-gil.toml", shipped=True)
    assert isinstance(found, Lesson)
    return found


@pytest.fixture
def stage(workbench: Workbench, lesson: Lesson, tmp_path: Path) -> Stage:
    return workbench.stage.open_lesson(lesson, trusted=True, store=ProgressStore(tmp_path))


def press(stage: Stage, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(stage, key)


def test_a_clicker_walks_the_scenes_and_stops_at_the_ends(stage: Stage) -> None:
    press(stage, Key.Key_PageUp)
    assert stage.player.place == 0
    press(stage, Key.Key_PageDown, Key.Key_PageDown, Key.Key_Right)
    assert stage.player.place == 3
    press(stage, Key.Key_PageUp, Key.Key_Left)
    assert stage.player.place == 1
    press(stage, *[Key.Key_PageDown] * 20)
    assert stage.player.place == len(stage.player.lesson.scenes) - 1


def test_digits_jump_also_after_a_control_was_clicked(stage: Stage, lesson: Lesson) -> None:
    press(stage, Key.Key_PageDown, Key.Key_PageDown)
    stage.buttons[0].setFocus()
    QTest.keyClick(stage.buttons[0], Key.Key_6)
    stage._jump.timeout.emit()
    assert stage.player.place == 5
    QTest.keyClick(stage.buttons[0], Key.Key_PageUp)
    assert stage.player.place == 4


def test_each_control_has_a_key_and_return_presses_the_one_that_tab_went_to(stage: Stage) -> None:
    stage.player.go(len(stage.player.lesson.scenes) - 1)  # what to try next: three controls
    pressed: list[str] = []
    for button in stage.buttons:
        assert button.isVisible()
        button.setEnabled(True)
        button._call = partial(pressed.append, button.text())
    press(stage, Key.Key_F7, Key.Key_F6, Key.Key_F5, Key.Key_Return)
    stage.buttons[1].setFocus()
    QTest.keyClick(stage.buttons[1], Key.Key_Return)
    first, second, third = (button.text() for button in stage.buttons)
    assert pressed == [third, second, first, first, second]


def test_b_blanks_and_any_key_shows_the_stage_again(stage: Stage) -> None:
    press(stage, Key.Key_B)
    assert stage.overlay.black
    assert stage.overlay.isVisible()
    press(stage, Key.Key_PageDown)
    assert not stage.overlay.black
    assert stage.player.place == 0


def test_the_pen_draws_and_the_next_scene_erases(stage: Stage) -> None:
    press(stage, Key.Key_P)
    QTest.mousePress(stage.overlay, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    QTest.mouseMove(stage.overlay, QPoint(90, 90))
    assert len(stage.overlay.lines) == 1
    press(stage, Key.Key_PageDown)
    assert stage.overlay.lines == []
    assert not stage.overlay.pen


def test_escape_takes_away_what_lies_over_the_scene_first(workbench: Workbench, stage: Stage) -> None:
    press(stage, Key.Key_S)
    assert stage.overlay.spotlight
    press(stage, Key.Key_Escape)
    assert not stage.overlay.active
    assert workbench.stage.active
    press(stage, Key.Key_Escape)
    assert not workbench.stage.active


def test_a_full_stop_freezes_what_is_shown(stage: Stage) -> None:
    press(stage, Key.Key_Period)
    assert stage.frozen
    assert "Frozen" in stage.footer.note
    press(stage, Key.Key_Period)
    assert not stage.frozen
    assert stage.footer.note == ""


def test_hands_are_counted_discussed_counted_again_and_kept(
    workbench: Workbench, stage: Stage, lesson: Lesson, tmp_path: Path
) -> None:
    stage.player.go(4)
    assert stage.view is not None
    answers = stage.view.answers  # type: ignore[attr-defined]
    assert isinstance(answers, AnswerChoices)
    press(stage, Key.Key_Plus, Key.Key_Plus, Key.Key_Down, Key.Key_Plus, Key.Key_Minus)
    QTest.mouseClick(answers, Qt.MouseButton.LeftButton, pos=QPoint(40, answers.height() // 2 + 10))
    assert stage.player.prediction().votes == [[2, 0, 1, 0]]
    press(stage, Key.Key_V, Key.Key_Plus)
    assert stage.player.prediction().votes == [[2, 0, 1, 0], [0, 0, 1, 0]]
    press(stage, Key.Key_F5)
    assert stage.player.prediction().revealed
    press(stage, Key.Key_PageDown)
    assert stage.footer.predicted == "Predicted: A 2, B 0, C 1, D 0; then A 0, B 0, C 1, D 0. Right: C"
    workbench.stage.close()  # the projector is unplugged
    again = workbench.stage.open_lesson(lesson, trusted=True, store=ProgressStore(tmp_path))
    assert again.player.place == 5
    assert again.footer.predicted.startswith("Predicted: A 2")


def test_a_number_is_typed_and_typed_again(stage: Stage) -> None:
    stage.player.go(1)
    assert stage.view is not None
    assert isinstance(stage.view.answers, Number)  # type: ignore[attr-defined]
    press(stage, Key.Key_4, Key.Key_Period, Key.Key_5, Key.Key_Backspace, Key.Key_Return)
    assert stage.player.prediction().numbers == [4.0]
    assert stage.player.place == 1, "digits are the number here"
    press(stage, Key.Key_V, Key.Key_1, Key.Key_Return)
    assert stage.player.prediction().numbers == [4.0, 1.0]
    press(stage, Key.Key_PageDown)
    assert stage.footer.predicted == "Predicted: 4 times; then 1 times"
    press(stage, Key.Key_PageUp, Key.Key_R)
    assert not stage.player.prediction().given


def test_a_curve_is_drawn_drawn_again_and_stays_beside_what_came(
    workbench: Workbench, tmp_path: Path, qtbot: QtBot
) -> None:
    lesson = load_lesson(SHIPPED / "16-how-many-workers.toml", shipped=True)
    assert isinstance(lesson, Lesson)
    stage = workbench.stage.open_lesson(lesson, trusted=True, store=ProgressStore(tmp_path))
    stage.player.go(1)
    assert stage.view is not None
    curve = stage.view.answers  # type: ignore[attr-defined]
    assert isinstance(curve, DrawnCurve)
    qtbot.waitUntil(lambda: bool(stage.grab()) and curve._plot.width() > 0)
    left, right, floor = curve._plot.left(), curve._plot.right(), curve._plot.bottom()
    QTest.mousePress(curve, Qt.MouseButton.LeftButton, pos=QPoint(round(left), round(floor)))
    pull(curve, QPointF(right, curve._plot.top()))  # at one go: what lies between is filled
    QTest.mouseRelease(curve, Qt.MouseButton.LeftButton, pos=QPoint(round(right), round(curve._plot.top())))
    drawn = stage.player.prediction().curves[0]
    assert len(drawn) == curve.count
    assert all(one < other for one, other in pairwise(drawn))
    assert drawn[-1] == pytest.approx(curve.most)
    press(stage, Key.Key_V, Key.Key_Plus, Key.Key_Up)
    second = stage.player.prediction().curves[1]
    assert second[COLUMNS] > second[0] == 1.0, "the keys raise it at the second place"
    recorded = recorded_pictures(lesson)
    assert recorded
    stage.player.progress.pictures.update({name: [picture] for name, picture in recorded.items()})
    came = stage.player.curve_of(lesson.scenes[1])  # type: ignore[arg-type]
    assert came[0] == 1.0
    press(stage, Key.Key_PageDown)
    assert stage.footer.predicted.startswith("Predicted: ")
    assert "; then 1, " in stage.footer.predicted
    assert stage.footer.predicted.split("Came: ")[1].startswith("1, ")
    workbench.stage.close()
    kept = ProgressStore(tmp_path).load("how-many-workers").predictions[1]
    assert kept.curves == [drawn, second]
    said = re.sub("<[^>]*>", " ", LessonHandout(lesson, ProgressStore(tmp_path).load(lesson.name)).html())
    assert "drawn first" in said
    assert "drawn second" in said


def pull(curve: DrawnCurve, to: QPointF) -> None:
    held, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    moved = QMouseEvent(
        QMouseEvent.Type.MouseMove, to, curve.mapToGlobal(to), none, held, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(curve, moved)


def test_the_notes_window_takes_the_rooms_number_and_shows_figures(workbench: Workbench, stage: Stage) -> None:
    press(stage, Key.Key_N)
    notes = workbench.stage.notes
    assert notes is not None
    stage.player.go(1)
    assert notes.number is not None
    notes.number.setValue(4.0)
    notes.number.editingFinished.emit()
    assert stage.player.prediction().numbers == [4.0]
    for name, picture in recorded_pictures(stage.player.lesson).items():
        stage.player.progress.pictures[name] = [picture]
    stage.player.go(3)
    assert "4 threads: " in notes.figures.text()
    assert "tasks/s (1 run)" in notes.figures.text()


def test_the_notes_window_follows_and_takes_votes(workbench: Workbench, stage: Stage) -> None:
    press(stage, Key.Key_N)
    notes = workbench.stage.notes
    assert notes is not None
    assert "Say which Python" in notes.notes.text()
    assert notes.next.text().startswith("Next: One thread counts primes")
    stage.player.go(4)
    assert len(notes.hands) == 4
    notes.hands[2].setValue(17)
    assert stage.player.prediction().votes == [[0, 0, 17, 0]]
    workbench.stage.close()
    assert workbench.stage.notes is None


def test_f11_puts_the_chosen_lesson_on_the_stage_or_the_run_at_hand(workbench: Workbench) -> None:
    workbench.actions["lessons"].trigger()
    assert workbench.pages.lessons is not None
    page = workbench.pages.lessons.page
    assert workbench.window.pages.currentWidget() is page
    assert page.list.count() >= 18
    page.list.setCurrentRow(2)
    workbench.actions["stage"].trigger()
    stage = workbench.stage.stage
    assert stage is not None
    assert stage.player.lesson.name == "given-up-while-waiting"
    press(stage, Key.Key_Escape)
    workbench.window.pages.setCurrentIndex(0)
    workbench.actions["stage"].trigger()
    stage = workbench.stage.stage
    assert stage is not None
    assert stage.player.lesson.title == workbench.document.title
    assert len(stage.player.lesson.scenes) == 8
    workbench.actions["stage"].trigger()
    assert not workbench.stage.active


def test_the_palette_finds_lessons(workbench: Workbench) -> None:
    titles = [entry.title for entry in workbench.palette_entries.all()]
    assert "Lesson: Concurrency is not parallelism" in titles


def test_a_refused_lesson_is_listed_with_its_reason(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text('format = 1\ntitle = "Mine"\nscenes = []\n')
    monkeypatch.setenv("GILSCOPE_LESSONS", str(tmp_path))
    assert workbench.pages.lessons is not None
    workbench.pages.lessons.refresh()
    page = workbench.pages.lessons.page
    QTest.keyClick(page.list, Key.Key_End)
    assert page.list.currentItem().text() == "mine.toml: refused"
    assert "scenes: must have 1 to 40 entries" in page.about.text()
    assert not page.open_button.isEnabled()
    assert messages(workbench) == []


def test_a_clickers_keys_are_the_stages_also_while_votes_are_typed(workbench: Workbench, stage: Stage) -> None:
    stage.player.go(4)  # a question with four answers
    press(stage, Key.Key_N)
    notes = workbench.stage.notes
    assert notes is not None
    field = notes.hands[1]
    field.setFocus()
    field.selectAll()
    for key in (Key.Key_1, Key.Key_2, Key.Key_Return, Key.Key_Up):
        QTest.keyClick(field, key)
    assert stage.player.prediction().votes == [[0, 13, 0, 0]]
    assert not stage.player.prediction().revealed, "Return ends the typing, and presses nothing on the stage"
    QTest.keyClick(field, Key.Key_F5)
    assert stage.player.prediction().revealed
    QTest.keyClick(field, Key.Key_PageDown)
    assert stage.player.place == 5
    assert stage.player.prediction(4).votes == [[0, 13, 0, 0]]
    QTest.keyClick(notes, Key.Key_B)
    assert stage.overlay.black
    QTest.keyClick(notes, Key.Key_B)
    QTest.keyClick(notes, Key.Key_N)
    assert workbench.stage.notes is None


def test_the_stage_comes_back_when_the_projector_is_unplugged(
    workbench: Workbench, stage: Stage, qapp: QApplication, qtbot: QtBot
) -> None:
    screen = qapp.primaryScreen()
    stage.move(screen.geometry().right() + 100, 0)  # where the projector was
    stage.player.go(3)
    assert stage.geometry() != screen.geometry()
    qapp.screenRemoved.emit(screen)
    qtbot.waitUntil(lambda: stage.geometry() == screen.geometry())
    assert workbench.stage.active
    assert stage.player.place == 3
    stage.move(screen.geometry().right() + 100, 0)
    assert stage.geometry() != screen.geometry()
    qapp.screenAdded.emit(screen)
    qtbot.waitUntil(lambda: stage.geometry() == screen.geometry())


def test_the_keys_can_be_shown_on_the_stage_and_stand_in_the_notes(workbench: Workbench, stage: Stage) -> None:
    press(stage, Key.Key_Question)
    assert stage.footer.shows_keys
    for size in ((1280, 720), (1920, 1080)):
        stage.resize(*size)
        assert problems(stage) == []
    press(stage, Key.Key_Question, Key.Key_N)
    assert not stage.footer.shows_keys
    assert workbench.stage.notes is not None
    assert "F6" in workbench.stage.notes.keys.text()
    press(stage, Key.Key_F11)
    assert not workbench.stage.active
