"""Reads the Python stacks of an unprepared process from outside, with py-spy if that is installed.

The process runs on meanwhile, so py-spy may now and then read an inconsistent stack, which is left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

MISSING: Final = "py-spy is not installed: pip install 'gilscope[stacks]' brings it"
_LIMIT_S: Final = 5.0
_LIBRARIES: Final = ("/lib/python", "/site-packages/", "/dist-packages/", "<frozen", "<string>")


class StacksError(Exception):
    """The stacks of a process cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class StackFrame:
    """One call, and its current line."""

    file: str
    line: int
    function: str

    @property
    def is_own(self) -> bool:
        """Whether it is in the program's own code, not in a library."""
        return not any(part in self.file for part in _LIBRARIES)

    @property
    def words(self) -> str:
        """The call as `file.py:12 in get`."""
        return f"{self.file.rpartition('/')[2]}:{self.line} in {self.function}"


@dataclass(frozen=True, slots=True)
class ThreadStack:
    """A thread: its name in Python, whether it holds the GIL, and its calls, innermost first."""

    pid: int
    tid: int
    name: str
    holds_gil: bool
    frames: tuple[StackFrame, ...]

    @property
    def own(self) -> StackFrame | None:
        """The innermost call in the program's own code, or else the innermost of all."""
        return next((each for each in self.frames if each.is_own), next(iter(self.frames), None))


@cache
def find_py_spy() -> str | None:
    """Return the path of py-spy's executable, None if it is not installed."""
    beside = Path(sysconfig.get_path("scripts"), "py-spy.exe" if sys.platform == "win32" else "py-spy")
    return str(beside) if beside.is_file() else shutil.which("py-spy")


def read_stacks(pid: int) -> list[ThreadStack]:
    """Return the stacks of a process's threads. Raises StacksError that says why they cannot be read."""
    program = find_py_spy()
    if program is None:
        raise StacksError(MISSING)
    command = [program, "dump", "--json", "--nonblocking", "--pid", str(pid)]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT_S, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        raise StacksError(f"py-spy did not answer within {_LIMIT_S:g} s") from None
    except OSError as error:
        raise StacksError(f"py-spy cannot be started: {error.strerror}") from None
    if ended.returncode != 0:
        raise StacksError(f"py-spy cannot read this Python: {_why(ended.stderr)}")
    try:
        return [_thread(each) for each in json.loads(ended.stdout)]
    except (ValueError, KeyError, TypeError) as error:
        raise StacksError(f"py-spy's output is not understood: {error}") from None


def _thread(row: dict[str, Any]) -> ThreadStack:
    frames = tuple(StackFrame(str(each["filename"]), int(each["line"]), str(each["name"])) for each in row["frames"])
    name = str(row.get("thread_name") or "")
    return ThreadStack(int(row["pid"]), int(row["os_thread_id"] or 0), name, bool(row["owns_gil"]), frames)


def _why(errors: str) -> str:
    lines: Iterable[str] = (line.strip() for line in errors.splitlines())
    first = next((line for line in lines if line and not line.startswith("Stack backtrace")), "it gave no reason")
    return first.removeprefix("Error: ").rstrip(".")
