"""The stretches of time in which a thread was seen in one state, look after look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LONGEST_NS: Final = 250_000_000  # looks that are further apart say nothing of the time between
Ints = NDArray[np.int64]


def state_stretches(times_ns: Ints, states: NDArray[Any], rounds: Ints) -> Iterator[tuple[int, int, int]]:
    """Yield each stretch's beginning, end and state, in their order, from one thread's looks in the order of time.

    A stretch ends where the next begins; before a gap, with its last look. `rounds` is for how many rounds each look
    stands: where looks were thinned, they may be as many times as far apart.
    """
    if not len(times_ns):
        return
    apart = np.diff(times_ns) > _LONGEST_NS * rounds[:-1]
    cuts = np.flatnonzero((states[1:] != states[:-1]) | apart)
    first = np.concatenate([[0], cuts + 1])
    end = np.append(np.where(apart[cuts], times_ns[cuts], times_ns[cuts + 1]), times_ns[-1])
    yield from zip(times_ns[first].tolist(), end.tolist(), states[first].tolist(), strict=True)
