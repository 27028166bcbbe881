"""What was wrong to look at in the window: each fault that was found, and that it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from engine.interpreters.free_threaded import ways
from engine.wire.interpreter import Interpreter
from gui.code.code_view import Code
from gui.live.ledger_view import LedgerPanel
from gui.main_window import WIDTHS, WIDTHS_WITH_CODE
from gui.plots.time_plot import TimePlot
from gui.run_bar.interpreter_picker import InterpreterPicker
from gui.run_bar.run_bar import RunBar
from gui.widgets.theme import LIGHT
from gui.workbench import Workbench
from tests.gui_tests.view_runs import as_tick, card, run, tick
from tests.window import messages, open_window


@pytest.fixture
def workbench(qtbot: QtBot, tmp_path: Path) -> Iterator[Workbench]:
    """Return an open window that has no engine."""
    with open_window(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_line_is_as_wide_on_a_screen_of_twice_the_pixels(qtbot: QtBot, ratio: float) -> None:
    plot = TimePlot("Lines")
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    curve = plot.add_curve(weight=4.0)
    curve.paint_with("#FF0000", LIGHT)
    import numpy as np

    curve.show(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    image = QImage(round(300 * ratio), round(200 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    plot.render(painter)
    painter.end()
    middle = [image.pixelColor(image.width() // 2, y) for y in range(image.height())]
    red = sum(color.red() > 180 and color.green() < 90 for color in middle)
    assert red == pytest.approx(4 * LIGHT.line_width * ratio, abs=1.5)


def test_workers_without_a_bar_are_counted(qtbot: QtBot) -> None:
    panel = LedgerPanel()
    qtbot.addWidget(panel)
    data = run(ticks=0, workers=4)
    data.take_tick(as_tick({**tick(1), "lane_count": 1000}))
    panel.show_run(data)
    assert panel.bars.more_words == "and 996 more, counted in the bar of all"
    assert "996 more" in panel.bars.accessibleDescription()
    panel.show_run(run(workers=4))
    assert panel.bars.more_words == ""


def test_the_rate_is_one_number_in_its_box_and_on_its_slider(qtbot: QtBot) -> None:
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.set_amount_part({"duration_s": 5.0, "arrival_per_s": 60.0})
    bar.live.show_run("r1", {"workload": {"arrival_per_s": 60.0}}, has_gil=True)
    slider = bar.live.rate
    with qtbot.waitSignal(slider.moved):
        slider.slider.setValue(slider.place_of(631.0))
    assert bar.amount.rate.value() == slider.value()
    assert bar.amount_part()["arrival_per_s"] == slider.value()
    bar.amount.rate.setValue(77.0)
    assert slider.value() == 77.0


def test_a_view_says_starting_only_while_the_run_starts(qtbot: QtBot) -> None:
    panel = LedgerPanel()
    qtbot.addWidget(panel)
    data = run(ticks=0)
    panel.show_run(data)
    assert panel._empty.text() == "Starting…"
    data.enter("measuring", 0.2)
    panel.refresh()
    assert "Starting" not in panel._empty.text()


def test_code_has_the_width_for_its_lines_and_gives_it_back(workbench: Workbench) -> None:
    window, before = workbench.window, workbench.document.experiment()
    assert window.widths._rules == WIDTHS
    step = {"kind": "python", "source": "def task(item):\n    return item\n"}
    workbench.document.show({**before, "workload": {"tasks": 3, "steps": [step]}}, None, example=True)
    assert window.widths._rules == WIDTHS_WITH_CODE
    workbench.document.show(before, None, example=True)
    assert window.widths._rules == WIDTHS


@pytest.mark.parametrize("width", [260, 700])
def test_the_models_source_is_seen_whole_with_the_pages_scroll_bar_alone(qtbot: QtBot, width: int) -> None:
    view = Code()
    qtbot.addWidget(view)
    view.set_theme(LIGHT)
    view.resize(width, 500)
    view.show()
    long = "    threads = [threading.Thread(target=work, name='worker', daemon=False) for _ in range(workers)]\n"
    from dataclasses import replace

    view.show_model(replace(card(), source="def run(task, items, workers):\n" + long * 20))
    editor = view.editor
    qtbot.waitUntil(lambda: editor.verticalScrollBar().maximum() == 0)
    assert editor.horizontalScrollBar().maximum() == 0
    assert not editor.horizontalScrollBar().isVisible()


def test_the_picker_says_how_to_get_a_free_threaded_python_where_there_is_none(qtbot: QtBot) -> None:
    picker = InterpreterPicker()
    qtbot.addWidget(picker)
    plain = Interpreter("/usr/bin/python3", name="3.13", version="3.13.1", source="app")
    free = Interpreter("/usr/bin/python3t", name="3.13t", version="3.13.1", source="PATH", free_threaded=True)

    def offered(combo: QComboBox) -> bool:
        return any("free-threaded Python" in combo.itemText(row) for row in range(combo.count()))

    picker.set_interpreters((plain,), False)
    assert not offered(picker), "one may still be found"
    picker.set_interpreters((plain,), True)
    assert offered(picker)
    row = next(row for row in range(picker.count()) if "free-threaded Python" in picker.itemText(row))
    with qtbot.waitSignal(picker.free_threaded_requested):
        picker.activated.emit(row)
    picker.set_interpreters((plain, free), True)
    assert not offered(picker)


def test_the_window_says_how_to_get_a_free_threaded_python(workbench: Workbench) -> None:
    workbench.actions["free-threaded"].trigger()
    (text,) = messages(workbench)
    assert all(command in text for way in ways() for command in way.commands)
    message = workbench.window.messages.messages[0]
    label = message._label
    assert label.height() >= label.heightForWidth(label.width()), "nothing of a long message is cut"
