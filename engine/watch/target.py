"""Checks what is to be watched: a program to start, or a running process; refuses it if it cannot be watched."""

from __future__ import annotations

import os
import stat
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
from engine.workload.errors import ExperimentError

OWN_FOLDERS: Final = (".venv", "venv", "env")
_EXECUTABLES: Final = ("bin/python", "Scripts/python.exe")
_HEAD: Final = 4096


class TargetError(Exception):
    """Something cannot be watched; the message says why and, if known, what would help."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to start: `python script arguments`, or `python -m module arguments`, as on a command line.

    `folder` is where it is started, "" for the current folder; `environment` is added to the current environment.
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
    """What to watch, after the checks: a `program` to start, or the process `pid`; `python` describes its Python."""

    title: str
    python: Interpreter
    wanted: WatchTarget
    program: Program | None = None
    pid: int | None = None


def find_target(wanted: WatchTarget) -> Target:
    """Return what is to be watched. If its Python is not known yet, this waits for that Python's answer.

    Raises TargetError if it cannot be watched, or its interpreter cannot be used.
    """
    if sum((bool(wanted.script), bool(wanted.module), wanted.pid is not None)) != 1:
        raise TargetError("name one thing to watch: a script, a module, or a process")
    if wanted.pid is not None:
        if wanted.interpreter:
            raise TargetError("a process that runs already has an interpreter")
        title = check_attachable(wanted.pid)
        return Target(title, Interpreter(executable_of(wanted.pid) or ""), wanted, pid=wanted.pid)
    if wanted.folder and not os.path.isdir(wanted.folder):
        raise TargetError(f"{wanted.folder}: there is no such folder")
    for name in wanted.environment:
        if not name or "=" in name or "\0" in name + wanted.environment[name]:
            raise TargetError(f"{name!r}: cannot be the name of an environment variable")
    beside = python_beside(os.path.join(wanted.folder, wanted.script)) if wanted.script else None
    # The user asks to run this program, and thereby the interpreter of the environment beside it.
    try:
        python = resolve(wanted.interpreter or beside, allowed=True)
    except ExperimentError as error:
        raise TargetError(error.problem) from None
    if wanted.script:
        program = script_program(python.path, wanted.script, wanted.arguments, wanted.folder)
    else:
        program = module_program(python.path, wanted.module, wanted.arguments)
    program = replace(program, folder=wanted.folder, environment=wanted.environment)
    return Target(program.title, python, wanted, program=program)


def script_program(python: str, script: str, arguments: Sequence[str], folder: str = "") -> Program:
    """Return a script as a program. Raises TargetError if it is missing, cannot be read, or is not Python."""
    path = Path(folder, script)
    head = b""
    try:
        if stat.S_ISREG(os.stat(path).st_mode) or path.is_dir():  # a pipe can be read only once, and by the program
            with open(path, "rb") as file:
                head = file.read(_HEAD)
    except FileNotFoundError:
        raise TargetError(f"{script}: there is no such file") from None
    except IsADirectoryError:
        if not (path / "__main__.py").is_file():
            raise TargetError(f"{script}: is a folder without a __main__.py") from None
    except OSError as error:
        raise TargetError(f"{script}: cannot be read ({error.strerror})") from None
    if b"\0" in head and not head.startswith(b"PK"):  # Python also runs a zip of modules
        raise TargetError(f"{script}: is not Python source")
    return Program(python, (script, *arguments), path.name)


def module_program(python: str, module: str, arguments: Sequence[str]) -> Program:
    """Return `-m module` as a program."""
    return Program(python, ("-m", module, *arguments), module)


def python_beside(script: str) -> str | None:
    """Return the interpreter of a virtual environment beside a script, None if there is none."""
    folder = Path(os.path.realpath(script)).parent  # in a circle of links it stays where it began
    for name in OWN_FOLDERS:
        for executable in _EXECUTABLES:
            found = folder / name / executable
            if (folder / name / "pyvenv.cfg").is_file() and found.exists():
                return str(found)
    return None


def check_attachable(pid: int) -> str:
    """Return the name of process `pid`. Raises TargetError if it is gone, or may not be looked at."""
    if pid <= 0:
        raise TargetError(f"process {pid}: there is no such process")
    try:
        process = psutil.Process(pid)
        name = str(process.name())
        uid = process.uids().real if hasattr(process, "uids") else None
    except psutil.NoSuchProcess:
        raise TargetError(f"process {pid}: there is no such process") from None
    except psutil.Error as error:
        raise TargetError(f"process {pid}: cannot be read ({error})") from None
    if pid == os.getpid():
        raise TargetError(f"process {pid}: is this command itself")
    if uid is not None and hasattr(os, "geteuid") and os.geteuid() not in (0, uid):
        raise TargetError(f"process {pid}: belongs to another user; run this as that user, or as root")
    if sys.platform == "linux":
        _check_readable(pid)
        if not is_python(pid):
            raise TargetError(f"process {pid}: {name} does not run Python")
    return name


def executable_of(pid: int) -> str | None:
    """Return the executable that a process runs, None if the system does not report it."""
    try:
        return str(psutil.Process(pid).exe()) or None
    except psutil.Error:
        return None


def is_python(pid: int) -> bool:
    """Return whether a process has mapped a Python interpreter into its memory (Linux)."""
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
            "Yama's ptrace_scope allows a process to look only at its own children: start the program with gilscope "
            "watch, run this as root, or set /proc/sys/kernel/yama/ptrace_scope to 0"
            if method == "thread"
            else "the system does not let this user look at it"
        )
        raise TargetError(f"process {pid}: may not be looked at; {help_with}") from None
    except FileNotFoundError:
        if not os.path.exists(f"/proc/{pid}"):
            raise TargetError(f"process {pid}: there is no such process") from None
        # This kernel does not show system calls: only the time on a core can be measured.
    except OSError:
        pass
