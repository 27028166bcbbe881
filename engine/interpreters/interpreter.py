"""Makes interpreters from their own descriptions, and the command line and environment that start a host."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from engine.interpreters.self_description import describe
from engine.wire.interpreter import Interpreter

OLDEST: Final = (3, 10)  # the first version that can run a host


def described(path: str, answer: Mapping[str, Any], source: str) -> Interpreter:
    """Return the interpreter at `path` from the answer of `self_description.describe` there.

    Raises KeyError, TypeError or ValueError for a malformed answer.
    """
    info = tuple(int(each) for each in answer["version_info"])
    found = Interpreter(
        path=path,
        name=short_name(str(answer["implementation"]), info, bool(answer["free_threaded"])),
        version=str(answer["version"]),
        version_info=info,
        implementation=str(answer["implementation"]),
        free_threaded=bool(answer["free_threaded"]),
        gil_enabled=bool(answer["gil_enabled"]),
        jit=None if answer["jit"] is None else str(answer["jit"]),
        start_methods=tuple(str(each) for each in answer["start_methods"]),
        real_path=os.path.realpath(path),
        prefix=str(answer["prefix"]),
        environment=answer["prefix"] != answer["base_prefix"],
    ).found_in(source)
    if info >= OLDEST:
        return found
    return replace(found, problem=f"Python {found.version} is too old (needs {_dotted(OLDEST)})")


def not_started(path: str) -> Interpreter:
    """Return the virtual environment's Python at `path` from its pyvenv.cfg, without starting it."""
    prefix = os.path.dirname(os.path.dirname(path))
    version = ""
    try:
        with open(os.path.join(prefix, "pyvenv.cfg"), encoding="utf-8", errors="replace") as file:
            pairs = (line.partition("=") for line in file.read(16_384).splitlines())
        said = {key.strip(): value.strip() for key, _, value in pairs}
        version = said.get("version_info") or said.get("version") or ""
    except OSError:
        pass
    match = re.match(r"\d+\.\d+(\.\d+)?", version)
    return Interpreter(
        path,
        version=match[0] if match else "",
        implementation="CPython" if match else "",
        source="venv",
        real_path=os.path.realpath(path),
        prefix=prefix,
        environment=True,
    )


def app_interpreter() -> Interpreter:
    """Return the interpreter that runs this process, without starting one."""
    return described(_own_executable(), describe(), "app")


def short_name(implementation: str, version_info: tuple[int, ...], free_threaded: bool) -> str:
    """Return an interpreter's name in requests: "3.13", "3.13t", "pypy3.10"."""
    prefix = "" if implementation == "CPython" else implementation.lower()
    return f"{prefix}{_dotted(version_info[:2])}{'t' if free_threaded else ''}"


def host_arguments(interpreter: Interpreter) -> list[str]:
    """Return the arguments between the interpreter and `-m` when a host starts.

    `-P`, since Python 3.11, keeps files in the current folder from being imported. Older versions must be started in a
    folder without Python files: the run's own.
    """
    return ["-P"] if interpreter.implementation == "CPython" and interpreter.version_info >= (3, 11) else []


def clean_environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return `base` without the variables that would change how another Python starts or runs.

    This removes every PYTHON* variable except PYTHON_JIT (a path, a home or a start-up file of another version; debug,
    trace and optimize switches), and those of an active virtual environment.
    """
    return {name: value for name, value in base.items() if not _steers_python(name)}


def host_environment(
    base: Mapping[str, str], engine_parent: str | Path, interpreter: Interpreter | None = None, gil: str | None = None
) -> dict[str, str]:
    """Return the environment of a host, with `engine_parent` as the only additional path.

    `engine_parent` is the folder that holds `engine/`. `gil` is the value of PYTHON_GIL, by default `base`'s; it is
    set for free-threaded builds only, since others refuse to start with it. Python may write byte code of `engine`
    next to it, as for any library, so that starts under other versions are fast too, unless the folder is read-only.
    """
    environment = clean_environment(base)
    environment["PYTHONPATH"] = str(engine_parent)
    chosen = gil if gil is not None else base.get("PYTHON_GIL")
    if chosen and interpreter is not None and interpreter.free_threaded:
        environment["PYTHON_GIL"] = chosen
    return environment


def _steers_python(name: str) -> bool:
    upper = name.upper()  # on Windows, names of variables are case-insensitive
    if upper in ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "__PYVENV_LAUNCHER__"):
        return True
    return upper.startswith("PYTHON") and upper != "PYTHON_JIT"


def _own_executable() -> str:
    path = sys.executable
    if os.path.basename(path).lower() == "pythonw.exe":  # it has no standard streams, which a host needs
        console = os.path.join(os.path.dirname(path), "python.exe")
        return console if os.path.isfile(console) else path
    return path


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in numbers)
