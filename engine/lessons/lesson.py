"""Lesson: scenes in teaching order, the experiments they run, and the claims that those runs must prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1
CHARTS: Final = ("ledger", "gil", "cores", "throughput", "latency", "processes", "lanes")
MODES: Final = ("lost-update", "locked", "deadlock")  # the programs that a class can schedule


@dataclass(frozen=True, slots=True)
class Link:
    """A page of Python's documentation or a PEP, and what it says there."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class LessonExperiment:
    """An experiment of a lesson: `data` has the shape of an experiment file.

    `label` is its runs' name on the stage ("four threads"). `python` says which Python it needs: "any", "gil",
    "free-threaded", or a version such as "3.12+", which may follow "gil" or "free-threaded" after a space.
    """

    name: str
    label: str
    data: Mapping[str, Any]
    python: str = "any"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that a run must prove.

    `relation` compares figures of the lesson's experiments (see `engine.lessons.relation`). Alternatively, `program`
    names a program of the scheduler, and `found` says whether some order of its lines must make it go wrong.
    `least_cores` is how many cores the machine must have for the sentence to be true.
    """

    text: str
    source: str
    relation: str = ""
    program: str = ""
    found: bool = True
    least_cores: int = 1


@dataclass(frozen=True, slots=True)
class Scene:
    """What every scene has: a title, a short Markdown text, and notes for the lecturer's second window."""

    title: str
    text: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Statement(Scene):
    """One sentence that fills the screen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose from; `why` explains why it is right or wrong, and is shown when the answer is revealed."""

    text: str
    right: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class PredictedCurve:
    """What a drawn curve predicts: a figure of several experiments, as a multiple of the first experiment's.

    `at` are the tick labels of the experiments ("1", "2", "4"), `axis` is the axis's label ("threads").
    """

    experiments: tuple[str, ...]
    at: tuple[str, ...]
    axis: str
    figure: str = "throughput_per_s"
    words: str = "times as many tasks"


@dataclass(frozen=True, slots=True)
class Question(Scene):
    """Asks for a prediction: one of two to four `choices`, a number, or a curve drawn with the mouse.

    `figure` is the expression whose value is to be predicted, `unit` its unit.
    """

    choices: tuple[Choice, ...] = ()
    figure: str = ""
    unit: str = ""
    curve: PredictedCurve | None = None


@dataclass(frozen=True, slots=True)
class RunScene(Scene):
    """One run, with the charts that matter (`charts`, each with a text that says what to look at)."""

    experiment: str = ""
    charts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayScene(Scene):
    """Part of one run in slow motion: the GIL's holder, each worker's state, and its line of the model's code."""

    experiment: str = ""


@dataclass(frozen=True, slots=True)
class Versus(Scene):
    """Two or three experiments, run in turn, and the figure of each further one over that of the first.

    `figure` names a figure of a run, `unit` its unit, `words` the words after a ratio ("times as fast").
    """

    experiments: tuple[str, ...] = ()
    figure: str = "throughput_per_s"
    unit: str = "tasks/s"
    words: str = "times"
    charts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Race(Scene):
    """Experiments with a shared counter: expected, counted and lost updates, each as a giant number."""

    experiments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SchedulerScene(Scene):
    """The class chooses which of two real workers runs its next line; `program` is one of MODES."""

    program: str = MODES[0]


@dataclass(frozen=True, slots=True)
class Explain(Scene):
    """An explanation, with links to documentation; `model` names a model whose code is shown beside the text."""

    links: tuple[Link, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class TryNext(Scene):
    """Up to three experiments to try, each a large button."""

    experiments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapScene(Scene):
    """Which model suits which work: every experiment's figure in a table, as measured here.

    `rows` are kinds of work; each has a label and experiments, one for each of `columns`.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson. `name` is its file's name without the number; `shipped` says whether it came with the app."""

    name: str
    title: str
    about: str
    path: Path
    scenes: tuple[Scene, ...]
    experiments: Mapping[str, LessonExperiment] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    minutes: int = 10
    shipped: bool = False


def experiments_of(scene: Scene) -> tuple[str, ...]:
    """Return the names of the experiments that a scene runs, in its order."""
    if isinstance(scene, (RunScene, ReplayScene)):
        return (scene.experiment,)
    if isinstance(scene, (Versus, Race, TryNext)):
        return scene.experiments
    if isinstance(scene, MapScene):
        return tuple(name for _, names in scene.rows for name in names)
    if isinstance(scene, Question) and scene.curve is not None:
        return scene.curve.experiments
    return ()


def is_replayed(lesson: Lesson, name: str) -> bool:
    """Whether a scene shows an experiment of a lesson in slow motion."""
    return any(isinstance(scene, ReplayScene) and scene.experiment == name for scene in lesson.scenes)
