"""Groups: workers of several kinds side by side in one run, each with steps of its own.

Steps are numbered through all groups, in the file's order: whatever reads steps by their number (names, kinds,
exports) needs to know nothing of groups. Groups take turns with the tasks' numbers: of three groups, the second does
tasks 1, 4, 7 and so on. So a phase's task tells its group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.workload.toml_table import TomlTable

if TYPE_CHECKING:
    from engine.workload.experiment import Step

MAX_GROUPS = 16
MAX_STEPS = 64  # of all groups together


@dataclass(frozen=True)
class Group:
    """Workers of one kind: how many, their steps, and how their tasks arrive.

    `tasks` is how many tasks the group does at most, None as many as the workload says. `arrival_per_s` is the mean
    rate of the group's open loop, None a closed loop.
    """

    name: str
    workers: int
    steps: tuple[Step, ...]
    tasks: int | None = None
    arrival_per_s: float | None = None

    def to_dict(self) -> TomlTable:
        """Return the group in the shape of its table in the file."""
        amounts = {"tasks": self.tasks, "arrival_per_s": self.arrival_per_s}
        return {
            "name": self.name,
            "workers": self.workers,
            **{key: value for key, value in amounts.items() if value is not None},
            "steps": [{"kind": step.kind, **step.parameters} for step in self.steps],
        }


def numbered_steps(workload: Mapping[str, Any]) -> list[TomlTable]:
    """Return the steps of a workload in the shape of its file, in the order of their numbers."""
    groups = workload.get("groups")
    if groups is None:
        return list(workload["steps"])
    return [step for group in groups for step in group["steps"]]


def step_paths(workload: Mapping[str, Any]) -> list[str]:
    """Return the key of each step in the file, such as `workload.groups[0].steps[1]`, by its number."""
    groups = workload.get("groups")
    if groups is None:
        return [f"workload.steps[{place}]" for place in range(len(workload["steps"]))]
    return [
        f"workload.groups[{number}].steps[{place}]"
        for number, group in enumerate(groups)
        for place in range(len(group["steps"]))
    ]


def steps_of_group(workload: Mapping[str, Any], number: int) -> range:
    """Return the numbers of a group's steps; all steps' where the workload has no groups."""
    groups = workload.get("groups")
    if groups is None:
        return range(len(workload["steps"]))
    first = sum(len(group["steps"]) for group in groups[:number])
    return range(first, first + len(groups[number]["steps"]))


def group_names(workload: Mapping[str, Any]) -> list[str]:
    """Return the groups' names, none where the workload has no groups."""
    return [str(group["name"]) for group in workload.get("groups") or ()]


def groups_by_first_step(workload: Mapping[str, Any]) -> dict[int, str]:
    """Return the groups' names by the number of their first step, none where the workload has no groups."""
    return {steps_of_group(workload, number)[0]: name for number, name in enumerate(group_names(workload))}


def has_groups(experiment: Mapping[str, Any]) -> bool:
    """Return whether an experiment in the shape of its file, checked or not, has groups."""
    workload = experiment.get("workload")
    return isinstance(workload, dict) and "groups" in workload


def workers_of(experiment: Mapping[str, Any]) -> int:
    """Return how many workers an experiment, in the shape of its file, asks for: all groups' together."""
    groups = experiment["workload"].get("groups")
    if groups is None:
        return int(experiment["model"]["workers"])
    return sum(int(group["workers"]) for group in groups)


def is_open_loop(workload: Mapping[str, Any]) -> bool:
    """Return whether tasks arrive at a rate, in the whole workload or in any of its groups."""
    return any(each.get("arrival_per_s") is not None for each in (workload, *(workload.get("groups") or ())))
