"""A watch's figures: of every thread where its time went, of every process who held its GIL. Pure: clocks and looks.

Times on a core and in the run queue are the system's own. What is left of a thread's time it was blocked, and that is
divided by what the looks at it say, each look standing for the time since the one before. A thread that was never
looked at while it was blocked has that time in no state: it is None there, and `unseen_s` tells it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.ledger.seen_figures import gil_of, locks_of, witness_figures
from engine.record.look_file import LookState, LookTables
from engine.watch.thread_clocks import ThreadClock
from engine.wire.protocol import LEDGER_STATES

_LONGEST_NS: Final = 250_000_000  # that a look stands for: longer, the looker stood still
MOST_THREADS: Final = 2000  # that a result lists, those with most time first

# What each kind of wait counts as. An event loop with nothing to do, and a pool's thread that waits for work, are told
# by the looks as what they are blocked in; an idle loop has a state of its own.
_STATE_OF: Final = {
    LookState.GIL: "gil_wait",
    LookState.LOCK: "lock_wait",
    LookState.LIBRARY: "lock_wait",
    LookState.SLEEP: "io_wait",
    LookState.NETWORK: "io_wait",
    LookState.DISK: "io_wait",
    LookState.PIPE: "io_wait",
    LookState.CHILD: "io_wait",
    LookState.OTHER: "io_wait",
    LookState.LOOP: "idle",
}
_WAITS: Final = {
    "sleep": LookState.SLEEP,
    "network": LookState.NETWORK,
    "disk": LookState.DISK,
    "pipe": LookState.PIPE,
    "child": LookState.CHILD,
    "lock": LookState.LOCK,
    "library": LookState.LIBRARY,
    "other": LookState.OTHER,
}


def thread_rows(
    clocks: Iterable[ThreadClock], looks: NDArray[np.void], tables: LookTables, start_ns: int
) -> list[dict[str, Any]]:
    """Return `threads` of a watch's result, those with most processor time first; times are seconds after the start."""
    seen = _seen_ns(looks, len(tables.threads))
    last = _last_states(looks, len(tables.threads))
    places: dict[tuple[int, int], list[int]] = {}
    for place, thread in enumerate(tables.threads):
        places.setdefault((thread.pid, thread.tid), []).append(place)
    names = {(each.pid, each.tid): each.name for each in tables.threads if each.name}
    rows = [
        {
            **_row(clock, seen[places.get((clock.pid, clock.tid), [])].sum(axis=0), names, start_ns),
            "last": _last_of([last[place] for place in places.get((clock.pid, clock.tid), [])]),
        }
        for clock in sorted(clocks, key=lambda each: each.first_cpu_ns - each.cpu_ns)
    ]
    return rows[:MOST_THREADS]


def _row(
    clock: ThreadClock, seen_ns: NDArray[np.float64], names: Mapping[tuple[int, int], str], start_ns: int
) -> dict[str, Any]:
    wall_ns = max(0, clock.last_ns - clock.first_ns)
    cpu_ns = min(max(0, clock.cpu_ns - clock.first_cpu_ns), wall_ns)
    queue_ns = None if clock.queue_ns is None else max(0, clock.queue_ns - clock.first_queue_ns)
    queue_ns = None if queue_ns is None else min(queue_ns, wall_ns - cpu_ns)
    blocked_ns = wall_ns - cpu_ns - (queue_ns or 0)
    ledger: dict[str, float | None] = dict.fromkeys(LEDGER_STATES, 0.0)
    ledger["cpu"] = cpu_ns / 1e9
    ledger["cpu_wait"] = None if queue_ns is None else queue_ns / 1e9
    blocked_seen = seen_ns.copy()
    blocked_seen[LookState.RUNNING] = 0.0
    total = float(blocked_seen.sum())
    waits: dict[str, float] | None = None
    unseen_s = 0.0
    if total:
        share = blocked_seen / total * (blocked_ns / 1e9)
        for state, name in _STATE_OF.items():
            ledger[name] = (ledger[name] or 0.0) + float(share[state])
        waits = {name: round(float(share[state]), 6) for name, state in _WAITS.items()}
    elif blocked_ns:
        unseen_s = blocked_ns / 1e9
        if not seen_ns.sum():  # never looked at: which state it is is not known
            ledger.update(dict.fromkeys(("gil_wait", "io_wait", "lock_wait", "idle")))
    return {
        "pid": clock.pid,
        "tid": clock.tid,
        "name": names.get((clock.pid, clock.tid)) or clock.name,
        "started_s": round(max(0, clock.first_ns - start_ns) / 1e9, 6),
        "ended_s": round((clock.last_ns - start_ns) / 1e9, 6) if clock.ended else None,
        "ledger_s": {state: None if value is None else round(value, 6) for state, value in ledger.items()},
        "waits_s": waits,
        "unseen_s": round(unseen_s, 6),
    }


