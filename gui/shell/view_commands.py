"""The commands of the View menu: theme, size, the stage, pages, the palette."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gui.commands.palette import CommandPalette, Entry
from gui.shell.context import WindowParts


class ViewCommands(QObject):
    """Changes how the window looks, and remembers it."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._window = parts.window
        self._appearance = parts.appearance
        self._stage = parts.stage
        self.open_stage: Callable[[], object] = lambda: None
        self._settings = parts.settings
        self._palette = CommandPalette(parts.window)
        self.list_entries: Callable[[], list[Entry]] = list
        self.numbered_entries: Callable[[int], list[Entry]] = lambda _number: []

    def palette(self) -> None:
        """Open the command palette."""
        self._palette.open_with(self.list_entries(), self.numbered_entries)

    def toggle_stage(self) -> None:
        """Put the chosen lesson or the loaded experiment on the stage, or leave the stage."""
        if self._stage.active:
            self._stage.close()
        else:
            self.open_stage()

    def next_page(self) -> None:
        """Show the next page."""
        self._turn(1)

    def previous_page(self) -> None:
        """Show the previous page."""
        self._turn(-1)

    def theme_system(self) -> None:
        """Follow the system's light or dark theme."""
        self._choose("system")

    def theme_light(self) -> None:
        """Use the light theme."""
        self._choose("light")

    def theme_dark(self) -> None:
        """Use the dark theme."""
        self._choose("dark")

    def theme_contrast(self) -> None:
        """Have high contrast, light or dark as the system is."""
        self._choose("contrast")

    def zoom_in(self) -> None:
        """Make letters and lines larger."""
        self._zoom(1)

    def zoom_out(self) -> None:
        """Make letters and lines smaller."""
        self._zoom(-1)

    def zoom_reset(self) -> None:
        """Return letters and lines to their original size."""
        self._zoom(0)

    def _turn(self, pages: int) -> None:
        self._window.turn_page(pages)
        self._window.focus_page()

    def _choose(self, choice: str) -> None:
        self._appearance.choose(choice)
        self._settings.theme = choice

    def _zoom(self, steps: int) -> None:
        self._appearance.step_zoom(steps)
        self._settings.zoom = self._appearance.zoom
