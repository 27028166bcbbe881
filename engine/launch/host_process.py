"""Starts a host, reads what it says, and ends it with everything it started."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from engine.interpreters.installed import host_arguments, host_environment
from engine.interpreters.plugins import Plugins
from engine.launch.host_description import ENGINE_PARENT
from engine.processes.guard import Guard, start_options
from engine.processes.guard_process import end_group, kill_but_trackers
from engine.processes.output import Output
from engine.processes.semaphores import remove, semaphores_of, without_warnings
from engine.processes.spawn import spawn
from engine.processes.windows_job import Job
from engine.wire.interpreter import Interpreter
from engine.wire.protocol import decode_message
from engine.wire.query_answers import ANSWERS, HostAnswer
from engine.wording.signal_names import signal_name

_PIPE_BYTES: Final = 1_048_576
_LINE_LIMIT: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class HostLaunch:
    """What a host is started with: `mark` (NAME=VALUE) is put in its environment and its children's.

    `gil` turns a free-threaded build's GIL on or off. Without a `question` it runs what the folder says.
    """

    interpreter: Interpreter
    folder: Path
    mark: str
    guard: Guard
    plugins: Plugins
    gil: bool | None = None
    question: str = ""


class HostProcess:
    """A running host. `report` is called, from threads of its own, with each of its answers; `ended` once at its end.

    What it and its children print goes to `output`. Raises OSError if it cannot be started.
    """

    def __init__(
        self, launch: HostLaunch, output: Output, report: Callable[[HostAnswer], None], ended: Callable[[], None]
    ) -> None:
        guard, interpreter = launch.guard, launch.interpreter
        self._guard, self._output, self._report, self._ended = guard, output, report, ended
        self._job = Job() if sys.platform == "win32" else None
        self._was_killed = False
        self._semaphores: set[str] = set()
        chosen = None if launch.gil is None else str(int(launch.gil))
        environment = guard.marked(host_environment(os.environ, ENGINE_PARENT, interpreter, chosen))
        environment = launch.plugins.on_path(environment)
        name, _, value = launch.mark.partition("=")
        environment[name] = value
        question = [launch.question] if launch.question else []
        self._process = spawn(
            [
                interpreter.path,
                *host_arguments(interpreter),
                "-m",
                "engine.host",
                *question,
                str(launch.folder),
            ],
            bufsize=0,
            cwd=launch.folder / "work",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **start_options(),
        )
        self.pid = self._process.pid
        guard.watch_group(self.pid)
        if self._job is not None:
            self._job.add(self.pid)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read_answers, args=(self._process.stdout,), name="host-answers", daemon=True),
            threading.Thread(target=self._read_output, args=(self._process.stderr,), name="host-output", daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        threading.Thread(target=self._wait, name="host-end", daemon=True).start()

    def kill(self) -> None:
        """End the host and its process group at once, but for what cleans up after it and then ends: see `close`."""
        if self._job is not None:
            self._job.end()
            return
        # Until `close` the host's number stays taken, alive or not, so its group can be no other's.
        self._was_killed = True
        self._semaphores |= semaphores_of(self.pid)
        kill_but_trackers(self.pid)

    def close(self) -> int:
        """After its end: let go of it, and return its exit code (negative: the signal that ended it)."""
        if self._job is not None:
            self._job.end()
        else:
            end_group(self.pid)
            remove(self._semaphores)
        code = self._process.wait()
        self._guard.forget_group(self.pid)
        for reader in self._readers:  # they end with the last process that holds the pipes
            reader.join(0.5)
        return code

    def _wait(self) -> None:
        if hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):  # `close` was there first
                ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
                self._was_killed |= ended is not None and ended.si_code != os.CLD_EXITED
        else:
            self._process.wait()
        self._ended()

    def _read_answers(self, pipe: IO[bytes]) -> None:
        rest = b""
        with contextlib.suppress(OSError), pipe:
            while data := os.read(pipe.fileno(), 65_536):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    with contextlib.suppress(ValueError):  # not the host's: a workload that found the descriptor
                        self._report(decode_message(line, ANSWERS))
                rest = rest if len(rest) < _LINE_LIMIT else b""

    def _read_output(self, pipe: IO[bytes]) -> None:
        _widen(pipe)
        with contextlib.suppress(OSError), pipe:
            while data := os.read(pipe.fileno(), _PIPE_BYTES):
                self._output.add(without_warnings(data) if self._was_killed else data)
        self._output.add(b"", final=True)


def how_it_ended(code: int) -> str:
    """Return how a host ended that did not report its own end."""
    if code >= 0:
        return f"the host process ended with exit code {code} before the run was done"
    return f"the host process was killed by {signal_name(-code)}"


def _widen(pipe: IO[bytes]) -> None:
    """Make room in the pipe, so that a workload that prints much seldom waits for its reader. Linux only."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
