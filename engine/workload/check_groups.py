"""Checks every key of the groups or the stages of an experiment file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.workload.catalogue import Catalogue, ModelCard
from engine.workload.errors import ExperimentError
from engine.workload.group import DEFAULT_QUEUE, MAX_GROUPS, MAX_STEPS, Group
from engine.workload.parameter import Kind, Parameter, shown
from engine.workload.tables import key_of, table_of

if TYPE_CHECKING:
    from engine.workload.step import Step

MAX_WORKERS = 1_000_000  # most that a file may ask for; each model with several workers has a lower bound of its own
GROUP_NAME = re.compile(r"[^\W_][\w \-]{0,39}")
TASKS = Parameter("tasks", "Tasks", Kind.INTEGER, 100, minimum=1, maximum=1_000_000_000)
ARRIVAL = Parameter("arrival_per_s", "Arrivals", Kind.NUMBER, 100.0, unit="1/s", minimum=0.001, maximum=1_000_000)
WORKERS = Parameter("workers", "Workers", Kind.INTEGER, 1, minimum=1, maximum=MAX_WORKERS)
QUEUE = Parameter("queue", "Queue", Kind.INTEGER, DEFAULT_QUEUE, minimum=1, maximum=1_000_000)
_NAME = Parameter("name", "Name", Kind.TEXT, "")

_CheckSteps = Callable[[object, str], "tuple[Step, ...]"]


def check_groups(data: object, key: str, catalogue: Catalogue, check_steps: _CheckSteps) -> tuple[Group, ...]:
    """Return the groups or stages in `data`; `key` is `groups` or `stages`. Raises ExperimentError."""
    if not isinstance(data, list):
        raise ExperimentError(f"workload.{key}", f"must be a list of tables, got {shown(data)}")
    least = 1 if key == "groups" else 2
    if not least <= len(data) <= MAX_GROUPS:
        raise ExperimentError(f"workload.{key}", f"must have from {least} to {MAX_GROUPS} {key}, got {len(data)}")
    groups: list[Group] = []
    for number, each in enumerate(data):
        path = f"workload.{key}[{number}]"
        if key == "groups":
            group = _check_group(each, path, check_steps)
        else:
            group = _check_stage(each, path, catalogue, check_steps, last=number == len(data) - 1)
        if any(group.name == other.name for other in groups):
            raise ExperimentError(f"{path}.name", f"{shown(group.name)} is another {key[:-1]}'s name")
        groups.append(group)
    steps = sum(len(group.steps) for group in groups)
    if steps > MAX_STEPS:
        raise ExperimentError(f"workload.{key}", f"must have at most {MAX_STEPS} steps together, got {steps}")
    return tuple(groups)


def check_group_workers(
    table: Mapping[str, Any], groups: tuple[Group, ...], key: str, card: ModelCard, catalogue: Catalogue
) -> int:
    """Return the groups' total of workers. Raises ExperimentError if the model cannot run groups or so many workers."""
    if "workers" in table:
        raise ExperimentError("model.workers", f"is said in each of the {key}, where there are {key}")
    if key == "groups":
        if card.no_groups:
            raise ExperimentError("workload.groups", card.no_groups)
        together = sum(group.workers for group in groups)
        if together > card.max_workers:
            problem = f"must have at most {card.max_workers} workers together for {card.key}, got {together}"
            raise ExperimentError("workload.groups", problem)
        return together
    for number, stage in enumerate(groups):
        own = catalogue.models[stage.model] if stage.model else card
        path = f"workload.stages[{number}]"
        if own.no_stages:
            raise ExperimentError(f"{path}.model" if stage.model else "model.kind", own.no_stages)
        if stage.workers > own.max_workers:
            problem = f"must be at most {own.max_workers} for {own.key}, got {stage.workers}"
            raise ExperimentError(f"{path}.workers", problem)
    return sum(stage.workers for stage in groups)


def _check_group(data: object, path: str, check_steps: _CheckSteps) -> Group:
    table = table_of(data, path, ("name", "workers", "tasks", "arrival_per_s", "steps"))
    tasks, arrival = table.get("tasks"), table.get("arrival_per_s")
    return Group(
        _check_name(table, path),
        int(WORKERS.check(table.get("workers", 1), f"{path}.workers")),
        check_steps(table.get("steps"), f"{path}.steps"),
        None if tasks is None else int(TASKS.check(tasks, f"{path}.tasks")),
        None if arrival is None else float(ARRIVAL.check(arrival, f"{path}.arrival_per_s")),
    )


def _check_stage(data: object, path: str, catalogue: Catalogue, check_steps: _CheckSteps, *, last: bool) -> Group:
    table = table_of(data, path, ("name", "workers", "queue", "model", "steps"))
    model = table.get("model")
    if last and "queue" in table:
        raise ExperimentError(f"{path}.queue", "the last stage hands nothing on")
    return Group(
        _check_name(table, path),
        int(WORKERS.check(table.get("workers", 1), f"{path}.workers")),
        check_steps(table.get("steps"), f"{path}.steps"),
        queue=None if last else int(QUEUE.check(table.get("queue", DEFAULT_QUEUE), f"{path}.queue")),
        model=None if model is None else key_of(model, f"{path}.model", catalogue.models),
    )


def _check_name(table: Mapping[str, Any], path: str) -> str:
    if "name" not in table:
        raise ExperimentError(f"{path}.name", "is missing")
    name = str(_NAME.check(table["name"], f"{path}.name"))
    if not GROUP_NAME.fullmatch(name):
        problem = "must be 1 to 40 letters, digits, spaces, - or _, and begin with a letter or a digit"
        raise ExperimentError(f"{path}.name", f"{problem}, got {shown(name)}")
    return name
