"""Changes of a draft's groups for which a name is chosen: each returns the new draft and the index of its group."""

from __future__ import annotations

import itertools
import re

from gui.composer.draft import Draft, StepDraft


def with_added_group(draft: Draft, current: int, workers: int, step: StepDraft | None) -> tuple[Draft, int]:
    """Add a group of one worker, with `step`, behind the current one.

    If there were no groups, the steps become those of a first group with this many `workers`.
    """
    place = current + 1
    if not draft.groups:
        draft, place = draft.with_group(0, {"name": "group 1", "workers": max(1, workers)}), 1
    values = {"name": _free_name(draft, "group", 1), "workers": 1}
    return draft.with_group(place, values, [step] if step else []), place


def with_duplicated_group(draft: Draft, place: int) -> tuple[Draft, int]:
    """Put a copy of a group, under another name, behind it."""
    old = draft.groups[place]
    steps = [StepDraft(step.kind, step.values) for step in draft.steps if step.group == place]
    name = _free_name(draft, re.sub(r" \d+$", "", old.name)[:36], 2)
    return draft.with_group(place + 1, {**old.values, "name": name}, steps), place + 1


def _free_name(draft: Draft, base: str, first: int) -> str:
    taken = {group.name for group in draft.groups}
    return next(name for number in itertools.count(first) if (name := f"{base} {number}") not in taken)
