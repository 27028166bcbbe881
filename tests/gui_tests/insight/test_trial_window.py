"""A suggestion is tried in a real window, with its engine: before, after, and the way back."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from gui.insight.seeing_view import Seeing
from gui.live.live_view import Live
from tests.conducting import experiment
from tests.window import open_window, wait_for_end, wait_for_engine

SLEEPERS = experiment([{"kind": "sleep", "duration_ms": 20.0}], "threads", 4, tasks=40)
COUNTER = experiment([{"kind": "shared-counter", "increments": 2000, "update": "locked"}], "threads", 2, tasks=10)


def test_a_suggestion_is_tried_and_taken_back(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path, engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        (seeing,) = (view for view in workbench.repainter.views if isinstance(view, Seeing))
        workbench.document.show(SLEEPERS, None)
        workbench.runs.run()
        wait_for_end(workbench, qtbot)
        before = workbench.session.data
        qtbot.waitUntil(lambda: seeing.button.text() == "Run sequentially")
        seeing.button.click()
        wait_for_end(workbench, qtbot)
        qtbot.waitUntil(lambda: "→" in seeing.words)
        assert "(4 threads → 1 thread)" in seeing.words
        assert "times slower" in seeing.words
        assert not seeing.button.isVisible()
        assert seeing.back.text() == "Back to 4 threads"
        seeing.back.click()
        assert workbench.session.data is before
        assert workbench.run_bar.model_part()["kind"] == "threads"
        assert workbench.run_bar.model_part()["workers"] == 4
        qtbot.waitUntil(lambda: "→" not in seeing.words)


def test_counters_stand_in_large_figures_on_live_too(qtbot: QtBot, tmp_path: Path) -> None:
    with open_window(tmp_path, engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        (live,) = (view for view in workbench.repainter.views if isinstance(view, Live))
        workbench.document.show(COUNTER, None)
        workbench.runs.run()
        wait_for_end(workbench, qtbot)
        qtbot.waitUntil(live.counters.isVisible)
        (row,) = live.counters.rows
        assert row.figures[0][1:] == ("Expected", "20,000")
        assert row.figures[2][1:] == ("Lost", "0")
