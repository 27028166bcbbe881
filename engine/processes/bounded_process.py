"""Runs an untrusted program: its time and output are bounded, and no process of it is left running.

Guarantees. `converse` returns within its limit and about a second, whatever the program does: hang, print without
end, leave children that hold its output open. At the limit the program is ended with its whole process group and
its descendants; where there are process groups it also ends when this process is killed (bounded_process_guard). At
most OUTPUT_LIMIT bytes of what it prints are kept, and a little more is read.
"""

from __future__ import annotations

import atexit
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Final

import psutil

from engine.processes import bounded_process_guard
from engine.processes.bounded_process_guard import NOT_STARTED, NOT_STARTED_CODE
from engine.processes.spawn import spawn

OUTPUT_LIMIT: Final = 262_144
_GRACE_S: Final = 0.5
_running: Final[set[subprocess.Popen[bytes]]] = set()  # so that none outlives this process


class UnansweredError(Exception):
    """A program that had to be ended; the text says why, to follow its name in a sentence."""


def converse(
    command: Sequence[str], environment: Mapping[str, str], limit_s: float, *, with_errors: bool = True
) -> tuple[bytes, int]:
    """Run `command` to its end and return what it printed and its exit code (negative: ended by that signal).

    `with_errors`: what it prints on standard error belongs to its output; else it is thrown away. Its folder is the
    root. Raises OSError (or ValueError for a path that cannot be one) if it cannot be started, else UnansweredError.
    """
    process = _start(command, environment, subprocess.STDOUT if with_errors else subprocess.DEVNULL)
    _running.add(process)
    reader = _Reader(process)
    reader.join(limit_s)
    try:
        if reader.is_alive():
            raise UnansweredError(f"does not answer and end within {limit_s:g} s")
        if len(reader.output) > OUTPUT_LIMIT:
            raise UnansweredError("prints without end")
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        raise UnansweredError(f"closes its output, but does not end within {limit_s:g} s") from None
    finally:
        if process.poll() is None or reader.is_alive():
            _end(process)
        _running.discard(process)
        reader.close()
        if process.stdin is not None:
            process.stdin.close()
    output = bytes(reader.output)
    refused = re.fullmatch(NOT_STARTED + rb"(\d{1,5})", output) if code == NOT_STARTED_CODE else None
    if refused is not None:
        raise OSError(int(refused[1]), os.strerror(int(refused[1])))
    return output, code


def _start(command: Sequence[str], environment: Mapping[str, str], errors: int) -> subprocess.Popen[bytes]:
    guard = [sys.executable, "-I", "-S", bounded_process_guard.__file__] if sys.platform != "win32" else []
    return spawn(
        [*guard, *command],
        bufsize=0,
        cwd=os.path.abspath(os.sep),
        env=environment,
        stdin=subprocess.PIPE if guard else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


class _Reader(threading.Thread):
    """Reads a process's output to its end or its bound, so that a time limit can be kept on any platform."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name="program-output", daemon=True)
        assert process.stdout is not None
        self._pipe = process.stdout
        self.output = bytearray()
        self.start()

    def run(self) -> None:
        while len(self.output) <= OUTPUT_LIMIT:
            data = self._pipe.read(65_536)
            if not data:
                return
            self.output += data

    def close(self) -> None:
        """Close the pipe; it stays open as long as a process that got away holds its other end."""
        self.join(_GRACE_S)
        if not self.is_alive():
            self._pipe.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    for child in _descendants(process.pid):  # also those that left its group
        try:
            child.kill()
        except psutil.Error:
            pass
    if sys.platform != "win32":
        try:
            # Safe when it has ended too: whoever holds its output open keeps the group's number taken.
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    process.kill()
    process.wait()


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        _end(process)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []
