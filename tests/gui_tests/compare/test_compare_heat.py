"""The heat map beside the chart, the runs of a point, and the sentence on what to use."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.comparison.advice import what_to_use
from engine.comparison.comparison import Comparison
from engine.comparison.measures import MEASURES
from gui.compare.result import Result
from gui.widgets.contrast import contrast, ink_on
from gui.widgets.theme import DARK, LIGHT, Theme
from tests.comparing import cells, filled, measured


def compared(fast: float = 50.0) -> Comparison:
    """Return threads that gain nothing beside processes that do, five runs of each."""
    comparison = Comparison(cells(("threads", "processes"), (1, 2)), repeats=5)
    for cell in comparison.cells:
        rate = fast if (cell.model, cell.workers) == ("processes", 2) else 25.0
        for number in range(5):
            comparison.add(cell, measured(rate + number * 0.1, run_id=f"{cell.model}-{cell.workers}-{number}"))
    return comparison


@pytest.fixture
def result(qtbot: QtBot) -> Result:
    """Give a result that is shown."""
    made = Result()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(900, 800)
    made.show_comparison("Which?", compared(), running=False)
    made.show()
    qtbot.waitExposed(made)
    made.chart.grab()
    return made


def test_what_to_use_is_named_with_its_factor_its_interval_and_its_runs(result: Result) -> None:
    said = result.use.text()
    assert said.startswith("Use processes x 2: ")
    assert "1.99 times (1." in said
    assert said.endswith("the next, from 5 runs of each.")
    assert not result.verdict.isVisible(), "it would say the same"


def test_models_have_their_titles_in_the_sentence_the_chart_the_heat_map_and_the_table(result: Result) -> None:
    result.set_model_titles({"processes": "Processes", "threads": "Threads"})
    assert result.use.text().startswith("Use Processes x 2: ")
    assert {line.name for line in result.chart.lines} == {"Threads", "Processes"}
    assert {square.line.name for square in result.heat_map.squares} == {"Threads", "Processes"}
    shown = [result.table.item(row, 0) for row in range(result.table.rowCount())]
    assert {item.text() for item in shown if item is not None} == {"Threads", "Processes"}
    assert "against Threads x 1" in result.notes.text()


def test_where_nothing_is_faster_the_fewest_workers_are_named_and_no_winner(result: Result) -> None:
    result.show_comparison("Which?", compared(fast=25.0), running=False)
    said = result.use.text()
    assert "cannot be told apart from the fastest" in said
    assert "fewest workers" in said
    assert " x 2" not in said
    assert "times" not in said
    assert not result.verdict.isVisible(), "it would say nearly the same"


def test_one_that_is_half_as_fast_in_the_median_but_varies_is_not_recommended() -> None:
    few, many, other = cells(("threads",), (2, 4)) + cells(("asyncio",), (4,))
    rates = {few: [60.0, 68.0, 160.0] * 2, many: [139.0, 144.0, 150.0] * 2, other: [140.0, 145.0, 149.0] * 2}
    said = what_to_use(filled(rates))
    assert "threads x 2" not in said.partition(":")[0]
    assert "3 combinations cannot be told apart from the fastest" in said
    assert "those whose median is near its" in said


def test_those_that_are_slower_than_several_alike_are_counted_in_the_same_sentence() -> None:
    alike, other, slow = cells(("threads", "asyncio", "processes"), (1,))
    rates = {alike: [99.0, 100.0, 101.0] * 3, other: [100.0, 99.0, 101.0] * 3, slow: [49.0, 50.0, 51.0] * 3}
    assert "cannot be told; 1 other is slower, from 9 runs of each." in what_to_use(filled(rates))
    del rates[slow]
    assert "slower" not in what_to_use(filled(rates))


def test_intervals_that_are_apart_after_few_runs_are_not_called_alike_for_good() -> None:
    slow, fast = cells(("threads", "asyncio"), (1,))
    said = what_to_use(filled({slow: [99.0, 100.0, 101.0], fast: [102.5, 103.0, 104.0]}))
    assert "which is faster cannot be told with so few runs, from 3 runs of each." in said


def test_nothing_is_advised_of_one_combination_or_of_unlike_work() -> None:
    assert not what_to_use(filled({cells()[0]: [1.0, 1.1]}))
    unlike = cells(("threads",), (1, 2), parameters={"workload.steps[0].below": (1000, 2000)})
    assert len(unlike) == 4
    assert not what_to_use(filled({cell: [1.0 + place] * 3 for place, cell in enumerate(unlike)}))


def test_runs_that_are_still_to_come_are_told(result: Result) -> None:
    comparison = compared()
    more = Comparison(comparison.cells, repeats=9, precision=0.0001)
    more.repetitions = comparison.repetitions
    assert not more.complete
    assert what_to_use(more).endswith("so far, from 5 runs of each.")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_best_square_is_the_deepest_and_every_figure_can_be_read(result: Result, theme: Theme) -> None:
    result.set_theme(theme)
    for place, measure in enumerate(MEASURES):
        result.measure.setCurrentIndex(place)
        squares = result.heat_map.squares
        assert len(squares) == 4
        best = max(squares, key=lambda each: each.depth)
        values = [each.value for each in squares]
        assert best.value == (max if measure.more_is_better else min)(values)
        assert all(contrast(ink_on(color), color) >= 4.5 for color in map(result.heat_map.color_of, squares))
    assert "processes, 2 workers: 50" in result.heat_map.accessibleDescription() or measure.key != "throughput"
    assert not result.heat_map.grab().isNull()


def test_a_screen_reader_has_the_figures_in_words(result: Result) -> None:
    for picture in (result.chart, result.heat_map):
        assert "processes, 2 workers: 50" in picture.accessibleDescription()
        assert "threads, 1 worker: 25" in picture.accessibleDescription()


def test_pointing_at_a_point_shows_its_runs_and_a_click_opens_one(qtbot: QtBot, result: Result) -> None:
    chart = result.chart
    place = next(place for place, line, workers in chart._points if (line.name, workers) == ("processes", 2))
    qtbot.mouseMove(chart, QPoint(5, 5))
    assert not chart.run_dots
    qtbot.mouseMove(chart, place.toPoint())
    chart.grab()
    assert [run_id for _, run_id, _ in chart.run_dots] == [f"processes-2-{number}" for number in range(5)]
    dot, run_id, _ = chart.run_dots[3]
    assert "Click to open it" in chart.tip_at(dot)
    with qtbot.waitSignal(result.run_wanted) as wanted:
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=dot.toPoint())
    assert wanted.args == [run_id]


def test_a_square_brings_out_its_runs_and_opens_the_middle_one(qtbot: QtBot, result: Result) -> None:
    heat = result.heat_map
    square = next(each for each in heat.squares if (each.line.name, each.workers) == ("threads", 1))
    at = heat.place_of(square).center().toPoint()
    qtbot.mouseMove(heat, at)
    result.chart.grab()
    assert len(result.chart.run_dots) == 5
    with qtbot.waitSignal(result.run_wanted) as wanted:
        qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=at)
    assert wanted.args == ["threads-1-2"]
