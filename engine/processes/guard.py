"""Guard: makes sure that no process outlives its conductor, even if the conductor is killed.

A separate process waits for the conductor's end (see `guard_process`); on Windows a job object is used instead. The
conductor tells it what to end. Every process must be started with `marked(environment)`, so that processes that leave
their group can be found, and with `start_options()`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.processes.guard_process import began_at, is_stopped
from engine.processes.spawn import spawn
from engine.processes.windows_job import Job

MARK: Final = "GILSCOPE_CONDUCTOR"


class Guard:
    """The guard of this process. Thread-safe; a guard process that was killed is replaced at the next `check`.

    `job` is used instead of a process; on Windows that is the default. Raises OSError if it cannot be started.
    """

    def __init__(self, *, job: Job | None = None) -> None:
        self.mark = f"{os.getpid()}.{os.urandom(8).hex()}"
        self._lock = threading.Lock()
        self._known: dict[str, None] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._job = Job() if job is None and sys.platform == "win32" else job
        if self._job is not None:
            # All processes that this one starts join its job, and end when its last handle, held here, is closed.
            self._job.add_self()
        else:
            self._start()

    @property
    def pid(self) -> int | None:
        """The guard's process id, None if a job object is used."""
        return self._process.pid if self._process else None

    def marked(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return `environment` with this conductor's mark."""
        return {**environment, MARK: self.mark}

    def watch_group(self, group: int) -> None:
        """Add a process group that the guard must end."""
        self._add(f"group {group}")

    def forget_group(self, group: int) -> None:
        """Remove a group that is gone."""
        self._remove(f"group {group}")

    def watch_escaped(self, pid: int) -> str:
        """Add a process outside our groups that the guard must end; return the key for `forget_escaped`.

        "" if it could not be distinguished from a later process with the same id: then it is not watched.
        """
        ticks = began_at(pid)
        if not ticks:
            return ""
        escaped = f"escaped {pid} {ticks}"
        self._add(escaped)
        return escaped

    def forget_escaped(self, escaped: str) -> None:
        """Remove an escaped process that is gone."""
        self._remove(escaped)

    def watch_folder(self, folder: Path) -> None:
        """Add a folder that the guard must remove."""
        self._add(f"folder {folder}")

    def forget_folder(self, folder: Path) -> None:
        """Remove a folder that is gone or is to be kept from the guard's list."""
        self._remove(f"folder {folder}")

    def check(self) -> None:
        """Start another guard process if this one was killed; resume it if it was suspended."""
        with self._lock:
            if self._process is None:
                return
            if self._process.poll() is not None:
                self._close()
                self._start()
            elif is_stopped(self._process.pid):
                self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Let the guard end; it first ends everything that is still on its list."""
        with self._lock:
            self._close()

    def _start(self) -> None:
        file = Path(__file__).with_name("guard_process.py")
        self._process = spawn(
            [sys.executable, "-I", "-S", str(file), f"{MARK}={self.mark}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=os.path.abspath(os.sep),
        )
        for what in self._known:
            self._say(f"+{what}")

    def _close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        try:
            process.stdin.close()
        except OSError:  # it was killed with something unread
            pass
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _add(self, what: str) -> None:
        with self._lock:
            self._known[what] = None
            self._say(f"+{what}")

    def _remove(self, what: str) -> None:
        with self._lock:
            self._known.pop(what, None)
            self._say(f"-{what}")

    def _say(self, line: str) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it was killed: `check` starts another, which gets the whole list


def start_options() -> dict[str, Any]:
    """Return the options for a process that must end with all its children: a session, and so a group, of its own."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
