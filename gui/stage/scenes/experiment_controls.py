"""A control for each of a scene's experiments, or one that stops the present run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gui.stage.player import LessonPlayer
from gui.stage.stage_button import StageControl


def experiment_controls(player: LessonPlayer, names: Sequence[str]) -> list[StageControl]:
    """Return the controls; that of an experiment that cannot run here is disabled."""
    if player.runs.running in names:
        return [StageControl("Stop", player.runs.stop, "Esc")]
    controls = []
    for place, name in enumerate(names):
        experiment = player.lesson.experiments[name]
        possible = not player.runs.busy and not player.runs.missing(experiment)
        controls.append(StageControl(experiment.label, partial(player.run, [name]), f"F{5 + place}", possible))
    return controls
