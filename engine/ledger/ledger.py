"""The time ledger: combines each lane's phases with the system's times of each thread into eight states.
Guarantees. A lane's states add up to its wall time, by construction: each part of a lane's span (`step_kinds.Sum`) is
divided among states, and nothing is added. `gil_wait` is the remainder, and so an estimate: time in tasks that was
neither a wait of known length, nor on a core, nor in the run queue.

A thread's processor time and time in the run queue are read from outside, at some instants. Between readings, and after
the last one, they are assumed to grow in proportion to how long the thread had something to do (its `clock`). If a
thread's time has to be shared among phases of several kinds, it goes first to those that compute, then to those that
wait for something, then to those that are awaited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from engine.ledger.seen_ledger import SeenLedger, bounds, divide, loop_shares
from engine.record.thread_accounts import Account
from engine.trace.phase_totals import Flags, Floats
from engine.trace.seen_totals import Seen
from engine.trace.spans import Spans
from engine.trace.step_kinds import Sum
from engine.wire.protocol import LEDGER_STATES, WAITS

_MOST_READ: Final = 0.5
_CPU, _CPU_WAIT, _GIL, _IO, _LOCK, _LOOP, _TRANSPORT, _IDLE = range(len(LEDGER_STATES))
# The order in which kinds of phases are given a thread's processor time; within a row, in proportion.
_TURNS: Final = ((Sum.BUSY, Sum.OVER, Sum.OPAQUE), (Sum.UNKNOWN_IO, Sum.UNKNOWN_LOCK), (Sum.READY, Sum.AWAITED))


@dataclass(frozen=True, slots=True)
class Machine:
    """What the ledger needs to know about the run's interpreter and platform.

    `gil`: the interpreter runs with its GIL on. `process_cpu` is used for threads whose times were never read: the
    share of their clocks for which their process was on a core; None if that is not known either.
    """

    gil: bool
    process_cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Seconds in each of LEDGER_STATES, (lanes, states), and the states whose figures are not known.

    The time of an unknown state is counted in another one: `cpu_wait` in `gil_wait`, and if no thread's times were ever
    read, both in `cpu`. `without_lane` has the states of the workers that never had a task. `seen` has the results of
    the looks, None if no lane was looked at. `starting`, by lane, is the part of `idle` before its worker began;
    `starting_without_lane` of the workers that may begin yet.
    """

    seconds: Floats
    unknown: frozenset[str] = field(default_factory=frozenset)
    without_lane: Floats = field(default_factory=lambda: np.zeros(len(LEDGER_STATES)))
    seen: SeenLedger | None = None
    starting: Floats = field(default_factory=lambda: np.zeros(0))
    starting_without_lane: float = 0.0

    def total(self) -> dict[str, float | None]:
        """Return the sums over all workers."""
        return self.named(self.seconds.sum(axis=0) + self.without_lane)

    def lane(self, number: int) -> dict[str, float | None]:
        """Return one lane's states."""
        return self.named(self.seconds[number])

    def starting_total(self) -> float:
        """Return the part of the total's `idle` in which workers had not begun."""
        return round(float(self.starting.sum()) + self.starting_without_lane, 6)

    def starting_of(self, number: int) -> float:
        """Return the part of one lane's `idle` before its worker began."""
        return round(float(self.starting[number]), 6)

    def waits(self, number: int) -> dict[str, float] | None:
        """Return what a lane's tasks waited for, in seconds by WAITS; None for a lane that was not looked at."""
        if self.seen is None or not self.seen.known[number]:
            return None
        return {name: round(float(value) / 1e9, 6) for name, value in zip(WAITS, self.seen.waits[number], strict=True)}

    def bounds(self) -> dict[str, list[float] | None]:
        """Return the confidence bounds of each state's total, from the number of looks; None where looks do not give
        it.
        """
        if self.seen is None or not self.seen.known.all():
            return dict.fromkeys(LEDGER_STATES)
        total = self.seconds.sum(axis=0) + self.without_lane
        low, high = bounds(total, self.seen.variance.sum(axis=0) / 1e18, float(total.sum()))
        found = zip(LEDGER_STATES, low.tolist(), high.tolist(), strict=True)
        return {state: None if state in self.unknown else [round(a, 6), round(b, 6)] for state, a, b in found}

    def named(self, row: Floats) -> dict[str, float | None]:
        """Return seconds by state, in the order of LEDGER_STATES, under the states' names; None for what is unknown."""
        rounded = zip(LEDGER_STATES, row.tolist(), strict=True)
        return {state: None if state in self.unknown else round(value, 6) for state, value in rounded}


