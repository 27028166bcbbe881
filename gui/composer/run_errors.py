"""Errors that a run reported in the user's own source, shown only for the source they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.workload.catalogue import Catalogue
from engine.workload.parameter import Kind
from gui.composer.draft import Draft, StepDraft
from gui.composer.problems import Problem

_FRAME = re.compile(r'File "<(workload\.(?:(?:groups|stages)\[\d+\]\.)?steps\[\d+\])>", line (\d+)')


class RunErrors:
    """Keeps at most one error for each step, until the step's source changes."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[object, Problem]] = {}

    def add(self, error: Mapping[str, Any], draft: Draft, catalogue: Catalogue | None) -> int | None:
        """Keep a run's error (`type`, `message`, `traceback`); return the uid of the step whose source it names."""
        frames = _FRAME.findall(str(error.get("traceback") or ""))
        if not frames or catalogue is None:
            return None
        path, line = frames[-1][0], int(frames[-1][1])
        paths = draft.paths()
        if path not in paths:
            return None
        step = draft.steps[paths.index(path)]
        name = _code_name(step, catalogue)
        if name is None:
            return None
        text = f"line {line}: {error.get('type') or 'Error'}"
        if error.get("message"):
            text += f": {error['message']}"
        problem = Problem(f"{path}.{name}", f"{text} (in the last run)", step.uid, name, line)
        self._found[step.uid] = (step.values.get(name), problem)
        return step.uid

    def clear(self) -> None:
        """Forget them all."""
        self._found.clear()

    def of(self, draft: Draft) -> tuple[Problem, ...]:
        """Return the errors whose source has not changed since the run."""
        kept = []
        for step in draft.steps:
            source, problem = self._found.get(step.uid, (None, None))
            if problem is not None and step.values.get(problem.name) == source:
                kept.append(problem)
        return tuple(kept)


def _code_name(step: StepDraft, catalogue: Catalogue) -> str | None:
    card = catalogue.steps.get(step.kind)
    parameters = card.parameters if card else ()
    return next((each.name for each in parameters if each.kind is Kind.CODE), None)
