"""How B differs from A: another model, number of workers, interpreter, or one parameter of a step."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.workload.catalogue import Catalogue
from engine.workload.parameter import Kind
from engine.workload.toml_table import TomlTable
from gui.widgets.run_names import Path, part_places


@dataclass(frozen=True, slots=True)
class ParameterPlace:
    """A number in an experiment: its title, the path to its table, and its key, `name`."""

    title: str
    path: Path
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Variant:
    """How B differs. `model` has keys of the model's table; a key with the value None is removed."""

    model: TomlTable
    parameter: ParameterPlace | None = None
    value: float | None = None

    def of(self, experiment: TomlTable) -> TomlTable:
        """Return the experiment with these changes."""
        made: TomlTable = copy.deepcopy(experiment)
        made["model"] = {key: value for key, value in {**made["model"], **self.model}.items() if value is not None}
        if self.parameter is not None and self.value is not None:
            table: Any = made
            for key in self.parameter.path:
                table = table[key]
            table[self.parameter.name] = self.value
        return made


def parameters_of(experiment: TomlTable, catalogue: Catalogue) -> Iterator[ParameterPlace]:
    """Yield the numbers of an experiment's steps, and the workers of its groups and stages."""
    parts = part_places(experiment)
    if not parts:
        yield from _numbers(("workload",), experiment.get("workload", {}), "", catalogue)
    for path, part in parts:
        name = str(part.get("name", ""))
        yield ParameterPlace(f"{name}: Workers", path, "workers", float(part.get("workers", 1)))
        yield from _numbers(path, part, f"{name}, ", catalogue)


def _numbers(path: Path, table: TomlTable, before: str, catalogue: Catalogue) -> Iterator[ParameterPlace]:
    for place, step in enumerate(table.get("steps") or ()):
        card = catalogue.steps.get(str(step.get("kind")))
        for parameter in card.parameters if card is not None else ():
            if parameter.kind in (Kind.INTEGER, Kind.NUMBER):
                value = step.get(parameter.name, parameter.default)
                title = f"{before}{card.title if card else ''}: {parameter.title}"
                yield ParameterPlace(title, (*path, "steps", place), parameter.name, float(value))
