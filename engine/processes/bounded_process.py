"""Runs an untrusted program with bounded time and output, and leaves none of its processes running.

Guarantees. `converse` returns within its limit plus about a second, whatever the program does: hang, print endlessly,
leave children that hold its output open. At the limit the program is ended with its whole process group and its
descendants; where there are process groups it also ends when this process is killed (see bounded_process_guard). At
most OUTPUT_LIMIT bytes of its output are kept, and a little more is read.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from engine.processes import bounded_process_guard
from engine.processes.bounded_process_guard import NOT_STARTED, NOT_STARTED_CODE
from engine.processes.spawn import spawn

OUTPUT_LIMIT: Final = 262_144
_GRACE_S: Final = 0.5
_running: Final[set[subprocess.Popen[bytes]]] = set()  # ended when this process exits


class UnansweredError(Exception):
    """A program had to be ended; the message says why, and continues a sentence after the program's name."""


def converse(
    command: Sequence[str], environment: Mapping[str, str], limit_s: float, *, with_errors: bool = True
) -> tuple[bytes, int]:
    """Run `command` to its end and return what it printed and its exit code (negative: ended by that signal).

    `with_errors`: its standard error is part of its output; otherwise it is dropped. The program runs in the root
    folder. Raises OSError (ValueError for an invalid path) if it cannot be started, UnansweredError if it was ended.
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
    """Reads a process's output to its end or bound in a thread, so that the time limit works on every platform."""

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
        """Close the pipe, unless a process that escaped still holds its other end."""
        self.join(_GRACE_S)
        if not self.is_alive():
            self._pipe.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    _kill_descendants(process.pid)  # including those that left its group
    if sys.platform != "win32":
        try:
            # Safe even if it has ended: a process that still holds its output open keeps the group's id in use.
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    process.kill()
    process.wait()


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        _end(process)


def _kill_descendants(pid: int) -> None:
    import psutil  # late: most programs end by themselves

    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
