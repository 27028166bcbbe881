"""What a screen reader says of pages, panes and dialogs: everything has a name, every chart its figures in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QScrollBar,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.workload.own.file_functions import read_python_file
from gui.against.bar import AgainstBar
from gui.compare.chart import Chart
from gui.compare.heat_map import HeatMap
from gui.compare.page import ComparePage
from gui.composer.step_palette import StepPalette
from gui.controls.tool_button import ToolButton
from gui.history.overlay import RunsOverlay
from gui.history.side_by_side import SideBySide
from gui.history.two_pythons import TwoPythons
from gui.latency.latency_bars import LatencyBars
from gui.live.gil_strip import GilStrip
from gui.live.ledger_bars import LedgerBars
from gui.live.welcome import Welcome
from gui.plots.time_plot import TimePlot
from gui.python_file.functions_dialog import FunctionsDialog
from gui.run_bar.live_controls import RateSlider
from gui.timeline.canvas import TimelineCanvas
from gui.timeline.core_strip import CoreStrip
from gui.timeline.minimap import Minimap
from gui.widgets.dialog_look import GRID_PX
from gui.widgets.requests import DoCommand
from gui.widgets.theme import DARK, HIGH_DARK, LIGHT, Theme
from gui.workbench import Workbench
from tests.comparing import cells, filled
from tests.window import open_window, wait_for_end, wait_for_engine

CHARTS: Final = (
    Chart,
    CoreStrip,
    GilStrip,
    HeatMap,
    LatencyBars,
    LedgerBars,
    Minimap,
    TimePlot,
    TimelineCanvas,
)
WINDOWS: Final = (
    "shortcuts",
    "about",
    "documentation",
    "palette",
    "watch a program",
    "functions",
    "notes",
    "stage",
    "costs of models",
)
PARTS: Final[dict[str, type[QWidget]]] = {
    "getting started": Welcome,
    "overlay": RunsOverlay,
    "run against": AgainstBar,
    "side by side": SideBySide,
    "step palette": StepPalette,
    "two Pythons": TwoPythons,
}
INNER: Final = ("qt_spinbox_lineedit", "qt_toolbar_ext_button", "qt_menubar_ext_button")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("window")


@pytest.fixture
def workbench(qtbot: QtBot, folder: Path) -> Iterator[Workbench]:
    """Give a window that has run something, as a screen reader finds it."""
    before = QAccessible.isActive()
    QAccessible.setActive(True)
    try:
        with open_window(folder, engine=True) as opened:
            wait_for_engine(opened, qtbot)
            opened.run_bar.amount.set_part({"tasks": 40})
            opened.run_bar.changed.emit()
            opened.actions["run"].trigger()
            wait_for_end(opened, qtbot)
            yield opened
    finally:
        QAccessible.setActive(before)


def said(widget: QWidget, what: QAccessible.Text) -> str:
    """Return what a reader is told of a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(what) if interface is not None else ""


def is_used(widget: QWidget) -> bool:
    """Whether a person can reach a widget and do something with it."""
    if not widget.isVisible() or widget.objectName() in INNER or isinstance(widget, QScrollBar):
        return False
    if widget.focusProxy() is not None or isinstance(widget.parentWidget(), QAbstractScrollArea):
        return False  # a view's own parts: the view has the name
    pressed = isinstance(widget, (QAbstractButton, QComboBox, QAbstractSlider))
    return pressed or widget.focusPolicy() != Qt.FocusPolicy.NoFocus


