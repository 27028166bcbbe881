"""The commands of the View menu: theme, size, presenter mode, pages, the palette."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gui.commands.palette import CommandPalette, Entry
from gui.main_window import MainWindow
from gui.presenter.presenter import Presenter
from gui.settings import Settings
from gui.widgets.appearance import Appearance


class LookCommands(QObject):
    """Changes how the window looks, and remembers it."""

    def __init__(self, window: MainWindow, appearance: Appearance, presenter: Presenter, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._appearance = appearance
        self._presenter = presenter
        self._settings = settings
        self._palette = CommandPalette(window)
        self.list_commands: Callable[[], list[Entry]] = list

    def palette(self) -> None:
        """Open the command palette."""
        self._palette.open_with(self.list_commands())

    def toggle_presenter(self) -> None:
        """Enter or leave presenter mode."""
        self._presenter.toggle()

    def next_page(self) -> None:
        """Show the next page."""
        self._presenter.step(1)

    def previous_page(self) -> None:
        """Show the page before."""
        self._presenter.step(-1)

    def theme_system(self) -> None:
        """Be light or dark as the system is."""
        self._choose("system")

    def theme_light(self) -> None:
        """Be light."""
        self._choose("light")

    def theme_dark(self) -> None:
        """Be dark."""
        self._choose("dark")

    def zoom_in(self) -> None:
        """Make type and lines larger."""
        self._zoom(1)

    def zoom_out(self) -> None:
        """Make type and lines smaller."""
        self._zoom(-1)

    def zoom_reset(self) -> None:
        """Make type and lines as designed."""
        self._zoom(0)

    def _choose(self, choice: str) -> None:
        self._appearance.choose(choice)
        self._settings.theme = choice

    def _zoom(self, steps: int) -> None:
        self._appearance.step_zoom(steps)
        self._settings.zoom = self._appearance.zoom
