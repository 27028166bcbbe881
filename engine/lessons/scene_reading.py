"""Reads the scenes of a lesson: one function for each kind, by the kind's name in the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.lessons.figures import KNOWN, is_known
from engine.lessons.lesson import (
    CHARTS,
    MODES,
    Choice,
    Explain,
    Link,
    MapScene,
    PredictedCurve,
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
from engine.lessons.table_reader import LessonError, TableReader, nearest


def read_scene(table: TableReader) -> Scene:
    """Return the scene that a table describes. Raises LessonError."""
    kind = table.one_of("kind", SCENE_READERS)
    shared = (table.text("title"), table.text("text", ""), table.text("notes", ""))
    scene = SCENE_READERS[kind](table, shared)
    table.finish()
    return scene


_Shared = tuple[str, str, str]


def _statement(table: TableReader, shared: _Shared) -> Scene:
    return Statement(*shared)


def _question(table: TableReader, shared: _Shared) -> Scene:
    choices = tuple(_choice(each) for each in table.tables("choices", 0, 4))
    figure, unit = table.text("figure", ""), table.text("unit", "")
    curve = _curve(table.table("curve")) if table.has("curve") else None
    if len(choices) == 1 or bool(choices) + bool(figure) + (curve is not None) != 1:
        raise LessonError(
            table.at("choices"), "a question has two to four choices, or the figure that it asks for, or a curve"
        )
    if choices and sum(each.right for each in choices) != 1:
        raise LessonError(table.at("choices"), "exactly one choice must be right")
    return Question(*shared, choices, figure, unit, curve)


def _curve(table: TableReader) -> PredictedCurve:
    experiments = table.texts("experiments", 2, 8)
    at = table.texts("at", len(experiments), len(experiments))
    figure = _known_figure(table)
    curve = PredictedCurve(experiments, at, table.text("axis"), figure, table.text("words", "times as many tasks"))
    table.finish()
    return curve


def _known_figure(table: TableReader) -> str:
    figure = table.text("figure", "throughput_per_s")
    if not is_known(figure):
        raise LessonError(table.at("figure"), f"{figure} is not a figure of a run{nearest(figure, KNOWN)}")
    return figure


def _choice(table: TableReader) -> Choice:
    choice = Choice(table.text("text"), table.boolean("right", False), table.text("why", ""))
    table.finish()
    return choice


def _run(table: TableReader, shared: _Shared) -> Scene:
    return RunScene(*shared, table.text("experiment"), _charts(table))


def _replay(table: TableReader, shared: _Shared) -> Scene:
    return ReplayScene(*shared, table.text("experiment"))


def _versus(table: TableReader, shared: _Shared) -> Scene:
    experiments = table.texts("experiments", 2, 3)
    figure = _known_figure(table)
    unit = table.text("unit", "tasks/s" if figure == "throughput_per_s" else "")
    return Versus(*shared, experiments, figure, unit, table.text("words", "times"), _charts(table))


def _race(table: TableReader, shared: _Shared) -> Scene:
    return Race(*shared, table.texts("experiments", 1, 3))


def _scheduler(table: TableReader, shared: _Shared) -> Scene:
    return SchedulerScene(*shared, table.one_of("program", MODES))


def _explain(table: TableReader, shared: _Shared) -> Scene:
    links = []
    for each in table.tables("links"):
        links.append(Link(each.text("text"), each.text("url")))
        each.finish()
        if not links[-1].url.startswith("https://"):
            raise LessonError(each.at("url"), "must begin with https://")
    return Explain(*shared, tuple(links), table.text("model", ""))


def _try(table: TableReader, shared: _Shared) -> Scene:
    return TryNext(*shared, table.texts("experiments", 1, 3))


def _map(table: TableReader, shared: _Shared) -> Scene:
    columns = table.texts("columns", 2, 4)
    rows = []
    for each in table.tables("rows", 1, 6):
        rows.append((each.text("label"), each.texts("experiments", len(columns), len(columns))))
        each.finish()
    return MapScene(*shared, columns, tuple(rows))


def _charts(table: TableReader) -> tuple[tuple[str, str], ...]:
    charts = []
    for each in table.tables("charts", 0, 2):
        charts.append((each.one_of("kind", CHARTS), each.text("look", "")))
        each.finish()
    return tuple(charts)


SCENE_READERS: Final[dict[str, Callable[[TableReader, _Shared], Scene]]] = {
    "statement": _statement,
    "question": _question,
    "run": _run,
    "replay": _replay,
    "versus": _versus,
    "race": _race,
    "scheduler": _scheduler,
    "explain": _explain,
    "try": _try,
    "map": _map,
}
