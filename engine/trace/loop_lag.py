"""Keeps, for every event loop of a run, who held it and who waited meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from engine.record.lane_reader import FOR_LIMIT
from engine.trace.loop_holds import LoopHolds, LoopPhases, loop_holds
from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import AWAITED_KINDS, joined
from engine.trace.picture.search import Found, task_of
from engine.wording import figure_text as figures

_MARKED: Final = 20  # the longest holds in view
_OFTEN: Final = 200_000  # up to so many phases, a loop is analysed again at once while its run goes on
_DONE: Final = object()


class LoopLag:
    """The holds of every event loop of a run. `refresh` analyses new phases; `go_on` continues when there are many."""

    def __init__(self, store: PhaseStore) -> None:
        self._store = store
        self._counts: dict[str, int] = {}
        self._holds: dict[str, LoopHolds] = {}
        self._length: dict[str, np.ndarray] = {}  # of each hold, 0 where nobody waited
        self._first: dict[str, int] = {}  # a lane of each loop
        self._lane: dict[str, np.ndarray] = {}  # of each phase given to the analysis
        self._place: dict[str, np.ndarray] = {}
        self._begun: list[Iterator[None]] = []

    def refresh(self, *, complete: bool) -> None:
        """Analyse the phases of each loop that has grown much, or has ended."""
        for file, owner in self._store.owners.items():
            if owner.is_async:
                lanes = [each.lane for each in self._store.table.of_file(file) if each.lane < len(self._store.tracks)]
                count, known = sum(self._store.tracks[lane].count for lane in lanes), self._counts.get(file, 0)
                if count != known and (complete or (count > 1.05 * known and count <= _OFTEN)):
                    self._counts[file] = count
                    self._begun.append(self._look(file, lanes))
                    if count <= _OFTEN:
                        list(self._begun.pop())

    def go_on(self) -> bool:
        """Do one step of analysing loops with many phases; return whether there was anything to do."""
        if not self._begun:
            return False
        if next(self._begun[0], _DONE) is _DONE:
            del self._begun[0]
        return True

    def of(self, lane: int) -> LoopHolds | None:
        """Return the holds of a lane's loop, None where it has none."""
        return self._holds.get(self._store.lanes[lane].file)

    def _holds_of(self, lane: int) -> LoopHolds:
        return self._holds[self._store.lanes[lane].file]

    def found(self, lane: int, number: int) -> Found:
        """Return the task that held a lane's loop in hold `number`, with its longest blocking phase."""
        file = self._store.lanes[lane].file
        phase = int(self._holds[file].place[number])
        holder, place = int(self._lane[file][phase]), int(self._place[file][phase])
        task = task_of(self._store, holder, place)
        return Found(task.begin_ns, task.end_ns, holder, place)

    def longest(self, begin_ns: int, end_ns: int, count: int = _MARKED) -> list[tuple[int, int, int]]:
        """Return the longest holds between two times: length, a lane of the loop, number; longest first."""
        every = []
        for file, holds in self._holds.items():
            seen = holds.between(begin_ns, end_ns)
            length = self._length[file][seen]
            least = max(0, len(length) - count)  # sorting all of a million takes longer than a frame may
            order = np.argpartition(length, least)[least:] if least else np.arange(len(length))
            lane = self._first[file]
            every += [(int(length[place]), lane, seen.start + int(place)) for place in order if length[place] > 0]
        return sorted(every, reverse=True)[:count]

    def next(self, from_ns: int) -> Found | None:
        """Return the next task after a time whose hold is among the longest; search from the start if there is none."""
        while self.go_on():
            pass
        holds = self.longest(0, np.iinfo(np.int64).max)
        begun = sorted((int(self._holds_of(lane).start_ns[number]), lane, number) for _, lane, number in holds)
        later = [each for each in begun if each[0] >= from_ns]
        return self.found(*(later or begun)[0][1:]) if begun else None

    def words(self, lane: int, place: int) -> list[str]:
        """Return lines for a phase: that it held its loop, or who held the loop while it was ready."""
        holds, track = self.of(lane), self._store.tracks[lane]
        if holds is None or not len(holds):
            return []
        start, end = int(track.start[place]), int(track.end[place])
        if track.kinds(place)[1] not in AWAITED_KINDS:
            number = holds.between(start, end).start
            return [_held(holds, number)] if number < len(holds) and holds.start_ns[number] <= start else []
        if not track.is_known(place) or end - start <= int(track.waited[place]):
            return []
        seen = holds.between(start + int(track.waited[place]), end)
        if seen.stop <= seen.start:
            return []
        longest = seen.start + int(np.argmax(holds.end_ns[seen] - holds.start_ns[seen]))
        count = figures.counted(seen.stop - seen.start, "task")
        return [f"meanwhile {count} held the loop, longest {self.culprit(lane, longest)}"]

    def culprit(self, lane: int, number: int) -> str:
        """Name who held the loop, and for how long."""
        holds, found, store = self._holds_of(lane), self.found(lane, number), self._store
        record = store.tracks[found.lane].records[found.place]
        length = figures.seconds(int(holds.end_ns[number] - holds.start_ns[number]) / 1e9)
        step = store.name_of(record)
        return f"{store.lanes[found.lane].worker}, task {int(record['task']):,}: {step} {length}"

    def _look(self, file: str, lanes: list[int]) -> Iterator[None]:
        tracks = [self._store.tracks[lane] for lane in lanes]
        records = joined([words for track in tracks for words in track.words()])
        sizes = np.array([track.count for track in tracks])
        yield
        waited = np.minimum(records["waited_ns"], records["end_ns"] - records["start_ns"])
        ready = np.where(waited >= 0, records["start_ns"] + waited, -1)
        blocks = self._store.blocks(records["step"]) & ((records["flags"] & FOR_LIMIT) == 0)
        worker, task, start, end = (records[name].astype(np.int64) for name in ("worker", "task", "start_ns", "end_ns"))
        del records
        yield
        holds = self._holds[file] = loop_holds(LoopPhases(worker, task, start, end, ready, blocks))
        self._lane[file] = np.repeat(lanes, sizes)
        self._place[file] = np.arange(len(start)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self._length[file] = np.where(holds.waiting > 0, holds.end_ns - holds.start_ns, 0)
        self._first[file] = lanes[0]


def _held(holds: LoopHolds, number: int) -> str:
    length = figures.seconds(int(holds.end_ns[number] - holds.start_ns[number]) / 1e9)
    count = int(holds.waiting[number])
    others = (
        "nobody else was ready" if not count else f"{count} other{'s were' if count > 1 else ' was'} ready and waited"
    )
    return f"it held the event loop for {length}: {others}"
