"""What is watched: a program that is started, or a process that runs; each refused where it cannot be watched."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import psutil

from engine.interpreters.installed import resolve
from engine.wire.interpreter import Interpreter
from engine.wire.watch_messages import WatchTarget
from engine.witness.witness import how_to_look

OWN_FOLDERS: Final = (".venv", "venv", "env")
_EXECUTABLES: Final = ("bin/python", "Scripts/python.exe")
_HEAD: Final = 4096


class TargetError(Exception):
    """Something cannot be watched; the message says what, and where it is known what would help."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to start: `python script arguments`, or `python -m module arguments`, as one would type it.

    `folder` is where it is started, "" for where this is; `environment` is what it has beside the environment here.
    """

    python: str
    arguments: tuple[str, ...]
    title: str
    folder: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """The whole command."""
        return [self.python, *self.arguments]


@dataclass(frozen=True, slots=True)
class Target:
    """What is watched, checked: a `program` to start, or the process `pid`; `python` is what is known of its Python."""

    title: str
    python: Interpreter
    wanted: WatchTarget
    program: Program | None = None
    pid: int | None = None


def find_target(wanted: WatchTarget) -> Target:
    """Return what is to be watched. It takes as long as a Python takes to answer, where it is not known yet.

    Raises TargetError where it cannot be watched, and ExperimentError for an interpreter that there is none of.
    """
    if sum((bool(wanted.script), bool(wanted.module), wanted.pid is not None)) != 1:
        raise TargetError("name one thing to watch: a script, a module, or a process")
    if wanted.pid is not None:
        if wanted.interpreter:
            raise TargetError("a process that runs already has an interpreter")
        python = Interpreter(executable_of(wanted.pid) or "")
        return Target(check_attachable(wanted.pid), python, wanted, pid=wanted.pid)
    if wanted.folder and not os.path.isdir(wanted.folder):
        raise TargetError(f"{wanted.folder}: there is no such folder")
    for name in wanted.environment:
        if not name or "=" in name or "\0" in name + wanted.environment[name]:
            raise TargetError(f"{name!r}: cannot be the name of an environment variable")
    beside = python_beside(os.path.join(wanted.folder, wanted.script)) if wanted.script else None
    # The person runs this program, and with it the environment that stands beside it.
    python = resolve(wanted.interpreter or beside, allowed=True)
    if wanted.script:
        program = script_program(python.path, wanted.script, wanted.arguments, wanted.folder)
    else:
        program = module_program(python.path, wanted.module, wanted.arguments)
    program = replace(program, folder=wanted.folder, environment=wanted.environment)
    return Target(program.title, python, wanted, program=program)


def script_program(python: str, script: str, arguments: Sequence[str], folder: str = "") -> Program:
    """Return a script as a program. Raises TargetError where there is none, it cannot be read, or it is no Python."""
    path = Path(folder, script)
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise TargetError(f"{script}: there is no such file") from None
    except IsADirectoryError:
        if not (path / "__main__.py").is_file():
            raise TargetError(f"{script}: is a folder without a __main__.py") from None
        head = b""
    except OSError as error:
        raise TargetError(f"{script}: cannot be read ({error.strerror})") from None
    if b"\0" in head and not head.startswith(b"PK"):  # a zip of modules is a program as well
        raise TargetError(f"{script}: is no Python source")
    return Program(python, (script, *arguments), path.name)


def module_program(python: str, module: str, arguments: Sequence[str]) -> Program:
    """Return `-m module` as a program."""
    return Program(python, ("-m", module, *arguments), module)


def python_beside(script: str) -> str | None:
    """Return the interpreter of a virtual environment beside a script, None if there is none."""
    folder = Path(script).resolve().parent
    for name in OWN_FOLDERS:
        for executable in _EXECUTABLES:
            found = folder / name / executable
            if (folder / name / "pyvenv.cfg").is_file() and found.exists():
                return str(found)
    return None


def check_attachable(pid: int) -> str:
    """Return what process `pid` is called. Raises TargetError where it is gone, or may not be looked at, and why."""
    try:
        process = psutil.Process(pid)
        name = str(process.name())
        uid = process.uids().real if hasattr(process, "uids") else None
    except psutil.NoSuchProcess:
        raise TargetError(f"process {pid}: there is none") from None
    except psutil.Error as error:
        raise TargetError(f"process {pid}: cannot be asked ({error})") from None
    if pid == os.getpid():
        raise TargetError(f"process {pid}: is this command itself")
    if uid is not None and hasattr(os, "geteuid") and os.geteuid() not in (0, uid):
        raise TargetError(f"process {pid}: belongs to another user; run this as that user, or as root")
    if sys.platform == "linux":
        _check_readable(pid)
        if not is_python(pid):
            raise TargetError(f"process {pid}: {name} runs no Python")
    return name


def executable_of(pid: int) -> str | None:
    """Return the program that a process runs, None where the system does not tell."""
    try:
        return str(psutil.Process(pid).exe()) or None
    except psutil.Error:
        return None


def is_python(pid: int) -> bool:
    """Return whether a process has a Python interpreter among its mappings (Linux)."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            for line in file:
                path = line.rpartition(" ")[2].rpartition("/")[2]
                if path.startswith(("python", "libpython", "pypy", "libpypy")):
                    return True
    except OSError:
        pass
    return False


def _check_readable(pid: int) -> None:
    try:
        with open(f"/proc/{pid}/syscall", "rb") as file:
            file.read()
    except PermissionError:
        method, _ = how_to_look()
        help_with = (
            "Yama's ptrace_scope allows looking at own children only: start the program with gilscope watch, run this "
            "as root, or set /proc/sys/kernel/yama/ptrace_scope to 0"
            if method == "thread"
            else "the system does not let this user look at it"
        )
        raise TargetError(f"process {pid}: may not be looked at; {help_with}") from None
    except FileNotFoundError:
        if not os.path.exists(f"/proc/{pid}"):
            raise TargetError(f"process {pid}: there is none") from None
        # This kernel shows no system calls: what is left is the time on a core.
    except OSError:
        pass
