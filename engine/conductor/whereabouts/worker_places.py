"""Where every worker of a run is now: asks its processes by signal for their Python stacks, and reads the answers.

Guarantees. A signal is sent only to a process of the run that has announced a handler and has it in place: the signal
would end any other process; and only while the process still has its stack file open: a workload may have closed it,
and have a file of its own under the same descriptor. If a process cannot answer, only its own answer is missing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from engine.conductor.whereabouts.worker_stacks import Frame, Stacks, parse_stacks, place_of
from engine.record.stack_file import FOLDER, coroutines_signal, threads_signal
from engine.trace.lane_totals import LaneFile, Lanes
from engine.trace.phase_totals import Last
from engine.wire.tick import WorkerPlace
from engine.witness.lock_address import lock_address

ANSWER_S: Final = 0.15  # the time a process gets to write its stacks; it needs a thousandth of that
_MOST: Final = 256  # how many workers are located at most
_DEEPEST: Final = 30
_LOCK_FILES: Final = ("/asyncio/locks.py", "/asyncio/queues.py")
_OURS: Final = str(Path(__file__).resolve().parents[2]) + os.sep
_STEPS: Final = str(Path(_OURS, "workload", "steps")) + os.sep


class WorkerLocator:
    """Asks a run's processes where their workers are; one question at a time."""

    def __init__(self, run_folder: Path) -> None:
        self._folder = run_folder / FOLDER
        self._asked: dict[int, int] = {}  # by process id: how long its stack file was before the question
        self._asked_s = 0.0

    def ask(self, pids: Iterable[int]) -> None:
        """Ask processes of the run; `collect` after ANSWER_S."""
        self._asked, self._asked_s = {}, time.monotonic()
        for pid in pids:
            with contextlib.suppress(OSError):
                file = self._folder / f"{pid}.txt"
                size = file.stat().st_size
                if not _has_open(pid, file):
                    continue
                for number in (threads_signal(), coroutines_signal()):
                    if number is not None and _takes(pid, number):
                        self._asked[pid] = size
                        os.kill(pid, number)

    def due_s(self) -> float:
        """Return when the answers to the last question are there (`time.monotonic`)."""
        return self._asked_s + ANSWER_S

    def collect(self, lanes: Lanes, states: Sequence[str]) -> tuple[WorkerPlace, ...]:
        """Return where the workers are; `states` are the first lanes' states by the ledger."""
        stacks = {pid: self._answer(pid, size) for pid, size in self._asked.items()}
        by_lane = {int(lane): file for file in lanes.files for lane in file.lanes}
        return tuple(
            _place(lane.lane, lane.worker, lane.number, by_lane[lane.lane], lanes, states, stacks)
            for lane in lanes.table.lanes[:_MOST]
            if lane.lane in by_lane
        )

    def _answer(self, pid: int, size: int) -> Stacks:
        try:
            with open(self._folder / f"{pid}.txt", encoding="utf-8", errors="replace") as file:
                file.seek(size)
                return parse_stacks(file.read())
        except OSError:
            return Stacks()


def _place(
    lane: int,
    name: str,
    number: int,
    file: LaneFile,
    lanes: Lanes,
    states: Sequence[str],
    stacks: dict[int, Stacks],
) -> WorkerPlace:
    reader, found = file.reader, stacks.get(file.reader.pid, Stacks())
    frames = found.coroutines.get(number) if file.is_async else found.threads.get(reader.identifier)
    if file.is_async and (holder := lanes.loops.of(reader.pid, reader.thread)) is not None:
        has_loop = holder.reader.holder()
        if has_loop is not None and has_loop[0] == number:  # this coroutine is the one its thread runs
            frames = found.threads.get(reader.identifier) or frames
    state = states[lane] if lane < len(states) else ""
    if file.is_async and frames and frames[0].file.endswith(_LOCK_FILES):
        state = "lock_wait"  # how long it waits is recorded when the wait is over
    own = [each for each in frames or [] if not each.file.startswith(_OURS) or each.file.startswith(_STEPS)]
    return WorkerPlace(
        lane,
        name,
        reader.pid,
        reader.thread,
        state=state,
        task=_task(lane, file, lanes),
        address=lock_address(reader.pid, reader.thread) if state == "lock_wait" and not file.is_async else None,
        where=place_of(own or frames or [], (_OURS, sys.base_prefix), _STEPS),
        stack=tuple(_line(each) for each in (frames or [])[:_DEEPEST]),
    )


def _task(lane: int, file: LaneFile, lanes: Lanes) -> int | None:
    if not file.is_async:
        return file.reader.task if file.reader.state > 0 else None
    ended = bool(lanes.totals.last(Last.ENDED)[lane])
    task = int(lanes.totals.last(Last.TASK)[lane])
    return task - 1 if task and not ended else None


def _line(frame: Frame) -> str:
    return f"{frame.file}:{frame.line} in {frame.function}"


def _has_open(pid: int, file: Path) -> bool:
    """Return whether a process has a file open; raises OSError if the system does not tell."""
    name = os.fspath(file.resolve())
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(entry.path) == name:
                return True
    return False


def _takes(pid: int, number: int) -> bool:
    """Return whether a process has a handler for a signal, without which the signal would end it."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("SigCgt:"):
                    return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    except (OSError, ValueError):
        pass
    return False  # where the system does not tell, send no signal
