"""Runs only a model's function, uninstrumented and in a separate host, to measure its time and memory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import psutil

from engine.interpreters.plugins import Plugins
from engine.launch.throwaway_host import HostGoneError, ThrowawayHost, ThrowawayHosts
from engine.processes.guard import Guard
from engine.record.queries.requests import UninstrumentedRequest, UninstrumentedRun
from engine.wire.interpreter import Interpreter
from engine.wire.query_answers import UninstrumentedEnded

_LIMIT_S: Final = 120.0
_POLL_S: Final = 0.02


class UninstrumentedRunError(Exception):
    """Runs that gave no figures; the text says why."""


class UninstrumentedTimes(NamedTuple):
    """The seconds of each run, and the peak memory of the host and its children together.

    Only private resident memory counts, without mapped files such as libraries, where the system tells them apart.
    """

    seconds: list[float]
    own_bytes: int


class UninstrumentedRuns:
    """Makes runs under one interpreter, one host at a time. `kill` may be called from another thread, and is final."""

    def __init__(self, interpreter: Interpreter, guard: Guard, plugins: Plugins) -> None:
        self._hosts = ThrowawayHosts(interpreter, guard, plugins)

    def kill(self) -> None:
        """End the current run, and allow no further one."""
        self._hosts.kill()

    def run(self, runs: Sequence[UninstrumentedRun], *, watch_memory: bool = False) -> UninstrumentedTimes:
        """Make runs one after the other in one host: see `engine.host.queries.uninstrumented`.

        Raises UninstrumentedRunError.
        """
        try:
            with self._hosts.start(UninstrumentedRequest(self._hosts.plugins.entries, tuple(runs))) as host:
                ended, own_bytes = _follow(host, watch_memory)
        except OSError as error:
            raise UninstrumentedRunError(f"it cannot be started: {error}") from None
        except HostGoneError as error:
            raise UninstrumentedRunError(str(error)) from None
        if ended.seconds is None:
            raise UninstrumentedRunError(str(ended.reason))
        return UninstrumentedTimes(list(ended.seconds), own_bytes)


def _follow(host: ThrowawayHost, watch_memory: bool) -> tuple[UninstrumentedEnded, int]:
    """Return a host's last message, and its peak memory. Raises HostGoneError."""
    own_bytes = 0
    deadline_s = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline_s:
        answer = host.answer(_POLL_S)
        if isinstance(answer, UninstrumentedEnded):
            return answer, own_bytes
        if watch_memory:
            own_bytes = max(own_bytes, _memory(host.pid))
    raise UninstrumentedRunError(f"it does not end within {_LIMIT_S:g} s")


def _memory(pid: int) -> int:
    """Return the private memory of a process and its descendants, in bytes."""
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
        # Linux reports the part that is mapped files, Windows the private part; elsewhere all of it counts.
        total += getattr(memory, "private", memory.rss - getattr(memory, "shared", 0))
    return total
