"""Groups and stages: workers of several kinds in one run, each with its own steps.

Groups run side by side, each with its own tasks. Stages hand every task on to the next stage through a bounded queue.
Steps are numbered across all groups or stages, in the file's order, so code that finds steps by number (names, kinds,
exports) need not know about either. Task numbers alternate between the groups: of three groups, the second does tasks
1, 4, 7 and so on, so a phase's task number gives its group. In a pipeline a task keeps its number through all stages,
and the step's number gives the stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.workload.toml_table import TomlTable

if TYPE_CHECKING:
    from engine.workload.step import Step

MAX_GROUPS = 16
MAX_STEPS = 64  # of all groups together
DEFAULT_QUEUE = 10


@dataclass(frozen=True)
class Group:
    """Workers of one kind: how many, their steps, and how their tasks arrive.

    `tasks` is how many tasks a group does at most, None as many as the workload says. `arrival_per_s` is the mean
    rate of the group's open loop, None a closed loop. For a stage, `queue` is how many tasks may wait for the next
    stage (None for the last stage), and `model` is the key of the stage's model, None the experiment's.
    """

    name: str
    workers: int
    steps: tuple[Step, ...]
    tasks: int | None = None
    arrival_per_s: float | None = None
    queue: int | None = None
    model: str | None = None

    def to_dict(self) -> TomlTable:
        """Return the group in the shape of its table in the file."""
        others = {
            "tasks": self.tasks,
            "arrival_per_s": self.arrival_per_s,
            "queue": self.queue,
            "model": self.model,
        }
        return {
            "name": self.name,
            "workers": self.workers,
            **{key: value for key, value in others.items() if value is not None},
            "steps": [step.to_dict() for step in self.steps],
        }


def parts_key(workload: Mapping[str, Any]) -> str | None:
    """Return `groups` or `stages`, whichever key a workload in the shape of its file has; None if it has neither."""
    return next((key for key in ("groups", "stages") if key in workload), None)


def parts_of(workload: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the tables of a workload's groups or stages; empty where it has neither."""
    key = parts_key(workload)
    return workload[key] if key is not None else ()


def is_pipeline(workload: Mapping[str, Any]) -> bool:
    """Return whether a workload has stages."""
    return "stages" in workload


def numbered_steps(workload: Mapping[str, Any]) -> list[TomlTable]:
    """Return the steps of a workload in the shape of its file, in the order of their numbers."""
    if parts_key(workload) is None:
        return list(workload["steps"])
    return [step for part in parts_of(workload) for step in part["steps"]]


def step_paths(workload: Mapping[str, Any]) -> list[str]:
    """Return the key of each step in the file, such as `workload.groups[0].steps[1]`, by its number."""
    key = parts_key(workload)
    if key is None:
        return [f"workload.steps[{place}]" for place in range(len(workload["steps"]))]
    return [
        f"workload.{key}[{number}].steps[{place}]"
        for number, part in enumerate(workload[key])
        for place in range(len(part["steps"]))
    ]


def steps_of_group(workload: Mapping[str, Any], number: int) -> range:
    """Return the numbers of a group's or stage's steps; all steps' where the workload has neither."""
    parts = parts_of(workload)
    if not parts:
        return range(len(workload["steps"]))
    first = sum(len(part["steps"]) for part in parts[:number])
    return range(first, first + len(parts[number]["steps"]))


def group_names(workload: Mapping[str, Any]) -> list[str]:
    """Return the names of the groups or stages, none where the workload has neither."""
    return [str(part["name"]) for part in parts_of(workload)]


def groups_by_first_step(workload: Mapping[str, Any]) -> dict[int, str]:
    """Return the names of groups or stages by the number of their first step, none where the workload has neither."""
    return {steps_of_group(workload, number)[0]: name for number, name in enumerate(group_names(workload))}


def has_groups(experiment: Mapping[str, Any]) -> bool:
    """Return whether an experiment in the shape of its file, checked or not, has groups or stages."""
    workload = experiment.get("workload")
    return isinstance(workload, dict) and parts_key(workload) is not None


def workers_of(experiment: Mapping[str, Any]) -> int:
    """Return how many workers an experiment in the shape of its file asks for, summed over its groups."""
    if not has_groups(experiment):
        return int(experiment["model"]["workers"])
    return sum(int(part["workers"]) for part in parts_of(experiment["workload"]))


def threads_of(experiment: Mapping[str, Any]) -> int:
    """Return how many workers can have a task at once: `workers_of`, or as many as a loop's executor has threads."""
    most = int(experiment["model"].get("default_executor_workers") or 0)
    if not most:
        return workers_of(experiment)
    asked = [part["workers"] for part in parts_of(experiment["workload"])] or [experiment["model"]["workers"]]
    return sum(min(most, int(each)) for each in asked)


def is_open_loop(workload: Mapping[str, Any]) -> bool:
    """Return whether tasks arrive independently of the workers: at a rate, or from the stage before."""
    return is_pipeline(workload) or has_rate(workload)


def has_rate(workload: Mapping[str, Any]) -> bool:
    """Return whether tasks arrive at a rate, in the workload or in one of its groups or stages."""
    return any(each.get("arrival_per_s") is not None for each in (workload, *parts_of(workload)))
