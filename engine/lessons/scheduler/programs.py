"""The small programs that a class schedules line by line: their source, and what must hold when they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WORKERS: Final = ("A", "B")


@dataclass(frozen=True, slots=True)
class SchedulerProgram:
    """Two workers' code over shared values.

    `source` defines the `functions` (worker A's and worker B's, perhaps the same). `shared` holds the names and initial
    values of variables that both access as `shared.NAME`, `expected` their values at the end; `locks` are the names of
    the locks. `wrong` is a sentence that says what happened if the run goes wrong.
    """

    key: str
    title: str
    source: str
    functions: tuple[str, str]
    shared: Mapping[str, int]
    expected: Mapping[str, int]
    locks: tuple[str, ...]
    wrong: str

    @property
    def lines(self) -> list[str]:
        """The source's lines."""
        return self.source.splitlines()


_LOST_UPDATE: Final = """\
def deposit():
    seen = shared.balance
    new = seen + 1
    shared.balance = new
"""

_LOCKED: Final = """\
def deposit():
    with lock:
        seen = shared.balance
        new = seen + 1
        shared.balance = new
"""

_DEADLOCK: Final = """\
def to_right():
    with left:
        with right:
            shared.moved += 1

def to_left():
    with right:
        with left:
            shared.moved += 1
"""

PROGRAMS: Final[dict[str, SchedulerProgram]] = {
    program.key: program
    for program in (
        SchedulerProgram(
            "lost-update",
            "Two deposits of 1",
            _LOST_UPDATE,
            ("deposit", "deposit"),
            {"balance": 0},
            {"balance": 2},
            (),
            "Two deposits, and a balance of 1: one update is lost.",
        ),
        SchedulerProgram(
            "locked",
            "Two deposits of 1, with a lock",
            _LOCKED,
            ("deposit", "deposit"),
            {"balance": 0},
            {"balance": 2},
            ("lock",),
            "One update is lost.",
        ),
        SchedulerProgram(
            "deadlock",
            "Two locks, taken in opposite orders",
            _DEADLOCK,
            ("to_right", "to_left"),
            {"moved": 0},
            {"moved": 2},
            ("left", "right"),
            "Each worker waits for the lock that the other one holds: a deadlock.",
        ),
    )
}
