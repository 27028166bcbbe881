"""Finds, from exact times of phases, who released the lock or the turn that a task waited for.

Two kinds of hold are recorded. A critical section computes its wait itself, so it is held from its start plus that wait
to its end: a little longer than in truth, at both ends. A step with a limit is held from the end of its wait for a turn
to the end of the step's own phase: a little shorter than in truth. A releaser is named only if the times leave no other
order of the holds, and if every phase of the run is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.record.lane_reader import FOR_LIMIT
from engine.trace.hand_overs.hand_over import HandOver, Released
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.search import Found
from engine.workload.group import numbered_steps
from engine.workload.limits.limit import limit_of
from engine.workload.toml_table import TomlTable

_LOCKED: Final = "critical-section"
_LEAST_WAIT_NS: Final = 20_000  # a shorter one may be the cost of the call


class Hold(NamedTuple):
    """A lane that asked for a lock or a turn, got it, and released it."""

    lane: int
    asked_ns: int
    got_ns: int
    released_ns: int


def lock_hand_overs(store: PhaseStore, found: Found) -> list[HandOver]:
    """Return who released what the task waited for, and who went on when the task released it."""
    if store.dropped or any(not each.pid for each in store.lanes):  # another machine has another clock
        return []
    made: list[HandOver] = []
    steps = numbered_steps(store.experiment["workload"])
    track = store.tracks[found.lane]
    task = track.records["task"][found.place]
    place = found.place
    while place >= 0 and track.records["task"][place] == task:
        lock = _lock_of(store, steps, found.lane, place)
        if lock is not None:
            made += lock.around(found.lane, place)
        place -= 1
    return made


def _lock_of(store: PhaseStore, steps: list[TomlTable], lane: int, place: int) -> _HeldStep | None:
    """Return what a phase held, or waited for."""
    record = store.tracks[lane].records[place]
    number = int(record["step"])
    step = steps[number]
    limit = limit_of(step)
    if record["flags"] & FOR_LIMIT:
        return None if limit is None else _HeldStep(store, number, limit, None)
    if step["kind"] == _LOCKED and record["waited_ns"] >= 0:
        return _HeldStep(store, number, 1, round(float(step.get("hold_ms", 1.0)) * 1e6))
    return None


@dataclass(frozen=True, slots=True)
class _HeldStep:
    """What a step holds; `hold_ns` is how long at least, None for the turns of a step with a limit."""

    store: PhaseStore
    step: int
    limit: int
    hold_ns: int | None

    def around(self, lane: int, place: int) -> list[HandOver]:
        """Return who released it to a phase's lane, and who got it from there."""
        own = self._hold(lane, place)
        if own is None:
            return []
        near = self._near(own)
        waiting = [each for each in near if each.asked_ns < own.released_ns and each.got_ns > own.got_ns]
        if self.hold_ns is None:
            waiting = [each for each in waiting if each.got_ns >= own.released_ns]
        made = [self._hand_over(before, own) for before in [self._releaser(own, near)] if before is not None]
        after = min(waiting, key=lambda each: each.got_ns, default=None)
        if after is not None and self._releaser(after, self._near(after)) == own:
            made.append(self._hand_over(own, after))
        return made

    def _hand_over(self, one: Hold, other: Hold) -> HandOver:
        released = Released.LIMIT if self.hold_ns is None else Released.LOCK
        return HandOver(one.lane, one.released_ns, other.lane, max(other.got_ns, one.released_ns), released)

    def _hold(self, lane: int, place: int) -> Hold | None:
        """Return the hold that a phase is, or that its wait for a turn led to; None if it is another step's, or if the
        step itself is not recorded yet.
        """
        track = self.store.tracks[lane]
        record, start = track.records[place], int(track.start[place])
        is_wait = bool(record["flags"] & FOR_LIMIT)
        if int(record["step"]) != self.step or is_wait != (self.hold_ns is None):
            return None
        if self.hold_ns is not None:
            return Hold(lane, start, start + int(track.waited[place]), int(track.end[place]))
        if place + 1 >= track.count or track.records["task"][place + 1] != record["task"]:
            return None
        return Hold(lane, start, int(track.end[place]), int(track.end[place + 1]))

    def _near(self, own: Hold) -> list[Hold]:
        """Return the holds of other lanes that overlap with a hold or the wait for it."""
        found = []
        for lane, track in enumerate(self.store.tracks):
            seen = track.between(own.asked_ns, own.released_ns)
            for place in range(max(0, seen.start - 1), seen.stop) if lane != own.lane else ():
                hold = self._hold(lane, place)
                if hold is not None and hold.released_ns > own.asked_ns and hold.asked_ns < own.released_ns:
                    found.append(hold)
        return found

    def _releaser(self, own: Hold, others: list[Hold]) -> Hold | None:
        """Return the hold whose end let `own` begin; None if it did not wait, or if that is not certain."""
        if own.got_ns - own.asked_ns < _LEAST_WAIT_NS:
            return None
        if self.hold_ns is None:
            return _last_to_free(own, others, self.limit)
        return _one_before(own, others, self.hold_ns)


def _one_before(own: Hold, others: list[Hold], hold_ns: int) -> Hold | None:
    """Return the hold before one of the same lock; holds overlap by less than one of them really took."""
    earlier = [each for each in others if each.got_ns < own.got_ns]
    found = max(earlier, key=lambda each: each.got_ns, default=None)
    if found is None or found.released_ns <= own.asked_ns:
        return None
    certain = found.released_ns < own.got_ns + hold_ns or found.released_ns <= own.got_ns
    certain = certain and all(each.released_ns <= found.got_ns + hold_ns for each in earlier if each is not found)
    later = [each for each in others if each.got_ns >= own.got_ns]
    certain = certain and all(min(each.released_ns, own.released_ns) - each.got_ns <= hold_ns for each in later)
    return found if certain else None


def _last_to_free(own: Hold, others: list[Hold], limit: int) -> Hold | None:
    """Return the hold that freed the only free turn, with nothing released or taken since."""
    held = sum(each.got_ns <= own.asked_ns < each.released_ns for each in others)
    events = [(each.released_ns, -1, each) for each in others if own.asked_ns < each.released_ns <= own.got_ns]
    events += [(each.got_ns, 1, each) for each in others if own.asked_ns < each.got_ns <= own.got_ns]
    last: Hold | None = None
    for _, change, hold in sorted(events, key=lambda each: each[:2]):
        last = hold if change < 0 and held == limit else None
        held += change
    return last if held == limit - 1 else None
