"""Describes tasks' failures as JSON: each worker's first is kept whole, the rest are counted."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace

from engine.record.private_file import private
from engine.wire.codec import plain
from engine.wire.host_answers import ErrorFacts
from engine.wire.task_failure import TaskFailure
from engine.workload.errors import ExperimentError

Fail = Callable[[BaseException, int, int, int], None]


class WorkerFailedError(ExperimentError):
    """The user's own function failed on a worker; `facts` describe the exception raised there."""

    def __init__(self, path: str, problem: str, facts: ErrorFacts) -> None:
        super().__init__(path, problem)
        self.facts = facts


def first_failure(folder: str, kinds: list[str], created_ns: int) -> Fail:
    """Return `fail(error, task, step, time_ns)`, which keeps a lane's first failure as a file in `folder`."""
    seen = False

    def fail(error: BaseException, task: int, number: int, time_ns: int) -> None:
        nonlocal seen
        if seen:
            return
        seen = True
        keep_failure(folder, describe_failure(error, kinds, task, number, time_ns), created_ns)

    return fail


def describe_failure(error: BaseException, kinds: list[str], task: int, number: int, time_ns: int) -> TaskFailure:
    """Return a task's failure: where it happened, and the error as `describe_error` describes it."""
    facts = describe_error(error)
    return TaskFailure(task, number, kinds[number], facts.type, facts.message, facts.traceback, time_ns)


def keep_failure(folder: str, failure: TaskFailure, created_ns: int) -> None:
    """Write a lane's failure into the run's `errors` folder; on a full disk the failure is only counted."""
    name = f"{os.getpid()}-{threading.get_native_id()}-{created_ns}"
    path = os.path.join(folder, "errors", name)
    with contextlib.suppress(OSError):
        with open(path + ".new", "w", encoding="utf-8", opener=private) as file:
            json.dump(plain(failure), file)
        os.replace(path + ".new", path + ".json")


def describe_error(error: BaseException) -> ErrorFacts:
    """Return an exception's facts: type, message, and the traceback without our own first frames, bounded."""
    if isinstance(error, ExperimentError) and error.__cause__ is not None:  # raised by the user's own function
        return replace(describe_error(error.__cause__), message=str(error))
    if isinstance(error, ExperimentError):
        return ErrorFacts("ExperimentError", str(error), "")
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    frames = error.__traceback__
    while frames is not None and os.path.abspath(frames.tb_frame.f_code.co_filename).startswith(ours):
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames or error.__traceback__)
    text = "".join(lines)
    if len(text) > 16_000:
        text = text[:8_000] + "\n...\n" + text[-8_000:]
    return ErrorFacts(type(error).__name__, _message(error)[:2_000], text)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as another:  # the user's own exception class fails: that must not end the run
        return f"<its message cannot be made: {type(another).__name__}>"
