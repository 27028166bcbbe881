"""Validates a draft: each problem with its key's path; and whether a file can be opened at all."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.workload.catalogue import Catalogue, ModelCard, StepCard
from engine.workload.check_groups import GROUP_NAME, MAX_WORKERS
from engine.workload.errors import ExperimentError
from engine.workload.experiment import WORKLOAD_PARAMETERS, check
from engine.workload.group import parts_key
from engine.workload.limits.limit import LIMIT
from engine.workload.parameter import Kind, Parameter, shown
from engine.workload.source_check import TASK, SourceError, task_definition
from engine.workload.toml_table import TomlTable
from gui.composer.draft import Draft, StepDraft

# A kind that no file can name: it replaces kinds that the catalogue lacks while the rest of a file is checked.
_STAND_IN = "\N{BULLET}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong value. `uid` is its step's, None for the workload's own; `line` is its place in source, 0 for none."""

    path: str
    text: str
    uid: int | None = None
    name: str = ""
    line: int = 0
    column: int = 0


def find_problems(draft: Draft, catalogue: Catalogue | None) -> tuple[Problem, ...]:
    """Return everything that keeps the draft from running, in the order of the file.

    While the catalogue is not known yet, steps are assumed to be valid.
    """
    found: list[Problem] = []
    found += _of_value(WORKLOAD_PARAMETERS["seed"], draft.seed, "workload.seed", None)
    if not draft.steps and not draft.groups:
        found.append(Problem("workload.steps", "must have at least one step"))
    found += _of_groups(draft)
    if catalogue is not None:
        for path, step in zip(draft.paths(), draft.steps, strict=True):
            found += _of_step(step, path, catalogue)
    return tuple(found)


def _of_groups(draft: Draft) -> Iterator[Problem]:
    names = [group.name for group in draft.groups]
    if draft.is_pipeline and len(names) == 1:
        yield Problem("workload.stages", "must have at least 2 stages")
    for place, name in enumerate(names):
        path = f"workload.{draft.key}[{place}]"
        if not GROUP_NAME.fullmatch(name):
            yield Problem(f"{path}.name", "must be 1 to 40 letters, digits, spaces, - or _")
        elif name in names[:place]:
            yield Problem(f"{path}.name", f"{shown(name)} is another {draft.key[:-1]}'s name")
        if not draft.count_of(place):
            yield Problem(f"{path}.steps", "must have at least one step")


def check_opened(data: Mapping[str, Any], catalogue: Catalogue | None) -> None:
    """Raise ExperimentError for the first wrong key of a file that is to be opened.

    A kind of step that the catalogue lacks is accepted, because the composer shows it as unknown; its values are not
    checked. Without a catalogue no kind is known yet, and only the rest of the file is checked.
    """
    workload, model = data.get("workload"), data.get("model")
    judged = dict(data)
    steps = dict(catalogue.steps) if catalogue else {}
    models = dict(catalogue.models) if catalogue else {}
    if isinstance(workload, Mapping):
        judged["workload"] = _with_stand_ins(workload, steps)
        key = parts_key(workload)
        if key is not None and isinstance(workload[key], list):
            groups = [_with_stand_ins(each, steps) if isinstance(each, Mapping) else each for each in workload[key]]
            judged["workload"] = {**judged["workload"], key: groups}
    if not models and isinstance(model, Mapping):
        judged["model"] = {"kind": _STAND_IN}
    steps[_STAND_IN] = StepCard(_STAND_IN, "", "", "nothing", False, False)
    if not models:
        models[_STAND_IN] = ModelCard(_STAND_IN, "", "", "", "", "thread", False, MAX_WORKERS, "", "", "")
    try:
        check(judged, Catalogue(steps, models))
    except ExperimentError as error:
        raise ExperimentError(error.path, error.problem.replace(f", {_STAND_IN}", "")) from None


def _with_stand_ins(table: Mapping[str, Any], known: Mapping[str, StepCard]) -> TomlTable:
    """Return a table with steps (a workload or a group) in which what the catalogue lacks has a stand-in."""
    steps = table.get("steps")
    if not isinstance(steps, list):
        return dict(table)
    return {**table, "steps": [{"kind": _STAND_IN} if _is_unknown(each, known) else each for each in steps]}


def _is_unknown(step: object, known: Mapping[str, StepCard]) -> bool:
    return isinstance(step, Mapping) and isinstance(step.get("kind"), str) and step["kind"] not in known


def _of_step(step: StepDraft, path: str, catalogue: Catalogue) -> Iterator[Problem]:
    card = catalogue.steps.get(step.kind)
    if card is None:
        near = difflib.get_close_matches(step.kind, list(catalogue.steps), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield Problem(f"{path}.kind", f"unknown kind {shown(step.kind)}{hint}", step.uid, "kind")
        return
    parameters = (*card.parameters, *((LIMIT,) if LIMIT.name in step.values else ()))
    known = {LIMIT.name, *card.renamed, *(each.name for each in card.parameters)}
    values = card.up_to_date(step.values)
    for name in step.values:
        if name not in known:
            near = difflib.get_close_matches(name, list(known), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield Problem(f"{path}.{name}", f"unknown key{hint}", step.uid, name)
    function = str(step.values.get("function") or TASK)
    for each in parameters:
        value = values.get(each.name, each.default)
        yield from _of_value(each, value, f"{path}.{each.name}", step.uid, function)


def _of_value(
    parameter: Parameter, value: object, path: str, uid: int | None, function: str = TASK
) -> Iterator[Problem]:
    try:
        checked = parameter.check(value, path)
    except ExperimentError as error:
        yield Problem(error.path, error.problem, uid, parameter.name)
        return
    if parameter.kind is Kind.CODE:
        try:
            task_definition(str(checked), function)
        except SourceError as error:
            yield Problem(path, str(error), uid, parameter.name, error.line, error.column)
