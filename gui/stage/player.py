"""Plays one lesson: keeps its present scene, its predictions and its runs, and saves each change at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.lessons.answers import answer_of, curve_came
from engine.lessons.figures import median_of
from engine.lessons.judging import cores_needed
from engine.lessons.lesson import Lesson, Question, Scene, experiments_of, is_replayed
from engine.lessons.picture import RunPicture
from engine.lessons.progress import ROUNDS, LessonProgress, Prediction, ProgressStore
from engine.lessons.python_choice import PythonNeed
from engine.lessons.recorded import recorded_pictures
from gui.stage.runs import RunRequest, StageRuns

if TYPE_CHECKING:
    from collections.abc import Sequence


class LessonPlayer(QObject):
    """The scenes of a lesson and its state. With `store` None nothing is saved (for a run without a lesson)."""

    changed = Signal()
    scene_changed = Signal()
    problem = Signal(str)

    def __init__(self, lesson: Lesson, runs: StageRuns, store: ProgressStore | None, *, trusted: bool) -> None:
        super().__init__()
        self.lesson, self.runs, self.trusted = lesson, runs, trusted
        self._store = store
        self.progress = store.load(lesson.name) if store is not None else LessonProgress()
        self.progress.scene = min(self.progress.scene, len(lesson.scenes) - 1)
        self._recorded = recorded_pictures(lesson)
        self.failures: dict[str, str] = {}
        runs.came.connect(self._on_came)
        runs.failed.connect(self._on_failed)
        runs.changed.connect(self.changed)

    @property
    def place(self) -> int:
        """The number of the scene, from 0."""
        return self.progress.scene

    @property
    def scene(self) -> Scene:
        """The present scene."""
        return self.lesson.scenes[self.place]

    def go(self, place: int) -> None:
        """Go to a scene; do nothing if there is none with this number."""
        if 0 <= place < len(self.lesson.scenes) and place != self.place:
            self.progress.scene = place
            self._keep()
            self.scene_changed.emit()

    def reset(self) -> None:
        """Forget this scene's runs or predictions."""
        self.progress.predictions.pop(self.place, None)
        for name in experiments_of(self.scene):
            self.progress.pictures.pop(name, None)
            self.failures.pop(name, None)
        self._keep()
        self.changed.emit()

    def run(self, names: Sequence[str]) -> None:
        """Run experiments of the lesson, one after the other, except those that cannot run here."""
        wanted = []
        for name in dict.fromkeys(names):
            experiment = self.lesson.experiments[name]
            missing = self.runs.missing(experiment)
            if missing:
                self.failures[name] = missing
            else:
                self.failures.pop(name, None)
                wanted.append(RunRequest(experiment, self.trusted, is_replayed(self.lesson, name)))
        self.runs.start(wanted)
        self.changed.emit()

    def change_model(self, name: str, **changes: object) -> None:
        """Give an experiment another model or number of workers, and a label that says so."""
        experiment = self.lesson.experiments[name]
        model = {**experiment.data["model"], **changes}
        workers = model.get("workers", 1)
        label = f"{self.runs.model_title(str(model['kind']))}, {workers} worker{'' if workers == 1 else 's'}"
        changed = replace(experiment, label=label, data={**experiment.data, "model": model})
        self.lesson = replace(self.lesson, experiments={**self.lesson.experiments, name: changed})
        self.changed.emit()

    def pictures(self, name: str) -> list[RunPicture]:
        """Return the runs of an experiment: those that ran here, else the recorded one where it cannot run here."""
        here = self.progress.pictures.get(name, [])
        if here or name not in self._recorded:
            return here
        return [self._recorded[name]] if self.why_not(name) else []

    def newest(self, name: str) -> RunPicture | None:
        """Return an experiment's present run, else its last one."""
        if self.runs.running == name:
            return self.runs.picture()
        pictures = self.pictures(name)
        return pictures[-1] if pictures else None

    def median(self, name: str, figure: str) -> float | None:
        """Return the median of a figure over an experiment's runs, None where one of them lacks it."""
        return median_of([each.result for each in self.pictures(name)], figure)

    def why_not(self, name: str) -> str:
        """Return why an experiment was not run here, or cannot show its claims here; empty if it can."""
        return self.failures.get(name) or self.runs.missing(self.lesson.experiments[name]) or self._cores_lacking(name)

    def how_to_get(self, name: str) -> str:
        """Return how to get what this machine lacks for an experiment; empty if it lacks nothing."""
        experiment = self.lesson.experiments[name]
        if self.runs.missing(experiment):
            return f"To get one: {PythonNeed.of(experiment.python).how_to_get}"
        if self._cores_lacking(name):
            return "To see it live: a machine, virtual machine or container with more cores"
        return ""

    def prediction(self, place: int | None = None) -> Prediction:
        """Return the prediction for a scene's question, by default for this scene's."""
        return self.progress.predictions.setdefault(self.place if place is None else place, Prediction())

    def say_number(self, value: float) -> None:
        """Keep the number that the audience predicts; after two rounds, replace the last one."""
        numbers = self.prediction().numbers
        if len(numbers) >= ROUNDS:
            numbers.pop()
        numbers.append(value)
        self.keep()

    def keep(self) -> None:
        """Save a changed prediction."""
        self._keep()
        self.changed.emit()

    def question_before(self) -> tuple[int, Question] | None:
        """Return the last answered question before this scene."""
        for place in range(self.place - 1, -1, -1):
            scene = self.lesson.scenes[place]
            if isinstance(scene, Question):
                given = self.progress.predictions.get(place)
                return (place, scene) if given is not None and given.given else None
        return None

    def answer_of(self, question: Question) -> float | None:
        """Return the figure that a question asks for, None while it is not known."""
        return answer_of(question, self.median)

    def curve_of(self, question: Question) -> list[float | None]:
        """Return each experiment's figure as a multiple of the first one's, None if it is not known yet."""
        return curve_came(question.curve, self.median) if question.curve is not None else []

    def _cores_lacking(self, name: str) -> str:
        needed, cores = cores_needed(self.lesson, name), self.runs.cores
        return f"needs {needed} cores, and this machine has {cores}" if cores < needed else ""

    def _on_came(self, name: str, picture: RunPicture) -> None:
        if name in self.lesson.experiments:
            self.progress.pictures.setdefault(name, []).append(picture)
            self._keep()
            self.changed.emit()

    def _on_failed(self, name: str, reason: str) -> None:
        if name in self.lesson.experiments:
            self.failures[name] = reason
            self.changed.emit()

    def _keep(self) -> None:
        if self._store is not None:
            try:
                self._store.save(self.lesson.name, self.progress)
            except OSError as error:
                self.problem.emit(f"The lesson's progress could not be kept: {error.strerror or error}")
