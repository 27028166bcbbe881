"""The run before on the Live page: faint and named behind the next one, hidden by one click or for a reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.live.before_bar import before_color, before_words
from gui.live.live_view import Live
from gui.live.throughput_view import Throughput
from gui.repainter import Repainter
from gui.widgets.contrast import LEAST_OF_LINES, contrast
from gui.widgets.theme import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Theme
from gui.workbench import Workbench
from tests.conducting import experiment
from tests.gui_tests.view_runs import run
from tests.window import open_window, wait_for_end, wait_for_engine

WAITS = [{"kind": "sleep", "duration_ms": 20.0}]


@pytest.fixture
def workbench(tmp_path: Path, qtbot: QtBot) -> Iterator[Workbench]:
    with open_window(tmp_path, engine=True) as made:
        wait_for_engine(made, qtbot)
        yield made


def live_of(workbench: Workbench) -> tuple[Live, Throughput]:
    [live] = workbench.window.findChildren(Live)
    panel = live.panels["throughput"]
    assert isinstance(panel, Throughput)
    return live, panel


def points(panel: Throughput) -> int:
    """Return how many points the run before has in the chart."""
    panel.refresh()
    found = panel._before.getData()[0]
    return 0 if found is None else len(found)


def test_a_rerun_shows_the_run_before_until_it_is_hidden_or_a_reference_kept(
    workbench: Workbench, qtbot: QtBot
) -> None:
    live, panel = live_of(workbench)
    for workers in (1, 3):
        workbench.document.show(experiment(WAITS, workers=workers, tasks=30), None)
        assert not live.before_bar.isVisible()
        workbench.actions["run"].trigger()
        wait_for_end(workbench, qtbot)
    assert live.before_bar.isVisible()
    assert live.before_bar.words.text().startswith("The run before: Threads, 1 worker, Python")
    assert points(panel) > 0
    qtbot.mouseClick(live.before_bar.hide_button, Qt.MouseButton.LeftButton)
    assert not live.before_bar.isVisible()
    assert points(panel) == 0
    live.grid.setFocus()
    qtbot.keyClick(live.grid, Qt.Key.Key_B)
    assert live.before_bar.isVisible()
    assert points(panel) > 0
    workbench.actions["keep-reference"].trigger()
    workbench.actions["run"].trigger()
    wait_for_end(workbench, qtbot)
    assert not live.before_bar.isVisible(), "the reference is behind it"
    assert points(panel) == 0
    assert len(panel.behind_curves.heights) > 0
    workbench.actions["drop-reference"].trigger()
    assert live.before_bar.words.text().startswith("The run before: Threads, 3 workers, Python")
    assert points(panel) > 0


def test_a_kept_run_that_is_opened_has_no_run_before_and_nor_has_the_first(qtbot: QtBot) -> None:
    repainter = Repainter(lambda _data: None)
    first, second, kept = run(), run(), run()
    for each in (first, kept):
        each.lose("it ended")
    repainter.show_run(first)
    assert repainter.before is None
    repainter.show_run(second)
    assert repainter.before is first
    repainter.show_run(kept)
    assert repainter.before is None
    repainter.show_run(None)
    repainter.show_run(second)
    assert repainter.before is None


def test_another_experiment_is_named_by_its_title_and_a_run_without_a_result_has_no_figure() -> None:
    before, data = run(), run()
    before.title = "The other one"
    assert "“The other one”" in before_words(before, data)
    assert "tasks/s" not in before_words(before, data)
    assert "“" not in before_words(before, before)


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_LIGHT, HIGH_DARK])
def test_its_line_is_seen_and_fainter_than_the_runs_own(theme: Theme) -> None:
    assert LEAST_OF_LINES <= contrast(before_color(theme), theme.panel) < contrast(theme.text, theme.panel) / 2
