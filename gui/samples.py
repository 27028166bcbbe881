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

_OWN_SOURCE: Final = """def task(number):
    # Your code: called once for each task.
    return sum(each * each for each in range(20_000))
"""

__all__ = ["Example", "first_example", "list_examples", "new_experiment", "own_code_experiment"]


def new_experiment(model: Mapping[str, Any] | None = None) -> TomlTable:
    """Return a small experiment that runs as it is, under `model` if one is given."""
    return {
        "format": FORMAT,
        "title": "Untitled",
        "workload": {"tasks": 400, "seed": 1, "steps": [{"kind": "count-primes", "below": 2000}]},
        "model": dict(model or {"kind": "threads", "workers": 4}),
    }


def own_code_experiment() -> TomlTable:
    """Return a small experiment whose task is a function for the person to change."""
    return {
        "format": FORMAT,
        "title": "My own code",
        "workload": {"duration_s": 4.0, "seed": 1, "steps": [{"kind": "python", "source": _OWN_SOURCE}]},
        "model": {"kind": "threads", "workers": 4},
    }


def first_example() -> TomlTable:
    """Return the example that the window opens with: FIRST, or the first of the folder that can be read."""
    # No more files are read than necessary: the window waits for this.
    paths = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != FIRST, path.name))
    for path in paths:
        try:
            return experiment_file.read(path)
        except ExperimentError:
            continue
    return new_experiment()
