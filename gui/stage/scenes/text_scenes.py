"""Scenes of text: a statement, and an explanation with its sources."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QHBoxLayout

from engine.lessons.lesson import Explain
from gui.stage.charts.chart import RIGHT
from gui.stage.look import StageLook
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.stage_text import StageText

_HALF_OF_A_SCREEN: Final = 16 / 9 / 2  # its width, in heights


class StatementView(SceneView):
    """One sentence as large as the screen allows, and its explanation below."""

    takes_all = True
    title_share = 0.46
    text_share = 0.28

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.layout().removeWidget(self.title)  # type: ignore[union-attr]
        self.layout().removeWidget(self.text)  # type: ignore[union-attr]
        statement, words = StageText(1 / 8, bold=True, centred=True), StageText(1 / 18, centred=True)
        statement.set_words(scene.title)
        words.set_words(scene.text)
        for old, new in ((self.title, statement), (self.text, words)):
            old.setParent(None)
            self.body.addWidget(new)
        self.title, self.text = statement, words


class ExplainView(SceneView):
    """The explanation; beside it a model's code, if the scene has one; below, its sources."""

    text_share = 0.0

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.text.hide()
        self.words = StageText(1 / 19)
        self.words.set_words(scene.text)
        self.sources = Sources(scene)
        self.row = row = QHBoxLayout()
        row.addWidget(self.words, 1)
        self.listing = Listing(player.runs.model_source(scene.model) if scene.model else "")
        row.addWidget(self.listing, 1)
        self.body.addLayout(row, 5)
        self.body.addWidget(self.sources, 2)


class Listing(StageWidget):
    """A model's whole code, if the back row can read it; otherwise a sentence that says where to find it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.lines = source.rstrip().splitlines()
        self.setAccessibleName(source)

    def set_look(self, look: StageLook) -> None:
        """Leave the whole page to the text if the code beside it would be too small to be read."""
        super().set_look(look)
        font = QFontMetricsF(look.font(look.least_px, fixed=True))
        longest = max((font.horizontalAdvance(line) for line in self.lines), default=0.0)
        self.setVisible(0 < longest < look.height * _HALF_OF_A_SCREEN - 2 * look.margin)

    def draw(self, paper: Paper) -> None:
        """Write all lines in one size."""
        look, most = self.look, round(self.look.height / 28)
        pitch = min(self.height() / max(1, len(self.lines)), most * 1.35)
        size = paper.common_size(self.lines, self.width() - look.margin, min(most, round(pitch / 1.25)), fixed=True)
        longest = max(paper.width_of(line, size, fixed=True) for line in self.lines)
        paper.painter.setPen(look.rule)
        paper.painter.drawLine(0, 0, 0, self.height())
        if longest > self.width() - look.margin or size * 1.2 > pitch:
            words = "Its code, as it runs, stands in the Code pane."
            paper.text(QRectF(look.margin, 0, self.width() - look.margin, pitch * 3), words, look.small_px, wrap=True)
            return
        for place, line in enumerate(self.lines):
            room = QRectF(look.margin, place * pitch, self.width() - look.margin, pitch)
            paper.text(room, line.replace(" ", "\u00a0"), size, fixed=True)


class Sources(StageWidget):
    """The sources of an explanation, each with its title and its address."""

    def __init__(self, scene: Explain) -> None:
        super().__init__()
        self._links = scene.links
        self.setAccessibleName("Sources: " + "; ".join(f"{link.text}, {link.url}" for link in scene.links))

    def draw(self, paper: Paper) -> None:
        """Write a line for each source: its title and its address."""
        look = self.look
        paper.painter.setPen(look.rule)
        paper.painter.drawLine(0, 1, self.width(), 1)
        pitch = min(self.height() / max(1, len(self._links)), look.small_px * 1.7)
        for place, link in enumerate(self._links):
            line = QRectF(0, look.small_px * 0.3 + place * pitch, self.width(), pitch)
            left = self.width() * 0.52
            words = QRectF(line.left(), line.top(), left - look.small_px, line.height())
            paper.text(words, link.text, look.small_px, look.quiet)
            address = link.url.removeprefix("https://").partition("#")[0]
            room = QRectF(left, line.top(), self.width() - left, line.height())
            paper.text(room, address, look.small_px, look.accent, RIGHT)
