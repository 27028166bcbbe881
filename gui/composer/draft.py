"""Draft: a workload while it is being composed, valid or not, as an immutable value."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.workload.catalogue import StepCard
from engine.workload.errors import ExperimentError
from engine.workload.experiment import FORMAT
from engine.workload.group import parts_key, step_paths
from engine.workload.parameter import shown
from engine.workload.toml_table import TomlTable

DEFAULT_TITLE = "Untitled"
DEFAULT_SEED = 1

_uids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class StepDraft:
    """One step: `values` has only the given parameters, which may be wrong.

    A step keeps its `uid` when it is moved or edited, so that the selection and messages can follow it.
    """

    kind: str
    values: Mapping[str, object] = field(default_factory=dict)
    uid: int = field(default_factory=lambda: next(_uids), compare=False)
    group: int = 0  # its group's place, 0 where there are no groups

    @classmethod
    def of_card(cls, card: StepCard) -> StepDraft:
        """Return a new step of the card's kind with every default written out."""
        return cls(card.key, {each.name: each.default for each in card.parameters})


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """One group or stage without its steps: `values` are its name, its workers and its other keys."""

    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The group's name."""
        return str(self.values.get("name", ""))

    @property
    def workers(self) -> int:
        """How many workers it has."""
        workers = self.values.get("workers", 1)
        return workers if isinstance(workers, int) else 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A title, a seed, the groups if there are any, and the steps: all groups' in their order.

    Every change is a new draft, which makes undoing exact.
    """

    title: str = DEFAULT_TITLE
    seed: object = DEFAULT_SEED
    steps: tuple[StepDraft, ...] = ()
    groups: tuple[GroupDraft, ...] = ()
    is_pipeline: bool = False  # the groups are stages, which hand every task on

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Draft:
        """Read the title, the seed and the steps of an experiment with its file's structure; values are not checked.

        Raises ExperimentError, naming the key, if the structure is wrong.
        """
        title = data.get("title", DEFAULT_TITLE)
        if not isinstance(title, str):
            raise ExperimentError("title", f"must be text, got {shown(title)}")
        workload = data.get("workload", {})
        if not isinstance(workload, Mapping):
            raise ExperimentError("workload", f"must be a table, got {shown(workload)}")
        seed = workload.get("seed", DEFAULT_SEED)
        key = parts_key(workload)
        if key is None:
            return cls(title, seed, _read_steps(workload.get("steps", []), "workload.steps"))
        groups = workload[key]
        if not isinstance(groups, list) or not all(isinstance(each, Mapping) for each in groups):
            raise ExperimentError(f"workload.{key}", f"must be a list of tables, got {shown(groups)}")
        steps = [
            _read_steps(each.get("steps", []), f"workload.{key}[{place}].steps", place)
            for place, each in enumerate(groups)
        ]
        own = [{str(name): value for name, value in each.items() if name != "steps"} for each in groups]
        made = tuple(GroupDraft(each) for each in own)
        return cls(title, seed, tuple(itertools.chain(*steps)), made, key == "stages")

    def to_dict(self) -> TomlTable:
        """Return the draft as its part of an experiment: format, title, and the workload's seed and steps or groups."""
        content: TomlTable = {"steps": self._steps_of(0)}
        if self.groups:
            parts = [{**group.values, "steps": self._steps_of(place)} for place, group in enumerate(self.groups)]
            if self.is_pipeline:
                parts[-1].pop("queue", None)  # the last stage hands nothing on
            content = {self.key: parts}
        return {"format": FORMAT, "title": self.title, "workload": {"seed": self.seed, **content}}

    @property
    def key(self) -> str:
        """The key of the groups in the file."""
        return "stages" if self.is_pipeline else "groups"

    def as_pipeline(self, is_pipeline: bool) -> Draft:
        """Return the draft with its groups as stages of a pipeline, or side by side, without keys of the other form."""
        kept = ("name", "workers", *(("queue", "model") if is_pipeline else ("tasks", "arrival_per_s")))
        groups = [GroupDraft({key: each for key, each in group.values.items() if key in kept}) for group in self.groups]
        return replace(self, groups=tuple(groups), is_pipeline=is_pipeline)

    def paths(self) -> list[str]:
        """Return each step's key in the file, such as `workload.groups[0].steps[1]`."""
        return step_paths(self.to_dict()["workload"])

    def first_of(self, group: int) -> int:
        """Return the index of a group's first step among all steps; if it has none, that of the next group's."""
        return sum(step.group < group for step in self.steps)

    def count_of(self, group: int) -> int:
        """Return how many steps a group has."""
        return sum(step.group == group for step in self.steps)

    def index_of(self, uid: int | None) -> int:
        """Return the place of the step with that uid, -1 if it is not there."""
        return next((index for index, step in enumerate(self.steps) if step.uid == uid), -1)

    def with_title(self, title: str) -> Draft:
        """Return the draft under another title."""
        return replace(self, title=title)

    def with_seed(self, seed: object) -> Draft:
        """Return the draft with another seed."""
        return replace(self, seed=seed)

    def with_step(self, index: int, step: StepDraft) -> Draft:
        """Return the draft with `step` inserted before `index`."""
        return replace(self, steps=(*self.steps[:index], step, *self.steps[index:]))

    def without_step(self, index: int) -> Draft:
        """Return the draft without the step at `index`."""
        return replace(self, steps=self.steps[:index] + self.steps[index + 1 :])

    def with_moved(self, source: int, target: int) -> Draft:
        """Return the draft with the step at `source` moved to `target`."""
        return self.without_step(source).with_step(target, self.steps[source])

    def with_value(self, index: int, name: str, value: object) -> Draft:
        """Return the draft with one parameter of one step set."""
        step = self.steps[index]
        return self._with_values(index, {**step.values, name: value})

    def without_value(self, index: int, name: str) -> Draft:
        """Return the draft without one parameter of one step."""
        step = self.steps[index]
        return self._with_values(index, {key: value for key, value in step.values.items() if key != name})

    def with_group(self, place: int, values: Mapping[str, object], steps: Iterable[StepDraft] = ()) -> Draft:
        """Return the draft with a group inserted before `place`. The first group gets the steps that had no group."""
        groups = (*self.groups[:place], GroupDraft(values), *self.groups[place:])
        shifted = [replace(step, group=step.group + (step.group >= place)) for step in self.steps]
        if not self.groups:
            shifted = list(self.steps)
        return replace(self, groups=groups, steps=_ordered([*shifted, *(replace(step, group=place) for step in steps)]))

    def without_group(self, place: int) -> Draft:
        """Return the draft without a group and its steps; if it was the only group, its steps remain without one."""
        groups = self.groups[:place] + self.groups[place + 1 :]
        if not groups:
            return replace(self, groups=(), is_pipeline=False)
        kept = [step for step in self.steps if step.group != place]
        steps = [replace(step, group=step.group - (step.group > place)) for step in kept]
        return replace(self, groups=groups, steps=_ordered(steps))

    def with_group_moved(self, source: int, target: int) -> Draft:
        """Return the draft with the group at `source` moved to `target`."""
        order = list(range(len(self.groups)))
        order.insert(target, order.pop(source))
        steps = [replace(step, group=order.index(step.group)) for step in self.steps]
        return replace(self, groups=tuple(self.groups[place] for place in order), steps=_ordered(steps))

    def with_group_value(self, place: int, name: str, value: object | None) -> Draft:
        """Return the draft with one value of a group set; None removes it."""
        values = {**self.groups[place].values, name: value}
        group = GroupDraft({key: each for key, each in values.items() if each is not None})
        return replace(self, groups=(*self.groups[:place], group, *self.groups[place + 1 :]))

    def _steps_of(self, group: int) -> list[TomlTable]:
        return [{"kind": step.kind, **step.values} for step in self.steps if step.group == group]

    def _with_values(self, index: int, values: Mapping[str, object]) -> Draft:
        changed = replace(self.steps[index], values=values)
        return replace(self, steps=(*self.steps[:index], changed, *self.steps[index + 1 :]))


