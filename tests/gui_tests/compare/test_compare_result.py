"""What a comparison has shown, in the window: fitted laws, which of many lines stand out, on what it was measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPointF, Qt
from pytestqt.qtbot import QtBot

from engine.comparison.comparison import Comparison
from engine.comparison.measures import MEASURES
from engine.comparison.plan import Cell
from gui.compare.lines import MOST_STANDING_OUT
from gui.compare.result import LAWS, Result
from gui.compare.table import COLUMNS
from gui.plots.plot_export import save_plot
from gui.widgets.theme import DARK, LIGHT, Theme
from tests.comparing import catalogue, cells, filled, measured

USL = [key for _, key in LAWS].index("usl")
ENVIRONMENT = {
    "time": "2026-11-22T20:00:00+00:00",
    "system": "Linux 6.1",
    "processor": "A processor",
    "cores": 2,
    "memory_bytes": 8_000_000_000,
    "allowed_cores": [1],
    "pinned": True,
    "virtual_machine": True,
    "cpu_mhz": 2400.0,
    "cpu_max_mhz": None,
    "power_source": "battery",
    "python_path": "/usr/bin/python3",
}


@pytest.fixture
def result(qtbot: QtBot) -> Result:
    """Give an empty result."""
    made = Result()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(640, 700)
    made.show()
    return made


def rate_of(cell: Cell, serial: float = 0.1, crosstalk: float = 0.03) -> float:
    """Return a throughput after the Universal Scalability Law, with its peak at 5.5 workers."""
    workers = cell.workers
    return 100.0 * workers / (1 + serial * (workers - 1) + crosstalk * workers * (workers - 1))


def peaked(counts: tuple[int, ...] = (1, 2, 3, 4, 6, 8)) -> Comparison:
    """Return a comparison in which more workers are worse from six on."""
    rates = {cell: rate_of(cell) for cell in cells(("threads",), counts)}
    return filled({cell: [rate, rate * 1.01, rate * 0.99] for cell, rate in rates.items()}, repeats=3)


def many() -> Comparison:
    """Return a comparison of every model on three interpreters, those of later models faster."""
    models = list(catalogue().models)
    found = cells(models, (1, 2, 4), interpreters=(None, "3.13t", "3.14"))
    return filled({cell: [10.0 * (1 + models.index(cell.model)) + cell.workers] * 3 for cell in found}, repeats=3)


def test_a_fitted_law_is_drawn_with_its_band_and_its_peak(result: Result) -> None:
    result.show_comparison("Which?", peaked(), running=False)
    (line,) = result.chart.lines
    assert line.law is None
    result.law.setCurrentIndex(USL)
    (line,) = result.chart.lines
    assert line.law is not None
    assert [workers for workers, *_ in line.law.curve] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert all(low < value < high for _, value, low, high in line.law.curve)
    assert line.law.peak == pytest.approx((0.9 / 0.03) ** 0.5, rel=0.1)
    assert not result.chart.grab().isNull()
    assert any("most throughput is predicted at 5." in words for _, words in result.chart._spots)
    for parameter in ("serial share", "crosstalk", "one worker"):
        assert parameter in result.notes.text()
    assert "peak predicted at 5." in result.notes.text()


@pytest.mark.parametrize("key", ["speedup", "efficiency"])
def test_a_law_is_drawn_in_the_charts_own_unit(result: Result, key: str) -> None:
    result.show_comparison("Which?", peaked(), running=False)
    result.law.setCurrentIndex(USL)
    result.measure.setCurrentIndex([measure.key for measure in MEASURES].index(key))
    (line,) = result.chart.lines
    assert line.law is not None
    for workers, value, _, _ in line.law.curve:
        if workers in line.median:
            assert value == pytest.approx(line.median[int(workers)], rel=0.05)
    result.measure.setCurrentIndex([measure.key for measure in MEASURES].index("memory"))
    assert result.chart.lines[0].law is None


def test_under_five_worker_counts_the_refusal_is_in_words(result: Result) -> None:
    result.show_comparison("Which?", peaked((1, 2, 3, 4)), running=False)
    result.law.setCurrentIndex(USL)
    assert result.chart.lines[0].law is None
    assert "no scaling law: a fit takes at least 5 worker counts, and there are 4" in result.notes.text()


def test_the_picture_of_the_chart_says_what_it_shows(result: Result, tmp_path: Path) -> None:
    result.show_comparison("Peaked", peaked(), running=False)
    (title, chart), *_ = result.plots()
    save_plot(chart, tmp_path / "chart.svg")
    drawn = (tmp_path / "chart.svg").read_text()
    assert title in drawn.partition("</title>")[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK, DARK.scaled(1.8)])
def test_of_many_lines_the_best_stand_out_in_colours_of_their_own(result: Result, theme: Theme) -> None:
    result.set_theme(theme)
    result.show_comparison("Which?", many(), running=False)
    colors = [line.color for line in result.chart.lines if line.color is not None]
    assert sorted(colors) == list(range(MOST_STANDING_OUT))
    worst = max(max(line.median.values()) for line in result.chart.background)
    assert worst <= min(max(line.median.values()) for line in result.chart.lines if line.color is not None)
    assert f"{len(result.chart.background)} of {len(result.chart.lines)} lines are not" in result.standing_out.text()
    assert not result.chart.grab().isNull()
    behind = result.chart.background[0].name
    spot, words = next(spot for spot in result.chart._spots if spot[1].startswith(behind))
    assert words in result.chart.tip_at(spot + QPointF(1, 1)), "those in the background still say who they are"


def test_rows_that_are_picked_stand_out_and_stay_picked_while_figures_change(result: Result) -> None:
    comparison = many()
    result.show_comparison("Which?", comparison, running=True)
    table, column = result.table, COLUMNS.index("Tasks/s")
    table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    last = table.model().index(table.rowCount() - 1, 0)
    table.selectionModel().select(
        last, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    )
    (place,) = table.chosen()
    cell = comparison.cells[place]
    assert [line.key[0] for line in result.chart.lines if line.color is not None] == [cell.model]
    for _ in range(9):
        comparison.add(cell, measured(5000.0))  # from the last place to the first
    result.show_comparison("Which?", comparison, running=True)
    assert table.chosen() == {place}
    assert table.selectionModel().selectedRows()[0].row() == 0


def test_on_what_it_was_measured_is_told_and_what_makes_it_doubtful_is_beside_the_verdict(result: Result) -> None:
    comparison = filled({}, repeats=3)
    comparison.cells = cells(("threads",), (1, 2))
    comparison.repetitions = {cell: [] for cell in comparison.cells}
    for load in (0.02, 0.34, 0.05):
        for cell in comparison.cells:
            run = measured(100.0, load_other=load if cell.workers == 2 else 0.01, environment=ENVIRONMENT)
            comparison.add(cell, run)
    result.show_comparison("Which?", comparison, running=False)
    told = result.notes.text()
    for fact in ("A processor, 2 cores, pinned to core 1", "virtual machine", "2,400 MHz", "battery", "3.11.2"):
        assert fact in told
    assert "1 of 6 runs is unstable" in result.care.text()
    remarks = [item.text() for row in range(2) if (item := result.table.item(row, COLUMNS.index("Remark")))]
    assert remarks == ["", "unstable: other programs used 34 % during run 2 (1 of 3 runs)"]
    assert "34 % during run 2" in result.markdown()
    assert "2,400 MHz" in result.markdown()


def test_a_quiet_machine_is_nothing_to_be_careful_about(result: Result) -> None:
    result.show_comparison("Which?", peaked(), running=False)
    assert not result.care.isVisible()
