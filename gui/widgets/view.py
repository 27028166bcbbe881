"""Views: one file each. A file `gui/PAGE/NAME_view.py` with a `VIEW` is a page, a panel or a side pane of the window.

A view shows one run and knows neither the session nor another view: the shell hands it a read-only `RunData`
(`gui.widgets.view_data` says which figures it reads), calls `refresh()` from the window's one timer, and listens to
`requested`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

import gui
from engine.wire.facts import CostsKnown, OverheadMeasured
from engine.workload.catalogue import ModelCard
from gui.widgets.button_style import PushButton, button_style
from gui.widgets.plain_text import PlainLabel
from gui.widgets.requests import DoCommand
from gui.widgets.run_names import ShownNames
from gui.widgets.theme import LIGHT, Theme
from gui.widgets.view_data import RunData

Place = Literal["live", "panel", "tab", "right"]
PLACES: Final[tuple[Place, ...]] = ("live", "panel", "tab", "right")


@dataclass(frozen=True)
class ViewDescriptor:
    """A view: its key (the file's name), title, place, factory, and its order in that place.

    `place` is `live` (the first page of the middle), `tab` (another page of the middle), `right` (a pane beside it)
    or `panel` (a part of the Live page, which lays it out itself).
    """

    key: str
    title: str
    place: Place
    factory: Callable[[], View]
    order: int = 100


class View(QWidget):
    """What the shell knows of a view. Subclasses put their widgets into `self.body` and override the `on_` hooks.

    `refresh()` may be called at any time, is cheap when nothing has changed, and never raises for a figure that is
    missing. While there is nothing to show, `empty_text` is shown in the middle.
    """

    requested = Signal(object)  # a request of `gui.widgets.requests`

    empty_text = "Press Run (F5) to see it here."
    empty_command = ("run", "Run")  # the command that fills it: its id ("" for none) and its button's text

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.data: RunData | None = None
        self.references: tuple[RunData, ...] = ()
        self.before: RunData | None = None
        self.body = QWidget(self)
        self._empty = PlainLabel(self.empty_text, self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(24)
        self.fill_button = PushButton(self.empty_command[1], self)
        self.fill_button.setObjectName("fill")
        self.fill_button.setAccessibleName(f"{self.empty_command[1]}, to fill this page")
        self.fill_button.clicked.connect(lambda: self.requested.emit(DoCommand(self.empty_command[0])))
        self.outer = QVBoxLayout(self)
        self.outer.setContentsMargins(0, 0, 0, 0)
        self.outer.setSpacing(4)
        self._stack = QStackedLayout()
        self.outer.addLayout(self._stack, 1)
        self._stack.addWidget(self._blank())
        self._stack.addWidget(self.body)
        self._version = -1
        self.names: ShownNames | None = None  # of the run that is shown and those behind it, if there are any

    def _blank(self) -> QWidget:
        """Return the empty state: a text that says what fills the view, and a button that does it."""
        blank = QWidget(self)
        layout = QVBoxLayout(blank)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addStretch(1)
        layout.addWidget(self._empty)
        layout.addWidget(self.fill_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        return blank

    def show_run(self, data: RunData | None) -> None:
        """Show another run, or none."""
        self.data = data
        self._version = -1
        self.on_run(data)
        self.refresh()

    def show_references(self, references: tuple[RunData, ...]) -> None:
        """Show other runs, MOST_BEHIND at most, behind this one on the same axes; some views ignore them."""
        self.references = references
        self._version = -1
        self.refresh()

    @property
    def behind(self) -> tuple[RunData, ...]:
        """The references, without the run that is shown: a run is not drawn behind itself."""
        data = self.data
        return () if data is None else tuple(each for each in self.references if each.run_id != data.run_id)

    def show_before(self, before: RunData | None) -> None:
        """Show the run that ended before this one began, faintly, or none; views that cannot do this ignore it."""
        if before is not self.before:
            self.before, self._version = before, -1
            self.refresh()

    def show_model(self, card: ModelCard | None) -> None:
        """Take note of the model that is chosen for the next run; most views ignore it."""

    def show_time(self, time_s: float | None) -> None:
        """Mark the time of the run at which the pointer is on another card, None for none; most views ignore it."""

    def show_costs(self, costs: CostsKnown) -> None:
        """Take note of what a model costs on this machine; most views ignore it."""

    def show_observer_cost(self, measured: OverheadMeasured) -> None:
        """Show the progress or result of a measurement of the overhead; most views ignore it."""

    @property
    def is_animated(self) -> bool:
        """Whether `on_frame` is to be called at each frame, even without new data: see `requests.Animate`."""
        return False

    def on_frame(self) -> None:
        """Draw the next frame of an animation."""

    def refresh(self) -> None:
        """Show the run's present data, if it has changed since the last call."""
        data = self.data
        shown = data is not None and self.has_content(data)
        self.show_body(shown)
        self._empty.setText(self._why_empty(data))
        self.fill_button.setVisible(data is None and bool(self.empty_command[0]))
        behind = self.behind
        self.names = ShownNames.of(data, behind) if data is not None and behind else None
        self.on_names(self.names)
        if data is None or not shown or data.version == self._version:
            return
        self._version = data.version
        self.on_refresh(data)

    def _why_empty(self, data: RunData | None) -> str:
        if data is None:
            return self.empty_text
        if data.stage != "ended":
            return "Starting…" if data.stage == "starting" else "Nothing to show here yet…"
        reason = data.result.reason if data.result is not None else None
        return "The run ended before there was anything to show here." + (f"\n{reason}" if reason else "")

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self.theme = theme
        font = QFont(self.font())
        font.setPointSizeF(theme.font_pt * 1.1)
        self._empty.setFont(font)
        palette = self._empty.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.muted)
        self._empty.setPalette(palette)
        self.fill_button.setStyleSheet(button_style(theme, ""))
        self.fill_button.setFixedHeight(round(30 * theme.scale))
        self.on_theme(theme)
        self._version = -1
        self.refresh()

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the title and the widget of each plot that can be saved as a picture."""
        return []

    def show_body(self, shown: bool) -> None:
        """Show the body, or the empty state."""
        self._stack.setCurrentIndex(1 if shown else 0)

    @property
    def is_empty(self) -> bool:
        """Whether the empty state is what is shown."""
        return self._stack.currentIndex() == 0

    def has_content(self, data: RunData) -> bool:
        """Whether `data` has anything for this view; until then it shows the empty state."""
        return len(data.samples.t_s) > 0

    def on_run(self, data: RunData | None) -> None:
        """Forget the previous run; `data` may hold nothing yet."""

    def on_refresh(self, data: RunData) -> None:
        """Show `data` as it is now."""

    def on_names(self, names: ShownNames | None) -> None:
        """Name the run that is shown and those behind it; None if there are none behind."""

    def on_theme(self, theme: Theme) -> None:
        """Restyle everything that is drawn."""


def discover() -> dict[str, ViewDescriptor]:
    """Return every view by key, in the order in which they are shown.

    Raises RuntimeError if a file has no `VIEW`, its key is not its file's name, its place is unknown, or a key is
    taken twice.
    """
    found: list[ViewDescriptor] = []
    for name in _view_modules():
        key = name.rpartition(".")[2].removesuffix("_view")
        descriptor = getattr(importlib.import_module(name), "VIEW", None)
        if not isinstance(descriptor, ViewDescriptor):
            raise RuntimeError(f"{name} has no VIEW")
        if descriptor.key != key or descriptor.place not in PLACES:
            raise RuntimeError(f"{name}: wrong key {descriptor.key} or place {descriptor.place}")
        if any(each.key == key for each in found):
            raise RuntimeError(f"{name}: there is another view with the key {key}")
        found.append(descriptor)
    found.sort(key=lambda each: (PLACES.index(each.place), each.order, each.key))
    return {each.key: each for each in found}


def _view_modules() -> Iterator[str]:
    """Yield the dotted name of every view's module: `gui.PAGE.NAME_view`."""
    for page in pkgutil.iter_modules(gui.__path__, "gui."):
        if page.ispkg:
            folders = [str(Path(folder, page.name.rpartition(".")[2])) for folder in gui.__path__]
            for module in pkgutil.iter_modules(folders, f"{page.name}."):
                if module.name.endswith("_view"):
                    yield module.name
