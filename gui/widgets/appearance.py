"""Puts a theme on the application: Fusion, two palettes of our own, the type size, and the system's light or dark."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication

from gui.widgets.theme import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Theme

CHOICES: Final = ("system", "light", "dark", "contrast")
ZOOM_STEPS: Final = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
SMALLEST_PT: Final = 10.0


class FollowsPalette:
    """A widget that makes a style sheet from the palette: Qt tells it nothing of a new palette."""

    def restyle(self) -> None:
        """Take the application's colours."""


class Appearance(QObject):
    """The one source of the theme. `changed` is emitted after the application has its palette and font."""

    changed = Signal(object)  # Theme

    def __init__(self, application: QApplication, choice: str = "system", zoom: float = 1.0) -> None:
        super().__init__(application)
        self._application = application
        self.choice = choice if choice in CHOICES else "system"
        self.zoom = min(max(zoom, ZOOM_STEPS[0]), ZOOM_STEPS[-1])
        self._font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        self._point_size = max(self._font.pointSizeF(), SMALLEST_PT)
        application.setStyle("Fusion")
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_changed)
        if hasattr(hints, "accessibility"):  # since Qt 6.10
            hints.accessibility().contrastPreferenceChanged.connect(self._on_system_changed)
        self.theme = self._current()
        self._apply()

    def choose(self, choice: str) -> None:
        """Follow the system's theme and its wish for contrast (`system`), or use `light`, `dark` or high `contrast`."""
        self.choice = choice
        self._update()

    def set_zoom(self, zoom: float) -> None:
        """Make all letters and lines `zoom` times as large."""
        self.zoom = zoom
        self._update()

    def step_zoom(self, steps: int) -> None:
        """Go to the next larger (1) or smaller (-1) size; 0 goes back to 100 %."""
        if steps == 0:
            self.set_zoom(1.0)
            return
        nearest = min(range(len(ZOOM_STEPS)), key=lambda index: abs(ZOOM_STEPS[index] - self.zoom))
        self.set_zoom(ZOOM_STEPS[min(max(nearest + steps, 0), len(ZOOM_STEPS) - 1)])

    def _on_system_changed(self) -> None:
        if self.choice in ("system", "contrast"):
            self._update()

    def _current(self) -> Theme:
        hints = QGuiApplication.styleHints()
        dark = hints.colorScheme() == Qt.ColorScheme.Dark
        return theme_for(self.choice, dark=dark, contrast=wants_contrast(hints)).scaled(self.zoom)

    def _update(self) -> None:
        theme = self._current()
        if theme != self.theme:
            self.theme = theme
            self._apply()
            self.changed.emit(theme)

    def _apply(self) -> None:
        self._application.setPalette(palette_of(self.theme))
        self._font.setPointSizeF(self._point_size * self.theme.scale)
        self._application.setFont(self._font)
        for widget in self._application.allWidgets():
            if isinstance(widget, FollowsPalette):
                widget.restyle()


def theme_for(choice: str, *, dark: bool, contrast: bool) -> Theme:
    """Return the theme of a choice, where the system is dark or not, and asks for high contrast or not."""
    if choice in ("light", "dark"):
        return DARK if choice == "dark" else LIGHT
    high = contrast or choice == "contrast"
    return ((LIGHT, DARK), (HIGH_LIGHT, HIGH_DARK))[high][dark]


def wants_contrast(hints: QStyleHints | object) -> bool:
    """Whether the system asks for high contrast; False where Qt cannot tell (before 6.10)."""
    if not hasattr(hints, "accessibility"):
        return False
    return bool(hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast)


def palette_of(theme: Theme) -> QPalette:
    """Return a palette in the theme's colours, complete for Fusion."""
    roles = QPalette.ColorRole
    window, panel, text = QColor(theme.window), QColor(theme.panel), QColor(theme.text)
    # Fusion outlines fields in a darker shade of the window's colour: on a dark window they would be invisible.
    field = mixed(theme.panel, theme.text, 0.07) if theme.dark else panel
    colors = {
        roles.Window: window,
        roles.WindowText: text,
        roles.Base: field,
        roles.AlternateBase: window,
        roles.Text: text,
        roles.PlaceholderText: QColor(theme.muted),
        roles.Button: field,
        roles.ButtonText: text,
        roles.BrightText: QColor(theme.danger),
        roles.Highlight: QColor(theme.accent),
        roles.HighlightedText: QColor("#101418" if theme.dark else "#FFFFFF"),
        roles.Accent: QColor(theme.accent),
        roles.Link: QColor(theme.accent),
        roles.LinkVisited: QColor(theme.accent),
        roles.ToolTipBase: panel,
        roles.ToolTipText: text,
        roles.Light: panel.lighter(130) if theme.dark else QColor("#FFFFFF"),
        roles.Midlight: QColor(theme.border),
        roles.Mid: QColor(theme.border),
        roles.Dark: QColor(theme.border).darker(120),
        roles.Shadow: QColor("#000000" if theme.dark else "#8C959F"),
    }
    palette = QPalette()
    for role, color in colors.items():
        palette.setColor(role, color)
    faint = mixed(theme.muted, theme.window, 0.4)
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Base, window)
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(theme.border))
    return palette


def mixed(color: str, other: str, share: float) -> QColor:
    """Return `color` mixed with `share` (0..1) of `other`."""
    one, two = QColor(color), QColor(other)
    return QColor.fromRgbF(
        one.redF() * (1 - share) + two.redF() * share,
        one.greenF() * (1 - share) + two.greenF() * share,
        one.blueF() * (1 - share) + two.blueF() * share,
    )
