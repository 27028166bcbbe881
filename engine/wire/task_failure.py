"""The first failure of each worker, as a run's `errors` folder keeps it: one file for each worker."""

from __future__ import annotations

from dataclasses import dataclass

from engine.wire.codec import record


@record
@dataclass(frozen=True, slots=True)
class TaskFailure:
    """Where a task failed, and the exception: its class's name, its message and its traceback, bounded.

    All other fields are None for an exception that ended the host, which is not a task's failure.
    """

    task: int | None = None
    step: int | None = None
    kind: str | None = None
    type: str = ""
    message: str = ""
    traceback: str = ""
    time_ns: int | None = None
