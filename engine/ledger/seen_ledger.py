"""The ledger of threads that were looked at: exact times on a core and in the run queue, the rest divided by looks.
Each lane's time in tasks and its time between tasks are treated alike. Looks give the share of each in which the thread
ran; the times that the system counted (on a core, in the run queue) are divided in that proportion. The remaining time
was blocked, and is divided by what the thread was seen blocked on. In a task, a wait for the GIL is `gil_wait`, for any
other lock `lock_wait`, for anything else `io_wait`. Between tasks, running is the model's own work and so is waiting
for the next task: both are `transport`. While its process is stopped a thread is `idle`.

If a thread was never seen blocked, the remaining time is `cpu_wait`: it wanted to run but could not, because a virtual
machine's cores were given to others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.record.look_file import LOOK_STATES, LookState
from engine.trace.phase_totals import Flags, Floats, Ints
from engine.trace.seen_totals import LaneActivity, Seen
from engine.trace.spans import Spans
from engine.trace.step_kinds import Sum
from engine.wire.protocol import LEDGER_STATES, WAITS

FEWEST: Final = 10  # with fewer looks at a lane that had something to do, its steps' own reports are better
_CPU, _CPU_WAIT, _GIL, _IO, _LOCK, _LOOP, _TRANSPORT, _IDLE = range(len(LEDGER_STATES))
_RUNNING: Final = int(LookState.RUNNING)
_STATE_OF: Final = {
    LookState.GIL: _GIL,
    LookState.LOCK: _LOCK,
    LookState.LIBRARY: _LOCK,
    LookState.STOPPED: _IDLE,
}
_COLUMN: Final = {_GIL: 0, _IO: 1, _LOCK: 2, _IDLE: 3}
_SAID_APART: Final = 0.02  # of the time in tasks: tolerance, beside sampling error, between reported and seen waits
_WAIT_OF: Final = {
    LookState.SLEEP: "sleep",
    LookState.NETWORK: "network",
    LookState.LOOP: "network",
    LookState.DISK: "disk",
    LookState.PIPE: "pipe",
    LookState.CHILD: "child",
    LookState.LOCK: "lock",
    LookState.LIBRARY: "library",
    LookState.OTHER: "other",
    LookState.STOPPED: "stopped",
}
_TIMES_ERROR: Final = 1.96  # standard errors: 95 % confidence
_SPLIT: Final = (_CPU_WAIT, _IO, _TRANSPORT)  # what the measured tasks divide
_EDGES: Final = 0.0075  # of all time: uncertainty about threads before their first and after their last reading


@dataclass(frozen=True, slots=True)
class SeenLedger:
    """The lanes' figures from looks: nanoseconds by state, (lanes, states), their variance, and the waits in tasks,
    (lanes, WAITS). `known` marks the lanes with enough looks: the rows of the others are meaningless.
    """

    states: Floats
    variance: Floats
    waits: Floats
    known: Flags


def divide(spans: Spans, cpu: Floats, queue: Floats, exact: Flags, seen: Seen) -> SeenLedger:
    """Divide the time of the lanes of `spans`; `cpu` and `queue` are each file's, in nanoseconds.

    Where they are not `exact`, because little of a short run was read, looks give how long a thread ran, and only the
    proportion of `cpu` to `queue` is used. Otherwise, if a thread measured some of its tasks itself, those measurements
    give how long it ran in tasks.
    """
    lanes = len(spans.sums)
    weight, count = seen.weight[:lanes, : LaneActivity.IDLE], seen.count[:lanes, : LaneActivity.IDLE]
    known = (count.sum(axis=(1, 2)) >= FEWEST) & ~spans.coroutines[spans.file]
    time = np.stack([_in_tasks(spans.sums), spans.sums[:, Sum.TRANSPORT]], axis=1)
    total = (cpu + queue)[spans.file]
    seen_ns = weight.sum(axis=2)
    ran = np.divide(weight[:, :, _RUNNING], seen_ns, out=np.ones_like(seen_ns), where=seen_ns > 0)
    guess = time * ran
    told = _told(spans.sums, time[:, LaneActivity.TASK], weight[:, LaneActivity.TASK], count[:, LaneActivity.TASK])
    room = time.copy()
    room[:, LaneActivity.TASK] -= told.sum(axis=1)
    running = _shared(guess, room, np.where(exact[spans.file], total, guess.sum(axis=1)))
    on_core = np.divide(cpu[spans.file], total, out=np.ones(lanes), where=total > 0)
    queued = running * (1 - on_core)[:, np.newaxis]
    measured = spans.sampled[spans.file]
    use = (measured[:, 0] >= FEWEST) & (measured[:, 1] > 0) & exact[spans.file]
    running[use], queued[use] = _measured(
        measured[use], time[use], room[use], cpu[spans.file][use], queue[spans.file][use]
    )
    blocked = time - running
    shares = _blocked_shares(weight)

    said = _with_told(told, blocked[:, LaneActivity.TASK], shares[:, LaneActivity.TASK])
    states = np.zeros((lanes, len(LEDGER_STATES)))
    states[:, _CPU] = running[:, LaneActivity.TASK] - queued[:, LaneActivity.TASK]
    states[:, list(_COLUMN)] = said
    queued_between = queued[:, LaneActivity.BETWEEN]
    states[:, _CPU_WAIT] = queued[:, LaneActivity.TASK] + blocked[:, LaneActivity.TASK] - said.sum(axis=1)
    states[:, _CPU_WAIT] += queued_between
    gil_between = blocked[:, LaneActivity.BETWEEN] * shares[:, LaneActivity.BETWEEN, LookState.GIL]
    states[:, _GIL] += gil_between
    stopped_between = blocked[:, LaneActivity.BETWEEN] * shares[:, LaneActivity.BETWEEN, LookState.STOPPED]
    states[:, _TRANSPORT] = time[:, LaneActivity.BETWEEN] - gil_between - stopped_between - queued_between
    states[:, _IDLE] += spans.sums[:, Sum.IDLE] + stopped_between
    waits = np.zeros((lanes, len(WAITS)))
    for state, name in _WAIT_OF.items():
        column = _COLUMN[_STATE_OF.get(state, _IO)]
        of_column = _by_column(shares[:, LaneActivity.TASK])[:, column]
        part = np.divide(shares[:, LaneActivity.TASK, state], of_column, out=np.zeros(lanes), where=of_column > 0)
        waits[:, WAITS.index(name)] += said[:, column] * part
    waits[:, WAITS.index("stopped")] += stopped_between
    variance = _variance(time, ran, blocked, count, use)
    ran_in_task = np.minimum(measured[use, 2:].sum(axis=1) / measured[use, 1], 1)
    split = time[use, LaneActivity.TASK] ** 2 * ran_in_task * (1 - ran_in_task) / measured[use, 0]
    variance[use] += np.where(np.isin(np.arange(len(LEDGER_STATES)), _SPLIT), split[:, np.newaxis], 0)
    return SeenLedger(states, variance, waits, known)


def bounds(seconds: Floats, variance: Floats, whole: float) -> tuple[Floats, Floats]:
    """Return the lower and upper 95 % confidence bounds of each state's seconds; `whole` is the sum over states."""
    off = _TIMES_ERROR * np.sqrt(variance) + np.where(seconds > 0, _EDGES * whole, 0.0)
    return np.maximum(seconds - off, 0.0), np.minimum(seconds + off, max(whole, 0.0))