def faults(root: QWidget) -> list[str]:
    """Return what has no name, and which charts have no figures in words."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        inside = type(widget.parentWidget()).__name__
        where = f"{type(widget).__name__} in {inside} of {root.windowTitle()}"
        if is_used(widget) and not said(widget, QAccessible.Text.Name).strip():
            found.append(f"no name: {where}")
        if isinstance(widget, CHARTS) and widget.isVisible():
            if not widget.accessibleName():
                found.append(f"a chart without a name: {where}")
            if not any(letter.isdigit() for letter in said(widget, QAccessible.Text.Description)):
                found.append(f"no figures in words: {where}, {widget.accessibleName()}")
    return found


def settled(qtbot: QtBot, root: QWidget) -> None:
    """Wait until nothing is wrong any more, or say what still is."""
    try:
        qtbot.waitUntil(lambda: not faults(root), timeout=4_000)
    except qtbot.TimeoutError:
        assert faults(root) == []


def test_every_page_and_pane_has_names_and_every_chart_its_figures(workbench: Workbench, qtbot: QtBot) -> None:
    compare = workbench.window.findChild(ComparePage)
    assert isinstance(compare, ComparePage)
    rates = {cell: [50.0 * cell.workers, 51.0 * cell.workers] for cell in cells(("threads", "processes"), (1, 2))}
    compare.show_comparison("Which?", filled(rates), running=False)
    for tabs in (workbench.window.pages, workbench.window.side):
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
            workbench.repainter.wake()
            qtbot.waitUntil(tabs.currentWidget().isVisible)
            settled(qtbot, workbench.window)
    compare.choose_button.click()
    workbench.window.pages.setCurrentWidget(compare)
    settled(qtbot, workbench.window)


def test_the_buttons_of_all_pages_have_one_style(workbench: Workbench, qtbot: QtBot) -> None:
    bare = {
        each.text() or each.accessibleName()
        for each in workbench.window.findChildren(QPushButton)
        if "border-radius: 6px" not in each.styleSheet() and not isinstance(each, ToolButton)
    }
    assert bare == set()


def dialogs(workbench: Workbench, folder: Path) -> dict[str, Callable[[], object]]:
    """Return how each dialog and each part that comes and goes is opened."""
    script = folder / "work.py"
    script.write_text("def handle(item):\n    return item\n")
    window, do = workbench.window, workbench.requests.take
    history = workbench.pages.history
    assert history is not None
    run_ids = [run.run_id for run in history.page.list.runs.runs.runs][:2]
    return {
        "shortcuts": lambda: do(DoCommand("shortcuts")),
        "about": lambda: do(DoCommand("about")),
        "documentation": lambda: do(DoCommand("documentation")),
        "palette": lambda: do(DoCommand("palette")),
        "watch a program": lambda: do(DoCommand("watch-program")),
        "watch a running program": lambda: do(DoCommand("watch-running")),
        "getting started": lambda: do(DoCommand("getting-started")),
        "run against": lambda: do(DoCommand("run-against")),
        "two Pythons": lambda: do(DoCommand("two-pythons")),
        "functions": FunctionsDialog(window, read_python_file(str(script))).open,
        "notes": lambda: history.describe(run_ids[0]),
        "overlay": lambda: history.overlay(run_ids),
        "side by side": lambda: history.show_pair(run_ids[0], run_ids[-1]),
        "step palette": workbench.composer.open_step_palette,
        "uncaught": lambda: workbench.show_uncaught("An error: none", "no details"),
        "costs of models": lambda: do(DoCommand("measure-models")),
        "stage": workbench.pages.open_stage,
    }


def test_every_dialog_has_names(workbench: Workbench, qtbot: QtBot, folder: Path) -> None:
    window, history = workbench.window, workbench.pages.history
    assert history is not None
    qtbot.waitUntil(lambda: len(history.page.list.runs.runs.runs) > 0)
    for name, open_it in dialogs(workbench, folder).items():
        before = visible_windows()
        open_it()
        if name in WINDOWS:
            qtbot.waitUntil(lambda before=before: visible_windows() != before, timeout=10_000)
        elif name in PARTS:
            qtbot.waitUntil(lambda kind=PARTS[name]: any(each.isVisible() for each in window.findChildren(kind)))
        for root in visible_windows():
            settled(qtbot, root)
            if isinstance(root, QDialog):
                assert unlike_the_others(root) == [], name
        for root in visible_windows():
            if root is not window:
                root.close()
        qtbot.waitUntil(lambda: visible_windows() == [window])


def unlike_the_others(dialog: QDialog) -> list[str]:
    """Return what of a dialog has not the look that all have: buttons' heights and icons, spaces on the grid."""
    layout, found = dialog.layout(), []
    assert layout is not None
    margins = layout.contentsMargins()
    spaces = [margins.left(), margins.top(), margins.right(), margins.bottom(), layout.spacing()]
    if any(space % GRID_PX for space in spaces):
        found.append(f"spaces: {spaces}")
    buttons = [each for each in dialog.findChildren(QPushButton) if each.isVisible()]
    if len({each.height() for each in buttons}) != 1 or buttons[0].height() < 3 * GRID_PX:
        found.append(f"heights: {[each.height() for each in buttons]}")
    for box in dialog.findChildren(QDialogButtonBox):
        for button in box.buttons():
            image = button.icon().pixmap(16).toImage()
            pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
            inks = [(each.red(), each.green(), each.blue()) for each in pixels if each.alpha() > 128]
            if not inks or max(max(part) - min(part) for part in zip(*inks, strict=True)) > 16:
                found.append(f"not one of our icons: {button.text()}")
    return found


@pytest.mark.parametrize("theme", [LIGHT, DARK.scaled(1.5), HIGH_DARK], ids=["light", "dark", "contrast"])
def test_sliders_are_large_enough_to_be_taken_hold_of(qtbot: QtBot, theme: Theme) -> None:
    rate = RateSlider()
    qtbot.addWidget(rate)
    rate.set_theme(theme)
    rate.show()
    qtbot.waitExposed(rate)
    slider, option = rate.slider, QStyleOptionSlider()
    slider.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    handle = slider.style().subControlRect(control, option, part, slider)
    assert min(handle.width(), handle.height()) >= 24 * theme.scale
    assert slider.rect().contains(handle)
    assert slider.width() > 5 * handle.width()


def visible_windows() -> list[QWidget]:
    """Return the windows that are open; a tool tip and a completer's list are none."""
    return [each for each in QApplication.topLevelWidgets() if each.isVisible() and not each.inherits("QTipLabel")]
