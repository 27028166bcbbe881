"""The interpreters of this machine, for tests that run under every one of them."""

from __future__ import annotations

import functools
import glob
import os
import venv
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from engine.interpreters.interpreter import app_interpreter
from engine.interpreters.probe import ask
from engine.interpreters.search import Candidate, candidates_in_files
from engine.wire.interpreter import Interpreter

# uvloop as far as the host uses it, on a loop of a kind of its own: what runs says its name.
_UVLOOP = """
import asyncio

class Loop(asyncio.SelectorEventLoop):
    pass

def run(main):
    loop = Loop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()
"""

NO_FREE_THREADED = "no free-threaded build of Python is on this machine: name one in GILSCOPE_FREE_THREADED"


@functools.cache
def interpreters_by_id() -> dict[str, Interpreter]:
    """Return the app's own interpreter, then one of each other name ("3.10", "3.13t") that can run workloads.

    Those that GILSCOPE_INTERPRETERS names are all among them: of two with the same name the second is "3.14-2".
    """
    found = {app_interpreter().name: app_interpreter()}
    named = os.environ.get("GILSCOPE_INTERPRETERS", "").split(os.pathsep)
    for path in filter(None, named):
        interpreter = ask(path)
        if interpreter.usable and interpreter not in found.values():
            same = sum(each.name == interpreter.name for each in found.values())
            found[f"{interpreter.name}-{same + 1}" if same else interpreter.name] = interpreter
    free_threaded = os.environ.get("GILSCOPE_FREE_THREADED")
    paths = [*filter(None, [free_threaded]), *(each.path for each in _candidates()), *_built_for_tests()]
    for path in paths:
        interpreter = ask(path)
        if interpreter.usable and not interpreter.environment:
            found.setdefault(interpreter.name, interpreter)
    return found


def usable_interpreters() -> tuple[Interpreter, ...]:
    """Return the interpreters of `interpreters_by_id`."""
    return tuple(interpreters_by_id().values())


def free_threaded_interpreter() -> Interpreter:
    """Return a free-threaded build, or skip the test that asks for it, saying so."""
    for interpreter in usable_interpreters():
        if interpreter.free_threaded:
            return interpreter
    pytest.skip(NO_FREE_THREADED)


def every_interpreter() -> list[ParameterSet]:
    """Return a parameter for each interpreter; where there is no free-threaded one, one that is skipped, saying so.

    Beside the app's own and the free-threaded one they are left to the matrix.
    """
    own = app_interpreter().name
    parameters = [
        pytest.param(each, id=name, marks=[] if name == own or each.free_threaded else pytest.mark.matrix)
        for name, each in interpreters_by_id().items()
    ]
    if not any(each.free_threaded for each in usable_interpreters()):
        parameters.append(pytest.param(None, id="free-threaded", marks=pytest.mark.skip(reason=NO_FREE_THREADED)))
    return parameters


def interpreter_older_than(version: tuple[int, int]) -> Interpreter:
    """Return an interpreter older than `version`, which need not be usable, or skip the test that asks for it."""
    for candidate in candidates_in_files():
        if candidate.version is not None and candidate.version < version:
            interpreter = ask(candidate.path)
            # By its version alone CPython is meant: the machine may have an old PyPy too.
            if (
                interpreter.version_info
                and interpreter.version_info < version
                and "PyPy" not in interpreter.implementation
            ):
                return interpreter
    pytest.skip(f"no Python older than {version[0]}.{version[1]} is on this machine")


def interpreter_with_uvloop(folder: Path) -> Interpreter:
    """Return the Python that GILSCOPE_UVLOOP names; else an environment of the app's, with a stand-in for uvloop."""
    if named := os.environ.get("GILSCOPE_UVLOOP"):
        return ask(named)
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder / "with-uvloop")
    (packages,) = (folder / "with-uvloop").glob("lib/python*/site-packages")
    (packages / "uvloop.py").write_text(_UVLOOP, encoding="utf-8")
    return ask(str(folder / "with-uvloop" / "bin" / "python"))


def _candidates() -> list[Candidate]:
    return [each for each in candidates_in_files() if each.version is None or each.version >= (3, 10)]


def _built_for_tests() -> list[str]:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return sorted(glob.glob(os.path.join(cache, "free-threaded-python-*", "bin", "python3.[0-9]*t")))
