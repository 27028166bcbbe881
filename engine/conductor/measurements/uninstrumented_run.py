"""Runs of a model's function alone, in a host of their own: how long they take, and the memory they need."""

from __future__ import annotations

import json
import queue
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil

from engine.conductor.plugins import Plugins
from engine.interpreters.installed import Interpreter
from engine.processes.guard import Guard
from engine.processes.host_process import HostProcess, how_it_ended
from engine.processes.output import Output

_LIMIT_S: Final = 120.0
_POLL_S: Final = 0.02


class UninstrumentedRunError(Exception):
    """Runs that gave no figures; the text says why."""


class UninstrumentedTimes(NamedTuple):
    """The seconds of each run, and the most memory that host and children had at one time.

    Of the memory that is resident, what is their own: no files, such as libraries, where that can be told.
    """

    seconds: list[float]
    own_bytes: int


class UninstrumentedRuns:
    """Makes runs under one interpreter, one host at a time. `kill` ends them, from another thread, for good."""

    def __init__(self, interpreter: Interpreter, guard: Guard, plugins: Plugins) -> None:
        self._interpreter, self._guard, self._plugins = interpreter, guard, plugins
        self._lock = threading.Lock()
        self._host: HostProcess | None = None
        self._killed = False

    def kill(self) -> None:
        """End what is running, and let nothing more run."""
        with self._lock:
            self._killed = True
            if self._host is not None:
                self._host.kill()

    def run(self, runs: Sequence[dict[str, Any]], *, watch_memory: bool = False) -> UninstrumentedTimes:
        """Make runs one after the other in one host: see `engine.host.uninstrumented`.

        Raises UninstrumentedRunError.
        """
        folder = Path(tempfile.mkdtemp(prefix="gilscope-bare-"))
        self._guard.watch_folder(folder)
        try:
            (folder / "work").mkdir()
            request = {"plugins": self._plugins.entries, "runs": list(runs)}
            (folder / "bare.json").write_text(json.dumps(request), encoding="utf-8")
            return self._run(folder, watch_memory)
        except OSError as error:
            raise UninstrumentedRunError(f"it cannot be started: {error}") from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._guard.forget_folder(folder)

    def _run(self, folder: Path, watch_memory: bool) -> UninstrumentedTimes:
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._lock:
            if self._killed:
                raise UninstrumentedRunError("it was ended")
            self._host = HostProcess(
                self._interpreter,
                folder,
                f"GILSCOPE_RUN=bare.{secrets.token_hex(4)}",
                self._guard,
                Output(),
                answers.put,
                lambda: answers.put({"type": "ended"}),
                self._plugins,
                question="--bare",
            )
            host = self._host
        try:
            answer, own_bytes = _follow(host.pid, answers, watch_memory)
        finally:
            with self._lock:
                self._host = None
            code = host.close()
        if self._killed:
            raise UninstrumentedRunError("it was ended")
        if answer["type"] == "ended":
            raise UninstrumentedRunError(how_it_ended(code))
        if answer["seconds"] is None:
            raise UninstrumentedRunError(str(answer["reason"]))
        return UninstrumentedTimes([float(each) for each in answer["seconds"]], own_bytes)


def _follow(pid: int, answers: queue.SimpleQueue[dict[str, Any]], watch_memory: bool) -> tuple[dict[str, Any], int]:
    """Return a host's last word, and the most memory it had."""
    own_bytes = 0
    deadline_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline_s:
        try:
            return answers.get(timeout=_POLL_S), own_bytes
        except queue.Empty:
            if watch_memory:
                own_bytes = max(own_bytes, _memory(pid))
    raise UninstrumentedRunError(f"it does not end within {_LIMIT_S:g} s")


def _memory(pid: int) -> int:
    """Return what a process and its descendants hold in memory of their own."""
    total = 0
    try:
        host = psutil.Process(pid)
        tree = [host, *host.children(recursive=True)]
    except psutil.Error:
        return 0
    for process in tree:
        try:
            memory = process.memory_info()
        except psutil.Error:  # it has ended
            continue
        # Linux tells what of it are files, Windows what is private; elsewhere it is all of it.
        total += getattr(memory, "private", memory.rss - getattr(memory, "shared", 0))
    return total