def settle(
    spans: Spans,
    accounts: Sequence[Account | None],
    machine: Machine,
    workers: int = 0,
    seen: Seen | None = None,
) -> Ledger:
    """Return the ledger of `spans`; `accounts` has one entry per lane file, None for a thread that was never read.

    `workers` is the run's number of workers: those that never had a task have no lane, but count in the total. `seen`
    are the looks at the lanes' threads: they take precedence over what steps report, and over estimates.
    """
    cpu, queue, unknown = _thread_times(spans, accounts, machine)
    without_lane = _without_lane(spans, cpu + queue, max(0, workers - len(spans.sums)))
    not_begun = float(without_lane[_IDLE]) / 1e9 if spans.expected else 0.0
    files = len(spans.clock)
    states = np.zeros((len(spans.sums), len(LEDGER_STATES)))
    states[:, _IO] = spans.sums[:, Sum.IO]
    states[:, _LOCK] = spans.sums[:, Sum.LOCK]
    states[:, _TRANSPORT] = spans.sums[:, Sum.TRANSPORT] * (1 - _held_up(spans))
    states[:, _LOOP] = spans.sums[:, Sum.TRANSPORT] - states[:, _TRANSPORT] + spans.sums[:, Sum.LOOP]
    states[:, _IDLE] = spans.sums[:, Sum.IDLE]
    shares = _Shares.of(spans, accounts, machine, cpu, queue)
    if seen is not None:
        looked = (seen.loops.sum(axis=1) > 0)[spans.file]
        shares = replace(shares, loops=loop_shares(seen)[spans.file], looked=looked)
    for turn in _TURNS:
        parts = spans.sums[:, turn]
        of_lane = parts.sum(axis=1)
        of_file = np.bincount(spans.file, of_lane, files)
        on_core, in_queue = np.minimum(cpu, of_file), np.minimum(queue, np.maximum(of_file - cpu, 0))
        cpu, queue = cpu - on_core, queue - in_queue
        share = 1.0 / np.where(of_file > 0, of_file, 1)
        core_share, queue_share = (on_core * share)[spans.file], (in_queue * share)[spans.file]
        states[:, _CPU] += of_lane * core_share
        states[:, _CPU_WAIT] += of_lane * queue_share
        rest = parts * (1 - core_share - queue_share)[:, np.newaxis]
        _add_rest(states, turn, rest, machine.gil, shares)
    found = None if seen is None else divide(spans, *_span_times(spans, accounts), seen)
    if found is None or not found.known.any():
        return _with_starting(Ledger(np.maximum(states, 0) / 1e9, unknown, without_lane / 1e9), spans, not_begun)
    states[found.known] = found.states[found.known]
    if found.known.all():
        unknown = frozenset()
    _add_unknown(states, unknown, _GIL if machine.gil else _LOCK)
    ledger = Ledger(np.maximum(states, 0) / 1e9, unknown, without_lane / 1e9, found)
    return _with_starting(ledger, spans, not_begun)


def _with_starting(ledger: Ledger, spans: Spans, not_begun: float) -> Ledger:
    starting = np.minimum(spans.starting / 1e9, ledger.seconds[:, _IDLE])
    return replace(ledger, starting=starting, starting_without_lane=not_begun)


