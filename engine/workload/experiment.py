"""Experiment: a workload, a model, a number of workers and an interpreter, checked to the last key."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.workload.catalogue import Catalogue, ModelCard
from engine.workload.errors import ExperimentError
from engine.workload.parameter import Kind, Parameter, Value, shown

FORMAT = 1
DEFAULT_TASKS = 100
MAX_WORKERS = 1_000_000  # that a file may ask for; a model has a bound of its own, but for those with one worker

_TASKS = Parameter("tasks", "Tasks", Kind.INTEGER, DEFAULT_TASKS, minimum=1, maximum=1_000_000_000)
_DURATION = Parameter("duration_s", "Duration", Kind.NUMBER, 5.0, unit="s", minimum=0.01, maximum=86_400)
_UNTIL_STOPPED = Parameter("until_stopped", "Until stopped", Kind.BOOLEAN, False)
_ARRIVAL = Parameter("arrival_per_s", "Arrivals", Kind.NUMBER, 100.0, unit="1/s", minimum=0.001, maximum=1_000_000)
_SEED = Parameter(
    "seed", "Seed", Kind.INTEGER, 1, "Decides every drawn number: the same seed, the same run.", None, 0, 2**63 - 1
)
_TITLE = Parameter("title", "Title", Kind.TEXT, "Untitled")
_KIND = Parameter("kind", "Kind", Kind.TEXT, "")
_INTERPRETER = Parameter("interpreter", "Interpreter", Kind.TEXT, "")
_GIL = Parameter("gil", "GIL", Kind.BOOLEAN, True)

# The workload's own settings by key, for whoever makes forms of them.
WORKLOAD_PARAMETERS: Mapping[str, Parameter] = {
    each.name: each for each in (_TASKS, _DURATION, _UNTIL_STOPPED, _ARRIVAL, _SEED)
}


@dataclass(frozen=True)
class Step:
    """One step of a workload: its kind's key, and every parameter's value, defaults included."""

    kind: str
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    """The steps, how many tasks, and how they arrive.

    Exactly one of `tasks`, `duration_s` and `until_stopped` is set. `arrival_per_s` is the mean rate of an open loop
    (Poisson arrivals), None a closed loop. `seed` decides every drawn number.
    """

    steps: tuple[Step, ...]
    tasks: int | None = DEFAULT_TASKS
    duration_s: float | None = None
    until_stopped: bool = False
    arrival_per_s: float | None = None
    seed: int = 1


@dataclass(frozen=True)
class Model:
    """How tasks are spread: a model's key, its workers, its own options, and the interpreter's name or path.

    `interpreter` is None for the app's own. `gil` turns a free-threaded build's GIL on or off (PYTHON_GIL), None
    leaves it as the build has it.
    """

    kind: str
    workers: int = 1
    interpreter: str | None = None
    options: Mapping[str, Value] = field(default_factory=dict)
    gil: bool | None = None


@dataclass(frozen=True)
class Experiment:
    """What one TOML file holds."""

    workload: Workload
    model: Model
    title: str = "Untitled"

    def to_dict(self) -> dict[str, Any]:
        """Return the experiment in the shape of its file; `check` reads it back to an equal experiment."""
        work = self.workload
        amount: dict[str, Any] = {"until_stopped": True}
        if work.tasks is not None:
            amount = {"tasks": work.tasks}
        elif work.duration_s is not None:
            amount = {"duration_s": work.duration_s}
        if work.arrival_per_s is not None:
            amount["arrival_per_s"] = work.arrival_per_s
        steps = [{"kind": step.kind, **step.parameters} for step in work.steps]
        model: dict[str, Any] = {"kind": self.model.kind, "workers": self.model.workers}
        if self.model.interpreter:
            model["interpreter"] = self.model.interpreter
        if self.model.gil is not None:
            model["gil"] = self.model.gil
        return {
            "format": FORMAT,
            "title": self.title,
            "workload": {**amount, "seed": work.seed, "steps": steps},
            "model": {**model, **self.model.options},
        }

    def has_code(self, catalogue: Catalogue) -> bool:
        """Whether the experiment carries Python source of its user's, which runs only when it is trusted."""
        return any(
            parameter.kind is Kind.CODE
            for step in self.workload.steps
            for parameter in catalogue.steps[step.kind].parameters
        )


def check(data: object, catalogue: Catalogue) -> Experiment:
    """Read an experiment from the shape of its file (see `Experiment.to_dict`).

    Raises ExperimentError that names the first wrong key. Checks form and ranges only: it neither imports nor runs
    anything the experiment holds.
    """
    top = _table(data, "", ("format", "title", "workload", "model"))
    if "format" not in top:
        raise ExperimentError("format", f"is missing; this version reads format = {FORMAT}")
    if type(top["format"]) is not int or top["format"] != FORMAT:
        raise ExperimentError("format", f"must be {FORMAT}, got {shown(top['format'])}")
    title = str(_TITLE.check(top.get("title", _TITLE.default), "title"))
    for name in ("workload", "model"):
        if name not in top:
            raise ExperimentError(name, "is missing")
    return Experiment(_check_workload(top["workload"], catalogue), _check_model(top["model"], catalogue), title)


