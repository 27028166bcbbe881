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
from gui.code.costs_dialog import CostsDialog
from gui.code.model_card import cost_words
from gui.workbench import Workbench
from tests.comparing import catalogue
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


def column(dialog: CostsDialog, place: int) -> list[str]:
    """Return the texts of a column of the table."""
    items = [dialog.table.item(row, place) for row in range(dialog.table.rowCount())]
    return [item.text() if item is not None else "" for item in items]


def test_one_press_measures_one_model_after_another_until_it_is_stopped(workbench: Workbench, qtbot: QtBot) -> None:
    code = next(view for view in workbench.repainter.views if isinstance(view, Code))
    code.form.measure_all_requested.emit()
    dialog = workbench.window.findChild(CostsDialog)
    assert isinstance(dialog, CostsDialog)
    found = workbench.surroundings.catalogue
    assert found is not None
    assert column(dialog, 0) == [card.title for card in found.models.values()]
    unavailable = [card.unavailable_reason for card in found.models.values() if card.unavailable_reason]
    assert all(reason in column(dialog, 4) for reason in unavailable)
    dialog.measure.click()
    assert column(dialog, 4).count("measuring…") == 1, "two would disturb each other"
    qtbot.waitUntil(lambda: dialog.progress.value() == 1, timeout=MEASURE_MS)
    assert dialog.progress.maximum() == len(found.models) - len(unavailable)
    dialog.stop.click()
    second = column(dialog, 4).index("measuring…")
    qtbot.waitUntil(lambda: not dialog.measuring, timeout=MEASURE_MS)
    assert column(dialog, 4)[second][:2] == "20", "the one that was on came to its end"
    assert column(dialog, 3)[second]
    assert dialog.measure.isEnabled()
    assert not dialog.stop.isEnabled()
    dialog.reject()


def test_every_model_that_can_run_is_asked_for_once_and_reasons_stand_in_their_rows(qtbot: QtBot) -> None:
    models = {**catalogue().models}
    models["dask"] = replace(models["dask"], unavailable_reason="needs the package distributed")
    asked: list[tuple[str, bool]] = []
    dialog = CostsDialog(None, models, "Python 3.13.1", lambda model, *, measure: asked.append((model, measure)))
    qtbot.addWidget(dialog)
    possible = [key for key in models if key != "dask"]
    assert asked == [(key, False) for key in possible]
    asked.clear()
    dialog.measure.click()
    for place, key in enumerate(possible):  # answers to what was asked before: not of what is being measured
        known = CostsKnown(key, None, 0.1, None, 0.1, "2026-11-26T10:00:00+00:00", None)
        dialog.show_costs(known if place != 1 else CostsKnown(key, *[None] * 5, "not measured yet"))
    assert asked == [(possible[0], True)]
    for place, key in enumerate(possible):
        assert asked[-1] == (key, True)
        failed = "a run for it failed: no memory" if place == 2 else None
        at = "2026-11-27T10:00:00+00:00"
        dialog.show_costs(CostsKnown(key, None, 0.00021, None, 2.4e-05, at, failed, None, True))
    assert len(asked) == len(possible)
    assert not dialog.measuring
    rows = dict(zip(models, zip(*(column(dialog, place) for place in range(5)), strict=True), strict=True))
    assert rows["dask"][4] == "needs the package distributed"
    assert rows[possible[2]][1:] == ("", "", "", "a run for it failed: no memory")
    assert rows["threads"][1:] == ("210 µs", "lost in noise", "24 µs", "2026-11-27 10:00")
    assert rows["sequential"][1:] == ("–", "–", "–", "the others are compared with it")


def test_figures_that_noise_hides_are_not_made_up() -> None:
    costs = CostsKnown("threads", None, 0.00021, None, 2.4e-05, "2026-11-27", None)
    assert cost_words(costs) == "210 µs to start and end a worker, 24 µs of overhead for each task."
    assert (
        cost_words(replace(costs, create_worker_s=None, task_overhead_s=None))
        == "Too small to be distinguished from noise."
    )
