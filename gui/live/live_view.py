"""The Live page, which shows a run while it goes on: every panel, in a grid that fits the page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from gui.commands.actions import live_actions
from gui.live.before_bar import BeforeBar
from gui.live.card_grid import CardGrid
from gui.live.welcome import Welcome
from gui.plots.crosshair import Crosshair
from gui.plots.time_plot import TimePlot
from gui.widgets.counters import CounterPanel
from gui.widgets.panel import READ_S, Panel
from gui.widgets.requests import KeepCards
from gui.widgets.theme import Theme
from gui.widgets.view import View, ViewDescriptor, discover
from gui.widgets.view_data import RunData

_TWO_COLUMNS_PX = 600  # at scale 1
_PANEL_HEIGHT_PX = 200  # at scale 1, the least in one column
_LOW_PANEL_HEIGHT_PX = 150  # the least in two columns
_EVERY_S = {"throughput": 0.0, "cores": 0.19}  # lines that grow


class Live(View):
    """All panels at once: two columns if there is room, else one; it scrolls only if they would be too low."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Live")
        found = [descriptor for descriptor in discover().values() if descriptor.place == "panel"]
        self.panels: dict[str, View] = {descriptor.key: descriptor.factory() for descriptor in found}
        self._columns = 0
        self._shown_s: dict[str, float] = {}
        self.grid = CardGrid({key: panel for key, panel in self.panels.items() if isinstance(panel, Panel)})
        self._scroll = QScrollArea(self.body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.grid)
        self.setFocusProxy(self.grid)  # its keys work as soon as the page is shown
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        self.counters = CounterPanel(self.body)
        layout.addWidget(self.counters)
        self.shows_before = True
        self.before_bar = BeforeBar(self.body)
        self.before_bar.hide_wanted.connect(self.toggle_before)
        layout.addWidget(self.before_bar)
        layout.addWidget(self._scroll)
        for panel in self.panels.values():
            panel.requested.connect(self.requested)
        plots = [plot for panel in self.panels.values() for plot in panel.findChildren(TimePlot)]
        self.crosshair = Crosshair(plots, [panel.show_time for panel in self.panels.values()])
        self.grid.order_changed.connect(lambda: self.requested.emit(KeepCards(tuple(self.grid.order))))
        self.commands = live_actions(self, self)
        self.welcome = Welcome()
        self.welcome.closed.connect(lambda: self.show_welcome(False))
        self._stack.addWidget(self.welcome)
        self.show_body(True)
        self._arrange()

    def show_run(self, data: RunData | None) -> None:
        """Hand the run to every panel."""
        self.data = data
        self._shown_s.clear()
        self._show_counters()
        if data is not None:
            self.show_welcome(False)
        for panel in self.panels.values():
            panel.show_run(data)

    def show_welcome(self, shown: bool) -> None:
        """Show the three things to try instead of the cards, or the cards."""
        self._stack.setCurrentIndex(2 if shown else 1)

    def show_references(self, references: tuple[RunData, ...]) -> None:
        """Hand the references to every panel."""
        self.references = references
        for panel in self.panels.values():
            panel.show_references(references)
        self._show_before()

    def show_before(self, before: RunData | None) -> None:
        """Show the run before faintly behind this one, unless it was hidden, or a reference is kept instead."""
        self.before = before
        self._show_before()

    def toggle_before(self) -> None:
        """Hide the run before from now on, or show it again."""
        self.shows_before = not self.shows_before
        self._show_before()

    def _show_before(self) -> None:
        before = self.before if self.shows_before and not self.behind else None
        self.before_bar.show_before(before, self.data)
        for panel in self.panels.values():
            panel.show_before(before)

    def refresh(self) -> None:
        """Refresh the panels that are due: painting all of them at every tick took a fifth of a core."""
        ended = self.data is None or self.data.stage == "ended"
        self._show_counters()
        latest = self.data.latest if self.data is not None else None
        now_s = latest.t_s if latest is not None else 0.0
        for key, panel in self.panels.items():
            if ended or not 0 <= now_s - self._shown_s.get(key, -1.0) < _EVERY_S.get(key, READ_S):
                self._shown_s[key] = now_s
                panel.refresh()

    def _show_counters(self) -> None:
        self.counters.show_counts(
            self.data.result.counters if self.data is not None and self.data.result is not None else {}
        )

    @property
    def is_empty(self) -> bool:
        """Whether no panel has anything to show."""
        return all(panel.is_empty for panel in self.panels.values())

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return every panel's."""
        return [plot for panel in self.panels.values() for plot in panel.plots()]

    def on_theme(self, theme: Theme) -> None:
        """Hand the theme to every panel."""
        palette = self._scroll.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.window))
        self._scroll.setPalette(palette)
        margin = round(16 * min(theme.scale, 1.5))
        self.counters.setContentsMargins(margin, margin // 2, margin, 0)
        self.counters.set_theme(theme)
        self.before_bar.setContentsMargins(margin, margin // 2, margin, 0)
        self.before_bar.set_theme(theme)
        self.welcome.set_theme(theme)
        for panel in self.panels.values():
            panel.set_theme(theme)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the panels for the new width."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        scale = self.theme.scale
        columns = 2 if self.width() >= _TWO_COLUMNS_PX * scale else 1
        spacing = round(8 * min(scale, 1.5))
        self.grid.set_spacing(spacing)
        least = round((_LOW_PANEL_HEIGHT_PX if columns == 2 else _PANEL_HEIGHT_PX) * scale)
        for panel in self.panels.values():
            panel.setMinimumHeight(least)
        if columns != self._columns:
            self._columns = columns
            self.grid.place_cards(columns)

    def enlarge(self, place: int) -> None:
        """Enlarge the card at a place, or show all cards again."""
        self.grid.enlarge_place(place)

    def show_all(self) -> None:
        """Show all cards again."""
        self.grid.enlarge(None)

    def turn_cards(self) -> None:
        """Move every card by one place."""
        self.grid.turn()


VIEW = ViewDescriptor("live", "Live", "live", Live, order=0)
