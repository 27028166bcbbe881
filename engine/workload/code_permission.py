"""Which parts of an experiment run only with a person's permission: one rule for window, command line and engine.

Two things in a file are code of whoever wrote it: the source in its steps, and the program that it names as its
interpreter, unless this machine's own Pythons include that program. Opening, listing or checking the file never runs
either. Permission is given once for each content (for a program: for each path and content).
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
    """Return the parameters of a step that are source code."""
    return tuple(each for each in card.parameters if each.kind is Kind.CODE)


def permission_needed(
    experiment: Mapping[str, Any], catalogue: Catalogue, is_known: Callable[[str], bool]
) -> tuple[Needed, ...]:
    """Return the parts of a checked experiment, in the shape of its file, that need permission.

    `is_known(path)` says whether an interpreter needs no permission: see `engine.interpreters.known`.
    """
    sources = _sources(experiment, catalogue)
    code = [Needed(next(iter(sources)), "is Python code", _digest(sources.values()))] if sources else []
    return (*code, *program_needed(experiment, is_known))


def program_needed(experiment: Mapping[str, Any], is_known: Callable[[str], bool]) -> tuple[Needed, ...]:
    """Return the permission that an experiment's interpreter needs, if any; the experiment may be unchecked."""
    model = experiment.get("model")
    name = model.get("interpreter") if isinstance(model, dict) else None
    if not isinstance(name, str) or not is_path(name) or not _may_be_program(name) or is_known(name):
        return ()
    return (
        Needed(INTERPRETER_KEY, f"is a program that is not one of this machine's known Pythons: {name}", digest(name)),
    )


def is_path(name: str) -> bool:
    """Return whether an interpreter's name is a file's path, rather than a version such as 3.13."""
    path = os.path.expanduser(name)
    if os.path.isabs(path) or os.sep in path or (os.altsep and os.altsep in path):
        return True
    return _VERSION.fullmatch(name) is None and os.path.lexists(path)


def digest(program: str) -> str:
    """Return a digest of a program: of its path, its content, and its virtual environment's configuration."""
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
        if not os.path.isfile(file):  # reading a pipe or a device could wait for ever
            return ""
        with open(file, "rb") as opened:
            while piece := opened.read(1 << 20):
                found.update(piece)
    except OSError:
        return ""
    return found.hexdigest()
