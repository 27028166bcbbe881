"""Keeps which of this process's multiprocessing children ended by a signal or with a non-zero exit code."""

from __future__ import annotations

from typing import Any

from engine.wire.host_answers import ChildExit

_codes: dict[int, int] = {}


def watch_children() -> None:
    """From now on keep how each child ended, when its exit code is polled. Acts once; only on platforms with
    signals.
    """
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
    """Return the failed exits of children, in the order in which they were noticed."""
    return tuple(ChildExit(pid, code) for pid, code in _codes.items())
