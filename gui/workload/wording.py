"""How steps are put into words: summaries and badges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.workload.catalogue import StepCard
from engine.workload.limits.limit import LIMIT
from engine.workload.parameter import Kind, Parameter, shown
from gui.forms.number_text import number_text

_WAITS = {
    "time": ("waits on time", "io_wait"),
    "network": ("waits on network", "io_wait"),
    "disk": ("waits on disk", "io_wait"),
    "lock": ("waits on a lock", "lock_wait"),
    "child": ("waits on a child process", "io_wait"),
}


@dataclass(frozen=True, slots=True)
class StepBadge:
    """A few words about what a step does to the interpreter, in the colour of that state of a worker."""

    text: str
    state: str
    help: str


def badges(card: StepCard) -> tuple[StepBadge, ...]:
    """Return what a person should know of a step before they choose a model for it."""
    if card.waits_on not in _WAITS:
        if card.holds_gil:
            text = "One thread at a time computes this: more threads are no faster under a GIL."
            return (StepBadge("keeps the GIL", "gil_wait", text),)
        return (StepBadge("releases the GIL", "cpu", "Threads compute this in parallel, even under a GIL."),)
    text, state = _WAITS[card.waits_on]
    waits = StepBadge(text, state, "Other workers go on while one waits.")
    if card.has_async:
        return (waits,)
    return (
        waits,
        StepBadge("blocks an event loop", "loop_wait", "There is no form that awaits: asyncio stands still."),
    )


def summary(values: Mapping[str, object], card: StepCard) -> str:
    """Return a step's parameters in one line: `below 2,000`, or `delay 20 ms, response 4 KiB, constant`."""
    values = card.up_to_date(values)
    parts = (_phrase(each, values.get(each.name, each.default)) for each in card.parameters)
    limit = values.get(LIMIT.name)
    at_once = "" if limit is None else f"{LIMIT.title[:1].lower()}{LIMIT.title[1:]} {number_text(limit)}"
    return ", ".join(part for part in (*parts, at_once) if part)


def raw_summary(values: Mapping[str, object]) -> str:
    """Return the parameters of a step that no card describes, as its file writes them."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in values.items())


def _phrase(parameter: Parameter, value: object) -> str:
    name = parameter.title[:1].lower() + parameter.title[1:] if parameter.title[1:2].islower() else parameter.title
    if parameter.kind is Kind.BOOLEAN:
        return name if value is True else f"no {name}"
    if parameter.kind is Kind.CHOICE:
        return str(value)
    if parameter.kind is Kind.CODE:
        return code_phrase(str(value))
    if parameter.kind is Kind.TEXT:
        return f"{name} {shown(value)}" if value else ""
    unit = f" {parameter.unit}" if parameter.unit else ""
    return f"{name} {number_text(value)}{unit}"


def code_phrase(source: str) -> str:
    """Return what a piece of source defines and how long it is: `async def task(item), 12 lines`."""
    found = re.search(r"^(async\s+)?def\s+task\b[^\n:]*", source, re.MULTILINE)
    lines = len(source.rstrip().splitlines())
    length = f"{lines} line{'' if lines == 1 else 's'}"
    return f"{found.group(0).rstrip()}, {length}" if found else length
