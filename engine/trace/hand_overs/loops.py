"""Finds, from an event loop's records, which coroutine ended its turn just before another's, and which one released the
asyncio lock or queue that another awaited.

A coroutine's turn begins where a record says that it resumed. It ends where it yields next, or, where that is not
recorded (between tasks), with the last phase that it recorded. Whoever resumed last before an instant runs then, if its
turn reaches until there: otherwise something without a record ran in between, and nobody is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.record.lane_reader import LaneFileError
from engine.record.loop_file import FOLDER
from engine.record.loop_reader import BETWEEN, LOCK, LOOP_DTYPE, TURNS, LoopReader
from engine.record.run_folder import RunFolder, RunFolderError
from engine.trace.hand_overs.hand_over import HandOver, Released
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found

Ints = npt.NDArray[np.int64]
_GAP_NS: Final = 50_000  # between two turns, if nothing else ran
_LEAST_WAIT_NS: Final = 20_000
MOST: Final = 20  # of a task that takes many turns, those whose coroutines were ready longest


def loop_hand_overs(store: PhaseStore, found: Found) -> list[HandOver]:
    """Return between which coroutines the loop, or an asyncio lock, went over during a task."""
    own = store.lanes[found.lane]
    if not store.owners[own.file].is_async:
        return []
    lanes = {each.number: each.lane for each in store.table.of_file(own.file) if each.lane < len(store.tracks)}
    records = _read(store.folder, own.pid, own.thread)
    if not len(records):
        return []
    turns = _Turns(store, records, lanes)
    made = turns.of(own.number, found.begin_ns, found.end_ns)
    longest = sorted(made, key=lambda each: each[0], reverse=True)[:MOST]
    return [each for _, each in longest]


def _read(folder: Path, pid: int, thread: int) -> npt.NDArray[np.void]:
    """Return a loop's waits in the order in which they ended, on the run's clock."""
    for path in (folder / FOLDER).glob("*.loop"):
        try:
            reader = LoopReader(path)
        except (LaneFileError, OSError):
            continue
        try:
            if (reader.pid, reader.thread) != (pid, thread):
                continue
            records = reader.read_new()
            start_ns = RunFolder(folder).run_start_ns()
        except RunFolderError:
            break
        finally:
            reader.close()
        records = records[records["why"] != TURNS].copy()
        for name in ("first_ns", "second_ns", "third_ns"):
            records[name] -= start_ns
        order = np.argsort(records["third_ns"], kind="stable")
        return np.asarray(records[order])
    return np.empty(0, LOOP_DTYPE)


class _Turns:
    """The turns of a loop's coroutines; `lanes` has the lane of each coroutine that has one."""

    def __init__(self, store: PhaseStore, records: npt.NDArray[np.void], lanes: dict[int, int]) -> None:
        self._store, self._lanes = store, lanes
        self._worker = records["worker"].astype(np.int64)
        self._gone, self._ready, self._resumed = (
            np.ascontiguousarray(records[name]) for name in ("first_ns", "second_ns", "third_ns")
        )
        self._is_lock = records["why"] == LOCK
        self._between = records["step"] == BETWEEN

    def of(self, worker: int, begin_ns: int, end_ns: int) -> list[tuple[int, HandOver]]:
        """Return the hand-overs to and from a coroutine between two times, each with how long the other was ready."""
        resumed, before = self._resumed, np.arange(len(self._resumed)) - 1
        before = np.where(self._is_lock, np.searchsorted(resumed, self._ready, side="right") - 1, before)
        known = before >= 0
        known &= resumed - np.where(self._is_lock, self._gone, self._ready) > _LEAST_WAIT_NS
        mine = (self._worker == worker) & (resumed >= begin_ns) & (resumed <= end_ns)
        let_go = np.where(self._is_lock, self._ready, resumed)
        other = (self._worker[before] == worker) & (let_go >= begin_ns) & (let_go <= end_ns)
        other &= self._worker != worker
        found = []
        for place in np.flatnonzero(known & (mine | other)).tolist():
            made = self._hand_over(place, int(before[place]))
            if made is not None:
                found.append((int(resumed[place] - self._ready[place]), made))
        return found

    def _hand_over(self, place: int, before: int) -> HandOver | None:
        """Return who went on with record `place`, and who ran before it; None if that is not certain."""
        lanes = [self._lanes.get(int(self._worker[each])) for each in (before, place)]
        if lanes[0] is None or lanes[1] is None or lanes[0] == lanes[1]:
            return None
        resumed, ready = int(self._resumed[place]), int(self._ready[place])
        at_ns = ready if self._is_lock[place] else resumed
        end_ns = self._turn_end(before, lanes[0], at_ns)
        if end_ns is None or at_ns - end_ns > _GAP_NS:
            return None
        if self._is_lock[place]:
            return HandOver(lanes[0], ready, lanes[1], resumed, Released.LOCK)
        return HandOver(lanes[0], end_ns, lanes[1], resumed, Released.LOOP) if ready <= end_ns else None

    def _turn_end(self, place: int, lane: int, at_ns: int) -> int | None:
        """Return until when a coroutine surely ran that resumed with record `place`, at most until `at_ns`."""
        later = self._worker[place + 1 :] == self._worker[place]
        following = place + 1 + int(np.argmax(later)) if later.any() else None
        if following is not None and not self._between[following]:
            return min(int(self._gone[following]), at_ns)
        track = self._store.tracks[lane]
        last = int(np.searchsorted(track.start, at_ns, side="right")) - 1
        end_ns = min(int(track.end[last]), at_ns) if last >= 0 else -1
        return end_ns if end_ns > self._resumed[place] else None