def loop_shares(seen: Seen) -> Floats:
    """Return the shares of what each event loop's thread was seen blocked in, (files, 4): the GIL, outside, a lock, and
    stopped.

    An idle loop does not count as blocked. 0 where the thread was never seen blocked.
    """
    weight = seen.loops.copy()
    weight[:, [_RUNNING, LookState.LOOP]] = 0
    found = _by_column(weight)
    total = found.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(found, total, out=np.zeros_like(found), where=total > 0))


def _in_tasks(sums: Floats) -> Floats:
    return np.asarray(sums.sum(axis=1) - sums[:, Sum.TRANSPORT] - sums[:, Sum.IDLE], np.float64)


def _measured(sampled: Floats, time: Floats, room: Floats, cpu: Floats, queue: Floats) -> tuple[Floats, Floats]:
    """Return how long threads ran, and stood in the run queue, in tasks and between, from the tasks they measured.

    Whatever of the totals was not in tasks was between tasks, each limited to the time available there (`room`).
    """
    in_task, free, between = time[:, LaneActivity.TASK], room[:, LaneActivity.TASK], time[:, LaneActivity.BETWEEN]
    cpu_task = np.minimum(in_task * sampled[:, 2] / sampled[:, 1], cpu)
    cpu_between = np.minimum(cpu - cpu_task, between)
    cpu_task = np.minimum(cpu - cpu_between, free)
    queue_task = np.minimum(in_task * sampled[:, 3] / sampled[:, 1], queue)
    queue_between = np.minimum(queue - queue_task, between - cpu_between)
    queue_task = np.minimum(queue - queue_between, free - cpu_task)
    queued = np.stack([queue_task, queue_between], axis=1)
    return queued + np.stack([cpu_task, cpu_between], axis=1), queued


