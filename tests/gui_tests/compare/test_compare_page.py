"""The Compare page by itself: axes become cells, a comparison becomes a chart, a table, a verdict and files."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from engine.comparison.comparison import Comparison
from engine.comparison.measures import MEASURES
from engine.wire.interpreter import Interpreter
from gui.compare.lines import apart
from gui.compare.page import ComparePage
from gui.compare.table import COLUMNS
from gui.plots.plot_export import save_plot
from gui.widgets.theme import DARK, LIGHT
from tests.comparing import base, catalogue, cells, filled

INTERPRETERS = [
    Interpreter("/usr/bin/python3.11", name="3.11", source="app"),
    Interpreter("/opt/3.13t", name="3.13t", source="PATH"),
    Interpreter("/opt/other/3.13t", name="3.13t", source="uv"),
    Interpreter("/opt/3.9", name="3.9", source="PATH", problem="is too old"),
]


@pytest.fixture
def page(qtbot: QtBot) -> ComparePage:
    """Give a page that knows what there is."""
    made = ComparePage()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(900, 900)
    made.set_catalogue(catalogue())
    made.set_interpreters(INTERPRETERS)
    made.set_experiment(base(tasks=10), 0.5)
    made.show()
    return made


def scaled() -> Comparison:
    """Return a comparison in which processes scale, threads do not, and one cell failed."""
    rates = {}
    for cell in cells(("sequential", "threads", "processes"), (1, 2, 3, 4, 6)):
        rate = 100.0 * cell.workers if cell.model == "processes" else 100.0
        rates[cell] = [rate, rate * 1.01, rate * 0.99]
    failing = next(cell for cell in rates if (cell.model, cell.workers) == ("threads", 6))
    rates[failing] = [0.0]
    return filled(rates, repeats=3)


def column(page: ComparePage, title: str) -> list[str]:
    table = page.result.table
    items = [table.item(row, COLUMNS.index(title)) for row in range(table.rowCount())]
    return [item.text() for item in items if item is not None]


def test_axes_are_picked_from_what_there_is(page: ComparePage) -> None:
    page.form.models.check("threads", "processes")
    page.form.workers.setText("1, 4")
    page.form.interpreters.check("", "3.13t")
    page.form.first.parameter.setCurrentIndex(page.form.first.parameter.findData("workload.steps[0].below"))
    page.form.first.values.setText("1000, 5000")
    found = page.cells()
    assert {cell.model for cell in found} == {"threads", "processes"}
    assert {cell.workers for cell in found} == {1, 4}
    assert {cell.interpreter for cell in found} == {None, "3.13t"}
    assert {dict(cell.settings)["workload.steps[0].below"] for cell in found} == {1000, 5000}
    assert list(page.form.interpreters.boxes) == ["", "3.13t", "/opt/other/3.13t"], "what cannot run is not offered"


def test_a_model_that_this_python_cannot_run_is_offered_beside_another_that_may(page: ComparePage) -> None:
    known = catalogue()
    cannot = replace(known.models["threads"], unavailable_reason="needs another Python")
    page.set_catalogue(replace(known, models={**known.models, "threads": cannot}))
    assert not page.form.models.boxes["threads"].isEnabled()
    page.form.interpreters.boxes["3.13t"].click()
    assert page.form.models.boxes["threads"].isEnabled()
    assert page.form.models.boxes["threads"].toolTip() == "needs another Python"


def test_a_second_parameter_can_be_an_axis_too(page: ComparePage) -> None:
    two = base(tasks=10)
    two["workload"]["steps"].append({"kind": "sleep", "duration_ms": 1.0})
    page.set_experiment(two, 0.5)
    page.form.models.check("threads")
    page.form.workers.setText("1")
    first, second = page.form.first, page.form.second
    assert not second.parameter.isVisible()
    first.parameter.setCurrentIndex(first.parameter.findData("workload.steps[0].below"))
    first.values.setText("1000, 5000")
    assert second.parameter.isVisible()
    second.parameter.setCurrentIndex(second.parameter.findData("workload.steps[1].duration_ms"))
    second.values.setText("1, 2, 3")
    assert page.estimate.text().startswith("6 combinations")
    second.parameter.setCurrentIndex(second.parameter.findData("workload.steps[0].below"))
    assert "workload.steps[0].below: is chosen twice" in page.estimate.text()


def test_runs_and_time_are_told_before_the_start(page: ComparePage) -> None:
    page.form.models.check("threads")
    page.form.workers.setText("1, 2")
    assert page.estimate.text().startswith("2 combinations, 6 to 10 runs, about ")
    page.set_experiment(base(tasks=10), None)
    assert "not known" in page.estimate.text()
    assert page.try_button.isVisible()


@pytest.mark.parametrize(
    ("workers", "message"),
    [
        ("1, x", "workers: must be whole numbers separated by commas"),
        ("0", "model.workers: must be at least 1, got 0"),
        ("", "workers: needs at least one value"),
    ],
)
def test_wrong_axes_say_why_they_cannot_be_started(page: ComparePage, workers: str, message: str) -> None:
    page.form.workers.setText(workers)
    assert message in page.estimate.text()
    assert not page.start_button.isEnabled()
    page.form.workers.setText("1")
    assert page.start_button.isEnabled()


def test_what_the_person_picked_outlives_a_change_of_the_experiment(page: ComparePage) -> None:
    page.form.models.check("asyncio")
    page.set_experiment(base(tasks=99), None)
    page.set_interpreters(INTERPRETERS)
    assert page.form.models.values() == ["asyncio"]


def test_a_comparison_is_a_verdict_a_chart_a_table_and_laws(page: ComparePage) -> None:
    page.show_comparison("Which?", scaled(), running=False)
    assert page.result.verdict.text().startswith("Processes x 6 is best: ")
    lines = {line.name: line for line in page.result.chart.lines}
    assert lines["Processes"].median == {1: 100.0, 2: 200.0, 3: 300.0, 4: 400.0, 6: 600.0}
    assert len(lines["Processes"].runs[6]) == 3, "every repetition is shown"
    low, high = lines["Processes"].bounds[6]
    assert low < 600.0 < high
    assert 6 not in lines["Threads"].median
    assert page.result.table.rowCount() == 11
    assert "best" in column(page, "")
    assert "failed" in column(page, "")
    assert any("it broke" in remark for remark in column(page, "Remark"))
    assert "Processes: USL" in page.result.notes.text()
    assert "a fit takes at least 5 worker counts" in page.result.notes.text()
    assert "Speed-up and efficiency are against Sequential x 1" in page.result.notes.text()


@pytest.mark.parametrize("place", range(len(MEASURES)))
@pytest.mark.parametrize("theme", [LIGHT, DARK.scaled(1.8)])
def test_every_measure_can_be_drawn(page: ComparePage, place: int, theme: object) -> None:
    page.set_theme(theme)  # type: ignore[arg-type]
    page.show_comparison("Which?", scaled(), running=False)
    page.result.measure.setCurrentIndex(place)
    assert page.result.chart.measure == MEASURES[place]
    assert not page.result.chart.grab().isNull()
    assert page.result.chart._spots
    spot, words = page.result.chart._spots[0]
    assert words in page.result.chart.tip_at(spot + QPointF(1, 1)).split("\n")
    assert page.result.chart.tip_at(QPointF(0, 0)) == ""


def test_the_table_sorts_by_figures_not_by_their_texts(page: ComparePage) -> None:
    page.show_comparison("Which?", scaled(), running=False)
    page.result.table.sortByColumn(COLUMNS.index("Tasks/s"), Qt.SortOrder.DescendingOrder)
    rates = [text for text in column(page, "Tasks/s") if text[0].isdigit()]
    assert [float(rate) for rate in rates] == sorted((float(rate) for rate in rates), reverse=True)


def test_while_it_runs_there_is_stop_and_afterwards_continue(page: ComparePage, qtbot: QtBot) -> None:
    comparison = filled({cell: [100.0] for cell in cells(("threads",), (1, 2))}, repeats=3)
    page.show_comparison("Which?", comparison, running=True)
    assert page.stop_button.isVisible()
    assert not page.form.isVisible()
    assert "2 of at most 6 runs" in page.estimate.text()
    assert page.result.verdict.text().startswith("So far: ")
    with qtbot.waitSignal(page.stop_wanted):
        page.stop_button.click()
    page.show_comparison("Which?", comparison, running=False)
    assert page.continue_button.isVisible()
    assert page.estimate.isVisible()
    assert page.estimate.text() == "Stopped after 2 of at most 6 runs"
    with qtbot.waitSignal(page.continue_wanted):
        page.continue_button.click()
    page.choose_button.click()
    assert page.form.isVisible()
    assert page.start_button.isVisible()


def test_exports_can_be_opened(page: ComparePage, qtbot: QtBot, tmp_path: Path) -> None:
    page.show_comparison("Which?", scaled(), running=False)
    assert page.result.export_csv_to(tmp_path / "out")
    with open(tmp_path / "out" / "summary.csv", encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 11
    copy = next(each for each in page.result.findChildren(QAction) if each.text() == "Copy as &Markdown")
    copy.trigger()
    assert "| processes | 6 |" in QGuiApplication.clipboard().text()
    for name in ("chart.png", "chart.svg"):
        save_plot(page.plots()[0][1], tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    assert not QImage(str(tmp_path / "chart.png")).isNull()
    (tmp_path / "file").write_text("", encoding="utf-8")
    with qtbot.waitSignal(page.told) as told:
        assert not page.result.export_csv_to(tmp_path / "file")
    assert told.args == [f"{tmp_path / 'file'}: is not a folder", False]


def test_names_beside_lines_do_not_cover_each_other() -> None:
    assert apart([10.0, 11.0, 50.0], 12.0, 100.0) == [10.0, 22.0, 50.0]
    assert apart([95.0, 96.0, 99.0], 12.0, 100.0) == [76.0, 88.0, 100.0]
