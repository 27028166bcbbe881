"""Slow motion: a stretch of a run at a hundredth of its speed, with the GIL's lane and the model's code beside it."""

from __future__ import annotations

import time
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent

from engine.lessons.model_lines import model_lines
from engine.lessons.motion import Motion
from gui.stage.player import LessonPlayer
from gui.stage.scenes.motion_code import MotionCode
from gui.stage.scenes.motion_lanes import MotionLanes
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.state_line import StateLine
from gui.stage.stage_button import StageControl

FRAME_MS: Final = 33
SPEEDS: Final = (1, 10, 50, 100, 200, 500, 1_000, 5_000)  # how many times slower than real time
_WANTED_S: Final = 8.0  # the least duration of a replay, until another speed is chosen
_LONGEST_FRAME_S: Final = 0.25


class ReplayView(SceneView):
    """F5 plays and pauses, Down and Up go to the next and previous change, + and - change the speed."""

    title_share = 0.1
    text_share = 0.07

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.state = StateLine(player, (scene.experiment,))
        self.lanes = MotionLanes()
        self.code = MotionCode()
        self.body.addWidget(self.state)
        self.body.addWidget(self.lanes, 5)
        self.body.addWidget(self.code, 5)
        self.motion: Motion | None = None
        self.at_s = 0.0
        self.slower = SPEEDS[0]
        self._shown_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_frame)
        self.lanes.sought.connect(self.seek)

    @property
    def playing(self) -> bool:
        """Whether the playhead moves."""
        return self._timer.isActive()

    def controls(self) -> list[StageControl]:
        """Return Run before there is a run, then Play, a step, and the speed."""
        player, name = self.player, self.scene.experiment
        if player.runs.running == name:
            return [StageControl("Stop", player.runs.stop, "Esc")]
        if self.motion is None:
            return [StageControl("Run", lambda: player.run([name]), "F5", not player.runs.busy)]
        speed = "real time" if self.slower == 1 else f"1/{self.slower:,} speed"
        return [
            StageControl("Pause" if self.playing else "Play", self.play, "F5"),
            StageControl("Next change", self.step, "Down"),
            StageControl(speed, self.next_speed, "+ −"),
        ]

    def refresh(self) -> None:
        """Show the newest run's stretch; start a new run's at its left."""
        picture = self.player.newest(self.scene.experiment)
        found = picture.motion if picture is not None and picture.ended else None
        if found is not self.motion:
            self._timer.stop()
            self.motion = found
            self.at_s = found.begin_s if found is not None else 0.0
            self.slower = _speed_for(found.length_s) if found is not None else SPEEDS[0]
        if picture is None:
            why = "Run it first: a stretch of the run is then shown in slow motion."
        else:
            why = (
                "Shown once the run has ended."
                if not picture.ended
                else "This run has no record that can be shown in slow motion."
            )
        self.lanes.show_motion(self.motion, why)
        model = str((self.player.lesson.experiments[self.scene.experiment].data["model"]).get("kind", ""))
        source = self.player.runs.model_source(model)
        self.code.show_source(source, model_lines(source))
        self.state.refresh()
        self._show()

    def play(self) -> None:
        """Play, from the left again if the end was reached; or pause."""
        if self.motion is None:
            return
        if self.playing:
            self._timer.stop()
        else:
            if self.at_s >= self.motion.end_s - 1e-9:
                self.at_s = self.motion.begin_s
            self._shown_s = time.monotonic()
            self._timer.start()
        self._show()
        self.player.changed.emit()

    def step(self, *, back: bool = False) -> None:
        """Pause, and go to the next change, or to the previous one."""
        if self.motion is None:
            return
        self._timer.stop()
        found = self.motion.next_change(self.at_s, back=back)
        self.seek(self.at_s if found is None else found)
        self.player.changed.emit()

    def seek(self, time_s: float) -> None:
        """Put the playhead at a time of the stretch."""
        if self.motion is not None:
            self.at_s = min(max(time_s, self.motion.begin_s), self.motion.end_s)
            self._show()

    def next_speed(self, step: int = 1) -> None:
        """Play slower; after the slowest speed, in real time."""
        self.slower = SPEEDS[(SPEEDS.index(self.slower) + step) % len(SPEEDS)]
        self.player.changed.emit()

    def take_key(self, event: QKeyEvent) -> bool:
        """Handle Up and Down, + and -."""
        if self.motion is None:
            return False
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(back=event.key() == Qt.Key.Key_Up)
        elif event.text() in ("+", "=", "-"):
            self.next_speed(1 if event.text() == "-" else -1)
        else:
            return False
        return True

    def close_scene(self) -> None:
        """Stop the playhead."""
        self._timer.stop()

    def _on_frame(self) -> None:
        now_s = time.monotonic()
        passed_s, self._shown_s = min(now_s - self._shown_s, _LONGEST_FRAME_S), now_s
        if self.motion is None:
            return
        self.at_s = min(self.at_s + passed_s / self.slower, self.motion.end_s)
        if self.at_s >= self.motion.end_s:
            self._timer.stop()
            self.player.changed.emit()
        self._show()

    def _show(self) -> None:
        self.lanes.show_time(self.at_s)
        self.code.show_workers(self.motion, self.at_s)


def _speed_for(length_s: float) -> int:
    return next((speed for speed in SPEEDS if length_s * speed >= _WANTED_S), SPEEDS[-1])
