"""A program that is started to be watched: in a process group of its own, with the terminal if there is one.

Its input, output and errors are the caller's own. Where standard input is a terminal the program's group has it, as a
shell would give it: what is typed, Ctrl-C too, is the program's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from engine.processes.guard import Guard
from engine.processes.guard_process import end_group
from engine.watch.target import Program, TargetError

_POLITE_S: Final = 3.0


class StartedProgram:
    """The program, from its start to its end. Raises TargetError where it cannot be started."""

    def __init__(self, program: Program, guard: Guard, environment: Mapping[str, str]) -> None:
        self._guard = guard
        try:
            # What it prints and reads is the person's: nothing of it passes through here.
            self._process = subprocess.Popen(program.command, env=guard.marked(environment), process_group=0)
        except OSError as error:
            raise TargetError(f"{program.python}: cannot be started ({error.strerror})") from None
        self.pid = self._process.pid
        guard.watch_group(self.pid)

    @property
    def exit_code(self) -> int | None:
        """The program's own, None while it runs; one that a signal ended has 128 and the signal's number."""
        code = self._process.poll()
        return None if code is None else code if code >= 0 else 128 - code

    def wait(self, limit_s: float) -> bool:
        """Wait for its end, at most so long; return whether it has ended."""
        try:
            self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def interrupt(self) -> None:
        """Ask the program to end as Ctrl-C would, then more firmly; its whole group is gone afterwards."""
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


@contextmanager
def terminal_for(program: StartedProgram) -> Iterator[None]:
    """Give the program the terminal on standard input, if there is one, and take it back afterwards."""
    try:
        terminal = os.open(os.ttyname(0), os.O_RDWR)
    except OSError:
        yield
        return
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # else who is in the background may not hand it over
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
