"""How B differs from A: another model, number of workers, interpreter, or one parameter of a step."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

from engine.workload.catalogue import Catalogue
from engine.workload.parameter import Kind
from engine.workload.toml_table import TomlTable


@dataclass(frozen=True, slots=True)
class ParameterPlace:
    """A number of a step: `title` is what it is called, `step` the step's place, `name` its key."""

    title: str
    step: int
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs in B. `model` are keys of the model's table; a key with None is left out of B's."""

    model: TomlTable
    parameter: ParameterPlace | None = None
    value: float | None = None

    def of(self, experiment: TomlTable) -> TomlTable:
        """Return the experiment with what differs."""
        made: TomlTable = copy.deepcopy(experiment)
        made["model"] = {key: value for key, value in {**made["model"], **self.model}.items() if value is not None}
        if self.parameter is not None and self.value is not None:
            made["workload"]["steps"][self.parameter.step][self.parameter.name] = self.value
        return made


def parameters_of(experiment: TomlTable, catalogue: Catalogue) -> Iterator[ParameterPlace]:
    """Yield the numbers of an experiment's steps; none of one with groups, whose steps are elsewhere."""
    for place, step in enumerate(experiment.get("workload", {}).get("steps") or ()):
        card = catalogue.steps.get(str(step.get("kind")))
        for parameter in card.parameters if card is not None else ():
            if parameter.kind in (Kind.INTEGER, Kind.NUMBER):
                value = step.get(parameter.name, parameter.default)
                title = f"{card.title if card else ''}: {parameter.title}"
                yield ParameterPlace(title, place, parameter.name, float(value))


def difference_words(one: TomlTable, other: TomlTable, catalogue: Catalogue | None) -> tuple[str, str]:
    """Return what each of two experiments is called beside the other: by what differs between them."""
    left, right = _parts(one, catalogue), _parts(other, catalogue)
    differ = [key for key in dict.fromkeys([*left, *right]) if left.get(key) != right.get(key)]
    names = [", ".join(each[key] for key in differ if key in each) or "as it is" for each in (left, right)]
    return names[0], names[1]


def _parts(experiment: TomlTable, catalogue: Catalogue | None) -> dict[str, str]:
    model = experiment["model"]
    card = catalogue.models.get(str(model["kind"])) if catalogue is not None else None
    workers = model.get("workers", 1)
    parts = {
        "kind": card.title if card is not None else str(model["kind"]),
        "workers": f"{workers} worker{'' if workers == 1 else 's'}",
        "interpreter": str(model.get("interpreter") or "the app's own Python"),
        "gil": f"GIL {'on' if model.get('gil') else 'off'}" if "gil" in model else "",
    }
    for place, step in enumerate(experiment.get("workload", {}).get("steps") or ()):
        for name, value in step.items():
            if name not in ("kind", "source"):
                parts[f"{place}.{name}"] = f"{name} {value}"
    return parts
