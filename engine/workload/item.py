"""Item: what a model hands to a worker for one task."""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    """When one task was due, its number (from 0), and what it carries. Make it with keywords.

    `due_ns` is the intended arrival on the `time.perf_counter_ns` clock, 0 in a closed loop. `payload` is carried to
    the worker and back by models that pickle.
    """

    due_ns: int  # first: what makes items asks whether to go on before it takes a number
    number: int
    payload: bytes = b""
