"""The runs behind, in What you are seeing: the name of each, and below it its sentences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.insight.sentences import say, sentence_label
from gui.widgets.fonts import font
from gui.widgets.header import MOST_BEHIND
from gui.widgets.theme import Theme


class BehindSentences(QWidget):
    """Hidden if no run is behind."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.names = [sentence_label(self) for _ in range(MOST_BEHIND)]
        self.said = [sentence_label(self) for _ in range(MOST_BEHIND)]
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        for name, said in zip(self.names, self.said, strict=True):
            self._layout.addWidget(name)
            self._layout.addWidget(said)
        self.show_runs(())

    def show_runs(self, runs: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Show these runs' names and sentences."""
        self.setVisible(bool(runs))
        for place, (name, said) in enumerate(zip(self.names, self.said, strict=True)):
            title, sentences = runs[place] if place < len(runs) else ("", ())
            say(name, title)
            say(said, "\n\n".join(sentences))

    @property
    def texts(self) -> list[str]:
        """All texts, in order."""
        pairs = zip(self.names, self.said, strict=True)
        return [each.text() for pair in pairs for each in pair]

    def set_theme(self, theme: Theme, margin: int) -> None:
        """Draw with `theme`, with `margin` between the texts."""
        self._layout.setSpacing(margin)
        for label, shown in (
            *((each, font(theme.font_pt, QFont.Weight.DemiBold)) for each in self.names),
            *((each, font(theme.font_pt * 1.15)) for each in self.said),
        ):
            label.setFont(shown)
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.muted))
            label.setPalette(palette)
