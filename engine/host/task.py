"""The task that a model gets: it runs on a lane of its own in every thread and process that calls it.

A task is pickled as its run's folder and its group; the process that unpickles it reads the rest from there, once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from engine.host import gil_watch
from engine.host.probe import HostRun
from engine.host.stack_dumps import answer_signals
from engine.workload.item import Item


class Task(threading.local):
    """The callable that a model gets. Picklable; `task(item)` runs the workload's steps once.

    Returns the item's payload, so that models which pickle results send it back. If the run's model is asynchronous,
    the call returns an awaitable. Each thread has its own lane: hence the base class `threading.local`, which calls
    `__init__` again in every thread that uses the task.
    """

    lane: Callable[[Item], Any] | None = None

    def __init__(self, run: HostRun, group: int = 0) -> None:
        self.run, self.group = run, group

    def __call__(self, item: Item) -> Any:
        lane = self.lane
        if lane is None:
            self.lane = lane = self.run.lane(self.group)
        return lane(item)

    def remote(self) -> Any:
        """Return this task for workers that cannot read the run's folder: see `engine.host.remote_task`."""
        from engine.host.remote_task import RemoteTask  # most models do without it

        self.run.control.begin()  # remote workers cannot: they have no access to the control page
        return RemoteTask(self.run)

    def collector(self) -> Callable[[Any], None]:
        """Return the function to call with each result of a remote task."""
        from engine.host.remote_task import Collector

        return Collector(self.run).collect

    def __reduce__(self) -> tuple[Callable[..., Task], tuple[str, int]]:
        return (attach, (self.run.folder, self.group))


def task_of(run: HostRun, in_place: bool) -> Callable[[Item], Any]:
    """Return the task for a model of `run`: a `Task`, or this thread's lane if the model calls it `in_place`."""
    if not in_place:
        return attach(run.folder)
    return _first_awaited(run) if run.is_async else run.lane()


def _first_awaited(run: HostRun) -> Callable[[Item], Any]:
    """Return the task for coroutines of one loop, whose lane can be made only when the loop runs."""
    lane: Callable[[Item], Any] | None = None

    def task(item: Item) -> Any:
        nonlocal lane
        if lane is None:
            lane = run.lane()
        return lane(item)

    return task


_attached: dict[tuple[str, int], Task] = {}
_attaching = threading.Lock()


def attach(folder: str, group: int = 0) -> Task:
    """Return this process's task of a group of the run in `folder` (0 without groups)."""
    task = _attached.get((folder, group))
    if task is None:
        with _attaching:
            task = _attached.get((folder, group))
            if task is None:
                task = _attached[folder, group] = Task(_run_in(folder), group)
    return task


def _run_in(folder: str) -> HostRun:
    """Return the run in `folder`, which this process's tasks of all groups share."""
    for (other, _), task in _attached.items():
        if other == folder:
            return task.run
    gil_watch.watch(folder)
    answer_signals(folder)
    run = HostRun.read(folder)
    if run.is_async and os.getpid() != run.settings.host_pid:
        run.record_loops(1)
    return run


def _forget_after_fork() -> None:
    # A forked worker inherits the parent's lanes, which are files of other threads: it must open its own.
    for task in _attached.values():
        task.lane = None
        task.run.forget_lanes()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
