"""The figures of the timeline's marked stretch, below the lanes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.trace.picture.stretch import MarkedStretch
from engine.wording import figure_text as figures
from engine.wording.state_names import STATE_TITLES
from gui.controls.tool_button import ToolButton
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme


class StretchBar(QWidget):
    """Shows a stretch's figures, with buttons to zoom to it, to save it as CSV, and to close. Hidden without one."""

    zoom_wanted = Signal()
    csv_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("The marked stretch")
        self.words = PlainLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.zoom, self.csv = ToolButton("Zoom to it", self), ToolButton("CSV…", self)
        self.copy, self.close_button = ToolButton("Copy", self), ToolButton("Close", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.addWidget(self.words, 1)
        for button in (self.zoom, self.csv, self.copy, self.close_button):
            row.addWidget(button)
        self.zoom.clicked.connect(self.zoom_wanted)
        self.csv.clicked.connect(self.csv_wanted)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.words.text()))
        self.close_button.clicked.connect(self.closed)
        self.hide()

    def show_stretch(self, stretch: MarkedStretch | None) -> None:
        """Show a stretch's figures; None hides the bar."""
        self.words.setText("" if stretch is None else stretch_words(stretch))
        self.setAccessibleDescription(self.words.text())
        self.setVisible(stretch is not None)

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        for part in (self.words, self.zoom, self.csv, self.copy, self.close_button):
            part.setFont(font(theme.font_pt * 0.95))
        for button in (self.zoom, self.csv, self.copy, self.close_button):
            button.set_theme(theme)


def stretch_words(stretch: MarkedStretch) -> str:
    """Return a stretch's figures in words: when, time by state, tasks, latency."""
    begin_s, end_s = stretch.begin_ns / 1e9, stretch.end_ns / 1e9
    total = sum(stretch.seconds.values())
    parts = [f"{begin_s:.4f} s to {end_s:.4f} s, {figures.seconds(stretch.length_s)}"]
    spent = {state: seconds for state, seconds in stretch.seconds.items() if seconds >= 0.005 * total > 0}
    by_state = [
        f"{STATE_TITLES[state]} {figures.percent(seconds / total)}, {figures.seconds(seconds)}"
        for state, seconds in spent.items()
    ]
    parts += ["; ".join(by_state)] if by_state else ["no worker had a task"]
    ended = figures.counted(stretch.tasks, "task")
    tasks = f"{ended} ended, {figures.rate(stretch.throughput_per_s)} tasks/s" if stretch.tasks else "no task ended"
    parts.append(tasks + (f", {stretch.failed:,} failed" if stretch.failed else ""))
    if stretch.p50_s is not None:
        names = zip(("median", "p90", "p99"), (stretch.p50_s, stretch.p90_s, stretch.p99_s), strict=True)
        parts.append("latency " + ", ".join(f"{name} {figures.seconds(value)}" for name, value in names))
    return "  ·  ".join(parts)
