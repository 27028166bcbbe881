"""One run on the stage: the charts that the lesson chooses, each with a hint what to look at."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from gui.stage.charts.chart import StageChart
from gui.stage.charts.kinds import CHART_KINDS
from gui.stage.player import LessonPlayer
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.state_line import StateLine
from gui.stage.stage_button import StageControl


class RunView(SceneView):
    """At most two charts beside each other, and a line that says what is running."""

    text_share = 0.1

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        charts = scene.charts or (("throughput", ""),)
        self.charts: list[StageChart] = [CHART_KINDS[kind](look) for kind, look in charts]
        row = QHBoxLayout()
        for chart in self.charts:
            row.addWidget(chart, 1)
        self.row = row
        self.state = StateLine(player, (scene.experiment,))
        self.body.addWidget(self.state)
        self.body.addLayout(row, 1)

    def controls(self) -> list[StageControl]:
        """Return Run, or Stop during a run."""
        player = self.player
        if player.runs.running == self.scene.experiment:
            return [StageControl("Stop", player.runs.stop, "Esc")]
        again = "Run again" if player.pictures(self.scene.experiment) else "Run"
        return [StageControl(again, lambda: player.run([self.scene.experiment]), "F5", not player.runs.busy)]

    def refresh(self) -> None:
        """Show what is known so far about the run."""
        picture = self.player.newest(self.scene.experiment)
        for chart in self.charts:
            chart.show_runs([picture] if picture is not None else [])
        self.row.setSpacing(self.look.margin)
        self.state.refresh()
