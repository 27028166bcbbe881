"""Style sheets of large buttons: filled for a page's primary action, plain for others."""

from __future__ import annotations

from typing import Final

from gui.widgets.appearance import mixed
from gui.widgets.theme import Theme

_BUTTON: Final = """
QToolButton, QPushButton {{ background: {fill}; color: {text}; border: 1px solid {edge}; border-radius: 6px;
               padding: 0 {side}px; font-weight: 600; }}
QToolButton:hover, QPushButton:hover {{ background: {hover}; }}
QToolButton:pressed, QPushButton:pressed {{ background: {pressed}; }}
QToolButton:focus, QPushButton:focus {{ border: 2px solid {focus}; }}
QToolButton:disabled, QPushButton:disabled {{ background: {off}; color: {off_text}; border-color: {off_edge}; }}
"""


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
