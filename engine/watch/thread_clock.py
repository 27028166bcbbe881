"""One thread's clocks in a watch: when it existed, and how long it was on a core, or ready for one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.record.atomic_file import write_atomically
from engine.wire.codec import decode, plain, record
from engine.wire.decoders import WrongShapeError

CLOCKS: Final = "clocks.json"


@record
@dataclass(slots=True)
class ThreadClock:
    """One thread: when it was first and last seen, and its times at these instants, in nanoseconds.

    `queue_ns` is None if the platform does not report it. A thread that started during the watch counts from 0.
    """

    pid: int
    tid: int
    name: str
    first_ns: int
    last_ns: int
    cpu_ns: int
    queue_ns: int | None
    first_cpu_ns: int = 0
    first_queue_ns: int = 0
    ended: bool = False

    @property
    def wall_ns(self) -> int:
        """For how long it was seen to exist."""
        return max(0, self.last_ns - self.first_ns)


def save_clocks(folder: Path, clocks: Iterable[ThreadClock]) -> None:
    """Write the clocks into the watch's folder, atomically. Raises OSError."""
    write_atomically(folder / CLOCKS, json.dumps([plain(each) for each in clocks]))


def load_clocks(folder: Path) -> list[ThreadClock]:
    """Read the clocks; none if the file is missing or damaged."""
    try:
        rows = json.loads((folder / CLOCKS).read_text(encoding="utf-8"))
        return [decode(ThreadClock, row) for row in rows]
    except (OSError, ValueError, TypeError, WrongShapeError):
        return []
