"""Experiment: a workload, a model, a number of workers and an interpreter, checked to the last key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.workload.catalogue import Catalogue, ModelCard
from engine.workload.errors import ExperimentError
from engine.workload.group import MAX_GROUPS, MAX_STEPS, Group
from engine.workload.parameter import Kind, Parameter, Value, shown
from engine.workload.toml_table import TomlTable

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
_NAME = Parameter("name", "Name", Kind.TEXT, "")
_KIND = Parameter("kind", "Kind", Kind.TEXT, "")
_INTERPRETER = Parameter("interpreter", "Interpreter", Kind.TEXT, "")
_WORKERS = Parameter("workers", "Workers", Kind.INTEGER, 1, minimum=1, maximum=MAX_WORKERS)
GROUP_NAME = re.compile(r"[^\W_][\w \-]{0,39}")
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
    (Poisson arrivals), None a closed loop. `seed` decides every drawn number. With `groups`, `steps` are those of all
    groups in their order, each group has arrivals of its own, and `tasks` is what each does.
    """

    steps: tuple[Step, ...]
    tasks: int | None = DEFAULT_TASKS
    duration_s: float | None = None
    until_stopped: bool = False
    arrival_per_s: float | None = None
    seed: int = 1
    groups: tuple[Group, ...] = ()

    @property
    def task_count(self) -> int | None:
        """How many tasks the run has in all, None where they are not counted beforehand."""
        if not self.groups:
            return self.tasks
        counts = [self.tasks if group.tasks is None else group.tasks for group in self.groups]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


@dataclass(frozen=True)
class Model:
    """How tasks are spread: a model's key, its workers, its own options, and the interpreter's name or path.

    `interpreter` is None for the app's own. `gil` turns a free-threaded build's GIL on or off (PYTHON_GIL), None
    leaves it as the build has it. Where the workload has groups, `workers` is how many they have together.
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

    def to_dict(self) -> TomlTable:
        """Return the experiment in the shape of its file; `check` reads it back to an equal experiment."""
        work = self.workload
        amount: TomlTable = {"until_stopped": True}
        if work.tasks is not None:
            amount = {"tasks": work.tasks}
        elif work.duration_s is not None:
            amount = {"duration_s": work.duration_s}
        if work.arrival_per_s is not None:
            amount["arrival_per_s"] = work.arrival_per_s
        content: TomlTable = {"steps": [{"kind": step.kind, **step.parameters} for step in work.steps]}
        model: TomlTable = {"kind": self.model.kind, "workers": self.model.workers}
        if work.groups:
            content = {"groups": [group.to_dict() for group in work.groups]}
            del model["workers"]
        if self.model.interpreter:
            model["interpreter"] = self.model.interpreter
        if self.model.gil is not None:
            model["gil"] = self.model.gil
        return {
            "format": FORMAT,
            "title": self.title,
            "workload": {**amount, "seed": work.seed, **content},
            "model": {**model, **self.model.options},
        }


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
    workload = _check_workload(top["workload"], catalogue)
    return Experiment(workload, _check_model(top["model"], catalogue, workload.groups), title)


def check_workers(workers: object, card: ModelCard) -> int:
    """Return `workers` if `card`'s model takes that many, else raise ExperimentError for `model.workers`."""
    count = int(_WORKERS.check(workers, "model.workers"))
    # A model with one worker by nature takes any number and says so when it runs: see the host's notes.
    if card.max_workers > 1 and count > card.max_workers:
        raise ExperimentError("model.workers", f"must be at most {card.max_workers} for {card.key}, got {count}")
    return count


def _check_workload(data: object, catalogue: Catalogue) -> Workload:
    amounts = ("tasks", "duration_s", "until_stopped")
    table = _table(data, "workload", (*amounts, "arrival_per_s", "seed", "steps", "groups"))
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
    if "groups" not in table:
        steps = _check_steps(table.get("steps"), "workload.steps", catalogue)
        return Workload(steps, tasks, duration, until, arrival, seed)
    for key in ("steps", "arrival_per_s"):
        if key in table:
            raise ExperimentError(f"workload.{key}", "belongs into each of the groups, where there are groups")
    groups = _check_groups(table["groups"], catalogue)
    steps = tuple(step for group in groups for step in group.steps)
    return Workload(steps, tasks, duration, until, None, seed, groups)


