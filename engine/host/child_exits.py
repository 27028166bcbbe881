"""Keeps how those children of this process ended that multiprocessing started: by a signal, or with a code not 0."""

from __future__ import annotations

from typing import Any

from engine.wire.host_answers import ChildExit

_codes: dict[int, int] = {}


def watch_children() -> None:
    """From now on keep how each ends, as soon as whoever started it asks. Once; on platforms with signals."""
    try:
        from multiprocessing import popen_fork, popen_forkserver
    except ImportError:  # Windows
        return
    for kind in (popen_fork.Popen, popen_forkserver.Popen):
        _keep_codes(kind)


def _keep_codes(kind: Any) -> None:
    poll = kind.poll

    def poll_and_keep(self: Any, *arguments: Any, **options: Any) -> Any:
        code = poll(self, *arguments, **options)
        if code:
            _codes.setdefault(self.pid, code)
        return code

    kind.poll = poll_and_keep


def child_exits() -> tuple[ChildExit, ...]:
    """Return how children ended other than well, in the order in which it was noticed."""
    return tuple(ChildExit(pid, code) for pid, code in _codes.items())
