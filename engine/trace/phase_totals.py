"""Adds up every lane's phases by what the lane was doing, batch by batch, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engine.record.lane_file import FOR_LIMIT, HANDED_ON, LAST, OK, QUEUED, SAMPLED
from engine.trace.step_kinds import SUMS, StepKind, Sum

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Last(IntEnum):
    """The figures kept of each lane's newest record, for the next batch to continue from. 0: none."""

    FIRST_NS = 0  # when its first phase started
    END_NS = 1  # when its newest phase ended
    TASK = 2  # 1 + the number of that phase's task
    TASK_START_NS = 3  # when that task began, or arrived in an open loop
    ENDED = 4  # 1: the phase was the last of its task
    STEP = 5  # 1 + the step's place
    DUE_NS = 6  # a QUEUED record was the newest: when its task was due
    DUE_TASK = 7  # 1 + its task
    TASKS = 8  # tasks of the lane that ended, well or not
    WAITS = 9  # phases of the lane whose thread, or event loop, slept for a known time
    HAS_TURN = 12  # 1: the phase was the wait for a turn, before a step with a limit
    EARLIER_NS = 11  # how long the task of the newest QUEUED record was under way before it was queued
    HELD_NS = 10  # how long its phases kept their thread from doing anything else


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """The times of a batch's phases, and what came before each on its lane; sorted by lane, then in order.

    `begins`: the phase is the first of its task; `previous_end`: when the phase before it on its lane ended, 0 if there
    was none; `due`: when its task was due, with open-loop arrivals; `sampled`: unrecorded phases lie between it and the
    one before.
    """

    lane: Ints
    start: Ints
    end: Ints
    begins: Flags
    sampled: Flags
    due: Ints
    previous_end: Ints

    def of(self, which: Flags | Ints) -> TaskTimes:
        """Return some of the phases, in the order given."""
        return TaskTimes(*(getattr(self, name)[which] for name in self.__slots__))

    @classmethod
    def joined(cls, batches: Sequence[TaskTimes]) -> TaskTimes:
        """Return the phases of several batches as one; the batches came in this order."""
        if len(batches) == 1:
            return batches[0]
        joined = cls(*(np.concatenate([getattr(each, name) for each in batches]) for name in cls.__slots__))
        return joined.of(np.argsort(joined.lane, kind="stable"))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Phases of a batch, sorted by lane, with the figures each needs of the phase before it on its lane."""

    lane: Ints
    step: Ints
    task: Ints
    start: Ints
    end: Ints
    waited: Ints
    ends: Flags  # the phase is the last of its task on this lane
    handed_on: Flags  # and the task goes on in another stage of a pipeline
    earlier: Ints  # how long the task was under way before it was due, in the stages in front
    ok: Flags
    sampled: Flags
    for_limit: Flags  # the phase is the wait for a turn before its step, which has a limit
    due: Ints  # when the phase's task was due, if the phase is the first of it; else 0
    first: Flags  # the first phase of its lane in this batch


class PhaseTotals:
    """Adds up phases over lanes.

    Takes records in the order in which each lane wrote them; `add_lanes` first. Arrays have one place a lane.
    """

    def __init__(self, steps: Sequence[StepKind]) -> None:
        self.steps = tuple(steps)
        self._known = np.array([step.known for step in steps], np.int64)
        self._rest = np.array([step.rest for step in steps], np.int64)
        self._unknown = np.array([step.unknown for step in steps], np.int64)
        self._late = np.array([step.wakes_late for step in steps], np.bool_)
        self._holds = np.array([not step.awaited for step in steps], np.bool_)
        self.count = 0
        self.phases = 0
        self.passed = 0  # tasks
        self.failed = 0
        self.turns_ns = np.zeros(len(steps))  # waits for a turn, by the step with a limit
        self._times: list[TaskTimes] = []
        self.keeps_times = False  # set by a caller of `take_times`: otherwise they would pile up
        self._sums = np.zeros((16, SUMS))
        self._last = np.zeros((16, len(Last)), np.int64)

    @property
    def sums(self) -> Floats:
        """Nanoseconds, (lanes, SUMS)."""
        return self._sums[: self.count]

    def last(self, what: Last) -> Ints:
        """Return one figure of each lane's newest record."""
        return self._last[: self.count, what]

    def take_times(self) -> list[TaskTimes]:
        """Return the times of the batches that were fed since the last call, if `keeps_times` is set."""
        times, self._times = self._times, []
        return times

    def add_lanes(self, number: int) -> int:
        """Make room for `number` more lanes; return the first one's place."""
        first = self.count
        self.count += number
        while len(self._sums) < self.count:
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
            self._last = np.concatenate([self._last, np.zeros_like(self._last)])
        return first

    def feed(self, lanes: Ints, records: NDArray[np.void]) -> Ints:
        """Add a batch of records, `lanes` naming the lane of each; return the latency of every task that ended in it.

        A task's latency counts from its intended arrival if arrivals are open-loop, else from its first phase.
        """
        if not len(records):
            return np.empty(0, np.int64)
        order = np.argsort(lanes, kind="stable")
        batch = self._batch(lanes[order], records[order])
        if not len(batch.lane):
            return np.empty(0, np.int64)
        self._add_phases(batch)
        task_start = self._add_gaps(batch)
        self._keep_last(batch, task_start)
        whole = batch.ends & ~batch.handed_on
        passed = int(np.count_nonzero(whole & batch.ok))
        self.passed += passed
        self.failed += int(np.count_nonzero(whole)) - passed
        return np.asarray((batch.end - task_start)[whole], np.int64)

    def _batch(self, lanes: Ints, records: NDArray[np.void]) -> _Batch:
        task = records["task"].astype(np.int64)
        queued = records["step"] == QUEUED
        due, earlier = np.zeros(len(lanes), np.int64), np.zeros(len(lanes), np.int64)
        arrivals = np.flatnonzero(queued)
        last = self._last
        if len(arrivals):
            following = np.minimum(arrivals + 1, len(lanes) - 1)
            theirs = (task[following] == task[arrivals]) & (lanes[following] == lanes[arrivals]) & ~queued[following]
            due[following[theirs]] = records["start_ns"][arrivals[theirs]]
            earlier[following[theirs]] = np.maximum(records["waited_ns"][arrivals[theirs]], 0)
        body = ~queued
        lane = lanes[body]
        first = _starts_of(lane)
        batch = _Batch(
            lane=lane,
            step=records["step"][body].astype(np.int64),
            task=task[body],
            start=records["start_ns"][body],
            end=records["end_ns"][body],
            waited=records["waited_ns"][body],
            ends=(records["flags"][body] & LAST) != 0,
            handed_on=(records["flags"][body] & HANDED_ON) != 0,
            earlier=earlier[body],
            ok=(records["flags"][body] & OK) != 0,
            sampled=(records["flags"][body] & SAMPLED) != 0,
            for_limit=(records["flags"][body] & FOR_LIMIT) != 0,
            due=due[body],
            first=first,
        )
        held = first & (batch.due == 0) & (last[lane, Last.DUE_TASK] == batch.task + 1)
        batch.due[held] = last[lane[held], Last.DUE_NS]
        batch.earlier[held] = last[lane[held], Last.EARLIER_NS]
        if len(arrivals):
            held_back = arrivals[~theirs]
            last[lanes[held_back], Last.DUE_NS] = records["start_ns"][held_back]
            last[lanes[held_back], Last.DUE_TASK] = task[held_back] + 1
            last[lanes[held_back], Last.EARLIER_NS] = np.maximum(records["waited_ns"][held_back], 0)
        return batch

    def _add_phases(self, batch: _Batch) -> None:
        self.phases += len(batch.lane)
        length = (batch.end - batch.start).astype(np.float64)
        waited = np.clip(batch.waited, 0, length).astype(np.float64)
        known, late, holds = self._known[batch.step], self._late[batch.step], self._holds[batch.step]
        rest = np.where(batch.waited < 0, self._unknown[batch.step], self._rest[batch.step])
        if batch.for_limit.any():
            self.turns_ns += np.bincount(batch.step, np.where(batch.for_limit, length, 0.0), len(self.steps))
            known = np.where(batch.for_limit, np.int64(Sum.LOCK), known)
            rest = np.where(batch.for_limit, np.where(batch.waited < 0, np.int64(Sum.LOCK), np.int64(Sum.READY)), rest)
            late, holds = late & ~batch.for_limit, holds & ~batch.for_limit
        self._add(batch.lane, known, waited)
        self._add(batch.lane, rest, length - waited)
        waits = batch.lane[late & (batch.waited > 0)]
        self._last[: self.count, Last.WAITS] += np.bincount(waits, minlength=self.count)
        held = np.bincount(batch.lane, np.where(holds, length, 0), self.count)
        self._last[: self.count, Last.HELD_NS] += held.astype(np.int64)

    def _add_gaps(self, batch: _Batch) -> Ints:
        """Add the time between phases; return when the task of each phase began.

        A gap within a task counts as the task's own time; between tasks it is idle until the next task is due, then
        transport.
        """
        lane, last, first = batch.lane, self._last, batch.first
        previous_end = _shifted(batch.end, first, last[lane, Last.END_NS])
        begins = _shifted(batch.task + 1, first, last[lane, Last.TASK]) != batch.task + 1
        # Between sampled tasks there were others that were not recorded, so the time between them is no gap.
        known = (previous_end > 0) & ~(batch.sampled & begins)
        gap = np.where(known, np.maximum(batch.start - previous_end, 0), 0).astype(np.float64)
        idle = np.where(batch.due > 0, np.clip(batch.due - previous_end, 0, gap), 0.0)
        self._add(lane, np.where(begins, np.int64(Sum.TRANSPORT), self._rest[batch.step]), gap - idle)
        self._add(lane, np.full(len(lane), Sum.IDLE, np.int64), idle)
        if self.keeps_times:
            times = TaskTimes(lane, batch.start, batch.end, begins, batch.sampled, batch.due, previous_end)
            self._times.append(times)
        own = np.where(batch.due > 0, batch.due - batch.earlier, batch.start)
        started = np.where(begins, own, last[lane, Last.TASK_START_NS])
        return np.asarray(started[np.maximum.accumulate(np.where(begins | first, np.arange(len(lane)), 0))], np.int64)

    def _keep_last(self, batch: _Batch, task_start: Ints) -> None:
        last, lane = self._last, batch.lane[batch.first]
        last[lane, Last.FIRST_NS] = np.where(
            last[lane, Last.FIRST_NS] > 0, last[lane, Last.FIRST_NS], batch.start[batch.first]
        )
        newest = np.append(batch.first[1:], True)
        lane = batch.lane[newest]
        last[lane, Last.END_NS] = batch.end[newest]
        last[lane, Last.TASK] = batch.task[newest] + 1
        last[lane, Last.TASK_START_NS] = task_start[newest]
        last[lane, Last.ENDED] = batch.ends[newest]
        last[lane, Last.STEP] = batch.step[newest] + np.where(batch.for_limit[newest], 0, 1)
        last[lane, Last.HAS_TURN] = batch.for_limit[newest]
        last[: self.count, Last.TASKS] += np.bincount(batch.lane[batch.ends], minlength=self.count)

    def _add(self, lane: Ints, what: Ints, nanoseconds: Floats) -> None:
        size = self.count * SUMS
        added = np.bincount(lane * SUMS + what, nanoseconds, size)
        self._sums[: self.count] += added.reshape(self.count, SUMS)


def _starts_of(lane: Ints) -> Flags:
    """Return where a sorted array's value differs from the one before."""
    starts = np.ones(len(lane), np.bool_)
    np.not_equal(lane[1:], lane[:-1], out=starts[1:])
    return starts


def _shifted(values: Ints, first: Flags, before: Ints) -> Ints:
    """Return the previous value on each lane; for a lane's first in the batch, the value kept in `before`."""
    shifted = np.empty_like(values)
    shifted[1:] = values[:-1]
    shifted[first] = before[first]
    return shifted