def _check_groups(data: object, catalogue: Catalogue) -> tuple[Group, ...]:
    if not isinstance(data, list):
        raise ExperimentError("workload.groups", f"must be a list of tables, got {shown(data)}")
    if not 1 <= len(data) <= MAX_GROUPS:
        raise ExperimentError("workload.groups", f"must have from 1 to {MAX_GROUPS} groups, got {len(data)}")
    groups: list[Group] = []
    for number, each in enumerate(data):
        group = _check_group(each, f"workload.groups[{number}]", catalogue)
        if any(group.name == other.name for other in groups):
            raise ExperimentError(f"workload.groups[{number}].name", f"{shown(group.name)} is another group's name")
        groups.append(group)
    steps = sum(len(group.steps) for group in groups)
    if steps > MAX_STEPS:
        raise ExperimentError("workload.groups", f"must have at most {MAX_STEPS} steps together, got {steps}")
    return tuple(groups)


def _check_group(data: object, path: str, catalogue: Catalogue) -> Group:
    table = _table(data, path, ("name", "workers", "tasks", "arrival_per_s", "steps"))
    if "name" not in table:
        raise ExperimentError(f"{path}.name", "is missing; a group has a name")
    name = str(_NAME.check(table["name"], f"{path}.name"))
    if not GROUP_NAME.fullmatch(name):
        problem = "must be 1 to 40 letters, digits, spaces, - or _, and begin with a letter or a digit"
        raise ExperimentError(f"{path}.name", f"{problem}, got {shown(name)}")
    tasks, arrival = table.get("tasks"), table.get("arrival_per_s")
    return Group(
        name,
        int(_WORKERS.check(table.get("workers", 1), f"{path}.workers")),
        _check_steps(table.get("steps"), f"{path}.steps", catalogue),
        None if tasks is None else int(_TASKS.check(tasks, f"{path}.tasks")),
        None if arrival is None else float(_ARRIVAL.check(arrival, f"{path}.arrival_per_s")),
    )


def _check_steps(data: object, path: str, catalogue: Catalogue) -> tuple[Step, ...]:
    if data is None:
        raise ExperimentError(path, "is missing; a workload has at least one step")
    if not isinstance(data, list):
        raise ExperimentError(path, f"must be a list of tables, got {shown(data)}")
    if not 1 <= len(data) <= MAX_STEPS:
        raise ExperimentError(path, f"must have from 1 to {MAX_STEPS} steps, got {len(data)}")
    return tuple(_check_step(each, f"{path}[{index}]", catalogue) for index, each in enumerate(data))


def _check_step(data: object, path: str, catalogue: Catalogue) -> Step:
    key = _kind(data, path, catalogue.steps)
    reason = catalogue.steps[key].unavailable_reason
    if reason:  # and nothing is known of its parameters
        raise ExperimentError(f"{path}.kind", reason)
    parameters = catalogue.steps[key].parameters
    table = _table(data, path, ("kind", *(parameter.name for parameter in parameters)))
    return Step(key, _check_parameters(table, path, parameters))


def _check_model(data: object, catalogue: Catalogue, groups: tuple[Group, ...] = ()) -> Model:
    key = _kind(data, "model", catalogue.models)
    card = catalogue.models[key]
    # start_method and its like belong to some models only, yet a file outlives a change of its model: an option that
    # any model knows is checked, and kept out of the others; a key that no model knows is a mistake.
    known = {parameter.name: parameter for each in catalogue.models.values() for parameter in each.parameters}
    table = _table(data, "model", ("kind", "workers", "interpreter", "gil", *sorted(known)))
    workers = _check_group_workers(table, groups, card) if groups else check_workers(table.get("workers", 1), card)
    interpreter = table.get("interpreter")
    if interpreter is not None and not _INTERPRETER.check(interpreter, "model.interpreter"):
        problem = "must be a name or a path; leave the key out for the app's own Python"
        raise ExperimentError("model.interpreter", problem)
    gil = bool(_GIL.check(table["gil"], "model.gil")) if "gil" in table else None
    own = {parameter.name for parameter in card.parameters}
    for name in table.keys() & (known.keys() - own):
        known[name].check(table[name], f"model.{name}")
    return Model(key, workers, interpreter, _check_parameters(table, "model", card.parameters), gil)


def _check_group_workers(table: Mapping[str, Any], groups: tuple[Group, ...], card: ModelCard) -> int:
    """Return how many workers the groups have together, if the model can run groups and takes that many."""
    if "workers" in table:
        raise ExperimentError("model.workers", "is said in each of the groups, where there are groups")
    if card.no_groups:
        raise ExperimentError("workload.groups", card.no_groups)
    together = sum(group.workers for group in groups)
    if together > card.max_workers:
        problem = f"must have at most {card.max_workers} workers together for {card.key}, got {together}"
        raise ExperimentError("workload.groups", problem)
    return together


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


def _table(data: object, path: str, keys: Collection[str]) -> TomlTable:
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