def _add_unknown(states: Floats, unknown: frozenset[str], rest: int) -> None:
    """Move time in states that are known only for some lanes into the state that holds it for the others."""
    if "gil_wait" in unknown:
        states[:, _CPU] += states[:, _CPU_WAIT] + states[:, _GIL]
        states[:, [_CPU_WAIT, _GIL]] = 0
    elif "cpu_wait" in unknown:
        states[:, rest] += states[:, _CPU_WAIT]
        states[:, _CPU_WAIT] = 0


def _without_lane(spans: Spans, busy: Floats, workers: int) -> Floats:
    """Return the nanoseconds of `workers` that never had a task: idle, except for coroutines kept from the loop by
    others.

    `busy` is how long each file's thread was on a core or in the run queue.
    """
    states = np.zeros(len(LEDGER_STATES))
    wall = float(spans.end_ns - spans.first_ns)
    held = np.bincount(spans.file, spans.held, len(spans.clock))
    kept = np.maximum(held, busy) * spans.coroutines  # `busy` includes the loop's own work between tasks
    states[_LOOP] = workers * min(wall, kept.sum() / max(1, np.count_nonzero(spans.coroutines)))
    states[_IDLE] = workers * wall - states[_LOOP]
    return states


def _held_up(spans: Spans) -> Floats:
    """Return the share of the time between its tasks for which each lane was blocked because another held its thread.

    This concerns the coroutines of one event loop: one that is ready waits until the loop gets to it. A lane with a
    thread of its own has 0.
    """
    others = np.bincount(spans.file, spans.held, len(spans.clock))[spans.file] - spans.held
    left = spans.clock[spans.file] - spans.held
    held_up = np.clip(np.divide(others, left, out=np.zeros_like(others), where=left > 0), 0, 1)
    return np.where(spans.recorded[spans.file], 0.0, held_up)


def _held_share(spans: Spans) -> Floats:
    """Return the share of each file's clock for which its phases kept the thread from everything else."""
    held = np.bincount(spans.file, spans.held, len(spans.clock))
    return np.clip(np.divide(held, spans.clock, out=np.zeros_like(held), where=spans.clock > 0), 0, 1)


@dataclass(frozen=True, slots=True)
class _Shares:
    """How the remaining time of each lane is divided.
    `over` is the share, of time beyond a step's known wait and in the user's functions, that counts as waiting for the
    GIL (for a lock, if there is no GIL). `loop_load` is how busy the lane's event loop was. `late` is not a share: the
    nanoseconds by which waits took longer than asked for. `loops`, (lanes, 4), is what event loops' threads were seen
    blocked in: the GIL, something outside, a lock; `looked` tells which lanes were looked at.
    """

    over: Floats
    loop_load: Floats
    late: Floats
    loops: Floats
    looked: Flags

    @classmethod
    def of(
        cls, spans: Spans, accounts: Sequence[Account | None], machine: Machine, cpu: Floats, queue: Floats
    ) -> _Shares:
        # A thread alone in its process never waits for the GIL: its wait simply took longer than known.
        over = np.where(spans.alone | (not machine.gil), 0.0, 1.0)
        late = np.array([0.0 if account is None else account.late_ns for account in accounts])
        load = np.divide(cpu + queue, spans.clock, out=np.zeros_like(cpu), where=spans.clock > 0)
        loop_load = np.clip(load, 0, 1)
        # An idle loop sleeps until its next timer, and wakes late as well.
        idle = np.where(spans.coroutines, 1 - np.maximum(loop_load, _held_share(spans)), 1.0)
        late = (late * idle)[spans.file] * spans.waits
        lanes = len(spans.sums)
        return cls(over[spans.file], loop_load[spans.file], late, np.zeros((lanes, 4)), np.zeros(lanes, np.bool_))


