"""Makes asyncio record the next event loop of a process: the one that a model, or its part in a child, creates."""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from engine.host.coroutine_waits import state_recorder
from engine.host.loop_clock import can_record, recorded_loop
from engine.record.loop_file import FOLDER, LoopWriter

_numbers = itertools.count()


def record_next_loops(number: int, run_folder: str, capacity: int, *, waits: bool, between: bool = False) -> None:
    """Record the next loops that this process makes into the run's folder; `capacity` records each at most.

    `waits`: the loops' coroutines run the run's tasks, so their waits are recorded as well; `between`: see
    `state_recorder`. Later loops are asyncio's
    own again: a loop that the user's function creates is not the model's. Does nothing if loops are of a kind that
    cannot be recorded. Calling it again before a loop was created has no further effect.
    """
    before = _policy()
    if isinstance(before, _Recording):
        return
    kind = getattr(before, "_loop_factory", None)  # of every policy that asyncio comes with
    if isinstance(kind, type) and can_record(kind):
        recorder = functools.partial(state_recorder, between=between) if waits else None
        _set_policy(_recording(before, number, lambda: recorded_loop(kind, _open_file(run_folder, capacity), recorder)))


class _Recording:
    """Marks a policy whose next loops are recorded."""


def _recording(before: Any, number: int, make_loop: Callable[[], Any]) -> Any:
    left, lock = number, threading.Lock()

    class Policy(_Recording, type(before)):  # type: ignore[misc]
        def new_event_loop(self) -> Any:
            nonlocal left
            with lock:
                left -= 1
                if left <= 0:
                    _set_policy(before)
            try:
                return make_loop()
            except OSError:  # the disk is full: the run goes on, and its loop waits are not known
                return before.new_event_loop()

    return Policy()


def _open_file(run_folder: str, capacity: int) -> LoopWriter:
    thread = threading.get_native_id()
    name = f"{os.getpid()}-{thread}-{next(_numbers)}.loop"
    path = os.path.join(run_folder, FOLDER, name)
    return LoopWriter(path, thread=thread, created_ns=time.perf_counter_ns(), capacity=capacity)


def _policy() -> Any:
    # Python 3.14 warns about the public names for policies; a loop factory would not reach loops that models create.
    return getattr(asyncio.events, "_get_event_loop_policy", asyncio.get_event_loop_policy)()


def _set_policy(policy: Any) -> None:
    getattr(asyncio.events, "_set_event_loop_policy", asyncio.set_event_loop_policy)(policy)
