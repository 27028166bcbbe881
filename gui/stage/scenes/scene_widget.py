"""The base of every scene on the stage: a title, a text, a body, and up to three controls."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.lessons.lesson import Scene
from gui.stage.look import StageLook
from gui.stage.player import LessonPlayer
from gui.stage.stage_button import StageControl
from gui.stage.stage_text import StageText


class SceneView(QWidget):
    """Subclasses add widgets to `body`, return their `controls`, and update what they show in `refresh`."""

    title_share = 0.15  # of the height, at most, for the title
    text_share = 0.13
    takes_all = False  # whether title and text take that in any case

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__()
        assert isinstance(scene, Scene)
        self.scene: Any = scene
        self.player = player
        self.look = StageLook()
        self.title = StageText(1 / 14, bold=True)
        self.title.set_words(scene.title.replace("_", "\\_"))
        self.text = StageText(1 / 24)
        self.text.set_words(scene.text)
        self.body = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(self.body, 1)
        self.text.setVisible(bool(scene.text))

    def set_look(self, look: StageLook) -> None:
        """Use the stage's sizes and colours."""
        self.look = look
        self.body.setSpacing(round(look.height / 50))
        for child in self.findChildren(QWidget):
            if hasattr(child, "set_look"):
                child.set_look(look)
        self._fit_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave to the body what title and text do not need."""
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        for words, share in ((self.title, self.title_share), (self.text, self.text_share)):
            most = round(self.look.height * share)
            width = max(self.width(), self.look.height)
            words.setFixedHeight(most if self.takes_all else words.height_in(width, most))

    def controls(self) -> list[StageControl]:
        """Return the scene's controls; F5 and Return press the first one."""
        return []

    def refresh(self) -> None:
        """Show the player's present state."""

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle a key that has a meaning in this scene only; return whether it had."""
        return False

    def close_scene(self) -> None:
        """Release the scene's resources before another scene is shown."""
