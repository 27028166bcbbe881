"""Try next: up to three experiments, each with a large control, and the results of those that were tried."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from gui.stage.charts.bar_charts import CoresChart
from gui.stage.charts.chart import StageChart
from gui.stage.charts.ledger_chart import LedgerChart
from gui.stage.player import LessonPlayer
from gui.stage.scenes.experiment_controls import experiment_controls
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.state_line import StateLine
from gui.stage.stage_button import StageControl


class TryView(SceneView):
    """The runs so far, on the same axes."""

    def __init__(self, scene: Any, player: LessonPlayer) -> None:
        super().__init__(scene, player)
        self.state = StateLine(player, scene.experiments)
        self.charts: list[StageChart] = [LedgerChart(), CoresChart()]
        self.row = QHBoxLayout()
        for chart in self.charts:
            self.row.addWidget(chart, 1)
        self.body.addWidget(self.state)
        self.body.addLayout(self.row, 1)

    def controls(self) -> list[StageControl]:
        """Return a control for each experiment."""
        return experiment_controls(self.player, self.scene.experiments)

    def refresh(self) -> None:
        """Show the runs so far."""
        found = (self.player.newest(name) for name in self.scene.experiments)
        runs = [each for each in found if each is not None]
        for chart in self.charts:
            chart.show_runs(runs)
        self.row.setSpacing(self.look.margin)
        self.state.refresh()
