"""The race: a counter's expected value, its actual value and the lost updates, as giant numbers."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QRectF, Qt

from engine.lessons.figures import figure_of
from engine.lessons.lesson import Race
from engine.lessons.picture import RunPicture
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer
from gui.stage.scenes.experiment_controls import experiment_controls
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.state_line import StateLine
from gui.stage.stage_button import StageControl

_COLUMNS: Final = (("Expected", "updates_made"), ("Got", "updates_counted"), ("Lost", "updates_lost"))


class RaceView(SceneView):
    """A row for each experiment with its three numbers; each row has a control that runs it."""

    text_share = 0.08

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.numbers = RaceNumbers(scene, player)
        self.state = StateLine(player, scene.experiments)
        self.body.addWidget(self.state)
        self.body.addWidget(self.numbers, 1)

    def controls(self) -> list[StageControl]:
        """Return a control for each experiment."""
        return experiment_controls(self.player, self.scene.experiments)

    def refresh(self) -> None:
        """Show the numbers."""
        self.numbers.update()
        self.state.refresh()


class RaceNumbers(StageWidget):
    """Expected, got and lost of each experiment."""

    def __init__(self, scene: Race, player: LessonPlayer) -> None:
        super().__init__()
        self._scene, self._player = scene, player

    def draw(self, paper: Paper) -> None:
        """Draw the heading of each column, then the rows."""
        look = self.look
        left, centre = self.width() * 0.24, Qt.AlignmentFlag.AlignCenter
        column = (self.width() - left) / len(_COLUMNS)
        for place, (title, _) in enumerate(_COLUMNS):
            paper.text(
                QRectF(left + place * column, 0, column, look.text_px * 1.4), title, look.text_px, look.quiet, centre
            )
        top = look.text_px * 1.5
        pitch = (self.height() - top) / len(self._scene.experiments)
        found = [self._player.newest(name) for name in self._scene.experiments]
        words = [[_words(picture, figure) for _, figure in _COLUMNS] for picture in found]
        size = paper.common_size([each for row in words for each in row], column * 0.86, look.height // 7, bold=True)
        for line, name in enumerate(self._scene.experiments):
            label = self._player.lesson.experiments[name].label
            paper.text(
                QRectF(0, top + line * pitch, left - look.small_px, pitch), label, look.text_px, bold=True, wrap=True
            )
            for place, text in enumerate(words[line]):
                bad = place == len(_COLUMNS) - 1 and text not in ("–", "0")
                room = QRectF(left + place * column, top + line * pitch, column * 0.96, pitch * 0.94)
                color = look.series(1) if bad else look.ink
                paper.text(room, text, size, color, centre, bold=True)


def _words(picture: RunPicture | None, figure: str) -> str:
    value = None if picture is None else figure_of(picture.result, figure)
    return "–" if value is None else f"{value:,.0f}"
