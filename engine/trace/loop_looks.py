"""What the threads of event loops were seen to do while they were in callbacks."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LookState, LookTables
from engine.trace.loop_figures import COMPUTING, GIL, LoopBusiness

_NAMES: Final = {LookState.RUNNING: COMPUTING, LookState.GIL: GIL}
_LONGEST_NS: Final = 250_000_000  # that a look stands for: longer, the looker stood still


class LoopLooks:
    """A run's looks, for `loop_figures`: `of` is its Look."""

    def __init__(self, looks: NDArray[np.void], tables: LookTables) -> None:
        self._looks = looks
        self._place = {(each.pid, each.tid): place for place, each in enumerate(tables.threads)}

    def of(self, pid: int, thread: int, start_ns: int, end_ns: int, busy_s: float) -> LoopBusiness | None:
        """Return what a thread did between two instants but for waiting for something to do, divided over `busy_s`."""
        place = self._place.get((pid, thread))
        if place is None:
            return None
        looks = self._looks[self._looks["thread"] == place]
        time_ns, state = looks["time_ns"].astype(np.int64), looks["state"]
        # A look stands for the time since the one before: they come at uneven intervals.
        stands_ns = np.clip(np.diff(time_ns, prepend=time_ns[:1]), 0, _LONGEST_NS).astype(np.float64)
        inside = (time_ns > start_ns) & (time_ns <= end_ns) & (state != LookState.LOOP)
        whole_ns = stands_ns[inside].sum()
        if not whole_ns:
            return None
        found: dict[str, float] = defaultdict(float)
        for number in np.unique(state[inside]).tolist():
            name = _NAMES.get(LookState(number), LookState(number).name.lower())
            found[name] += float(stands_ns[inside & (state == number)].sum() / whole_ns) * busy_s
        return LoopBusiness(found)
