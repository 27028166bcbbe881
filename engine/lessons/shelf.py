"""Finds lessons: those that come with the app, those in the user's folder, and any path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.lessons.lesson import Lesson
from engine.lessons.lesson_reading import read_lesson
from engine.lessons.table_reader import LessonError
from engine.resources_path import resources_path
from engine.user_folder import user_folder
from engine.workload import experiment_file
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError

SHIPPED: Final = resources_path("lessons")
VARIABLE: Final = "GILSCOPE_LESSONS"  # names another folder to use instead of the user's own


@dataclass(frozen=True, slots=True)
class RefusedLesson:
    """A file that is not a valid lesson: `place` is the wrong key ("" if the file itself is wrong), `problem` why."""

    path: Path
    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.place}: {self.problem}" if self.place else f"{self.path}: {self.problem}"


def own_folder() -> Path | None:
    """Return the folder of the user's own lessons, which need not exist; None for a user without a home folder."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).absolute()
    folder = user_folder("data")
    return None if folder is None else folder / "lessons"


def all_lessons(catalogue: Catalogue | None = None) -> list[Lesson | RefusedLesson]:
    """Return the shipped lessons in teaching order, then the user's own, each as a Lesson or a RefusedLesson."""
    own = own_folder()
    return [
        *(load_lesson(path, catalogue, shipped=True) for path in _files_in(SHIPPED)),
        *(load_lesson(path, catalogue) for path in (_files_in(own) if own else ())),
    ]


def load_lesson(path: Path, catalogue: Catalogue | None = None, *, shipped: bool = False) -> Lesson | RefusedLesson:
    """Read one lesson: a TOML file, or a folder with a `lesson.toml`."""
    file = path / "lesson.toml" if path.is_dir() else path
    try:
        return read_lesson(experiment_file.read(file), file, catalogue, shipped=shipped)
    except LessonError as error:
        return RefusedLesson(file, error.place, error.problem)
    except ExperimentError as error:  # it cannot be read, or is not TOML
        return RefusedLesson(file, "", error.problem)


def _files_in(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.suffix == ".toml" or (path / "lesson.toml").is_file():
            yield path
