"""Computes where every lane's time went up to an instant, including time that is not in a record yet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.trace.lane_totals import LaneFile, Lanes
from engine.trace.loop_waits import BETWEEN_TASKS, LOCKED, READY, WAITED, LoopTotals
from engine.trace.phase_totals import Flags, Floats, Ints, Last
from engine.trace.step_kinds import Sum

_IN_A_TASK: Final = [each for each in Sum if each not in (Sum.TRANSPORT, Sum.IDLE)]
_IN_TASK: Final = [Sum.BUSY, Sum.UNKNOWN_IO, Sum.UNKNOWN_LOCK, Sum.OPAQUE, Sum.READY, Sum.AWAITED, Sum.OVER]


@dataclass(frozen=True, slots=True)
class Spans:
    """Where every lane's time went, in nanoseconds: each row of `sums` adds up to `end_ns - first_ns` of the run.

    By lane: `file` is the index of its file; `waits` is how often its thread, or event loop, slept for a known time;
    `held` is how long its phases kept the thread from everything else.

    By file: `clock` is how long its thread had something to do, which its processor time grows with. `alone` marks
    files that are the only one of their process, `coroutines` those whose workers are coroutines, and `recorded` those
    of these whose loop was recorded: there Sum.LOOP is all the time that lanes waited for the loop. `first_of_file` and
    `last_of_file` are when its first task began and its last ended, 0 where it has had none. `sampled`, (files, 4), is
    what its thread measured of some of its tasks: their number, their time, time on a core, time in the run queue.

    `starting` is the part of each lane's Sum.IDLE before its worker began: 0 with arrivals at a rate, where it may have
    waited for one. `expected`: workers without a lane may begin yet.
    """

    sums: Floats
    file: Ints
    clock: Floats
    alone: Flags
    first_ns: int
    end_ns: int
    waits: Floats
    held: Floats
    coroutines: Flags
    recorded: Flags
    first_of_file: Ints
    last_of_file: Ints
    sampled: Floats
    starting: Floats
    expected: bool = False


def spans_until(lanes: Lanes, now_ns: int, *, live: bool, taking: bool = False, killed: bool = False) -> Spans | None:
    """Return where the time went until `now_ns`; None before the first task.

    `live`: tasks may be under way at `now_ns`, which is then the end; else the end is that of the last task. `taking`:
    workers may still take tasks, so a worker without one is between two tasks; else it is idle. `killed`: the host was
    killed, so some task was under way.
    """
    return _Settling(lanes, now_ns, live=live, taking=taking, killed=killed).settle()


class _Settling:
    """Adds time that is not in the records: dropped phases, phases under way, open gaps, idle ends."""

    def __init__(self, lanes: Lanes, now_ns: int, *, live: bool, taking: bool, killed: bool) -> None:
        self.lanes, self.totals = lanes, lanes.totals
        self.now_ns, self.live, self.taking, self.killed = now_ns, live, taking, killed
        self.between = Sum.IDLE if lanes.open_loop else Sum.TRANSPORT
        self.sums = self.totals.sums.copy()
        self.first = self.totals.last(Last.FIRST_NS).copy()
        self.end = self.totals.last(Last.END_NS).copy()
        self.waits = self.totals.last(Last.WAITS).astype(np.float64)
        self._loops: list[tuple[LaneFile, LoopTotals]] = []
        while not live and lanes.loops.refresh():
            pass

    def settle(self) -> Spans | None:
        for file in self.lanes.files:
            if file.reader.dropped:
                self._add_dropped(file)
            if file.is_async:
                self._add_coroutines(file)
            elif self.live:
                self._add_thread(file)
        seen = self.first > 0
        if not seen.any():
            return None
        first_ns, end_ns = int(self.first[seen].min()), int(self.end[seen].max())
        if self.live:
            end_ns = max(end_ns, self.now_ns)
        owner, clock = self._clocks()
        own = np.where(seen, self.end - self.first, 0)
        self.sums[:, Sum.IDLE] += (end_ns - first_ns) - own
        starting = self._starting(first_ns, end_ns)
        for file, loop in self._loops:
            starting[file.lanes] -= self._add_beginnings(file, loop, first_ns)
        held = self.totals.last(Last.HELD_NS).astype(np.float64)
        coroutines = np.array([file.is_async for file in self.lanes.files], np.bool_)
        recorded = np.zeros(len(self.lanes.files), np.bool_)
        for file, _ in self._loops:
            recorded[self.lanes.files.index(file)] = True
        first_last = self._of_files()
        return Spans(
            self.sums,
            owner,
            clock,
            self._alone(),
            first_ns,
            end_ns,
            self.waits,
            held,
            coroutines,
            recorded,
            *first_last,
            np.array([file.reader.sampled for file in self.lanes.files], np.float64).reshape(-1, 4),
            np.maximum(starting, 0.0),
            expected=self._expects,
        )

    @property
    def _expects(self) -> bool:
        return self.live and self.taking and not self.lanes.open_loop

    def _starting(self, first_ns: int, end_ns: int) -> Floats:
        """Return how long each lane's worker had not begun its first task, though there were tasks to be had."""
        if self.lanes.open_loop:
            return np.zeros(len(self.sums))
        not_begun = float(end_ns - first_ns) if self._expects else 0.0
        return np.where(self.first > 0, self.first - first_ns, not_begun).astype(np.float64)

    def _of_files(self) -> tuple[Ints, Ints]:
        first, last = np.zeros(len(self.lanes.files), np.int64), np.zeros(len(self.lanes.files), np.int64)
        for place, file in enumerate(self.lanes.files):
            begun = self.first[file.lanes]
            if (begun > 0).any():
                first[place], last[place] = begun[begun > 0].min(), self.end[file.lanes].max()
        return first, last

    def _alone(self) -> Flags:
        processes = Counter(file.reader.pid for file in self.lanes.files)
        return np.array([processes[file.reader.pid] == 1 for file in self.lanes.files], np.bool_)

    def _clocks(self) -> tuple[Ints, Floats]:
        owner = np.zeros(len(self.sums), np.int64)
        clock = np.zeros(len(self.lanes.files))
        in_task = self.sums[:, _IN_TASK].sum(axis=1)
        for place, file in enumerate(self.lanes.files):
            owner[file.lanes] = place
            if file.is_async:  # its coroutines' times overlap: the loop runs as long as any of them
                begun = self.first[file.lanes]
                begun = begun[begun > 0]
                clock[place] = float(self.end[file.lanes].max() - begun.min()) if len(begun) else 0.0
            else:
                clock[place] = in_task[file.lanes[0]]
        return owner, clock

    def _add_dropped(self, file: LaneFile) -> None:
        lanes, share = file.lanes, 1.0 / len(file.lanes)  # coroutines' totals are kept together
        for kind, (phases, length, waited, _) in zip(self.totals.steps, file.reader.step_sums().tolist(), strict=False):
            self.sums[lanes, kind.known] += waited * share
            self.waits[lanes] += phases * share if waited and kind.wakes_late else 0
            self.sums[lanes, kind.rest if waited else kind.unknown] += (length - waited) * share
        self.sums[lanes, Sum.LOCK] += file.reader.unrecorded_limit_ns * share
        seen = lanes[self.first[lanes] > 0]
        self.end[seen] = np.maximum(self.end[seen], file.reader.last_end_ns)
        # The rest of the span lay between tasks; it is divided like the gaps that are known.
        missing = np.maximum(self.end[seen] - self.first[seen] - self.sums[seen].sum(axis=1), 0)
        gaps, idle = self.sums[seen, Sum.TRANSPORT] + self.sums[seen, Sum.IDLE], self.sums[seen, Sum.IDLE]
        idle_share = np.divide(idle, gaps, out=np.zeros_like(gaps), where=gaps > 0)
        self.sums[seen, Sum.TRANSPORT] += missing * (1 - idle_share)
        self.sums[seen, Sum.IDLE] += missing * idle_share

    def _add_thread(self, file: LaneFile) -> None:
        lane, reader = int(file.lanes[0]), file.reader
        ended = bool(self.totals.last(Last.ENDED)[lane]) or not self.first[lane]
        if reader.state > 0 and reader.state_since_ns >= self.end[lane]:
            since_ns, kind = reader.state_since_ns, self.totals.steps[reader.state - 1]
            if not self.first[lane]:
                self.first[lane] = self.end[lane] = since_ns
            self._go_on(lane, self.between if ended else kind.rest, since_ns)
            waits = kind.limited and not reader.has_turn
            self._go_on(lane, Sum.LOCK if waits else kind.under_way, self.now_ns)
        elif self.first[lane] and not ended:
            self._go_on(lane, Sum.BUSY, self.now_ns)
        elif self.first[lane] and self.taking:
            self._go_on(lane, self.between, self.now_ns)

    def _add_coroutines(self, file: LaneFile) -> None:
        before = self.sums[file.lanes]
        if self.live:
            self._go_on_with_coroutines(file)
        loop = self.lanes.loops.of(file.reader.pid, file.reader.thread)
        if loop is not None:
            self._loops.append((file, loop))
            self._take_recorded(file, loop, self.sums[file.lanes] - before)

    def _take_recorded(self, file: LaneFile, loop: LoopTotals, under_way: Floats) -> None:
        """Divide the time of coroutines by what their loop recorded; for the rest of it they held the loop."""
        lanes = file.lanes
        recorded = np.zeros((len(lanes), 4))
        known = min(len(lanes), len(loop.sums))
        recorded[:known] = loop.sums[:known]
        # Unrecorded time is only known as one sum over all coroutines.
        unrecorded = loop.reader.unrecorded()
        recorded[:, :3] += unrecorded[:-1, 1:].sum(axis=0) / len(lanes)
        recorded[:, BETWEEN_TASKS] += unrecorded[-1, 3] / len(lanes)

        sums = self.sums[lanes]
        between = np.minimum(recorded[:, BETWEEN_TASKS], sums[:, self.between])
        sums[:, self.between] -= between
        in_task = sums[:, _IN_A_TASK].sum(axis=1)
        waited = recorded[:, :3].sum(axis=1)
        recorded *= np.minimum(1.0, np.divide(in_task, waited, out=np.ones_like(waited), where=waited > 0))[:, None]
        rest = in_task - recorded[:, :3].sum(axis=1)
        # A wait that goes on is not recorded yet; it counts as what its step waits for.
        goes_on = np.minimum(rest, under_way[:, _IN_A_TASK].sum(axis=1))
        for_lock = under_way[:, [Sum.LOCK, Sum.UNKNOWN_LOCK]].sum(axis=1) > 0
        for_loop = under_way[:, Sum.READY] > 0
        holds = np.zeros(len(lanes))
        holder = loop.reader.holder() if self.live else None
        if holder is not None and holder[0] < len(lanes):
            holds[holder[0]] = min(float(goes_on[holder[0]]), max(0.0, self.now_ns - holder[1]))
            goes_on = goes_on - holds
        # What a busy loop has not polled for yet may have become ready at any time since: half counts as loop wait.
        busy_since_ns = loop.reader.busy_since_ns if self.live else 0
        unseen = np.minimum(goes_on, max(0, self.now_ns - busy_since_ns)) / 2 if busy_since_ns else np.zeros(len(lanes))
        unseen = np.where(for_lock | for_loop, 0.0, unseen)
        sums[:, _IN_A_TASK] = 0
        sums[:, Sum.IO] = recorded[:, WAITED] + np.where(for_lock | for_loop, 0, goes_on - unseen)
        sums[:, Sum.LOCK] = recorded[:, LOCKED] + np.where(for_lock, goes_on, 0)
        sums[:, Sum.LOOP] = recorded[:, READY] + between + unseen + np.where(for_loop & ~for_lock, goes_on, 0)
        sums[:, Sum.BUSY] = rest - goes_on
        self.sums[lanes] = sums

    def _add_beginnings(self, file: LaneFile, loop: LoopTotals, first_ns: int) -> Floats:
        """Count a coroutine as idle before its first task only until it was created; after that it waited for the
        loop. Return how long each one did.
        """
        waited = np.zeros(len(file.lanes))
        lanes = file.lanes[: len(loop.made_ns)]
        made, first = loop.made_ns[: len(lanes)], loop.first_ns[: len(lanes)]
        ready = np.where(made > 0, np.maximum(np.minimum(first, self.first[lanes]) - np.maximum(made, first_ns), 0), 0)
        ready = np.minimum(ready, self.sums[lanes, Sum.IDLE])
        self.sums[lanes, Sum.LOOP] += ready
        self.sums[lanes, Sum.IDLE] -= ready
        waited[: len(lanes)] = ready
        return waited

    def _go_on_with_coroutines(self, file: LaneFile) -> None:
        """Continue from each coroutine's last record: its current step is known, but not what it waits for there."""
        lanes, kinds = file.lanes, self.totals.steps
        new = lanes[self.first[lanes] == 0]
        self.first[new] = self.end[new] = file.reader.created_ns
        ended = (self.totals.last(Last.ENDED)[lanes] > 0) | (self.totals.last(Last.TASK)[lanes] == 0)
        step = np.where(ended, 0, np.minimum(self.totals.last(Last.STEP)[lanes], len(kinds) - 1))
        under_way = np.array([kind.under_way if kind.awaited else Sum.READY for kind in kinds], np.int64)
        limited = np.array([kind.limited for kind in kinds], np.bool_)
        waits = limited[step] & (self.totals.last(Last.HAS_TURN)[lanes] == 0)
        what = np.where(waits, np.int64(Sum.LOCK), under_way[step])
        # Coroutines do not record that they have begun a task. On a loop that was killed, some had.
        going_on = ~ended | self.taking | (self.killed and bool(ended.all()))
        lanes, what = lanes[going_on], what[going_on]
        self.sums[lanes, what] += np.maximum(self.now_ns - self.end[lanes], 0)
        self.end[lanes] = np.maximum(self.end[lanes], self.now_ns)

    def _go_on(self, lane: int, what: Sum, until_ns: int) -> None:
        length = until_ns - int(self.end[lane])
        if length > 0:
            self.sums[lane, what] += length
            self.end[lane] = until_ns
