"""What in an experiment runs only when a person has allowed it: the one rule, asked by window, command line and engine.

Two things of a file are code of whoever wrote it: the source in its steps, and a program that it names as its
interpreter, unless that is a Python that this machine has anyway. Neither is ever run by opening, listing or checking
the file. Permission is given once for each content (and, of a program, for its path too).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.workload.catalogue import Catalogue, StepCard
from engine.workload.group import numbered_steps, step_paths
from engine.workload.parameter import Kind, Parameter

_VERSION = re.compile(r"[A-Za-z]*\d[\d.]*t?")  # 3.13, 3.13t, pypy3.10
INTERPRETER_KEY = "model.interpreter"


@dataclass(frozen=True)
class Needed:
    """One thing that needs permission: its key in the file, what it is (`is Python code`), and its content's digest."""

    key: str
    what: str
    digest: str


def code_parameters(card: StepCard) -> tuple[Parameter, ...]:
    """Return the parameters of a step that are source code; a step that has any carries code."""
    return tuple(each for each in card.parameters if each.kind is Kind.CODE)


def permission_needed(
    experiment: Mapping[str, Any], catalogue: Catalogue, is_known: Callable[[str], bool]
) -> tuple[Needed, ...]:
    """Return what of a checked experiment, in the shape of its file, needs permission.

    `is_known` says of a path whether it is an interpreter that nobody has to allow: see `engine.interpreters.known`.
    """
    sources = _sources(experiment, catalogue)
    code = [Needed(next(iter(sources)), "is Python code", _digest(sources.values()))] if sources else []
    return (*code, *program_needed(experiment, is_known))


def program_needed(experiment: Mapping[str, Any], is_known: Callable[[str], bool]) -> tuple[Needed, ...]:
    """Return what needs permission for the interpreter that an experiment names, checked or not."""
    model = experiment.get("model")
    name = model.get("interpreter") if isinstance(model, dict) else None
    if not isinstance(name, str) or not is_path(name) or not _may_be_program(name) or is_known(name):
        return ()
    return (Needed(INTERPRETER_KEY, f"is a program that this machine's Pythons do not include: {name}", digest(name)),)


def is_path(name: str) -> bool:
    """Return whether an interpreter's name means a file, and not the newest Python that matches."""
    path = os.path.expanduser(name)
    if os.path.isabs(path) or os.sep in path or (os.altsep and os.altsep in path):
        return True
    return _VERSION.fullmatch(name) is None and os.path.lexists(path)


def digest(program: str) -> str:
    """Return a digest of a program: its path, its content, and what makes it a virtual environment's."""
    path = os.path.abspath(os.path.expanduser(program))
    contents = [path, os.path.realpath(path)]
    for file in (path, os.path.join(os.path.dirname(os.path.dirname(path)), "pyvenv.cfg")):
        contents.append(_content(file))
    return _digest(contents)


def _sources(experiment: Mapping[str, Any], catalogue: Catalogue) -> dict[str, str]:
    """Return all source code by its key."""
    workload = experiment["workload"]
    return {
        f"{path}.{parameter.name}": str(step.get(parameter.name, parameter.default))
        for path, step in zip(step_paths(workload), numbered_steps(workload), strict=True)
        if step.get("kind") in catalogue.steps
        for parameter in code_parameters(catalogue.steps[str(step["kind"])])
    }


def _may_be_program(name: str) -> bool:
    try:
        return os.path.isfile(os.path.expanduser(name))
    except ValueError:  # a null character
        return False


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _content(file: str) -> str:
    found = hashlib.sha256()
    try:
        if not os.path.isfile(file):  # nor a pipe or a device, which would be waited for
            return ""
        with open(file, "rb") as opened:
            while piece := opened.read(1 << 20):
                found.update(piece)
    except OSError:
        return ""
    return found.hexdigest()