def _add_rest(states: Floats, turn: tuple[Sum, ...], rest: Floats, gil: bool, shares: _Shares) -> None:
    """Add what was neither on a core nor in the run queue, of the kinds of time in `turn`, in that order."""
    if turn[0] is Sum.BUSY:
        busy, over, opaque = rest.T
        late = np.minimum(over, shares.late)
        states[:, _IO] += late
        over = over - late
        # Without a GIL, a computing thread can still wait for the runtime's own locks.
        looked = shares.looked
        # Never seen blocked, and yet not on a core: it waited for one.
        not_had = looked & (shares.loops.sum(axis=1) <= 0)
        states[:, _CPU_WAIT] += np.where(not_had, busy + over + opaque, 0.0)
        states[:, [_GIL, _IO, _LOCK, _IDLE]] += (busy + over + opaque)[:, np.newaxis] * shares.loops
        busy, over, opaque = (np.where(looked, 0.0, each) for each in (busy, over, opaque))
        states[:, _GIL if gil else _LOCK] += busy + (over + opaque) * shares.over
        states[:, _IO] += (over + opaque) * (1 - shares.over)
    elif turn[0] is Sum.UNKNOWN_IO:
        states[:, _IO] += rest[:, 0]
        states[:, _LOCK] += rest[:, 1]
    else:
        # Awaited for an unknown time: a coroutine that is ready waits while the loop has something else to do.
        ready, awaited = rest.T
        late = np.minimum(ready, shares.late)
        states[:, _LOOP] += ready - late + awaited * shares.loop_load
        states[:, _IO] += late + awaited * (1 - shares.loop_load)


def _span_times(spans: Spans, accounts: Sequence[Account | None]) -> tuple[Floats, Floats, Flags]:
    """Return each file's processor time and time in the run queue, from its first task to the end of its last.

    Readings cover only a part of that; the time before the first reading and after the last is assumed to be alike. The
    last value marks the files for which most of the time was covered. For the others only the proportion of the two
    times is meaningful, and files that were never read get the proportion of all.
    """
    cpu, queue = np.zeros(len(accounts)), np.zeros(len(accounts))
    covered = np.zeros(len(accounts))
    for place, account in enumerate(accounts):
        first, last = int(spans.first_of_file[place]), int(spans.last_of_file[place])
        if account is None or account.at_ns <= account.from_ns or last <= first:
            continue
        part = min(account.at_ns, last) - max(account.from_ns, first)
        if part > 0:
            covered[place] = part / (last - first)
            cpu[place] = account.span_cpu_ns / covered[place]
            queue[place] = account.span_queue_ns / covered[place]
    never = covered <= 0
    cpu[never], queue[never] = cpu.sum(), queue.sum()
    return cpu, queue, covered >= _MOST_READ


def _tells(account: Account, place: int, spans: Spans) -> bool:
    """Whether a reading is representative: the thread had something to do before it, or hardly had anything after
    it.
    """
    return account.clock_ns > 0 or bool(spans.clock[place] < 0.01 * (spans.end_ns - spans.first_ns))


def _thread_times(
    spans: Spans, accounts: Sequence[Account | None], machine: Machine
) -> tuple[Floats, Floats, frozenset[str]]:
    """Return each file's processor time and time in the run queue over its whole clock, and what is not known."""
    read = [(place, each) for place, each in enumerate(accounts) if each is not None and _tells(each, place, spans)]
    if not read:
        if machine.process_cpu is None:
            return spans.clock.copy(), np.zeros(len(spans.clock)), frozenset(("cpu_wait", "gil_wait"))
        return spans.clock * machine.process_cpu, np.zeros(len(spans.clock)), frozenset(("cpu_wait",))
    clocks = max(1.0, sum(account.clock_ns for _, account in read))  # 0 if the threads only ever waited
    # Threads that were never read are assumed to be like the others.
    cpu = spans.clock * (sum(account.cpu_ns for _, account in read) / clocks)
    queue = spans.clock * (sum(account.queue_ns or 0.0 for _, account in read) / clocks)
    for place, account in read:
        if account.clock_ns > 0:
            cpu[place] = spans.clock[place] * (account.cpu_ns / account.clock_ns)
            queue[place] = spans.clock[place] * ((account.queue_ns or 0.0) / account.clock_ns)
    known = any(account.queue_ns is not None for _, account in read)
    return cpu, queue, frozenset() if known else frozenset(("cpu_wait",))
