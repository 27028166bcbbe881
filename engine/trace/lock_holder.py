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
NOT_KNOWN: Final = -1
FREE: Final = -2
_IN_PASSING: Final = 0.05  # of the rounds: all may wait for an instant, while a released lock is handed over


@dataclass(frozen=True, slots=True)
class LockHolding:
    """How long each thread (by its index in the table of threads) held a lock while others waited for it."""

    held_ns: dict[int, int]
    unknown_ns: int


@dataclass(frozen=True, slots=True)
class LockRounds:
    """Who held a lock at each round of looks, as arrays: the time, how long the round stands for, the holder.

    The holder is a thread's index; NOT_KNOWN where several did not wait; FREE where nobody waited, or some were not
    seen.
    """

    time_ns: NDArray[np.int64]
    length_ns: NDArray[np.int64]
    holder: NDArray[np.int64]


def lock_holding(looks: NDArray[np.void], details: Collection[int], threads: Collection[int]) -> LockHolding:
    """Return who held a lock; `details` are its indices in the table of details.

    `looks` are sorted by time; `threads` are the indices of the threads of its process that share it.
    """
    rounds = lock_rounds(looks, details, threads)
    if rounds is None:
        return LockHolding({}, 0)
    known = rounds.holder >= 0
    held = np.bincount(rounds.holder[known], rounds.length_ns[known])
    found = {place: int(ns) for place, ns in enumerate(held.tolist()) if ns > 0}
    return LockHolding(found, int(rounds.length_ns[rounds.holder == NOT_KNOWN].sum()))


def lock_rounds(looks: NDArray[np.void], details: Collection[int], threads: Collection[int]) -> LockRounds | None:
    """Return who held it at each round of looks; None if none of them can have held it. For arguments see above."""
    sharing = np.array(sorted(threads), np.int64)
    inside = looks[np.isin(looks["thread"], sharing)]
    if len(sharing) < 2 or not len(inside):
        return None
    at_ns, first, number = np.unique(inside["time_ns"], return_index=True, return_inverse=True)
    column = np.searchsorted(sharing, inside["thread"])
    seen = np.zeros((len(at_ns), len(sharing)), np.bool_)
    waits = np.zeros_like(seen)
    seen[number, column] = True
    waits[number, column] = (inside["state"] == LookState.LOCK) & np.isin(inside["detail"], list(details))
    wanted = seen.all(axis=1) & waits.any(axis=1)
    free = (seen & ~waits).sum(axis=1)
    if np.count_nonzero(wanted & (free == 0)) > _IN_PASSING * np.count_nonzero(wanted):
        return None
    length_ns = np.minimum(np.diff(at_ns, append=at_ns[-1]), _LONGEST_GAP_NS * rounds_of(inside)[first])
    holder = np.where(free == 1, sharing[np.argmin(waits, axis=1)], NOT_KNOWN)
    return LockRounds(at_ns, length_ns, np.where(wanted, holder, FREE))
