"""Look files written by hand, so that who held the GIL when is known; times are milliseconds after the run's start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.record.look_file import (
    GIL_READ,
    HOLDS_GIL,
    LOOKS,
    NO_CPU,
    RECORD,
    LookProcess,
    LookState,
    LookTables,
    LookThread,
    LookWriter,
)
from tests.run_folders import START_NS

MS = 1_000_000
PID = 4242
States = Sequence[LookState]


def write_looks(
    folder: Path,
    until_ms: float,
    seen: Callable[[float], States],
    *,
    holder: Callable[[float], int | None] | None = None,
    every_ms: float = 1.0,
    pid: int = PID,
    gil: str | None = "symbol",
) -> None:
    """Write a run's looks: `seen` says what each thread does at a time; `holder` who has the GIL, if that was read."""
    writer = LookWriter(str(folder / LOOKS))
    count = len(seen(0.0))
    at, last = 0.0, [LookState.SLEEP] * count
    while at <= until_ms:
        flags = writer.begin_round() | (GIL_READ if holder is not None else 0)
        holds = holder(at) if holder is not None else None
        records = []
        for thread, state in enumerate(seen(at)):
            # As the looker does it: of a thread that ran at the look before, where the GIL's own word is not read.
            ran = holder is None and state == last[thread] == LookState.RUNNING
            cpu_us = round(every_ms * 1000) if ran else NO_CPU
            mine = flags | (HOLDS_GIL if thread == holds else 0)
            records.append(RECORD.pack(START_NS + round(at * MS), cpu_us, thread, 0, state, mine))
            last[thread] = state
        writer.add_packed(b"".join(records))
        at += every_ms
    writer.close()
    threads = tuple(LookThread(pid, thread_id(number), f"t{number}", START_NS) for number in range(count))
    LookTables(method="process", looks=writer.count, threads=threads, processes=(LookProcess(pid, "3.11", gil),)).save(
        folder
    )


def thread_id(number: int) -> int:
    """Return the id of a thread, by its place in the table."""
    return 100 + number


def in_turn(length_ms: float, threads: int = 2) -> Callable[[float], States]:
    """Return what threads do that compute under one GIL, each for so long at a time."""

    def seen(at_ms: float) -> States:
        running = int(at_ms // length_ms) % threads
        return [LookState.RUNNING if thread == running else LookState.GIL for thread in range(threads)]

    return seen
