"""Item: what a model hands to a worker for one task."""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    """One task's number (from 0), when it was due, and what it carries.

    `due_ns` is the intended arrival on the `time.perf_counter_ns` clock, 0 in a closed loop. `payload` is carried to
    the worker and back by models that pickle.
    """

    number: int
    due_ns: int = 0
    payload: bytes = b""
