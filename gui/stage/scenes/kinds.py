"""The widget of each kind of scene."""

from __future__ import annotations

from typing import Final

from engine.lessons.lesson import (
    Explain,
    MapScene,
    Question,
    Race,
    ReplayScene,
    RunScene,
    Scene,
    SchedulerScene,
    Statement,
    TryNext,
    Versus,
)
from gui.stage.player import LessonPlayer
from gui.stage.scenes.map_scene import MapView
from gui.stage.scenes.own_run_scene import OwnRunScene, OwnRunView
from gui.stage.scenes.question_scene import QuestionView
from gui.stage.scenes.race_scene import RaceView
from gui.stage.scenes.replay_scene import ReplayView
from gui.stage.scenes.run_scene import RunView
from gui.stage.scenes.scene_widget import SceneView
from gui.stage.scenes.scheduler_scene import SchedulerView
from gui.stage.scenes.text_scenes import ExplainView, StatementView
from gui.stage.scenes.try_scene import TryView
from gui.stage.scenes.versus_scene import VersusView

SCENE_VIEWS: Final[dict[type[Scene], type[SceneView]]] = {
    Statement: StatementView,
    Question: QuestionView,
    RunScene: RunView,
    Versus: VersusView,
    OwnRunScene: OwnRunView,
    Race: RaceView,
    ReplayScene: ReplayView,
    SchedulerScene: SchedulerView,
    Explain: ExplainView,
    TryNext: TryView,
    MapScene: MapView,
}


def view_of(scene: Scene, player: LessonPlayer) -> SceneView:
    """Return a new widget for a scene."""
    return SCENE_VIEWS[type(scene)](scene, player)
