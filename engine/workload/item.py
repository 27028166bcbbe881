"""An item: what a model hands to a worker for one task, and what a step sees of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

# When the task was due, its number (from 0), and what is carried to the worker and back by models that pickle. A plain
# tuple, because to pickle anything else takes longer than to hand it over. `due_ns` is the intended arrival on the
# `time.perf_counter_ns` clock, 0 in a closed loop; it is first, for what makes items looks before it takes a number.
Item = tuple[int, int, bytes]


class NamedItem(NamedTuple):
    """An item as steps get it."""

    due_ns: int
    number: int
    payload: bytes = b""


named: Callable[[Item], NamedItem] = functools.partial(tuple.__new__, NamedItem)
