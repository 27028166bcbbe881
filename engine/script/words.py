"""Writes the docstring at a script's head."""

from __future__ import annotations

import platform
import textwrap
from collections.abc import Mapping
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.group import numbered_steps, workers_of

_WIDTH = 117


def head(experiment: Mapping[str, Any], model: ModelDescriptor, name: str) -> list[str]:
    """Return the lines of the docstring at the file's head."""
    work = experiment["workload"]
    kinds = ", ".join(dict.fromkeys(str(each["kind"]) for each in numbered_steps(work)))
    workers = 1 if model.card.max_workers == 1 else workers_of(experiment)
    plural = "s" * (workers > 1)
    gil = experiment["model"].get("gil")
    command = f"{'' if gil is None else f'PYTHON_GIL={int(gil)} '}python {plain_text(name)}"
    title = plain_text(str(experiment["title"]))
    what = f"{amount(work)} of {kinds}; {model.card.title}, {workers} worker{plural}."
    made = f"Made by Gilscope under {this_python()}; run: {command}"
    short = f"{title}. {amount(work)}; {model.card.title}, {workers} worker{plural}. {made}"
    if len(short) <= _WIDTH:
        return [f'"""{short}"""']
    told = textwrap.wrap(f"{what} {made}", _WIDTH)
    return ['"""' + title, "", *told[:-1], told[-1] + '"""']


def amount(work: Mapping[str, Any]) -> str:
    """Return the amount of work in words."""
    if work.get("tasks"):
        return f"{work['tasks']} tasks"
    duration_s = work.get("duration_s")
    return "Tasks until Ctrl-C" if duration_s is None else f"Tasks for {duration_s:g} s"


def this_python() -> str:
    """Return the name and version of this Python."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def plain_text(text: str) -> str:
    """Return text that is valid in a docstring's first line."""
    text = " ".join(text.split()).replace("\\", "\\\\").replace('"', "'")
    return "".join(each for each in text if each.isprintable()) or "Untitled"
