"""What it costs to be watched, in the window: measured when asked for, with its progress, and ended when asked to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.wire.commands import MeasureRunOverhead
from gui.insight.seeing_view import Seeing
from gui.workbench import Workbench
from tests.conducting import experiment
from tests.window import open_window, wait_for_engine

MEASURE_MS = 60_000
SHORT = experiment([{"kind": "sleep", "duration_ms": 1.0}], "sequential", 1, duration_s=0.2)


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine has made a run."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        opened.load_views()
        opened.document.show(SHORT, None)
        opened.runs.run()
        qtbot.waitUntil(lambda: opened.session.stage == "ended", timeout=MEASURE_MS)
        yield opened


def test_the_command_measures_and_once_more_ends_it(workbench: Workbench, qtbot: QtBot) -> None:
    seeing = next(view for view in workbench.repainter.views if isinstance(view, Seeing))
    workbench.actions["observer-cost"].trigger()
    qtbot.waitUntil(lambda: seeing.watching.text().startswith("Measuring overhead"), timeout=MEASURE_MS)
    workbench.actions["observer-cost"].trigger()
    qtbot.waitUntil(lambda: not seeing.watching.text(), timeout=MEASURE_MS)
    assert "it was ended" in workbench.window.messages.messages[-1].text
    assert not workbench.session.measuring_cost


def test_what_was_measured_is_shown_with_its_bounds(workbench: Workbench, qtbot: QtBot) -> None:
    seeing = next(view for view in workbench.repainter.views if isinstance(view, Seeing))
    data = workbench.session.data
    assert data is not None
    workbench.conductor.send(MeasureRunOverhead(data.run_id, pairs=5))
    qtbot.waitUntil(lambda: bool(data.result and data.result.observer_cost), timeout=MEASURE_MS)
    seeing.refresh()
    assert seeing.watching.text().startswith("Overhead: ")
    assert "±" in seeing.watching.text()
    assert "(5 pairs of runs)" in seeing.watching.text()
