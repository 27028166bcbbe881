"""Adds up the looks at threads by what their lane was doing at that instant: in a task, between two tasks, or idle.
Phases decide which: a look belongs to the phase, or to the gap between phases, into which its time falls. A look newer
than its lane's newest record is kept until a later record arrives, unless the lane says that a phase which began before
the look is still under way. Looks arrive in order of time, but a little later than the records of the same time, so
records are kept until no older look can arrive.

A look stands for the time since the previous look at its thread. So the sums stay right although looks come at uneven
intervals, less often on a busy machine, and thinned in a long run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LOOK_STATES, LookThread
from engine.record.look_reader import LOOK_DTYPE, rounds_of
from engine.trace.lane_totals import Lanes
from engine.trace.phase_totals import Flags, Floats, Ints, TaskTimes

_LONGEST_NS: Final = 250_000_000  # the longest time that a look stands for: beyond it, the sampler was stalled
_FIRST_NS: Final = 1_000_000
_LATEST_NS: Final = 2_000_000_000  # how much later than records of its time a look may arrive
_TIME_BITS: Final = 45


class LaneActivity(IntEnum):
    """What a lane was doing at the instant of a look."""

    TASK = 0
    BETWEEN = 1
    IDLE = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """The looks at each lane's thread: the nanoseconds that they stand for, and their number.

    Both have shape (lanes, LaneActivity, LookState). `loops`, (files, LookState), are the nanoseconds of looks at the
    threads of event loops.
    """

    weight: Floats
    count: Ints
    loops: Floats


class SeenTotals:
    """Adds up a run's looks. Call `take` after every refresh of the lanes, with the looks that are new."""

    def __init__(self) -> None:
        self._weight = np.zeros((0, len(LaneActivity), LOOK_STATES))
        self._count = np.zeros((0, len(LaneActivity), LOOK_STATES), np.int64)
        self._loops = np.zeros((0, LOOK_STATES))
        self._lane_of = np.empty(0, np.int64)  # of each thread in the table: its lane, -1: none
        self._file_of = np.empty(0, np.int64)
        self._seen_ns = np.empty(0, np.int64)  # of each thread: when it was looked at last
        self._files = 0
        self._unmapped = np.empty(0, LOOK_DTYPE)  # at threads that the table does not name yet
        self._pending = _Looks.none()
        self._times: list[TaskTimes] = []
        self._newest_ns = 0  # no look older than this will arrive
        self._base_ns = 0

    @property
    def seen(self) -> Seen:
        """What was added up so far."""
        return Seen(self._weight, self._count, self._loops)

    def take(
        self,
        lanes: Lanes,
        looks: NDArray[np.void],
        threads: Sequence[LookThread],
        refreshed_ns: int,
        *,
        over: bool = False,
    ) -> None:
        """Add looks, and assign pending ones by the records that `lanes` read last.

        `refreshed_ns` is an instant before the lanes were refreshed: a phase under way then began before it. `over`: no
        more records will come, so a look without a later record was at an idle lane.
        """
        self._make_room(lanes)
        self._map_threads(lanes, threads)
        self._pending = self._pending.with_more(self._new(lanes, looks))
        self._times += lanes.totals.take_times()
        if self._times:
            times = TaskTimes.joined(self._times)
            self._resolve(times)
            oldest_ns = max(self._newest_ns, int(times.end.max(initial=0)) - _LATEST_NS)
            self._times = [times.of(times.end >= oldest_ns)]
        self._settle_under_way(lanes, refreshed_ns)
        if over:
            self._add(self._pending, np.full(len(self._pending.lane), LaneActivity.IDLE, np.int64))
            self._pending = _Looks.none()

    def _make_room(self, lanes: Lanes) -> None:
        more = lanes.totals.count - len(self._weight)
        if more > 0:
            self._weight = np.concatenate([self._weight, np.zeros((more, *self._weight.shape[1:]))])
            self._count = np.concatenate([self._count, np.zeros((more, *self._count.shape[1:]), np.int64)])
        more = len(lanes.files) - len(self._loops)
        if more > 0:
            self._loops = np.concatenate([self._loops, np.zeros((more, LOOK_STATES))])

    def _map_threads(self, lanes: Lanes, threads: Sequence[LookThread]) -> None:
        if len(threads) == len(self._lane_of) and len(lanes.files) == self._files:
            return
        self._files = len(lanes.files)
        place = {(file.reader.pid, file.reader.thread): number for number, file in enumerate(lanes.files)}
        files = [place.get((each.pid, each.tid), -1) for each in threads]
        more = len(files) - len(self._seen_ns)
        self._seen_ns = np.concatenate([self._seen_ns, np.zeros(more, np.int64)])
        self._file_of = np.array(files, np.int64)
        lane = [-1 if each < 0 or lanes.files[each].is_async else int(lanes.files[each].lanes[0]) for each in files]
        self._lane_of = np.array(lane, np.int64)

    def _new(self, lanes: Lanes, looks: NDArray[np.void]) -> _Looks:
        """Return the looks at threads that have a lane, with the time that each stands for."""
        if len(looks):
            self._newest_ns = int(looks["time_ns"][-1])
        looks = np.concatenate([self._unmapped, looks])
        known = looks["thread"] < len(self._lane_of)
        # Looks at threads that are not in the table yet: it is written a little later.
        self._unmapped = looks[~known]
        looks = looks[known]
        if not len(looks):
            return _Looks.none()
        thread, time_ns = looks["thread"].astype(np.int64), looks["time_ns"].astype(np.int64)
        stands_ns = self._stand_for(thread, time_ns, rounds_of(looks))
        state = looks["state"].astype(np.int64)
        at_loop = (self._lane_of[thread] < 0) & (self._file_of[thread] >= 0)
        if at_loop.any():
            key = self._file_of[thread[at_loop]] * LOOK_STATES + state[at_loop]
            self._loops += np.bincount(key, stands_ns[at_loop], self._loops.size).reshape(self._loops.shape)
        own = self._lane_of[thread] >= 0
        return _Looks(self._lane_of[thread[own]], time_ns[own], state[own], stands_ns[own])

    def _stand_for(self, thread: Ints, time_ns: Ints, rounds: Ints) -> Floats:
        order = np.argsort(thread, kind="stable")
        sorted_thread, sorted_ns = thread[order], time_ns[order]
        before = np.empty_like(sorted_ns)
        before[1:] = sorted_ns[:-1]
        first = np.ones(len(order), np.bool_)
        np.not_equal(sorted_thread[1:], sorted_thread[:-1], out=first[1:])
        before[first] = self._seen_ns[sorted_thread[first]]
        stands = np.where(before > 0, np.clip(sorted_ns - before, 0, _LONGEST_NS * rounds[order]), _FIRST_NS)
        last = np.append(first[1:], True)
        self._seen_ns[sorted_thread[last]] = sorted_ns[last]
        result = np.empty(len(order))
        result[order] = stands
        return result

    def _resolve(self, times: TaskTimes) -> None:
        """Assign the pending looks that fall before the newest of these phases on their lanes."""
        looks, count = self._pending, len(times.lane)
        if not count or not len(looks.lane):
            return
        self._base_ns = self._base_ns or int(times.start.min()) - (1 << 40)
        starts = self._key(times.lane, times.start)
        phase = np.searchsorted(starts, self._key(looks.lane, looks.time_ns), side="right") - 1
        following = np.minimum(phase + 1, count - 1)
        has_phase = (phase >= 0) & (times.lane[phase] == looks.lane)
        has_next = (phase + 1 < count) & (times.lane[following] == looks.lane)
        inside = has_phase & (looks.time_ns < times.end[phase])
        between = ~inside & has_next
        when = np.full(len(looks.lane), LaneActivity.TASK, np.int64)
        # Between sampled tasks there were others that were not recorded.
        gap = between & times.begins[following] & ~times.sampled[following]
        when[gap] = LaneActivity.BETWEEN
        due = times.due[following]
        when[gap & (due > 0) & (looks.time_ns < due)] = LaneActivity.IDLE
        before_all = between & (times.previous_end[following] <= 0)
        done = inside | between
        counted = done & ~before_all
        self._add(looks.of(counted), when[counted])
        self._pending = looks.of(~done)

    def _settle_under_way(self, lanes: Lanes, refreshed_ns: int) -> None:
        """Assign the pending looks that fall into a phase still under way."""
        looks = self._pending
        if not len(looks.lane):
            return
        since = np.full(lanes.totals.count, refreshed_ns + 1, np.int64)
        for file in lanes.files:
            if not file.is_async and file.reader.state > 0:
                since[file.lanes[0]] = file.reader.state_since_ns
        inside = (looks.time_ns >= since[looks.lane]) & (looks.time_ns <= refreshed_ns)
        self._add(looks.of(inside), np.full(np.count_nonzero(inside), LaneActivity.TASK, np.int64))
        self._pending = looks.of(~inside)

    def _key(self, lane: Ints, time_ns: Ints) -> Ints:
        return (lane << _TIME_BITS) + np.clip(time_ns - self._base_ns, 0, (1 << _TIME_BITS) - 1)

    def _add(self, looks: _Looks, when: Ints) -> None:
        key = (looks.lane * len(LaneActivity) + when) * LOOK_STATES + looks.state
        size, shape = self._weight.size, self._weight.shape
        self._weight += np.bincount(key, looks.stands_ns, size).reshape(shape)
        self._count += np.bincount(key, minlength=size).reshape(shape)


@dataclass(frozen=True, slots=True)
class _Looks:
    lane: Ints
    time_ns: Ints
    state: Ints
    stands_ns: Floats

    @classmethod
    def none(cls) -> _Looks:
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, nothing, np.empty(0))

    def of(self, which: Flags) -> _Looks:
        return _Looks(self.lane[which], self.time_ns[which], self.state[which], self.stands_ns[which])

    def with_more(self, more: _Looks) -> _Looks:
        if not len(more.lane):
            return self
        return _Looks(
            np.concatenate([self.lane, more.lane]),
            np.concatenate([self.time_ns, more.time_ns]),
            np.concatenate([self.state, more.state]),
            np.concatenate([self.stands_ns, more.stands_ns]),
        )
