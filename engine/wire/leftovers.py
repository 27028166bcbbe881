"""Ends the processes that a dead conductor has left, if its guard could not (because it was suspended, for example).

A guard carries its conductor's mark as an argument, and everything that a conductor starts carries it in its
environment (see `engine.processes.guard`), so this needs only the conductor's process id.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Final

_GUARD_S: Final = 1.5  # a guard that is resumed ends everything within this
_POLL_S: Final = 0.02


def end_leftovers(conductor: int) -> None:
    """Resume the guard of a dead conductor; then end whatever is still there. Linux only."""
    if sys.platform != "linux":
        return
    mark = f"GILSCOPE_CONDUCTOR={conductor}.".encode()
    deadline = time.monotonic() + _GUARD_S
    while (found := _marked(mark)) and time.monotonic() < deadline:
        for pid, is_guard in found.items():
            if is_guard:
                _send(pid, signal.SIGCONT)
        time.sleep(_POLL_S)
    for pid in found:
        _send(pid, signal.SIGKILL)


def _marked(mark: bytes) -> dict[int, bool]:
    """Return the processes that carry the mark, and whether each is the guard."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            is_guard = mark in _read(f"/proc/{name}/cmdline")
            if is_guard or mark in _read(f"/proc/{name}/environ"):
                found[int(name)] = is_guard
    return found


def _read(file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError:  # it has ended, or is another user's
        return b""


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass
