"""Asks an interpreter's host which steps and models it can run; no run is started.

Apart from `host_process`, whose imports take longer than the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.interpreters.installed import host_arguments, host_environment
from engine.interpreters.plugins import Plugins
from engine.processes.bounded_process import UnansweredError, converse
from engine.processes.guard import Guard
from engine.wire.interpreter import Interpreter
from engine.wire.protocol import decode_message
from engine.wire.query_answers import Described
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError

ENGINE_PARENT: Final = Path(__file__).resolve().parents[2]
_ANSWER_LIMIT_S: Final = 20.0


def describe(interpreter: Interpreter, guard: Guard, plugins: Plugins) -> Catalogue:
    """Return what can be run under `interpreter`, as its own host says. Takes as long as a Python starts.

    Where it does not answer with the third parties' entries it is asked without. Raises ExperimentError for
    `model.interpreter` if it does not answer then either.
    """
    try:
        found = _ask(interpreter, guard, plugins)
    except UnansweredError as error:
        reason = f"{interpreter.path} {error}"
    except (LookupError, TypeError, ValueError) as error:
        reason = f"{interpreter.path} did not describe what it can run: {error!r}"
    else:
        return replace(found, problems=(*plugins.problems, *found.problems))
    if not plugins.entries:
        raise ExperimentError("model.interpreter", reason)
    left_out = f"all that third parties bring is left out, since with it {reason}"
    return replace(describe(interpreter, guard, Plugins()), problems=(*plugins.problems, left_out))


def _ask(interpreter: Interpreter, guard: Guard, plugins: Plugins) -> Catalogue:
    """Return what a host says it can run. Raises UnansweredError: why it does not say, to follow its name."""
    question = ("--describe", json.dumps(plugins.entries))
    command = [interpreter.path, *host_arguments(interpreter), "-m", "engine.host", *question]
    environment = plugins.on_path(guard.marked(host_environment(os.environ, ENGINE_PARENT, interpreter)))
    try:
        output, code = converse(command, environment, _ANSWER_LIMIT_S)
    except OSError as error:
        raise UnansweredError(f"cannot be started: {error.strerror or error}") from None
    lines = output.decode("utf-8", "replace").splitlines()
    if code != 0:
        raise UnansweredError(f"cannot run the engine's host: {lines[-1] if lines else 'it printed nothing'}")
    for line in reversed(lines):
        with contextlib.suppress(ValueError):  # what a third party's code prints
            answer = decode_message(line, {Described.TYPE: Described})
            return answer.catalogue
    raise UnansweredError("did not answer as a host does")
