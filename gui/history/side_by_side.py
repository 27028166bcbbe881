"""Two runs side by side: what differed between them first, then their timelines, figures and ledgers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from engine.history.difference_text import SAME
from engine.history.differences import differences, figures, ledgers
from gui.compare.rows import flowing
from gui.history.pair_tables import PairTable
from gui.history.press_button import press_button
from gui.history.side_run import SideRun
from gui.history.two_timelines import NAMES, TwoTimelines
from gui.live.ledger_bars import LedgerBars
from gui.live.stacked_bars import BarRow
from gui.widgets.flat_tabs import FlatTabs
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme

_MOST_ROWS = 4, 10  # differences that are visible at once on a low page, and on a high one
_HIGH_PX = 700


class SideBySide(QWidget):
    """Shows two runs. Emits `left` when the person returns to the list, `save_wanted` to save a picture of the page."""

    left = Signal()
    save_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Two runs side by side")
        self.runs: tuple[SideRun, SideRun] | None = None
        self.heading = PlainLabel("What differed")
        self.differing = PairTable("What differed between the two runs", ("", *NAMES))
        self.same = PlainLabel(SAME)
        self.timelines = TwoTimelines()
        self.figures = PairTable("Figures of both runs", ("", *NAMES, "B / A"))
        self.ledgers = (LedgerBars(self), LedgerBars(self))
        self.tabs = FlatTabs("Timelines, or figures and ledgers")
        self.tabs.currentChanged.connect(self._on_tab)
        self.back = press_button("‹ All runs", self.left.emit)
        self._lay_out()

    def hasHeightForWidth(self) -> bool:
        """Return False: otherwise Qt uses the preferred height as the minimum, and the window grows."""
        return False

    def show_runs(self, one: SideRun, other: SideRun) -> None:
        """Show these two."""
        self.runs = (one, other)
        found = differences(one.kept, other.kept)
        self.differing.show_differences(found)
        self.differing.setVisible(bool(found))
        self.same.setVisible(not found)
        self._fit()
        shares = ledgers(one.kept, other.kept)
        merged = any((run.kept.result.get("ledger_s") or {}).get("cpu_wait") is None for run in self.runs)
        looked = [bool((run.kept.result.get("witness") or {}).get("looks")) for run in self.runs]
        self.figures.show_figures(figures(one.kept, other.kept), shares, merged=merged, estimated=not all(looked))
        for name, bars, run in zip(NAMES, self.ledgers, (one, other), strict=True):
            ledger = dict(run.kept.result.get("ledger_s") or {})
            seen = bool((run.kept.result.get("witness") or {}).get("looks"))
            bars.set_rows(BarRow(name, ledger), (), merged=ledger.get("cpu_wait") is None, estimated=not seen)
            bars.setAccessibleName(f"Where the time went in {name}")
            bars.setAccessibleDescription("; ".join(words for _, words in bars.legend()))
        self.timelines.show_runs(one, other)

    def close_runs(self) -> None:
        """Show nothing."""
        self.runs = None
        self.timelines.close_runs()

    def swap(self) -> None:
        """Swap A and B."""
        if self.runs is not None:
            self.show_runs(self.runs[1], self.runs[0])

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the plots that can be saved as pictures."""
        return [("Two timelines", self.timelines), ("Two runs side by side", self)] if self.runs else []

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        bold = QFont(self.font())
        bold.setPointSizeF(theme.font_pt * 1.1)
        bold.setWeight(QFont.Weight.DemiBold)
        self.heading.setFont(bold)
        self.tabs.set_theme(theme)
        self.timelines.set_theme(theme)
        for bars in self.ledgers:
            bars.set_theme(theme)
        for table in (self.differing, self.figures):
            table.fit_rows()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show more differences if there is room."""
        super().resizeEvent(event)
        self._fit()

    def _on_tab(self) -> None:
        for tool in self.timelines.tools:
            tool.setEnabled(self.tabs.currentWidget() is self.timelines)

    def _fit(self) -> None:
        self.differing.setFixedHeight(self.differing.height_of(_MOST_ROWS[self.height() > _HIGH_PX]))

    def _lay_out(self) -> None:
        self.same.setWordWrap(True)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        for name, bars in zip(NAMES, self.ledgers, strict=True):
            column = QVBoxLayout()
            title = PlainLabel(f"Where the time went in {name}")
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # no wider than its bar
            column.addWidget(title)
            column.addWidget(bars, 1)
            row.addLayout(column, 1)
        numbers = QWidget()
        below = QVBoxLayout(numbers)
        below.setContentsMargins(0, 6, 0, 0)
        below.addWidget(self.figures, 3)
        below.addWidget(both, 2)
        self.tabs.addTab(self.timelines, "Timelines")
        self.tabs.addTab(numbers, "Figures and ledgers")
        self.tabs.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 10)
        layout.setSpacing(6)
        swap, save = press_button("Swap", self.swap), press_button("Save picture…", self.save_wanted.emit)
        swap.setToolTip("Swap A and B")
        tools = flowing(self.back, swap, save, *self.timelines.tools)
        tools.setMinimumHeight(1)  # else the window must be high enough for all of them in a column
        layout.addWidget(tools)
        for part in (self.heading, self.differing, self.same):
            layout.addWidget(part)
        layout.addWidget(self.tabs, 1)
        self.same.setTextFormat(Qt.TextFormat.PlainText)
