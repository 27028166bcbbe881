"""Lane files written by hand, so that the truth of what they tell is known; times are milliseconds after T0."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.ledger.ledger import Ledger
from engine.record.lane_file import HEADER_SIZE, LAST, OK, QUEUED, RECORD_SIZE, LaneWriter, Slot, tail
from engine.record.thread_accounts import Account
from engine.trace.lane_totals import Lanes
from engine.trace.spans import Spans, spans_until
from engine.trace.step_kinds import StepKind, step_kind
from engine.workload.catalogue import StepCard
from engine.workload.parameter import Kind, Parameter

MS = 1_000_000
T0 = 5_000_000 * MS


def card(key: str, waits_on: str = "nothing", *, has_async: bool = False, code: bool = False) -> StepCard:
    parameters = (Parameter("source", "Source", Kind.CODE, ""),) if code else ()
    return StepCard(key, key, key, waits_on, True, has_async, parameters)


COMPUTE = card("compute")
SLEEP = card("sleep", "time", has_async=True)
DISK = card("disk", "disk")
NET = card("net", "network", has_async=True)
LOCK = card("lock", "lock")
OWN = card("own", code=True)


class Lane:
    """Writes one lane file, in milliseconds after T0."""

    def __init__(
        self, folder: Path, number: int = 0, *, pid_offset: int = 0, coroutines: int = 0, capacity: int = 1000
    ) -> None:
        (folder / "lanes").mkdir(exist_ok=True)
        self._path = folder / "lanes" / f"{number}.lane"
        self._writer = LaneWriter(
            str(self._path),
            thread=number,
            thread_name=f"t{number}",
            process_name="MainProcess",
            created_ns=T0 + number,
            capacity=capacity,
        )
        self._record = self._writer.recorder()
        self._writer.slots[Slot.WORKERS] = coroutines
        self._writer.slots[Slot.PID] += pid_offset
        self._task = number * 1_000_000

    def task(self, *steps: tuple[float, float, float], due: float | None = None, worker: int = 0) -> None:
        """Write a task; its steps are (start, end, milliseconds truly waited or -1), in order."""
        self._task += 1
        if due is not None:
            self._write(due, steps[0][0], -1, tail(worker, QUEUED, OK))
        for number, (start, end, waited) in enumerate(steps):
            flags = OK | LAST if number == len(steps) - 1 else OK
            recorded = self._write(start, end, waited, tail(worker, number, flags))
        if not recorded:
            self._writer.count_latency(int((steps[-1][1] - steps[0][0]) * MS), failed=False)

    def under_way(self, since: float) -> None:
        """A step began, and has not ended."""
        self._writer.slots[Slot.SINCE_NS] = T0 + int(since * MS)

    def measured(self, tasks: int, length: float, cpu: float, queue: float) -> None:
        """Of some tasks the thread measured itself how long they took, and it was on a core and in the run queue."""
        slots = self._writer.slots
        slots[Slot.SAMPLED_TASKS], slots[Slot.SAMPLED_NS] = tasks, int(length * MS)
        slots[Slot.SAMPLED_CPU_NS], slots[Slot.SAMPLED_QUEUE_NS] = int(cpu * MS), int(queue * MS)

    def tear(self, place: int, sequence: int) -> None:
        """Give a record, by its place from 0, another sequence number than its own."""
        file = os.open(self._path, os.O_RDWR)
        os.pwrite(file, sequence.to_bytes(8, "little"), HEADER_SIZE + place * RECORD_SIZE)
        os.close(file)

    def _write(self, start: float, end: float, waited: float, what: int) -> bool:
        waited_ns = -1 if waited < 0 else int(waited * MS)
        return self._record(self._task, T0 + int(start * MS), T0 + int(end * MS), waited_ns, what)


def kinds(*cards: StepCard, is_async: bool = False, source: str = "") -> list[StepKind]:
    return [step_kind(each, is_async=is_async, source=source) for each in cards]


def spans(
    folder: Path,
    steps: Sequence[StepKind],
    *,
    until: float | None = None,
    taking: bool = True,
    open_loop: bool = False,
    killed: bool = False,
) -> Spans:
    """Read the lane files; `until` is now, where tasks may be under way, None after the end."""
    lanes = Lanes(folder, steps, open_loop=open_loop)
    while lanes.refresh(7) is not None:  # in small batches: where they are cut must not matter
        pass
    now_ns = T0 + int((until or 0) * MS)
    found = spans_until(lanes, now_ns, live=until is not None, taking=taking, killed=killed)
    lanes.close()
    assert found is not None
    return found


def account(cpu: float, queue: float | None, clock: float, *, late_ns: float = 0) -> Account:
    return Account(cpu * MS, None if queue is None else queue * MS, clock * MS, late_ns)


def in_ms(ledger: Ledger, lane: int | None = None) -> dict[str, Any]:
    """Return the states that are not 0, in milliseconds."""
    states = ledger.total() if lane is None else ledger.lane(lane)
    return {name: pytest.approx(value * 1e3, abs=0.01) for name, value in states.items() if value}


def assert_whole(found: Spans, ledger: Ledger) -> None:
    wall_s = (found.end_ns - found.first_ns) / 1e9
    assert np.allclose(ledger.seconds.sum(axis=1), wall_s)
