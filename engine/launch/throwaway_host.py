"""A host that answers one request in a temporary folder and ends: for measurements and scripts."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Final

from engine.interpreters.plugins import Plugins
from engine.launch.host_process import HostLaunch, HostProcess, how_it_ended
from engine.processes.guard import Guard
from engine.processes.output import Output
from engine.record.host_files import Request, write_request
from engine.wire.interpreter import Interpreter
from engine.wire.query_answers import HostAnswer

_GONE: Final = None


class HostGoneError(Exception):
    """The host ended without its last answer, or was ended; the text says how."""


class ThrowawayHosts:
    """Starts such hosts under one interpreter, one at a time. `kill` ends them, from another thread, for good."""

    def __init__(self, interpreter: Interpreter, guard: Guard, plugins: Plugins, gil: bool | None = None) -> None:
        self.interpreter, self.guard, self.plugins, self.gil = interpreter, guard, plugins, gil
        self._lock = threading.Lock()
        self._host: HostProcess | None = None
        self._killed = False

    def kill(self) -> None:
        """End what is running, and let nothing more run."""
        with self._lock:
            self._killed = True
            if self._host is not None:
                self._host.kill()

    def start(self, request: Request) -> ThrowawayHost:
        """Return a host, for a `with` statement. Raises OSError, HostGoneError where they were killed."""
        return ThrowawayHost(self, request)

    def launch(self, folder: Path, mark: str, question: str, host: ThrowawayHost) -> HostProcess:
        """Start the process itself."""
        with self._lock:
            if self._killed:
                raise HostGoneError("it was ended")
            launch = HostLaunch(self.interpreter, folder, mark, self.guard, self.plugins, self.gil, question)
            self._host = HostProcess(launch, Output(), host.answers.put, lambda: host.answers.put(_GONE))
            return self._host

    def close(self, host: HostProcess) -> str:
        """Let go of a host, and return how it ended."""
        with self._lock:
            self._host = None
        host.kill()
        code = host.close()
        return "it was ended" if self._killed else how_it_ended(code)


class ThrowawayHost:
    """One host; `pid` and `mark` as `HostLaunch` has them, `folder` is where it works."""

    def __init__(self, hosts: ThrowawayHosts, request: Request) -> None:
        self._hosts = hosts
        self.answers: queue.SimpleQueue[HostAnswer | None] = queue.SimpleQueue()
        word = request.FILE.removesuffix(".json")
        self.mark = f"GILSCOPE_RUN={word}.{os.urandom(4).hex()}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"gilscope-{word}-"))
        hosts.guard.watch_folder(self.folder)
        try:
            (self.folder / "work").mkdir()
            write_request(self.folder, request)
            self._process = hosts.launch(self.folder, self.mark, f"--{word}", self)
        except BaseException:
            self._remove_folder()
            raise
        self.pid = self._process.pid
        self._over = False
        self._how = "it was ended"

    def __enter__(self) -> ThrowawayHost:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.end()
        self._remove_folder()

    def answer(self, timeout_s: float) -> HostAnswer | None:
        """Return the next answer, None if none came in time. Raises HostGoneError after the last."""
        try:
            answer = self.answers.get(timeout=timeout_s)
        except queue.Empty:
            return None
        return self._last_answer() if answer is _GONE else answer

    def _last_answer(self) -> HostAnswer:
        """Return what it said last, which may be heard of after its end: another thread waits for that."""
        how = self.end()  # now all that it said is in the queue
        try:
            answer = self.answers.get_nowait()
        except queue.Empty:
            answer = _GONE
        if answer is _GONE:
            raise HostGoneError(how)
        self.answers.put(_GONE)
        return answer

    def end(self) -> str:
        """End it, if it has not; return how it ended."""
        if not self._over:
            self._over = True
            self._how = self._hosts.close(self._process)
        return self._how

    def _remove_folder(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._hosts.guard.forget_folder(self.folder)