def changed_uid(before: Draft, after: Draft) -> int | None:
    """Return the step of `after` that a person should look at to see what has changed, None if the steps are the same.

    That is the first step that is new or has other values, else the one at the place of a removed step.
    """
    old = {step.uid: step for step in before.steps}
    for step in after.steps:
        if old.get(step.uid) != step:
            return step.uid
    left = {step.uid for step in after.steps}
    gone = next((index for index, step in enumerate(before.steps) if step.uid not in left), None)
    if gone is None:
        return None
    beside = [step for step in after.steps[max(0, gone - 1) : gone + 1] if step.group == before.steps[gone].group]
    return beside[-1].uid if beside else None


def _ordered(steps: Iterable[StepDraft]) -> tuple[StepDraft, ...]:
    return tuple(sorted(steps, key=lambda step: step.group))


def _read_steps(data: object, path: str, group: int = 0) -> tuple[StepDraft, ...]:
    if not isinstance(data, list):
        raise ExperimentError(path, f"must be a list of tables, got {shown(data)}")
    return tuple(replace(_read_step(each, f"{path}[{place}]"), group=group) for place, each in enumerate(data))


def _read_step(data: object, path: str) -> StepDraft:
    if not isinstance(data, Mapping):
        raise ExperimentError(path, f"must be a table, got {shown(data)}")
    kind = data.get("kind")
    if kind is None:
        raise ExperimentError(f"{path}.kind", "is missing")
    if not isinstance(kind, str):
        raise ExperimentError(f"{path}.kind", f"must be text, got {shown(kind)}")
    return StepDraft(kind, {str(key): value for key, value in data.items() if key != "kind"})
