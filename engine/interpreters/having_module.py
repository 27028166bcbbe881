"""Finds which Pythons of this machine have a module: each is asked in its own process, without importing the module."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from engine.interpreters.installed import search
from engine.interpreters.interpreter import clean_environment, host_arguments
from engine.processes.bounded_process import UnansweredError, converse
from engine.wire.interpreter import Interpreter
from engine.wording.versions import python_title

_AT_ONCE: Final = 3
_LIMIT_S: Final = 5.0
_NAMED: Final = 3
_HAS: Final = b"gilscope: has it"
# Only for top-level modules: finding a module within a package would import the package.
_QUESTION: Final = (
    "import importlib.util, sys; print('gilscope: has it' if importlib.util.find_spec(sys.argv[1]) else '')"
)


def which_have(module: str, interpreters: Sequence[Interpreter]) -> list[Interpreter]:
    """Return the `interpreters` that have a top-level module, in order. About twenty take a second."""
    asked = [each for each in interpreters if each.usable]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda each: _has(each, module), asked))
    return [each for each, has in zip(asked, found, strict=True) if has]


def who_else_has(module: str, but: Interpreter) -> str:
    """Return a sentence that names the other Pythons of this machine that have a module which `but` lacks."""
    others = [each for each in search(lambda found, complete: None) if each.usable and each.path != but.path]
    if not others:
        return "No other Python was found on this machine."
    found = which_have(module, others)
    if not found:
        return f"None of this machine's other Pythons has it ({len(others)} asked)."
    names = [f"{python_title(each.implementation, each.version)} ({each.path})" for each in found[:_NAMED]]
    more = [f"{len(found) - _NAMED} more"] if len(found) > _NAMED else []
    *first, last = [*names, *more]
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"{'These have' if len(found) > 1 else 'This one has'} it: {listed}."


def _has(interpreter: Interpreter, module: str) -> bool:
    command = [interpreter.path, *host_arguments(interpreter), "-c", _QUESTION, module]
    try:
        output, code = converse(command, clean_environment(os.environ), _LIMIT_S, with_errors=False)
    except (OSError, ValueError, UnansweredError):
        return False
    return code == 0 and _HAS in output
