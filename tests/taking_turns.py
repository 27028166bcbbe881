"""Tests that need the machine for themselves: the others of a suite in several processes stand still meanwhile."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: no test waits for another
    fcntl = None  # type: ignore[assignment]


class Turns:
    """The turns of the suite named `suite`: what is alone has the room to itself, the door keeps others out of it."""

    def __init__(self, suite: str) -> None:
        self._paths = [Path(tempfile.gettempdir()) / f"gilscope-{name}-{suite}.lock" for name in ("door", "room")]
        self._door, self._room = (os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for path in self._paths)

    def close(self) -> None:
        """Remove the files; who has them open goes on with them."""
        for path in self._paths:
            path.unlink(missing_ok=True)
        os.close(self._door)
        os.close(self._room)

    @contextlib.contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        """Wait until a test may run, and have it run in the `with` block."""
        fcntl.flock(self._door, fcntl.LOCK_EX)  # who waits for the room to be empty keeps the door
        fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(self._door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)


def turns_of(suite: str | None) -> Turns | None:
    """Return a suite's turns; None where it is in one process, or files cannot be locked."""
    return None if suite is None or fcntl is None else Turns(suite)
