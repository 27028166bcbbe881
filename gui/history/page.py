"""The History page: the list of kept runs, two of them side by side, or several in one chart."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.history.overlay import RunsOverlay
from gui.history.overlay_reading import OverlayLine
from gui.history.run_list import RunList
from gui.history.side_by_side import SideBySide
from gui.history.side_run import SideRun
from gui.history.two_pythons import TwoPythons
from gui.widgets.requests import DoCommand, SavePlot
from gui.widgets.theme import LIGHT, Theme


class HistoryPage(QWidget):
    """Does not know the session: it asks by signals, and the shell gives it the runs to show."""

    requested = Signal(object)  # a request of `gui.widgets.requests`
    turned = Signal()  # between the list, two runs, and the chart

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("History")
        self.theme = LIGHT
        self.list = RunList()
        self.pair = SideBySide()
        self.two_pythons = TwoPythons()
        self.list.fill_wanted.connect(lambda: self.requested.emit(DoCommand("run")))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list)
        self.stack.addWidget(self.pair)
        self.overlay = RunsOverlay()
        self.stack.addWidget(self.overlay)
        self.overlay.left.connect(self.show_list)
        self.overlay.save_wanted.connect(self._on_save)
        self.pair.left.connect(self.show_list)
        self.pair.save_wanted.connect(self._on_save)
        self.setFocusProxy(self.list.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.two_pythons)
        layout.addWidget(self.stack, 1)
        self.two_pythons.hide()

    def show_pair(self, one: SideRun, other: SideRun) -> None:
        """Show two runs side by side."""
        self.pair.show_runs(one, other)
        self.stack.setCurrentIndex(1)
        self.setFocusProxy(self.pair.back)
        self.pair.back.setFocus()
        self.turned.emit()

    def show_overlay(self, lines: Sequence[OverlayLine]) -> None:
        """Show runs in one chart."""
        self.overlay.show_lines(lines)
        self.stack.setCurrentWidget(self.overlay)
        self.setFocusProxy(self.overlay.measure)
        self.overlay.measure.setFocus()
        self.turned.emit()

    def show_list(self) -> None:
        """Show the list again."""
        self.pair.close_runs()
        self.overlay.close_lines()
        self.stack.setCurrentWidget(self.list)
        self.setFocusProxy(self.list.table)
        self.list.table.setFocus()
        self.turned.emit()

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the plots that can be saved as a picture; the list has none."""
        if self.stack.currentWidget() is self.overlay:
            return [("Runs in one chart", self.overlay.plot)]
        return self.pair.plots() if self.stack.currentIndex() == 1 else []

    def caption(self) -> str:
        """Return a picture's caption: both runs."""
        runs = self.pair.runs if self.stack.currentIndex() == 1 else None
        return " · ".join(f"{letter}: {run.title}" for letter, run in zip("AB", runs, strict=True)) if runs else ""

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self.theme = theme
        self.list.set_theme(theme)
        self.pair.set_theme(theme)
        self.overlay.set_theme(theme)
        self.two_pythons.set_theme(theme)

    def _on_save(self) -> None:
        self.requested.emit(SavePlot(*self.plots()[0]))
