"""Works out who held a lock that several threads wait for, from looks at all of them at the same instants.

The owner of a lock cannot be read from outside. But if all threads that share it are looked at in one round, and all
but one wait for it, that one holds it. If several do not wait, the holder is unknown. If all are seen waiting in more
than a few rounds, none of them holds it (it is a queue, or another thread has the lock): no holder is named.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LookState
from engine.record.look_reader import rounds_of

_LONGEST_GAP_NS: Final = 50_000_000
_IN_PASSING: Final = 0.05  # of the rounds: all may wait for an instant, while a released lock is handed over


@dataclass(frozen=True, slots=True)
class LockHolding:
    """How long each thread (by its index in the table of threads) held a lock while others waited for it."""

    held_ns: dict[int, int]
    unknown_ns: int


def lock_holding(looks: NDArray[np.void], details: Collection[int], threads: Collection[int]) -> LockHolding:
    """Return who held a lock; `details` are its indices in the table of details.

    `looks` are sorted by time; `threads` are the indices of the threads of its process that share it.
    """
    nothing = LockHolding({}, 0)
    sharing = np.array(sorted(threads), np.int64)
    inside = looks[np.isin(looks["thread"], sharing)]
    if len(sharing) < 2 or not len(inside):
        return nothing
    at_ns, first, number = np.unique(inside["time_ns"], return_index=True, return_inverse=True)
    column = np.searchsorted(sharing, inside["thread"])
    seen = np.zeros((len(at_ns), len(sharing)), np.bool_)
    waits = np.zeros_like(seen)
    seen[number, column] = True
    waits[number, column] = (inside["state"] == LookState.LOCK) & np.isin(inside["detail"], list(details))
    wanted = seen.all(axis=1) & waits.any(axis=1)
    free = (seen & ~waits).sum(axis=1)
    if np.count_nonzero(wanted & (free == 0)) > _IN_PASSING * np.count_nonzero(wanted):
        return nothing
    length_ns = np.minimum(np.diff(at_ns, append=at_ns[-1]), _LONGEST_GAP_NS * rounds_of(inside)[first])
    known = wanted & (free == 1)
    holder = np.argmin(waits, axis=1)
    held = np.bincount(holder[known], length_ns[known], len(sharing))
    found = {int(place): int(ns) for place, ns in zip(sharing, held, strict=True) if ns > 0}
    return LockHolding(found, int(length_ns[wanted & ~known].sum()))
