"""What a watch's threads did in its last seconds: the difference of clocks and looks to those some seconds ago."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.watch.thread_clock import ThreadClock

_EVERY_NS: Final = 2_000_000_000
_NEAR_NS: Final = 100_000_000
_KEPT: Final = 5  # so that figures cover the last eight to ten seconds


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every thread's clocks at an instant, as (last_ns, cpu_ns, queue_ns), and the totals of its looks until then."""

    at_ns: int
    clocks: dict[tuple[int, int], tuple[int, int, int]]
    seen_ns: NDArray[np.float64]


class RecentPast:
    """Keeps snapshots, and the looks since the oldest."""

    def __init__(self, start_ns: int) -> None:
        self._snapshots = deque([Snapshot(start_ns, {}, np.zeros((0, 0)))], maxlen=_KEPT)
        self._looks: deque[NDArray[np.void]] = deque()

    @property
    def since(self) -> Snapshot:
        """The oldest snapshot."""
        return self._snapshots[0]

    def take(self, looks: NDArray[np.void], clocks: Iterable[ThreadClock], seen_ns: NDArray[np.float64]) -> None:
        """Add new looks; `clocks` and `seen_ns` are the current ones."""
        if len(looks):
            self._looks.append(looks)
        now_ns = time.perf_counter_ns()
        if now_ns - self._snapshots[-1].at_ns >= _EVERY_NS:
            kept = {(each.pid, each.tid): (each.last_ns, each.cpu_ns, each.queue_ns or 0) for each in clocks}
            self._snapshots.append(Snapshot(now_ns, kept, seen_ns.copy()))
            while self._looks and int(self._looks[0]["time_ns"][-1]) < self.since.at_ns:
                self._looks.popleft()

    def looks(self) -> NDArray[np.void] | None:
        """Return the looks since the oldest snapshot; None if there are none."""
        if not self._looks:
            return None
        looks = np.concatenate(self._looks)
        looks = looks[looks["time_ns"] >= self.since.at_ns]
        self._looks = deque([looks] if len(looks) else [])
        return looks

    def states_at(self, time_ns: int) -> dict[int, int]:
        """Return each thread's state (by its place in the table) in the look that is nearest to an instant."""
        looks = self.looks()
        if looks is None:
            return {}
        first, last = np.searchsorted(looks["time_ns"], [time_ns - _NEAR_NS, time_ns + _NEAR_NS])
        near = looks[first:last]
        order = np.argsort(-np.abs(near["time_ns"] - time_ns), kind="stable")  # the nearest come last and overwrite
        return dict(zip(near["thread"][order].tolist(), near["state"][order].tolist(), strict=True))

    def clocks(self, clocks: Iterable[ThreadClock]) -> list[ThreadClock]:
        """Return the clocks of threads that existed since the oldest snapshot, counted from that snapshot."""
        found = []
        for each in clocks:
            before = self.since.clocks.get((each.pid, each.tid))
            if before is None:
                found.append(each)
            elif each.last_ns > before[0]:
                found.append(replace(each, first_ns=before[0], first_cpu_ns=before[1], first_queue_ns=before[2]))
        return found

    def seen_ns(self, now: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how long each thread was seen in each state since the oldest snapshot."""
        before = self.since.seen_ns
        recent = now.copy()
        if len(before):
            recent[: len(before)] -= before
        return recent
