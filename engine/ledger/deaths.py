"""Reports processes that died during a run: which, by which signal or exit code, and in which tasks."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from engine.trace.lane_totals import LaneFile, Lanes
from engine.trace.phase_totals import Last
from engine.wire.host_answers import ChildExit
from engine.wire.result import DeathResult, TaskUnderWay
from engine.wording.signal_names import signal_name

_HOST: Final = "MainProcess"
_NAMED: Final = 4
_ENDED_BY_US: Final = -int(signal.SIGTERM)  # how a broken pool ends its other processes


def deaths_of(exits: Sequence[ChildExit], host_exit: ChildExit | None, lanes: Lanes) -> tuple[DeathResult, ...]:
    """Return `deaths` of a result: process, signal or exit code, and the workers that had a task in it.

    `host_exit` is how the host ended, if it ended before it reported how the run went.
    """
    found = [each for each in exits if each.code != _ENDED_BY_US] or list(exits)
    deaths = tuple(_death(each, lanes) for each in found)
    if host_exit is None:
        return deaths
    # If its children run the tasks, the host has no lane file that names it.
    return (replace(_death(host_exit, lanes), process=_HOST), *deaths)


def _death(exit_of: ChildExit, lanes: Lanes) -> DeathResult:
    files = [file for file in lanes.files if file.reader.pid == exit_of.pid]
    return DeathResult(
        exit_of.pid,
        process=next((file.reader.process_name for file in files), None),
        signal=signal_name(-exit_of.code) if exit_of.code < 0 else None,
        exit_code=exit_of.code if exit_of.code >= 0 else None,
        tasks=tuple(task for file in files for task in _under_way(file, lanes)),
    )


def _under_way(file: LaneFile, lanes: Lanes) -> Iterable[TaskUnderWay]:
    if not file.is_async:
        if file.reader.state > 0:
            yield TaskUnderWay(lanes.table.lanes[int(file.lanes[0])].worker, file.reader.task)
        return
    loop = lanes.loops.of(file.reader.pid, file.reader.thread)
    holder = None if loop is None else loop.reader.holder()
    if loop is not None and holder is not None and holder[0] < len(file.lanes):  # the holder's step was running
        yield TaskUnderWay(lanes.table.lanes[int(file.lanes[holder[0]])].worker, loop.reader.task)
        return
    for lane in file.lanes.tolist():
        task = int(lanes.totals.last(Last.TASK)[lane])
        if task and not lanes.totals.last(Last.ENDED)[lane]:
            yield TaskUnderWay(lanes.table.lanes[lane].worker, task - 1)


def death_sentence(death: DeathResult) -> str:
    """Return a clause about a death: `SpawnProcess-2 (pid 12) was killed by SIGKILL in task 7`."""
    name = death.process
    who = "the host process" if name == _HOST else name or "a process"
    how = f"was killed by {death.signal}" if death.signal else f"ended with exit code {death.exit_code}"
    tasks = death.tasks
    if not tasks:
        where = ""
    elif len(tasks) == 1:
        where = f" in task {tasks[0].task}"
    else:
        named = ", ".join(f"task {each.task} of {each.worker}" for each in tasks[:_NAMED])
        rest = f" and {len(tasks) - _NAMED:,} others" if len(tasks) > _NAMED else ""
        where = f"; under way were {named}{rest}"
    return f"{who} (pid {death.pid}) {how}{where}"