def _shared(guess: Floats, room: Floats, total: Floats) -> Floats:
    """Divide each row's `total` in proportion to `guess`, limited in each column to `room`."""
    shared = np.zeros_like(guess)
    left = np.minimum(total, room.sum(axis=1))
    wants = np.where(guess > 0, guess, 0.0)
    for _ in range(guess.shape[1] + 1):
        free = room - shared
        wants = np.where(free > 0, wants, 0.0)
        of_row = wants.sum(axis=1)
        none = of_row <= 0
        wants[none] = free[none]
        of_row = wants.sum(axis=1)
        share = wants * np.divide(left, of_row, out=np.zeros_like(left), where=of_row > 0)[:, np.newaxis]
        given = np.minimum(share, free)
        shared += given
        left = left - given.sum(axis=1)
    return shared


def _blocked_shares(weight: Floats) -> Floats:
    """Return the shares by which each lane's blocked time is divided; 0 where a thread was never seen blocked."""
    waiting = weight.copy()
    waiting[:, :, _RUNNING] = 0
    total = waiting.sum(axis=2)
    return np.asarray(waiting / np.where(total > 0, total, 1)[:, :, np.newaxis])


def _by_column(of_state: Floats) -> Floats:
    """Add up states into waits for the GIL, for something outside, for a lock, and none but stopped: (lanes, 4)."""
    columns = np.zeros((len(of_state), len(_COLUMN)))
    for state in LookState:
        if state is not LookState.RUNNING:
            columns[:, _COLUMN[_STATE_OF.get(state, _IO)]] += of_state[:, state]
    return columns


def _told(sums: Floats, time: Floats, weight: Floats, count: Ints) -> Floats:
    """Return the waits that steps report, by what they were for, (lanes, 4), unless the looks contradict them."""
    told = np.zeros((len(time), len(_COLUMN)))
    told[:, _COLUMN[_IO]], told[:, _COLUMN[_LOCK]] = sums[:, Sum.IO], sums[:, Sum.LOCK]
    seen_ns = weight.sum(axis=1)
    share = _by_column(weight) / np.where(seen_ns > 0, seen_ns, 1)[:, np.newaxis]
    number = count.sum(axis=1)[:, np.newaxis] + 4
    smooth = (share * number + 2) / (number + 4)
    apart = 3 * np.sqrt(smooth * (1 - smooth) / number) + _SAID_APART
    agrees = told <= (share + apart) * time[:, np.newaxis]
    told = np.where(agrees, told, 0.0)
    too_much = np.maximum(told.sum(axis=1) / np.where(time > 0, time, 1), 1.0)
    return np.asarray(told / too_much[:, np.newaxis])


def _with_told(told: Floats, blocked: Floats, shares: Floats) -> Floats:
    """Return tasks' blocked time by what it was for, (lanes, 4): as seen, but at least what steps report."""
    share = _by_column(shares)
    found = blocked[:, np.newaxis] * share
    more = told > found
    fixed = np.where(more, told, 0.0)
    rest = np.where(more, 0.0, found)
    left, of_rest = np.maximum(blocked - fixed.sum(axis=1), 0.0), rest.sum(axis=1)
    # Where no other wait was seen, the remaining time is `cpu_wait`: see the module's docstring.
    scale = np.divide(left, of_rest, out=np.zeros_like(left), where=of_rest > 0)
    return np.asarray(fixed + rest * scale[:, np.newaxis])


def _variance(time: Floats, ran: Floats, blocked: Floats, count: Ints, measured: Flags) -> Floats:
    """Return the variance of each lane's states that comes from the number of looks.

    It assumes looks at random times; looks at regular intervals, as made, err less.
    """
    looks = count.sum(axis=2)
    variance = np.zeros((len(time), len(LEDGER_STATES)))
    # How the time on a core is divided between tasks and the time between them.
    share = (ran * looks + 2) / (looks + 4)
    split = (time**2 * share * (1 - share) / (looks + 4)).min(axis=1)
    variance[:, [_CPU, _TRANSPORT]] += np.where(measured, 0, split)[:, np.newaxis]
    waiting = count.copy()
    waiting[:, :, _RUNNING] = 0
    blocked_looks = waiting.sum(axis=2)
    for when in (LaneActivity.TASK, LaneActivity.BETWEEN):
        by_state = np.zeros((len(time), len(LEDGER_STATES)))
        for state in range(LOOK_STATES):
            if state != _RUNNING:
                place = _STATE_OF.get(LookState(state), _IO)
                between = place if place in (_GIL, _IDLE) else _TRANSPORT
                by_state[:, place if when is LaneActivity.TASK else between] += waiting[:, when, state]
        number = blocked_looks[:, when][:, np.newaxis] + 4
        share = (by_state + 2) / number
        spread = blocked[:, when][:, np.newaxis] ** 2 * share * (1 - share) / number
        variance += np.where(by_state > 0, spread, 0.0)
    return variance
