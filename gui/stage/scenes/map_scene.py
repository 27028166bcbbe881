"""The map: which model for which work, each cell measured on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from engine.lessons.lesson import MapScene, experiments_of
from gui.stage.paper import Paper, StageWidget
from gui.stage.player import LessonPlayer
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.state_line import StateLine
from gui.stage.stage_button import StageControl

NEARLY: Final = 0.9  # of the best one's throughput: single runs do not tell such cells apart


class MapView(SceneView):
    """A table: rows are kinds of work, columns are models, a cell is its speed as a multiple of the first column's."""

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.cells = MapCells(scene, player)
        self.state = StateLine(player, experiments_of(scene))
        self.body.addWidget(self.state)
        self.body.addWidget(self.cells, 1)

    def controls(self) -> list[StageControl]:
        """Return Measure all."""
        player, names = self.player, experiments_of(self.scene)
        if player.runs.running in names:
            return [StageControl("Stop", player.runs.stop, "Esc")]
        left = [name for name in names if not player.pictures(name)]
        label = "Measure again" if not left else "Measure"
        return [StageControl(label, lambda: player.run(left or names), "F5", not player.runs.busy)]

    def refresh(self) -> None:
        """Show what was measured so far."""
        self.cells.update()
        self.state.refresh()


class MapCells(StageWidget):
    """The table of the map."""

    def __init__(self, scene: MapScene, player: LessonPlayer) -> None:
        super().__init__()
        self._scene, self._player = scene, player

    def draw(self, paper: Paper) -> None:
        """Draw headings, names and cells; in each row the best has a thick frame, and what is nearly as good."""
        look, scene = self.look, self._scene
        left, top, centre = self.width() * 0.24, look.text_px * 1.6, Qt.AlignmentFlag.AlignCenter
        column, pitch = (self.width() - left) / len(scene.columns), (self.height() - top) / len(scene.rows)
        for place, title in enumerate(scene.columns):
            paper.text(QRectF(left + place * column, 0, column, top), title, look.text_px, look.quiet, centre)
        for line, (label, names) in enumerate(scene.rows):
            words = QRectF(0, top + line * pitch, left - look.small_px, pitch)
            paper.text(words, label, look.text_px, bold=True, wrap=True)
            rates = [self._player.median(name, "throughput_per_s") for name in names]
            good = best_of(rates)
            for place, rate in enumerate(rates):
                room = QRectF(left + place * column, top + line * pitch, column, pitch).adjusted(6, 6, -6, -6)
                is_best = good[place]
                paper.painter.setPen(QPen(look.accent if is_best else look.rule, look.line * (1.6 if is_best else 0.5)))
                paper.painter.drawRect(room)
                times = rate / rates[0] if rate is not None and rates[0] else None
                text = "–" if times is None else f"{times:.1f} ×"
                paper.text(room, text, look.height // 11, align=centre, bold=is_best)


def best_of(rates: Sequence[float | None]) -> list[bool]:
    """Return for each rate whether it is the highest one, or nearly so."""
    best = max((rate for rate in rates if rate is not None), default=0.0)
    return [rate is not None and rate >= NEARLY * best for rate in rates]
