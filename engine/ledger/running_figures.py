"""Computes, while a run goes on, the figures that come from looks: who holds the GIL and locks, and the event loops.

Looks are added up piece by piece, so that each tick costs the same however long the run is. Once the run has ended, the
final figures are made from all looks together (`engine.ledger.summary`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ledger.gil_totals import GilTotals
from engine.ledger.ledger import Ledger
from engine.ledger.lock_totals import LockTotals
from engine.ledger.seen_figures import thread_names, threads_by_process
from engine.record.lane_table import Lane
from engine.record.look_file import LookTables
from engine.record.look_reader import LOOK_DTYPE
from engine.trace.loop_figures import loop_figures
from engine.trace.loop_looks import RunningLoopLooks
from engine.trace.loop_waits import LoopTotals
from engine.wire.codec import decode
from engine.wire.seen_so_far import SeenSoFar

_EVERY_S: Final = 0.5
_SHARE: Final = 0.02  # of one core, at most
_MOST: Final = 16  # processes, locks and loops that a tick lists
_ROUND_NS: Final = 100_000_000  # no older look at another thread belongs to the same round


class RunningFigures:
    """Adds up a run's looks; `share_gil`: its workers share a GIL, which subinterpreters do not. Used by one thread."""

    def __init__(self, *, share_gil: bool) -> None:
        self._share_gil = share_gil
        self._gil, self._locks, self._loop_looks = GilTotals(), LockTotals(), RunningLoopLooks()
        self._pieces: list[NDArray[np.void]] = []
        self._carried = np.empty(0, LOOK_DTYPE)
        self._next_s = 0.0

    def take(self, looks: NDArray[np.void]) -> None:
        """Add looks, in order of time."""
        if len(looks):
            self._pieces.append(looks)

    def due(self, now_s: float) -> bool:
        """Whether there are new looks, and computing the figures now would not take too much time."""
        return now_s >= self._next_s and bool(self._pieces)

    def say(
        self,
        tables: LookTables,
        lanes: Sequence[Lane],
        loops: Sequence[LoopTotals],
        steps: Mapping[int, str],
        times_ns: tuple[int, int],
        *,
        gil: bool,
    ) -> SeenSoFar:
        """Return the figures so far. `times_ns`: the starts of the run and of its first task; `gil`: the GIL is on."""
        begun_s = time.thread_time()
        start_ns, first_ns = times_ns
        workers = thread_names([(lane.pid, lane.thread, lane.worker) for lane in lanes])
        since_ns = max(first_ns, int(self._carried["time_ns"].max(initial=0)))
        looks = self._next_piece(tables)
        if gil and self._share_gil and len(looks):
            self._gil.add(looks, tables, threads_by_process(workers), (since_ns, int(looks["time_ns"][-1])))
        self._locks.add(looks, tables, workers)
        self._loop_looks.add(looks, tables, loops)
        found = {
            "gil": self._gil.figures(tables, workers, _MOST),
            "locks": self._locks.figures(tables, workers, _MOST),
            "libraries": self._locks.libraries(),
            "loop": loop_figures(loops[:_MOST], lanes, steps, start_ns, self._loop_looks.of),
        }
        self._next_s = time.monotonic() + max(_EVERY_S, (time.thread_time() - begun_s) / _SHARE)
        return decode(SeenSoFar, found, "seen")

    def _next_piece(self, tables: LookTables) -> NDArray[np.void]:
        """Return new looks at threads that are in the table, preceded by each thread's last look from the piece
        before.
        """
        looks = np.concatenate([self._carried, *self._pieces])
        named = looks["thread"] < len(tables.threads)
        whole = len(looks) if named.all() else int(np.argmin(named))  # the rest waits until the table is written
        self._pieces = [looks[whole:]] if whole < len(looks) else []
        looks = looks[:whole]
        self._carried = _last_of_each(looks)
        return looks


def with_ledger(seen: SeenSoFar, ledger: Ledger, listed: int) -> SeenSoFar:
    """Add what the ledger has from looks: confidence intervals, and what the first `listed` workers waited for."""
    waits = tuple(ledger.waits(number) for number in range(min(listed, len(ledger.seconds))))
    bounds = {state: None if pair is None else (pair[0], pair[1]) for state, pair in ledger.bounds().items()}
    return replace(seen, waits_s=waits, ledger_bounds_s=bounds)


def _last_of_each(looks: NDArray[np.void]) -> NDArray[np.void]:
    """Return the last look at each thread, without threads that were not looked at for long: they have ended."""
    if not len(looks):
        return looks
    thread = looks["thread"][::-1]
    last = np.sort(len(looks) - 1 - np.unique(thread, return_index=True)[1])
    found = looks[last]
    recent: NDArray[np.void] = found[found["time_ns"] >= looks["time_ns"][-1] - _ROUND_NS]
    return recent
