"""Experiment: a workload, a model, a number of workers and an interpreter; `check` validates every key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.workload.catalogue import Catalogue, ModelCard
from engine.workload.check_groups import ARRIVAL, TASKS, WORKERS, check_group_workers, check_groups
from engine.workload.errors import ExperimentError
from engine.workload.group import MAX_STEPS, parts_key
from engine.workload.limits.limit import LIMIT
from engine.workload.parameter import Kind, Parameter, Value, shown
from engine.workload.step import Step as Step
from engine.workload.tables import kind_of, table_of
from engine.workload.toml_table import TomlTable
from engine.workload.workload import DEFAULT_TASKS
from engine.workload.workload import Workload as Workload

FORMAT = 1

_DURATION = Parameter("duration_s", "Duration", Kind.NUMBER, 5.0, unit="s", minimum=0.01, maximum=86_400)
_TIME_LIMIT = Parameter(
    "time_limit_s", "Time limit", Kind.NUMBER, 60.0, "A run that takes longer is ended.", "s", 0.01, 86_400
)
_UNTIL_STOPPED = Parameter("until_stopped", "Until stopped", Kind.BOOLEAN, False)
_SEED = Parameter(
    "seed", "Seed", Kind.INTEGER, 1, "Decides every drawn number: the same seed, the same run.", None, 0, 2**63 - 1
)
_TITLE = Parameter("title", "Title", Kind.TEXT, "Untitled")
_INTERPRETER = Parameter("interpreter", "Interpreter", Kind.TEXT, "")
_GIL = Parameter("gil", "GIL", Kind.BOOLEAN, True)

# The workload's own settings by key, from which forms are made.
WORKLOAD_PARAMETERS: Mapping[str, Parameter] = {
    each.name: each for each in (TASKS, _DURATION, _UNTIL_STOPPED, _TIME_LIMIT, ARRIVAL, _SEED)
}


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
        if work.time_limit_s is not None:
            amount["time_limit_s"] = work.time_limit_s
        content: TomlTable = {"steps": [step.to_dict() for step in work.steps]}
        model: TomlTable = {"kind": self.model.kind, "workers": self.model.workers}
        if work.groups:
            content = {"stages" if work.is_pipeline else "groups": [group.to_dict() for group in work.groups]}
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
    top = table_of(data, "", ("format", "title", "workload", "model"))
    if "format" not in top:
        raise ExperimentError("format", f"is missing; this version reads format = {FORMAT}")
    if type(top["format"]) is not int or top["format"] != FORMAT:
        raise ExperimentError("format", f"must be {FORMAT}, got {shown(top['format'])}")
    title = str(_TITLE.check(top.get("title", _TITLE.default), "title"))
    for name in ("workload", "model"):
        if name not in top:
            raise ExperimentError(name, "is missing")
    workload = _check_workload(top["workload"], catalogue)
    return Experiment(workload, _check_model(top["model"], catalogue, workload), title)


def check_workers(workers: object, card: ModelCard) -> int:
    """Return `workers` if `card`'s model takes that many, else raise ExperimentError for `model.workers`."""
    count = int(WORKERS.check(workers, "model.workers"))
    # A model that can only have one worker accepts any number and notes it when it runs: see the host's notes.
    if card.max_workers > 1 and count > card.max_workers:
        raise ExperimentError("model.workers", f"must be at most {card.max_workers} for {card.key}, got {count}")
    return count


def _check_workload(data: object, catalogue: Catalogue) -> Workload:
    amounts = ("tasks", "duration_s", "until_stopped")
    table = table_of(data, "workload", (*amounts, "arrival_per_s", "time_limit_s", "seed", "steps", "groups", "stages"))
    if table.get("until_stopped") is False:
        table = {key: value for key, value in table.items() if key != "until_stopped"}
    given = [name for name in amounts if name in table]
    if len(given) > 1:
        raise ExperimentError(f"workload.{given[1]}", f"cannot be given together with {given[0]}")
    tasks = int(TASKS.check(table.get("tasks", DEFAULT_TASKS), "workload.tasks")) if given in ([], ["tasks"]) else None
    duration = float(_DURATION.check(table["duration_s"], "workload.duration_s")) if given == ["duration_s"] else None
    until = bool(_UNTIL_STOPPED.check(table.get("until_stopped", False), "workload.until_stopped"))
    arrival = table.get("arrival_per_s")
    if arrival is not None:
        arrival = float(ARRIVAL.check(arrival, "workload.arrival_per_s"))
    seed = int(_SEED.check(table.get("seed", _SEED.default), "workload.seed"))
    limit = table.get("time_limit_s")
    if limit is not None:
        limit = float(_TIME_LIMIT.check(limit, "workload.time_limit_s"))
    key = parts_key(table)
    if key is None:
        steps = _check_steps(table.get("steps"), "workload.steps", catalogue)
        return Workload(steps, tasks, duration, until, arrival, seed, time_limit_s=limit)
    for other in ("steps", "stages" if key == "groups" else "", "arrival_per_s" if key == "groups" else ""):
        if other in table:
            raise ExperimentError(f"workload.{other}", f"belongs in each of the {key}, where there are {key}")
    groups = check_groups(table[key], key, catalogue, lambda data, path: _check_steps(data, path, catalogue))
    steps = tuple(step for group in groups for step in group.steps)
    return Workload(steps, tasks, duration, until, arrival, seed, groups, key == "stages", limit)


