"""Plans a comparison: its axes, the cells that they make from one experiment, and the order of the runs."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.group import has_groups
from engine.workload.parameter import Value, shown
from engine.workload.toml_table import TomlTable

DEFAULT_PRECISION = 0.03
DEFAULT_REPEATS = 5
LEAST_REPEATS = 3
MOST_CELLS = 1000

Settings = tuple[tuple[str, Value], ...]  # the parameters that vary, with a cell's values


@dataclass(frozen=True, slots=True)
class Axes:
    """What varies. `interpreters` are names or paths, None the app's own. `parameters` maps a key of the workload, as
    error messages write it (`workload.steps[0].below`), to its values.
    """

    models: tuple[str, ...]
    workers: tuple[int, ...]
    interpreters: tuple[str | None, ...] = (None,)
    parameters: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of the axes' values, and its experiment in the shape of its file."""

    model: str
    workers: int
    interpreter: str | None
    settings: Settings
    experiment: TomlTable = field(compare=False, hash=False)

    @property
    def label(self) -> str:
        """The cell in a few words: `threads x 4, 3.13t, below = 5000`."""
        return self.titled({})

    def titled(self, titles: Mapping[str, str]) -> str:
        """Return the same with its model's title, where `titles` has it."""
        parts = [f"{titles.get(self.model, self.model)} x {self.workers}"]
        if self.interpreter:
            parts.append(self.interpreter)
        parts += [f"{key.rpartition('.')[2]} = {shown(value)}" for key, value in self.settings]
        return ", ".join(parts)


def cells_of(experiment: TomlTable, axes: Axes, catalogue: Catalogue) -> list[Cell]:
    """Return the comparison's cells; each one's experiment is checked.

    A model that always has one worker gets one cell, whatever the axis of workers. Raises ExperimentError that names
    the key, as for any experiment, and for axes without values or with more than MOST_CELLS cells.
    """
    lengths = {"models": len(axes.models), "workers": len(axes.workers), "interpreters": len(axes.interpreters)}
    for name, length in (lengths | {key: len(values) for key, values in axes.parameters.items()}).items():
        if not length:
            raise ExperimentError(name, "needs at least one value")
    found: dict[Cell, None] = {}
    combinations = itertools.product(
        axes.interpreters, itertools.product(*axes.parameters.values()), axes.models, axes.workers
    )
    for interpreter, values, model, workers in combinations:
        settings = tuple(zip(axes.parameters, values, strict=True))
        cell = _cell(experiment, model, workers, interpreter, settings, catalogue)
        found.setdefault(cell)
        if len(found) > MOST_CELLS:
            raise ExperimentError("", f"the axes make more than {MOST_CELLS} cells")
    return list(found)


def _cell(
    base: TomlTable,
    model: str,
    workers: int,
    interpreter: str | None,
    settings: Settings,
    catalogue: Catalogue,
) -> Cell:
    card = catalogue.models.get(model)
    if card is not None and card.max_workers == 1:
        workers = 1
    experiment = copy.deepcopy(base)
    for key, value in settings:
        _put(experiment, key, value)
    model_table = experiment.get("model")
    own = model_table if isinstance(model_table, dict) else {}
    table = {key: value for key, value in own.items() if key != "interpreter"}
    table |= {"kind": model, "workers": workers}
    if has_groups(experiment):  # each group has its own number of workers
        del table["workers"]
    if interpreter:
        table["interpreter"] = interpreter
    experiment["model"] = table
    checked = check(experiment, catalogue)
    if checked.workload.until_stopped:
        problem = "the runs of a comparison must end by themselves: set tasks or duration_s"
        raise ExperimentError("workload.until_stopped", problem)
    return Cell(
        model,
        checked.model.workers if card is None or card.max_workers > 1 else 1,
        interpreter,
        settings,
        checked.to_dict(),
    )


def _put(experiment: TomlTable, key: str, value: Value) -> None:
    """Set `key`, written as messages write it, in an experiment's tables."""
    place: Any = experiment
    *path, last = key.replace("[", ".").replace("]", "").split(".")
    try:
        for part in path:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if not isinstance(place, dict):
            raise TypeError
    except (KeyError, IndexError, TypeError, ValueError):
        raise ExperimentError(key, "there is no such key in this experiment") from None
    place[last] = value


def value_of(text: str) -> Value:
    """Return a value as TOML would read it: a number, true or false, or else the text itself."""
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text.strip("\"'")


def fewest_runs(cell_count: int, repeats: int) -> int:
    """Return the number of runs if every cell is precise after the fewest runs."""
    return cell_count * min(repeats, LEAST_REPEATS)


def round_of(cells: Sequence[Cell], number: int) -> list[Cell]:
    """Return the cells in the order of round `number`: each round starts one further back (A B C, C A B, B C A).

    Interleaved this way, a temporary slowdown of the machine affects all cells alike.
    """
    shift = -number % len(cells) if cells else 0
    return [*cells[shift:], *cells[:shift]]
