"""A hand-over: one worker let go of something, and another went on because of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Released(StrEnum):
    """What was handed over."""

    QUEUE = "queue"  # a task, to the next stage
    POOL = "pool"  # a task, from the thread that submits them to a worker
    LOCK = "lock"
    LIMIT = "limit"  # the turn before a step with a limit
    LOOP = "loop"  # the event loop


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who released it and when, and who went on with it; `from_lane` is None for the host's main thread, which has no
    lane.
    """

    from_lane: int | None
    released_ns: int
    to_lane: int
    begun_ns: int
    released: Released = Released.QUEUE
