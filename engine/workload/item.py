"""An item: what a model hands to a worker for one task, and the form in which a step gets it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

# (due_ns, number, payload): when the task was due, its number (from 0), and the bytes that models which pickle send to
# the worker and back. A plain tuple, because pickling anything else would take longer than handing it over. `due_ns` is
# the intended arrival on the `time.perf_counter_ns` clock, 0 in a closed loop; it comes first because the source of
# items reads it before it takes a number.
Item = tuple[int, int, bytes]


class NamedItem(NamedTuple):
    """An item as steps get it."""

    due_ns: int
    number: int
    payload: bytes = b""


named: Callable[[Item], NamedItem] = functools.partial(tuple.__new__, NamedItem)
