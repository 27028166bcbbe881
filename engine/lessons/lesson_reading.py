"""Reads a lesson from its file's data, and refuses it with the place of the wrong key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.lessons.figures import KNOWN, is_known
from engine.lessons.lesson import FORMAT, MODES, Claim, Lesson, LessonExperiment, experiments_of
from engine.lessons.python_choice import PYTHON
from engine.lessons.relation import Relation, RelationError
from engine.lessons.scene_reading import read_scene
from engine.lessons.table_reader import LessonError, TableReader, nearest
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.toml_table import TomlTable

MOST_SCENES: Final = 40
_HTTPS: Final = re.compile(r"https://[^\s]+")


def read_lesson(data: object, path: Path, catalogue: Catalogue | None = None, *, shipped: bool = False) -> Lesson:
    """Return the lesson in a file's data. Raises LessonError that names the first wrong key.

    With a catalogue the experiments are checked as well, including all parameters.
    """
    top = TableReader(data, "")
    if top.raw("format") != FORMAT:
        raise LessonError("format", f"must be {FORMAT}")
    experiments = _read_experiments(top.named_tables("experiments"), catalogue)
    lesson = Lesson(
        name=re.sub(r"^\d+-", "", path.parent.name if path.name == "lesson.toml" else path.stem),
        title=top.text("title"),
        about=top.text("about", ""),
        path=path,
        scenes=tuple(read_scene(each) for each in top.tables("scenes", 1, MOST_SCENES)),
        experiments=experiments,
        claims=tuple(_read_claim(each, experiments) for each in top.tables("claims")),
        minutes=top.integer("minutes", 10, 1, 240),
        shipped=shipped,
    )
    top.finish()
    _check_names(lesson)
    return lesson


def _read_experiments(tables: Mapping[str, TableReader], catalogue: Catalogue | None) -> dict[str, LessonExperiment]:
    found: dict[str, LessonExperiment] = {}
    for name, table in tables.items():
        label = table.text("label")
        like = table.text("like", "")
        if like and like not in found:
            raise LessonError(table.at("like"), f"no experiment above has this name{nearest(like, found)}")
        python = table.text("python", found[like].python if like else "any")
        if PYTHON.fullmatch(python) is None:
            raise LessonError(table.at("python"), 'must be "any", "gil", "free-threaded", or a version such as "3.12+"')
        data: TomlTable = {"format": 1, "title": label}
        for part in ("workload", "model"):
            given = table.raw(part, {} if like else None)
            if not isinstance(given, dict):
                raise LessonError(table.at(part), "is missing" if given is None else "must be a table")
            data[part] = _merged(found[like].data[part], given) if like else given
        if "interpreter" in data["model"]:
            raise LessonError(table.at("model.interpreter"), "say which Python it needs with the key python instead")
        table.finish()
        _check_experiment(data, table.place, catalogue)
        found[name] = LessonExperiment(name, label, data, python)
    return found


def _merged(base: Mapping[str, Any], given: Mapping[str, Any]) -> TomlTable:
    """Return `base` updated with `given`; a given amount (tasks, duration or until stopped) replaces any other."""
    amounts = ("tasks", "duration_s", "until_stopped")
    kept = {
        key: value for key, value in base.items() if key not in amounts or not any(each in given for each in amounts)
    }
    return {**kept, **given}


def _check_experiment(data: TomlTable, place: str, catalogue: Catalogue | None) -> None:
    if catalogue is None:
        return
    try:
        check(data, catalogue)
    except ExperimentError as error:
        raise LessonError(f"{place}.{error.path}", error.problem) from None


def _read_claim(table: TableReader, experiments: Mapping[str, LessonExperiment]) -> Claim:
    claim = Claim(
        text=table.text("text"),
        source=table.text("source"),
        relation=table.text("relation", ""),
        program=table.one_of("program", MODES) if table.has("program") else "",
        found=table.boolean("found", True),
        least_cores=table.integer("least_cores", 1, 1, 1024),
    )
    table.finish()
    if _HTTPS.fullmatch(claim.source) is None:
        raise LessonError(table.at("source"), "must be the https:// address of the page that says so")
    if bool(claim.relation) == bool(claim.program):
        raise LessonError(table.at("relation"), "a claim has either a relation or a program of the scheduler")
    if claim.relation and not check_relation(claim.relation, table.at("relation"), experiments).compares:
        raise LessonError(table.at("relation"), "compares nothing")
    return claim


def check_relation(text: str, place: str, experiments: Mapping[str, LessonExperiment]) -> Relation:
    """Return a relation whose experiments and figures are known. Raises LessonError that names `place`."""
    try:
        relation = Relation(text)
    except RelationError as error:
        raise LessonError(place, str(error)) from None
    for figure in relation.figures:
        if figure.experiment not in experiments:
            raise LessonError(
                place, f"no experiment is called {figure.experiment}{nearest(figure.experiment, experiments)}"
            )
        if not is_known(figure.name):
            raise LessonError(place, f"{figure.name} is not a figure of a run{nearest(figure.name, KNOWN)}")
    return relation


def _check_names(lesson: Lesson) -> None:
    """Refuse scenes that refer to experiments or figures that the lesson does not have."""
    for index, scene in enumerate(lesson.scenes):
        for name in experiments_of(scene):
            if name not in lesson.experiments:
                raise LessonError(
                    f"scenes[{index}]", f"no experiment is called {name}{nearest(name, lesson.experiments)}"
                )
        figure = getattr(scene, "figure", "")
        if figure and hasattr(scene, "choices"):
            check_relation(figure, f"scenes[{index}].figure", lesson.experiments)
