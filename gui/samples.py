"""Starting points: the examples that come with the app, and a new experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.workload import experiment_file
from engine.workload.errors import ExperimentError
from engine.workload.experiment import FORMAT
from engine.workload.toml_table import TomlTable
from gui.composer.examples import FOLDER, Example, list_examples

FIRST: Final = "cpu-bound"

__all__ = ["Example", "first_example", "list_examples", "new_experiment"]


def new_experiment(model: Mapping[str, Any] | None = None) -> TomlTable:
    """Return a small experiment that runs as it is, under `model` if one is given."""
    return {
        "format": FORMAT,
        "title": "Untitled",
        "workload": {"tasks": 400, "seed": 1, "steps": [{"kind": "count-primes", "below": 2000}]},
        "model": dict(model or {"kind": "threads", "workers": 4}),
    }


def first_example() -> TomlTable:
    """Return the example that the window opens with: FIRST, or the first of the folder that can be read."""
    # No more of them are read than need be: the window waits for this.
    paths = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != FIRST, path.name))
    for path in paths:
        try:
            return experiment_file.read(path)
        except ExperimentError:
            continue
    return new_experiment()
