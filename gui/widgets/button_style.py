"""The plain button of pages and panes; style sheets of other buttons and of sliders."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from gui.widgets.appearance import FollowsPalette, mixed
from gui.widgets.theme import Theme

_BUTTON: Final = """
QToolButton, QPushButton {{ background: {fill}; color: {text}; border: 1px solid {edge}; border-radius: 6px;
               padding: 0 {side}px; font-weight: 600; }}
QToolButton:hover, QPushButton:hover {{ background: {hover}; }}
QToolButton:pressed, QPushButton:pressed {{ background: {pressed}; }}
QToolButton:focus, QPushButton:focus {{ border: 2px solid {focus}; }}
QToolButton:disabled, QPushButton:disabled {{ background: {off}; color: {off_text}; border-color: {off_edge}; }}
"""

_SLIDER: Final = """
QSlider {{ min-height: {high}px; }}
QSlider::groove:horizontal {{ background: {groove}; height: {thin}px; border-radius: {half}px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: {half}px; }}
QSlider::handle:horizontal {{ background: {panel}; border: 2px solid {accent}; border-radius: {round}px;
                             width: {knob}px; height: {knob}px; margin: {above}px 0; }}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:pressed {{ background: {accent}; }}
QSlider:focus {{ border: 1px solid {text}; border-radius: {round}px; }}
"""
KNOB_PX: Final = 24  # at scale 1, with its border: the least that a finger or a shaking hand finds

# Fusion draws an empty box's frame in a darker shade of the window: on a dark one nobody sees where it is.
CHECK_BOX_STYLE: Final = """
QCheckBox::indicator:unchecked { width: 12px; height: 12px; border: 1px solid palette(placeholder-text);
                                 border-radius: 3px; background: palette(base); }
"""

# Plain buttons of pages and dialogs; a dialog's default button is `primary`.
PUSH_BUTTON_STYLE: Final = """
QPushButton { background: palette(button); color: palette(button-text); border: 1px solid palette(mid);
              border-radius: 6px; padding: 0 0.6em; min-height: 1.6em; }
QPushButton:hover { border-color: palette(highlight); }
QPushButton:pressed { background: palette(midlight); }
QPushButton[primary="true"] { background: palette(highlight); color: palette(highlighted-text);
                              border-color: palette(highlight); font-weight: 600; }
QPushButton[primary="true"]:hover, QPushButton[primary="true"]:pressed { border-color: palette(text); }
QPushButton:focus { border: 2px solid palette(text); }
QPushButton:disabled { background: palette(window); color: palette(placeholder-text);
                       border-color: palette(midlight); }
"""

# For dialogs, which follow the application's palette by themselves; sizes go with the type. Fusion draws the frames of
# fields and check boxes in a darker shade of the window's colour: on a dark window they would be invisible.
DIALOG_STYLE: Final = (
    PUSH_BUTTON_STYLE
    + """
QLineEdit, QPlainTextEdit { border: 1px solid palette(mid); border-radius: 4px; padding: 3px 4px; }
QLineEdit:focus, QPlainTextEdit:focus { border: 2px solid palette(highlight); padding: 2px 3px; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid palette(placeholder-text); border-radius: 8px;
                          background: palette(base); }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid palette(highlight); }
QTreeView::indicator:unchecked { width: 12px; height: 12px; border: 1px solid palette(placeholder-text);
                                 border-radius: 3px; background: palette(base); }
QPushButton { min-height: 2.2em; padding: 0 1.1em; }
"""
)


class PushButton(QPushButton, FollowsPalette):
    """A button in the one style of the window, which is that of its dialogs."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._sheet = ""
        self.restyle()

    def restyle(self) -> None:
        """Take the application's colours."""
        sheet = _in_colors(PUSH_BUTTON_STYLE, QApplication.palette())
        if sheet != self._sheet:
            self._sheet = sheet
            self.setStyleSheet(sheet)


def _in_colors(sheet: str, palette: QPalette) -> str:
    """Return a style sheet with a palette's colours in the place of their roles, such as `palette(button-text)`."""
    roles = {role.name.lower(): palette.color(role).name() for role in QPalette.ColorRole if role.value >= 0}
    return re.sub(r"palette\(([a-z-]+)\)", lambda found: roles[found[1].replace("-", "")], sheet)


def slider_style(theme: Theme) -> str:
    """Return a style sheet for a slider whose handle is large enough to be found."""
    whole, thin = round(KNOB_PX * theme.scale), 2 * round(3 * theme.scale)
    return _SLIDER.format(
        high=whole + 2,
        groove=theme.border,
        thin=thin,
        half=thin // 2,
        accent=theme.accent,
        panel=theme.panel,
        text=theme.text,
        round=whole // 2,
        knob=whole - 4,
        above=-(whole - thin) // 2,
    )


def button_style(theme: Theme, fill: str) -> str:
    """Return a style sheet for a button filled with a colour, or plain for an empty one."""
    plain = not fill
    base = fill or theme.panel
    return _BUTTON.format(
        fill=base,
        text=theme.text if plain else ("#10151B" if theme.dark else "#FFFFFF"),
        edge=theme.border if plain else base,
        hover=mixed(base, theme.text if plain else "#FFFFFF", 0.08 if plain else 0.15).name(),
        pressed=mixed(base, theme.text if plain else "#000000", 0.15).name(),
        focus=theme.text,
        off=mixed(theme.window, theme.border, 0.35).name(),
        off_text=theme.muted,
        off_edge=mixed(theme.window, theme.border, 0.6).name(),
        side=round(16 * theme.scale),
    )
