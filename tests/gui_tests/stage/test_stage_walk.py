"""Every lesson, scene by scene, at two sizes: nothing cut, no scroll bar, no type below 1/40 of the height."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.lessons.lesson import Lesson, Question
from engine.lessons.progress import ProgressStore
from engine.lessons.recorded import recorded_pictures
from engine.lessons.shelf import SHIPPED, load_lesson
from gui.stage.opener import StageOpener
from gui.widgets.theme import DARK, LIGHT
from tests.stage_reading import problems
from tests.window import open_window

FILES = sorted(SHIPPED.glob("*.toml"))
SIZES = [(1280, 720), (1920, 1080)]


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[StageOpener]:
    with open_window(tmp_path_factory.mktemp("window")) as workbench:
        yield workbench.stage


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scene_can_be_read_from_the_back_row(
    opener: StageOpener, tmp_path: Path, qtbot: QtBot, path: Path, size: tuple[int, int]
) -> None:
    lesson = load_lesson(path, shipped=True)
    assert isinstance(lesson, Lesson)
    opener.set_theme(DARK if size == SIZES[1] else LIGHT)
    stage = opener.open_lesson(lesson, trusted=True, store=ProgressStore(tmp_path))
    stage.showNormal()
    stage.resize(*size)
    found = []
    try:
        for with_runs in (False, True):
            if with_runs:  # two of each, so that there are intervals too
                for name, picture in recorded_pictures(lesson).items():
                    stage.player.progress.pictures[name] = [picture, picture]
            for place, scene in enumerate(lesson.scenes):
                stage.player.go(place)
                if isinstance(scene, Question):
                    given = stage.player.prediction()
                    given.revealed = with_runs
                    given.votes = [[12, 30, 8, 2][: len(scene.choices)]] * 2 if scene.choices else []
                    given.numbers = [3.5, 1.25] if scene.figure else []
                    if scene.curve is not None:
                        given.curves = [[1.0, 2.0, 4.0], [1.0, 1.1, 0.9]]
                stage.refresh()
                found += [f"scene {place + 1}, {scene.title}: {each}" for each in problems(stage)]
                assert stage.player.place == place
    finally:
        opener.close()
    assert not found, "\n".join(found)