def check_workers(workers: object, card: ModelCard) -> int:
    """Return `workers` if `card`'s model takes that many, else raise ExperimentError for `model.workers`."""
    parameter = Parameter("workers", "Workers", Kind.INTEGER, 1, minimum=1, maximum=MAX_WORKERS)
    count = int(parameter.check(workers, "model.workers"))
    # A model with one worker by nature takes any number and says so when it runs: see the host's notes.
    if card.max_workers > 1 and count > card.max_workers:
        raise ExperimentError("model.workers", f"must be at most {card.max_workers} for {card.key}, got {count}")
    return count


def _check_workload(data: object, catalogue: Catalogue) -> Workload:
    amounts = ("tasks", "duration_s", "until_stopped")
    table = _table(data, "workload", (*amounts, "arrival_per_s", "seed", "steps"))
    if table.get("until_stopped") is False:
        table = {key: value for key, value in table.items() if key != "until_stopped"}
    given = [name for name in amounts if name in table]
    if len(given) > 1:
        raise ExperimentError(f"workload.{given[1]}", f"cannot be given together with {given[0]}")
    tasks = int(_TASKS.check(table.get("tasks", DEFAULT_TASKS), "workload.tasks")) if given in ([], ["tasks"]) else None
    duration = float(_DURATION.check(table["duration_s"], "workload.duration_s")) if given == ["duration_s"] else None
    until = bool(_UNTIL_STOPPED.check(table.get("until_stopped", False), "workload.until_stopped"))
    arrival = table.get("arrival_per_s")
    if arrival is not None:
        arrival = float(_ARRIVAL.check(arrival, "workload.arrival_per_s"))
    seed = int(_SEED.check(table.get("seed", _SEED.default), "workload.seed"))
    return Workload(_check_steps(table.get("steps"), catalogue), tasks, duration, until, arrival, seed)


def _check_steps(data: object, catalogue: Catalogue) -> tuple[Step, ...]:
    if data is None:
        raise ExperimentError("workload.steps", "is missing; a workload has at least one step")
    if not isinstance(data, list):
        raise ExperimentError("workload.steps", f"must be a list of tables, got {shown(data)}")
    if not 1 <= len(data) <= 64:
        raise ExperimentError("workload.steps", f"must have from 1 to 64 steps, got {len(data)}")
    return tuple(_check_step(each, f"workload.steps[{index}]", catalogue) for index, each in enumerate(data))


def _check_step(data: object, path: str, catalogue: Catalogue) -> Step:
    key = _kind(data, path, catalogue.steps)
    reason = catalogue.steps[key].unavailable_reason
    if reason:  # and nothing is known of its parameters
        raise ExperimentError(f"{path}.kind", reason)
    parameters = catalogue.steps[key].parameters
    table = _table(data, path, ("kind", *(parameter.name for parameter in parameters)))
    return Step(key, _check_parameters(table, path, parameters))


def _check_model(data: object, catalogue: Catalogue) -> Model:
    key = _kind(data, "model", catalogue.models)
    card = catalogue.models[key]
    # start_method and its like belong to some models only, yet a file outlives a change of its model: an option that
    # any model knows is checked, and kept out of the others; a key that no model knows is a mistake.
    known = {parameter.name: parameter for each in catalogue.models.values() for parameter in each.parameters}
    table = _table(data, "model", ("kind", "workers", "interpreter", "gil", *sorted(known)))
    workers = check_workers(table.get("workers", 1), card)
    interpreter = table.get("interpreter")
    if interpreter is not None and not _INTERPRETER.check(interpreter, "model.interpreter"):
        problem = "must be a name or a path; leave the key out for the app's own Python"
        raise ExperimentError("model.interpreter", problem)
    gil = bool(_GIL.check(table["gil"], "model.gil")) if "gil" in table else None
    own = {parameter.name for parameter in card.parameters}
    for name in table.keys() & (known.keys() - own):
        known[name].check(table[name], f"model.{name}")
    return Model(key, workers, interpreter, _check_parameters(table, "model", card.parameters), gil)


def _check_parameters(table: Mapping[str, object], path: str, parameters: tuple[Parameter, ...]) -> dict[str, Value]:
    return {each.name: each.check(table.get(each.name, each.default), f"{path}.{each.name}") for each in parameters}


def _kind(data: object, path: str, known: Mapping[str, object]) -> str:
    if not isinstance(data, dict):
        raise ExperimentError(path, f"must be a table, got {shown(data)}")
    if "kind" not in data:
        raise ExperimentError(f"{path}.kind", f"is missing; one of {', '.join(known)}")
    key = str(_KIND.check(data["kind"], f"{path}.kind"))
    if key not in known:
        raise ExperimentError(f"{path}.kind", f"unknown kind {shown(key)}{_nearest(key, known)}")
    return key


def _table(data: object, path: str, keys: Collection[str]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ExperimentError(path, f"must be a table, got {shown(data)}")
    for key in data:
        if key not in keys:
            where = f"{path}.{key}" if path else str(key)
            raise ExperimentError(where, f"unknown key{_nearest(str(key), keys)}")
    return data


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else f"; one of {', '.join(known)}"
