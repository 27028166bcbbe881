"""Asks a file whether it is a Python, in a separate process with a time limit, and verifies the answer.

The answer has to contain the result of a computation that is different each time, so a program that only prints a fixed
answer is not taken for a Python.
"""

from __future__ import annotations

import errno
import inspect
import json
import os
import random
import stat
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from engine.interpreters import self_description as interpreter_question
from engine.interpreters.interpreter import clean_environment, described
from engine.processes.bounded_process import UnansweredError, converse
from engine.wire.interpreter import Interpreter
from engine.wording.signal_names import signal_name

LIMIT_S: Final = 5.0


def ask(
    path: str, *, source: str = "added", limit_s: float = LIMIT_S, environ: Mapping[str, str] | None = None
) -> Interpreter:
    """Return the interpreter at `path` as it describes itself, or with the `problem` that makes it unusable.

    For a script that starts a Python (a shim, a wrapper), that Python is returned. `environ` replaces this process's
    environment, whose PYTHON_GIL decides whether a free-threaded build's GIL is on. Never raises; takes at most three
    times `limit_s`, and without an answer `limit_s` and a second.
    """
    base = os.environ if environ is None else environ
    clean = clean_environment(base)
    if "\0" in path:
        return Interpreter(path, source=source, problem="is not a path: it has a null character")
    path = os.path.abspath(os.path.expanduser(path))
    problem = problem_of_file(path)
    if problem:
        return Interpreter(path, source=source, real_path=os.path.realpath(path), problem=problem)
    found, behind = _ask_once(path, source, limit_s, clean)
    if found.usable and _is_script(path) and behind and os.path.realpath(behind) != found.real_path:
        direct, _ = _ask_once(behind, source, limit_s, clean)
        found = direct if direct.usable else found
    gil = base.get("PYTHON_GIL")
    if found.usable and found.free_threaded and gil:
        found, _ = _ask_once(found.path, source, limit_s, {**clean, "PYTHON_GIL": gil})
    return found


def problem_of_file(path: str) -> str | None:
    """Return why the file at `path` cannot be started, without starting it; None if it may be."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return "is a broken link" if os.path.islink(path) else "does not exist"
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if stat.S_ISDIR(mode):
        inside = next((each for each in executables_in(path) if os.path.isfile(each)), None)
        return f"is a folder; the interpreter in it is {inside}" if inside else "is a folder"
    if not stat.S_ISREG(mode):
        return "is not a file"
    return None if os.access(path, os.X_OK) else "is not executable"


def executables_in(prefix: str) -> list[str]:
    """Return possible paths of the interpreter of the installation or environment at `prefix`, likeliest first."""
    if sys.platform == "win32":
        return [os.path.join(prefix, "Scripts", "python.exe"), os.path.join(prefix, "python.exe")]
    return [os.path.join(prefix, "bin", name) for name in ("python", "python3", "pypy3")]


def _ask_once(path: str, source: str, limit_s: float, environment: Mapping[str, str]) -> tuple[Interpreter, str]:
    """Return the interpreter, and the executable that it reports."""
    silent = Interpreter(path, source=source, real_path=os.path.realpath(path))
    number = random.getrandbits(60)
    command = [path, "-c", inspect.getsource(interpreter_question), str(number)]
    # Asking must not write byte code into another installation.
    environment = {**environment, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        output, code = converse(command, environment, limit_s)
    except UnansweredError as refusal:
        return replace(silent, problem=str(refusal)), ""
    except (OSError, ValueError) as error:
        return replace(silent, problem=_why_not_started(error)), ""
    answer = _answer_in(output)
    if answer is None or code:
        return replace(silent, problem=_why_no_answer(output, code)), ""
    if answer.get("proof") != interpreter_question.proof(number):
        return replace(silent, problem="prints an answer, but does not compute as a Python does"), ""
    try:
        return described(path, answer, source), str(answer["executable"] or "")
    except (KeyError, TypeError, ValueError):
        return replace(silent, problem="gives an invalid description of itself"), ""


def _answer_in(output: bytes) -> dict[str, Any] | None:
    for line in reversed(output.decode("utf-8", "replace").splitlines()):
        if line.startswith(interpreter_question.MARKER):
            try:
                answer = json.loads(line[len(interpreter_question.MARKER) :])
            except ValueError:
                return None
            return answer if isinstance(answer, dict) else None
    return None


def _is_script(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _why_not_started(error: OSError | ValueError) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOEXEC or getattr(error, "winerror", None) == 193:
        return "is not a program of this machine"
    if number == errno.ENOENT:
        return "cannot be started: the program in its first line, or its loader, does not exist"
    return f"cannot be started: {getattr(error, 'strerror', None) or error}"


def _why_no_answer(output: bytes, code: int) -> str:
    if code < 0:
        return f"crashes: {signal_name(-code)}"
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    said = "".join(each for each in lines[-1] if each.isprintable())[:200] if lines else ""
    what = f"ends with exit code {code}" if code else "does not answer as a Python does"
    return f'{what}: "{said}"' if said else f"{what} and says nothing"