def _last_of(found: Sequence[tuple[int, int] | None]) -> dict[str, Any] | None:
    """Return what a thread was seen to do last, and for how long without a break; None where it was not looked at."""
    known = [each for each in found if each is not None]
    if not known:
        return None
    state, for_ns = known[-1]
    return {"state": LookState(state).name.lower(), "for_s": round(for_ns / 1e9, 6)}


def _last_states(looks: NDArray[np.void], threads: int) -> list[tuple[int, int] | None]:
    """Return of each thread the state of its last look, and how long all looks before it said the same."""
    found: list[tuple[int, int] | None] = [None] * threads
    order = np.argsort(looks["thread"], kind="stable")
    thread, state, time_ns = looks["thread"][order], looks["state"][order], looks["time_ns"][order].astype(np.int64)
    edges = np.searchsorted(thread, np.arange(threads + 1))
    for place, (first, end) in enumerate(itertools.pairwise(edges.tolist())):
        if end > first:
            others = np.flatnonzero(state[first:end] != state[end - 1])
            since = first + int(others[-1]) + 1 if len(others) else first
            found[place] = int(state[end - 1]), int(time_ns[end - 1] - time_ns[since])
    return found


def _seen_ns(looks: NDArray[np.void], threads: int) -> NDArray[np.float64]:
    """Return for how long each thread was seen in each state, (threads, states): a look stands since the one before."""
    seen = np.zeros((threads + 1, len(LookState)))
    if not len(looks):
        return seen[:threads]
    thread = np.minimum(looks["thread"].astype(np.int64), threads)
    time_ns = looks["time_ns"].astype(np.int64)
    order = np.argsort(thread, kind="stable")
    sorted_thread, sorted_time = thread[order], time_ns[order]
    stands = np.diff(sorted_time, prepend=sorted_time[:1])
    first = np.ones(len(order), np.bool_)
    np.not_equal(sorted_thread[1:], sorted_thread[:-1], out=first[1:])
    stands[first] = 0
    # The first look at a thread stands for as long as the one after it.
    following = np.append(stands[1:], 0)
    stands = np.where(first, np.where(np.append(first[1:], True), 1, following), stands)
    np.add.at(seen, (sorted_thread, looks["state"][order].astype(np.int64)), np.clip(stands, 0, _LONGEST_NS))
    return seen[:threads]


def watch_figures(
    clocks: Sequence[ThreadClock], looks: NDArray[np.void], tables: LookTables, start_ns: int, end_ns: int
) -> dict[str, Any]:
    """Return what of a result is made of clocks and looks: `threads`, `gil`, `locks`, `libraries`, `witness`."""
    rows = thread_rows(clocks, looks, tables, start_ns)
    titles = thread_titles(rows)
    locks, libraries = locks_of(looks, tables, titles)
    return {
        "threads": rows,
        "ledger_s": _sum(rows),
        "gil": gil_of(looks, tables, titles, start_ns, end_ns),
        "locks": locks,
        "libraries": libraries,
        "witness": witness_figures(tables),
    }


def thread_titles(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[int, int], str]:
    """Return what each thread is called, by (pid, tid), no two alike: with its number where needed."""
    rows = list(rows)
    alike = Counter(str(row["name"]) for row in rows)
    found = {}
    for row in rows:
        name = str(row["name"])
        plain = name if alike[name] == 1 else ""
        found[row["pid"], row["tid"]] = name if plain else f"{name or 'thread'} {row['tid']}"
    return found


def _sum(rows: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    total: dict[str, float | None] = dict.fromkeys(LEDGER_STATES, 0.0)
    listed = [row["ledger_s"] for row in rows]
    for state in LEDGER_STATES:
        known = [ledger[state] for ledger in listed if ledger[state] is not None]
        total[state] = round(sum(known), 6) if known or not listed else None
    return total