def _check_steps(data: object, path: str, catalogue: Catalogue) -> tuple[Step, ...]:
    if data is None:
        raise ExperimentError(path, "is missing; a workload has at least one step")
    if not isinstance(data, list):
        raise ExperimentError(path, f"must be a list of tables, got {shown(data)}")
    if not 1 <= len(data) <= MAX_STEPS:
        raise ExperimentError(path, f"must have from 1 to {MAX_STEPS} steps, got {len(data)}")
    return tuple(_check_step(each, f"{path}[{index}]", catalogue) for index, each in enumerate(data))


def _check_step(data: object, path: str, catalogue: Catalogue) -> Step:
    key = kind_of(data, path, catalogue.steps)
    reason = catalogue.steps[key].unavailable_reason
    if reason:  # the step could not be loaded, so its parameters are unknown
        raise ExperimentError(f"{path}.kind", reason)
    parameters = catalogue.steps[key].parameters
    known = ("kind", *(parameter.name for parameter in parameters), LIMIT.name)
    given = table_of(data, path, (*known, *catalogue.steps[key].renamed))
    for old, names in catalogue.steps[key].renamed.items():
        first = next(parameter for parameter in parameters if parameter.name in names)
        if old in given:
            first.check(given[old], f"{path}.{old}")
    table = catalogue.steps[key].up_to_date(given)
    limit = None if LIMIT.name not in table else int(LIMIT.check(table[LIMIT.name], f"{path}.{LIMIT.name}"))
    return Step(key, _check_parameters(table, path, parameters), limit)


def _check_model(data: object, catalogue: Catalogue, workload: Workload) -> Model:
    key = kind_of(data, "model", catalogue.models)
    card = catalogue.models[key]
    # Options such as start_method belong to some models only, but stay in the file when its model is changed: an option
    # that another model knows is checked and then left out; a key that no model knows is an error.
    known = {parameter.name: parameter for each in catalogue.models.values() for parameter in each.parameters}
    table = table_of(data, "model", ("kind", "workers", "interpreter", "gil", *sorted(known)))
    if workload.groups:
        key_of_parts = "stages" if workload.is_pipeline else "groups"
        workers = check_group_workers(table, workload.groups, key_of_parts, card, catalogue)
    else:
        workers = check_workers(table.get("workers", 1), card)
    interpreter = table.get("interpreter")
    if interpreter is not None and not _INTERPRETER.check(interpreter, "model.interpreter"):
        problem = "must be a name or a path; leave the key out for the app's own Python"
        raise ExperimentError("model.interpreter", problem)
    if table.get("submit") == "all" and "submit" in {each.name for each in card.parameters}:
        _check_all_at_once(workload)
    gil = bool(_GIL.check(table["gil"], "model.gil")) if "gil" in table else None
    own = {parameter.name for parameter in card.parameters}
    others = {name: known[name].check(table[name], f"model.{name}") for name in table.keys() & (known.keys() - own)}
    options = _check_parameters(table, "model", card.parameters)
    stages = (catalogue.models[each.model] for each in workload.groups if each.model)
    options |= {each.name: others[each.name] for stage in stages for each in stage.parameters if each.name in others}
    return Model(key, workers, interpreter, options, gil)


def _check_all_at_once(workload: Workload) -> None:
    """Raise ExperimentError if all tasks are to be submitted at once, but their number is not limited."""
    rates = [part.arrival_per_s for part in workload.groups] or [workload.arrival_per_s]
    if workload.task_count is None and None in rates:
        problem = 'must be "bounded" where it is not said how many tasks there are (workload.tasks), or at which rate'
        raise ExperimentError("model.submit", f"{problem} they arrive")


def _check_parameters(table: Mapping[str, object], path: str, parameters: tuple[Parameter, ...]) -> dict[str, Value]:
    return {each.name: each.check(table.get(each.name, each.default), f"{path}.{each.name}") for each in parameters}
