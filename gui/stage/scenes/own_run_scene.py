"""The loaded experiment on the stage, without a lesson: large controls for run, model and workers, and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtGui import QKeyEvent

from engine.lessons.lesson import RunScene
from gui.stage.player import LessonPlayer
from gui.stage.scenes.run_scene import RunView
from gui.stage.stage_button import StageControl
from gui.stage.stage_text import StageText

_SENTENCES: Final = 3


@dataclass(frozen=True, slots=True)
class OwnRunScene(RunScene):
    """A run whose model and workers can be changed on the stage."""


class OwnRunView(RunView):
    """The charts, sentences beside them, and the previous run drawn behind."""

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.words = StageText(1 / 26)
        self.row.addWidget(self.words, 1)

    def controls(self) -> list[StageControl]:
        """Return Run, the model, and the number of workers."""
        player = self.player
        if player.runs.running == self.scene.experiment:
            return [StageControl("Stop", player.runs.stop, "Esc")]
        model, idle = self._model, not player.runs.busy
        workers = int(model.get("workers", 1))
        return [
            StageControl("Run", lambda: player.run([self.scene.experiment]), "F5", idle),
            StageControl(player.runs.model_title(str(model["kind"])), self.next_model, "M", idle),
            StageControl(f"{workers} worker{'' if workers == 1 else 's'}", lambda: self.scale_workers(2), "+ −", idle),
        ]

    def refresh(self) -> None:
        """Show the newest run, and behind it the previous one."""
        pictures = self.player.pictures(self.scene.experiment)
        newest = self.player.newest(self.scene.experiment)
        shown = [] if newest is None else [newest]
        before = [each for each in pictures if each is not newest]
        for chart in self.charts:
            chart.show_runs([*before[-1:], *shown])
        said = (newest.result.get("insight") or []) if newest is not None else []
        self.words.set_words("\n\n".join(str(each).replace("*", "\\*") for each in said[:_SENTENCES]))
        self.row.setSpacing(self.look.margin)
        self.state.update()

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle M, + and -."""
        text = event.text().lower()
        if text == "m":
            self.next_model()
        elif text in ("+", "="):
            self.scale_workers(2)
        elif text == "-":
            self.scale_workers(0.5)
        else:
            return False
        return True

    def next_model(self) -> None:
        """Choose the next model that can run here."""
        keys = self.player.runs.model_keys()
        kind = str(self._model["kind"])
        if keys and not self.player.runs.busy:
            following = keys[(keys.index(kind) + 1) % len(keys)] if kind in keys else keys[0]
            self.player.change_model(self.scene.experiment, kind=following)

    def scale_workers(self, factor: float) -> None:
        """Double or halve the workers; after the most that the model accepts, start again with one."""
        workers = max(1, round(int(self._model.get("workers", 1)) * factor))
        most = self.player.runs.most_workers(str(self._model["kind"]))
        if not self.player.runs.busy:
            self.player.change_model(self.scene.experiment, workers=1 if workers > most else workers)

    @property
    def _model(self) -> dict[str, Any]:
        return dict(self.player.lesson.experiments[self.scene.experiment].data["model"])
