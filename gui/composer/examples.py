"""The example experiments that come with the app, by their titles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.resources_path import resources_path
from engine.workload import experiment_file
from engine.workload.errors import ExperimentError

FOLDER = resources_path("experiments")


@dataclass(frozen=True, slots=True)
class Example:
    """One example's file and title; `problem` says why it cannot be opened, None if it can."""

    path: Path
    title: str
    problem: str | None = None


def list_examples(folder: Path = FOLDER) -> list[Example]:
    """Return the examples in `folder` in the order of their file names, unreadable ones included."""
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def _read(path: Path) -> Example:
    try:
        title = experiment_file.read(path).get("title")
    except ExperimentError as error:
        return Example(path, path.stem, error.problem)
    return Example(path, title if isinstance(title, str) and title else path.stem)
