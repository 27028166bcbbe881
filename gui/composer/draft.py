"""Draft: a workload while it is being composed, right or wrong, as an immutable value."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.workload.catalogue import StepCard
from engine.workload.errors import ExperimentError
from engine.workload.experiment import FORMAT
from engine.workload.parameter import shown

DEFAULT_TITLE = "Untitled"
DEFAULT_SEED = 1

_uids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class StepDraft:
    """One step as it is written now: `values` holds only what was given, and may be wrong.

    `uid` stays with the step while it is moved and edited, so that a selection and a message can follow it.
    """

    kind: str
    values: Mapping[str, object] = field(default_factory=dict)
    uid: int = field(default_factory=lambda: next(_uids), compare=False)

    @classmethod
    def of_card(cls, card: StepCard) -> StepDraft:
        """Return a new step of the card's kind with every default written out."""
        return cls(card.key, {each.name: each.default for each in card.parameters})


@dataclass(frozen=True, slots=True)
class Draft:
    """A title, a seed and the steps. Every change is a new draft, which makes undoing exact."""

    title: str = DEFAULT_TITLE
    seed: object = DEFAULT_SEED
    steps: tuple[StepDraft, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Draft:
        """Read the title, the seed and the steps of an experiment in its file's shape; values are not judged here.

        Raises ExperimentError, naming the key, if the shape itself is wrong.
        """
        title = data.get("title", DEFAULT_TITLE)
        if not isinstance(title, str):
            raise ExperimentError("title", f"must be text, got {shown(title)}")
        workload = data.get("workload", {})
        if not isinstance(workload, Mapping):
            raise ExperimentError("workload", f"must be a table, got {shown(workload)}")
        steps = workload.get("steps", [])
        if not isinstance(steps, list):
            raise ExperimentError("workload.steps", f"must be a list of tables, got {shown(steps)}")
        return cls(
            title,
            workload.get("seed", DEFAULT_SEED),
            tuple(_read_step(each, f"workload.steps[{index}]") for index, each in enumerate(steps)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the draft as its part of an experiment: format, title, and the workload's seed and steps."""
        steps = [{"kind": step.kind, **step.values} for step in self.steps]
        return {"format": FORMAT, "title": self.title, "workload": {"seed": self.seed, "steps": steps}}

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
        """Return the draft with `step` put in before place `index`."""
        return replace(self, steps=(*self.steps[:index], step, *self.steps[index:]))

    def without_step(self, index: int) -> Draft:
        """Return the draft without the step at `index`."""
        return replace(self, steps=self.steps[:index] + self.steps[index + 1 :])

    def with_moved(self, source: int, target: int) -> Draft:
        """Return the draft with the step at `source` standing at `target`."""
        return self.without_step(source).with_step(target, self.steps[source])

    def with_value(self, index: int, name: str, value: object) -> Draft:
        """Return the draft with one parameter of one step set."""
        step = self.steps[index]
        return self._with_values(index, {**step.values, name: value})

    def without_value(self, index: int, name: str) -> Draft:
        """Return the draft with one parameter of one step taken out of the file."""
        step = self.steps[index]
        return self._with_values(index, {key: value for key, value in step.values.items() if key != name})

    def _with_values(self, index: int, values: Mapping[str, object]) -> Draft:
        changed = replace(self.steps[index], values=values)
        return replace(self, steps=(*self.steps[:index], changed, *self.steps[index + 1 :]))


def changed_uid(before: Draft, after: Draft) -> int | None:
    """Return the step of `after` that a person should look at to see what has changed, None if the steps are the same.

    That is the first step that is new or has other values, else the one that stands where one has gone.
    """
    old = {step.uid: step for step in before.steps}
    for step in after.steps:
        if old.get(step.uid) != step:
            return step.uid
    left = {step.uid for step in after.steps}
    gone = next((index for index, step in enumerate(before.steps) if step.uid not in left), None)
    if gone is None or not after.steps:
        return None
    return after.steps[min(gone, len(after.steps) - 1)].uid


def _read_step(data: object, path: str) -> StepDraft:
    if not isinstance(data, Mapping):
        raise ExperimentError(path, f"must be a table, got {shown(data)}")
    kind = data.get("kind")
    if kind is None:
        raise ExperimentError(f"{path}.kind", "is missing")
    if not isinstance(kind, str):
        raise ExperimentError(f"{path}.kind", f"must be text, got {shown(kind)}")
    return StepDraft(kind, {str(key): value for key, value in data.items() if key != "kind"})
