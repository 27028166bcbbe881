"""What the stage says of runs: a number for each further run, what is best, and what other programs took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.lessons.lesson import Lesson, RunScene, Scene, Versus
from engine.lessons.picture import RunPicture
from engine.lessons.progress import ProgressStore
from engine.lessons.ratio import RepeatedRatio
from engine.lessons.recorded import recorded_pictures
from engine.lessons.shelf import SHIPPED, load_lesson
from engine.lessons.versus_ratios import versus_ratios
from gui.stage.look import StageLook
from gui.stage.opener import StageOpener
from gui.stage.scenes.map_scene import best_of
from gui.stage.scenes.run_scene import RunView
from gui.stage.scenes.versus_scene import VersusView
from gui.stage.stage import Stage
from gui.stage.stage_text import StageText
from tests.stage_reading import problems
from tests.window import open_window

BLOCKING = SHIPPED / "09-the-blocking-call.toml"


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[StageOpener]:
    with open_window(tmp_path_factory.mktemp("window")) as workbench:
        yield workbench.stage


def opened(opener: StageOpener, folder: Path, kind: type[Scene]) -> Stage:
    """Return the stage at the first scene of a kind in the lesson of the blocking call, each run made three times."""
    lesson = load_lesson(BLOCKING, shipped=True)
    assert isinstance(lesson, Lesson)
    stage = opener.open_lesson(lesson, trusted=True, store=ProgressStore(folder))
    stage.showNormal()
    stage.resize(1280, 720)
    for name, run in recorded_pictures(lesson).items():
        stage.player.progress.pictures[name] = [replace(run, recorded="")] * 3
    stage.player.go(next(place for place, scene in enumerate(lesson.scenes) if isinstance(scene, kind)))
    return stage


def test_of_three_runs_two_numbers_stand_in_large_figures(opener: StageOpener, tmp_path: Path) -> None:
    stage = opened(opener, tmp_path, Versus)
    assert isinstance(stage.view, VersusView)
    numbers = stage.view.number.numbers
    assert [label for label, _, _ in numbers] == ["await asyncio.to_thread", "await asyncio.sleep"]
    to_thread, awaited = (float(number) for _, number, _ in numbers)
    assert 2 < to_thread < awaited
    assert all(between.startswith("95 % interval: ") for _, _, between in numbers)
    assert problems(stage) == []
    opener.close()


def rated(*rates: float) -> list[RunPicture]:
    return [RunPicture("", {"throughput_per_s": rate}) for rate in rates]


def test_each_further_run_is_compared_over_the_rounds_that_it_shares_with_the_first() -> None:
    scene = Versus("", "", "", ("a", "b", "c"))
    runs = {"a": rated(50.0, 10.0, 10.0, 10.0), "b": rated(20.0, 20.0, 20.0), "c": rated(30.0)}
    (b, of_b), (c, of_c) = versus_ratios(scene, runs.__getitem__)
    assert (b, c) == ("b", "c")
    assert isinstance(of_b, RepeatedRatio)
    assert [of_b.value, of_b.low, of_b.high] == pytest.approx([2.0, 2.0, 2.0])
    assert isinstance(of_c, RepeatedRatio)
    assert (round(of_c.value, 6), of_c.low) == (3.0, None)
    assert versus_ratios(scene, {**runs, "c": []}.__getitem__)[1] == ("c", None)


def test_cells_of_the_map_that_single_runs_do_not_tell_apart_are_all_marked() -> None:
    assert best_of([10.0, 78.0, 60.0, 77.0]) == [False, True, False, True]
    assert best_of([10.0, None, 5.0]) == [True, False, False]
    assert best_of([None, None]) == [False, False]


@pytest.mark.parametrize(("load", "said"), [(0.5, True), (0.05, False), (None, False)])
def test_what_other_programs_took_is_said_where_it_changes_what_is_seen(
    opener: StageOpener, tmp_path: Path, load: float | None, said: bool
) -> None:
    stage = opened(opener, tmp_path, RunScene)
    assert isinstance(stage.view, RunView)
    name = stage.view.scene.experiment
    [run, *_] = stage.player.progress.pictures[name]
    result = {**run.result, "load_other": load, "cores": {"utilization": [1.0] * 4}}
    stage.player.progress.pictures[name] = [replace(run, result=result)]
    assert ("other programs took 2.0 of 4 cores" in stage.view.state.words) is said
    opener.close()


def test_no_line_begins_with_the_unit_of_a_number(qtbot: QtBot) -> None:
    text = StageText()
    qtbot.addWidget(text)
    text.set_look(StageLook(720))
    text.set_words("A thread waits for the switch interval, 5 ms, then for 12 % of 1.2 s, for 8 MiB, on 4 cores.")
    begins = {word for width in range(120, 500, 4) for word in _first_words(text._document(20, width))}
    assert {"waits", "for"} & begins, "lines do break"
    assert not {"ms,", "%", "s,", "MiB,", "cores"} & begins


def _first_words(document: QTextDocument) -> Iterator[str]:
    document.size()  # lays it out
    block = document.begin()
    layout = block.layout()
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        yield block.text()[line.textStart() :].split()[0]


def test_bars_and_number_are_of_the_same_runs(opener: StageOpener, tmp_path: Path) -> None:
    stage = opened(opener, tmp_path, Versus)
    first, *others = stage.player.scene.experiments  # type: ignore[attr-defined]
    pictures = stage.player.progress.pictures
    slow = replace(pictures[first][0], result={**pictures[first][0].result, "throughput_per_s": 1.0})
    for name in others:
        pictures[name] = pictures[name][:1]
    pictures[first] = [slow, slow, *pictures[first][:1]]  # two of an earlier scene
    assert isinstance(stage.view, VersusView)
    of_first, *of_others = (stage.view.bars.value(name) for name in (first, *others))
    assert of_first is not None
    for (_, number, _), value in zip(stage.view.number.numbers, of_others, strict=True):
        assert value is not None
        assert float(number) == pytest.approx(value / of_first, rel=0.06)
    opener.close()


def test_why_a_run_failed_can_be_read_on_the_stage_however_long(opener: StageOpener, tmp_path: Path) -> None:
    stage = opened(opener, tmp_path, RunScene)
    assert isinstance(stage.view, RunView)
    state = stage.view.state
    assert problems(stage) == []
    before = state.height()
    reason = "all 20 tasks failed: ModuleNotFoundError: No module named 'a_module_that_is_not_there' (line 3)"
    stage.player._on_failed(stage.view.scene.experiment, f"{reason}, which this sentence makes longer")
    assert problems(stage) == []
    assert state.height() > before
    assert " ".join(state.rows).endswith("makes longer")
    stage.player._on_failed(stage.view.scene.experiment, "a word and " * 200)
    assert problems(stage) == []
    assert state.rows[-1].endswith("…")
    opener.close()
