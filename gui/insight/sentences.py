"""A label for sentences, in which no line breaks in the wrong place."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui.widgets.plain_text import PlainLabel

_NO_BREAK: Final = "\u00a0"
_JOINER: Final = "\u2060"
# No line begins with a percent sign, or a lone O.
_KEPT_TOGETHER: Final = {" %": f"{_NO_BREAK}%", "I/O": f"I/{_JOINER}O"}


def sentence_label(parent: QWidget) -> QLabel:
    """Return an empty label whose text can be selected."""
    label = PlainLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def say(label: QLabel, words: str) -> None:
    """Show a text, or hide the label if there is none."""
    kept = words
    for text, whole in _KEPT_TOGETHER.items():
        kept = kept.replace(text, whole)
    if kept != label.text():
        label.setText(kept)
        label.setVisible(bool(words))


def as_written(text: str) -> str:
    """Return a label's text as it was given to `say`."""
    return text.replace(_NO_BREAK, " ").replace(_JOINER, "")
