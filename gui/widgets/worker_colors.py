"""Each worker's colour: the same on the timeline, in its rows and on Live."""

from __future__ import annotations

from typing import Final

from gui.widgets.theme import Theme

# For a light and a dark background; none is a state's colour. As many as `engine.trace.picture.gil_rows.COLORS`.
_LIGHT: Final = ("#3B4CC0", "#8C510A", "#7B3294", "#01665E", "#C51B7D", "#5A5A5A", "#6C7A00", "#7F2A2A")
_DARK: Final = ("#8DA0FF", "#D9A066", "#C08CE0", "#5FD0BE", "#FF7EB6", "#C8C8C8", "#C5D14A", "#E08A8A")


def worker_colors(theme: Theme) -> tuple[str, ...]:
    """Return the colours in the order of the workers; after the last they repeat."""
    return _DARK if theme.dark else _LIGHT


def worker_color(theme: Theme, lane: int) -> str:
    """Return the colour of the worker of a lane."""
    return worker_colors(theme)[lane % len(_LIGHT)]


def ink_on_worker(theme: Theme) -> str:
    """Return the colour of text on any worker's colour."""
    return "#101418" if theme.dark else "#FFFFFF"
