"""Every lesson without its Python or its cores: what was recorded plays, marked, with how to get what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.lessons.judging import cores_needed
from engine.lessons.lesson import Lesson, experiments_of
from engine.lessons.progress import ProgressStore
from engine.lessons.shelf import SHIPPED, load_lesson
from engine.wire.interpreter import Interpreter
from gui.stage.opener import StageOpener
from gui.stage.scenes.state_line import StateLine
from gui.workbench import Workbench
from tests.stage_reading import problems
from tests.window import open_window

FILES = sorted(SHIPPED.glob("*.toml"))
ONLY_PYPY = (Interpreter("/pypy", "pypy3.10", "3.10.14", (3, 10, 14), "PyPy", source="path"),)


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[Workbench]:
    with open_window(tmp_path_factory.mktemp("window")) as made:
        yield made


def recorded_lines(opener: StageOpener, path: Path, folder: Path) -> tuple[Lesson, dict[str, str]]:
    """Walk a lesson; return what is said of each experiment whose recorded run is shown."""
    lesson = load_lesson(path, shipped=True)
    assert isinstance(lesson, Lesson)
    stage = opener.open_lesson(lesson, trusted=True, store=ProgressStore(folder))
    said: dict[str, str] = {}
    try:
        stage.showNormal()
        stage.resize(1280, 720)
        for place, scene in enumerate(lesson.scenes):
            stage.player.go(place)
            stage.refresh()
            assert problems(stage) == [], scene.title
            [line] = stage.findChildren(StateLine) or [None]
            for name in experiments_of(scene):
                picture = stage.player.newest(name)
                if picture is not None and line is not None:
                    assert picture.recorded, "nothing has run here"
                    said[name] = line.words
    finally:
        opener.close()
    return lesson, said


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_without_its_python_a_lesson_plays_what_was_recorded(
    workbench: Workbench, tmp_path: Path, qtbot: QtBot, path: Path
) -> None:
    workbench.surroundings.interpreters, workbench.surroundings.cores = ONLY_PYPY, 64
    lesson, said = recorded_lines(workbench.stage, path, tmp_path)
    assert set(said) == {name for name, each in lesson.experiments.items() if each.python != "any"}
    for name, words in said.items():
        assert words.startswith("Recorded on "), name
        assert "cores, Linux, CPython 3." in words
        wanted = "3.14t" if any(lesson.experiments[each].python.startswith("free") for each in said) else "3.14"
        assert "To get one: uv python install 3.14" in words
        assert wanted in words or len({lesson.experiments[each].python for each in said}) > 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_on_one_core_a_lesson_plays_what_was_recorded(
    workbench: Workbench, tmp_path: Path, qtbot: QtBot, path: Path
) -> None:
    workbench.surroundings.interpreters, workbench.surroundings.cores = (), 1
    lesson, said = recorded_lines(workbench.stage, path, tmp_path)
    assert set(said) == {name for name in lesson.experiments if cores_needed(lesson, name) > 1}
    for words in said.values():
        assert words.startswith("Recorded on ")
        assert "needs 2 cores, and this machine has 1" in words
        assert "more cores" in words
