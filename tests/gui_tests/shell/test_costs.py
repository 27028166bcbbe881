"""What a model costs on this machine: measured when it is asked for, and shown on its card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.wire.facts import CostsKnown
from gui.code.code_view import Code
from gui.code.model_card import cost_words
from gui.workbench import Workbench
from tests.window import open_window, wait_for_engine

MEASURE_MS = 90_000


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window whose engine is ready."""
    with open_window(tmp_path, engine=True) as opened:
        wait_for_engine(opened, qtbot)
        yield opened


def test_the_card_measures_when_asked(workbench: Workbench, qtbot: QtBot) -> None:
    workbench.load_views()
    code = next(view for view in workbench.repainter.views if isinstance(view, Code))
    text = next(each for each in code.form.findChildren(QLabel) if each.accessibleName() == "On this machine")
    qtbot.waitUntil(lambda: "Measure it" in text.text(), timeout=MEASURE_MS)
    text.linkActivated.emit("measure")
    assert "Measuring" in text.text()
    qtbot.waitUntil(lambda: "Measure again" in text.text(), timeout=MEASURE_MS)


def test_figures_that_noise_hides_are_not_made_up() -> None:
    costs = CostsKnown("threads", None, 0.00021, None, 2.4e-05, "2026-11-27", None)
    assert cost_words(costs) == "210 µs to start and end a worker, 24 µs beside each task's work."
    assert cost_words(replace(costs, create_worker_s=None, task_overhead_s=None)) == "Too little to be told from noise."
