"""Starts a program to be watched, in a process group of its own, with the terminal if there is one.

It inherits the caller's standard streams. If standard input is a terminal, the program's group becomes its foreground
group, as in a shell: the program gets what is typed, including Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from engine.processes.guard import Guard
from engine.processes.guard_process import end_group
from engine.processes.output import Output
from engine.processes.spawn import spawn
from engine.watch.target import Program, TargetError

_POLITE_S: Final = 3.0
_PIPE_BYTES: Final = 1_048_576


class StartedProgram:
    """The program, from its start to its end. Raises TargetError if it cannot be started.

    `mark` (NAME=VALUE) is put into its environment, so that its descendants can be found. With `output` its output goes
    there, and it has empty input and its own session; else input, output and session are the caller's.
    """

    def __init__(self, program: Program, guard: Guard, mark: str, output: Output | None = None) -> None:
        self._guard = guard
        name, _, value = mark.partition("=")
        options: dict[str, Any] = {"process_group": 0, "close_fds": False}  # what the caller was given is passed on
        if output is not None:
            options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            options |= {"start_new_session": True, "bufsize": 0}
        try:
            self._process = spawn(
                program.command,
                env=guard.marked({**os.environ, **program.environment, name: value}),
                cwd=program.folder or None,
                **options,
            )
        except OSError as error:
            raise TargetError(f"{program.python}: cannot be started ({error.strerror})") from None
        self.pid = self._process.pid
        guard.watch_group(self.pid)
        self._reader: threading.Thread | None = None
        if output is not None and self._process.stdout is not None:
            reading = (self._process.stdout, output)
            self._reader = threading.Thread(target=_read_output, args=reading, name="program-output", daemon=True)
            self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """The program's exit code, None while it runs; 128 plus the signal's number if a signal ended it."""
        code = self._process.poll()
        return None if code is None else code if code >= 0 else 128 - code

    @property
    def killed_by(self) -> int | None:
        """The number of the signal that ended the program, None if none did."""
        code = self._process.poll()
        return -code if code is not None and code < 0 else None

    def wait(self, limit_s: float) -> bool:
        """Wait for its end, at most `limit_s`; return whether it has ended."""
        try:
            self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def interrupt(self) -> None:
        """Interrupt the program as Ctrl-C would, then terminate it; its whole group is gone afterwards."""
        for sign in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, sign)
            if self.wait(_POLITE_S):
                break
        self.close()

    def close(self) -> None:
        """End what is left of its group."""
        end_group(self.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_POLITE_S)
        self._guard.forget_group(self.pid)
        if self._reader is not None:  # the reader ends with the last process that holds the pipe
            self._reader.join(0.5)

    def kill(self) -> None:
        """End it and its group at once."""
        end_group(self.pid)


def _read_output(pipe: IO[bytes], output: Output) -> None:
    with contextlib.suppress(OSError), pipe:
        while data := os.read(pipe.fileno(), _PIPE_BYTES):
            output.add(data)
    output.add(b"", final=True)


@contextmanager
def terminal_for(program: StartedProgram) -> Iterator[None]:
    """Give the program the terminal on standard input, if there is one, and take it back afterwards."""
    try:
        terminal = os.open(os.ttyname(0), os.O_RDWR)
    except OSError:
        yield
        return
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # otherwise a background process may not change it
    try:
        own = os.tcgetpgrp(terminal)
        with contextlib.suppress(OSError):
            os.tcsetpgrp(terminal, program.pid)
        yield
        with contextlib.suppress(OSError):
            os.tcsetpgrp(terminal, own)
    finally:
        signal.signal(signal.SIGTTOU, before)
        os.close(terminal)
