"""Python stacks of a process that was not prepared for it: read by py-spy from outside, where that is installed.

The process is not stopped meanwhile, so a stack may now and then be one that it never had: it is left out.
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
    """One call: where it stands now."""

    file: str
    line: int
    function: str

    @property
    def is_own(self) -> bool:
        """Whether it is the program's own, and no library's."""
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
        """The innermost call that is the program's own; the innermost of all where none is."""
        return next((each for each in self.frames if each.is_own), next(iter(self.frames), None))


@cache
def find_py_spy() -> str | None:
    """Return py-spy's program, None where it is not installed."""
    beside = Path(sysconfig.get_path("scripts"), "py-spy.exe" if sys.platform == "win32" else "py-spy")
    return str(beside) if beside.is_file() else shutil.which("py-spy")


def read_stacks(pid: int) -> list[ThreadStack]:
    """Return the stacks of a process's threads. Raises StacksError: why they cannot be read."""
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
        raise StacksError(f"py-spy said something that is not known here: {error}") from None


def _thread(row: dict[str, Any]) -> ThreadStack:
    frames = tuple(StackFrame(str(each["filename"]), int(each["line"]), str(each["name"])) for each in row["frames"])
    name = str(row.get("thread_name") or "")
    return ThreadStack(int(row["pid"]), int(row["os_thread_id"] or 0), name, bool(row["owns_gil"]), frames)


def _why(errors: str) -> str:
    lines: Iterable[str] = (line.strip() for line in errors.splitlines())
    first = next((line for line in lines if line and not line.startswith("Stack backtrace")), "it did not say why")
    return first.removeprefix("Error: ").rstrip(".")
