"""Computes a watch's figures from clocks and looks: where every thread's time went, and who held each process's GIL.

Times on a core and in the run queue come from the system. For the rest of its time a thread was blocked; that time is
divided in proportion to the looks, each of which stands for the time since the previous one. If a thread was never
looked at while blocked, its blocked states are None, and `unseen_s` has that time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.ledger.seen_figures import gil_of, locks_of, witness_figures
from engine.record.look_file import LookState, LookTables
from engine.record.look_reader import rounds_of
from engine.trace.loop_pauses import loop_pauses
from engine.watch.state_totals import StateTotals
from engine.watch.thread_clock import ThreadClock
from engine.wire.protocol import LEDGER_STATES

_PIECE: Final = 200_000  # looks that are added up at once
_NAMELESS: Final = "thread"
_MAIN: Final = "MainThread"
MOST_LANES: Final = 64  # threads that a tick reports, and a result has as lanes
MOST_THREADS: Final = 2000  # that a result lists, those with most time first

# The ledger state of each kind of wait. Looks show an idle pool thread as blocked in its call; an idle event loop has a
# state of its own.
STATE_OF: Final = {
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
    LookState.STOPPED: "idle",
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
    "stopped": LookState.STOPPED,
}


def thread_rows(
    clocks: Iterable[ThreadClock], seen: StateTotals, tables: LookTables, start_ns: int
) -> list[dict[str, Any]]:
    """Return `threads` of a watch's result, by falling processor time; times are seconds after the start."""
    places: dict[tuple[int, int], list[int]] = {}
    for place, thread in enumerate(tables.threads):
        places.setdefault((thread.pid, thread.tid), []).append(place)
    names = {(each.pid, each.tid): each.name for each in tables.threads if each.name}
    unknown = {each.pid for each in tables.processes if each.gil_unknown}
    rows = [
        {
            **_row(clock, seen.of(places.get((clock.pid, clock.tid), [])), names, start_ns),
            "last": _last_of(seen, places.get((clock.pid, clock.tid), [])),
        }
        for clock in sorted(clocks, key=lambda each: each.first_cpu_ns - each.cpu_ns)
    ]
    for row in rows:
        if row["pid"] in unknown:
            row["ledger_s"]["gil_wait"] = None
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
        for state, name in STATE_OF.items():
            ledger[name] = (ledger[name] or 0.0) + float(share[state])
        waits = {name: round(float(share[state]), 6) for name, state in _WAITS.items()}
    elif blocked_ns:
        unseen_s = blocked_ns / 1e9
        if not seen_ns.sum():  # never looked at: its states are not known
            ledger.update(dict.fromkeys(("gil_wait", "io_wait", "lock_wait", "idle")))
    return {
        "pid": clock.pid,
        "tid": clock.tid,
        "name": clock.name or names.get((clock.pid, clock.tid), ""),  # reread now and then
        "started_s": round(max(0, clock.first_ns - start_ns) / 1e9, 6),
        "ended_s": round((clock.last_ns - start_ns) / 1e9, 6) if clock.ended else None,
        "ledger_s": {state: None if value is None else round(value, 6) for state, value in ledger.items()},
        "waits_s": waits,
        "unseen_s": round(unseen_s, 6),
    }


def _last_of(seen: StateTotals, places: Sequence[int]) -> dict[str, Any] | None:
    """Return what a thread was last seen to do, and for how long without interruption; None if it was not looked at."""
    known = [last for last in map(seen.last_of, places) if last is not None]
    if not known:
        return None
    return {"state": known[-1].state.name.lower(), "for_s": round(known[-1].for_ns / 1e9, 6)}


def watch_figures(
    clocks: Sequence[ThreadClock],
    looks: NDArray[np.void],
    tables: LookTables,
    start_ns: int,
    end_ns: int,
    seen: StateTotals | None = None,
) -> dict[str, Any]:
    """Return the parts of a result that come from clocks and looks: `threads`, `gil`, `loop`, `locks`, `libraries`,
    `witness`.

    `seen` is the sum of the looks, if it is known already.
    """
    if seen is None:
        seen = StateTotals()
        for first in range(0, len(looks), _PIECE):
            seen.take(looks[first : first + _PIECE])
    rows = thread_rows(clocks, seen, tables, start_ns)
    titles = thread_titles(rows)
    locks, libraries = locks_of(looks, tables, titles)
    return {
        "threads": rows,
        "ledger_s": sum_of(rows),
        "gil": _gil(gil_of(looks, tables, titles, start_ns, end_ns), tables, start_ns),
        "loop": _loops(looks, tables, titles),
        "locks": locks,
        "libraries": libraries,
        "witness": witness_figures(tables),
    }


def _gil(figures: list[dict[str, object]], tables: LookTables, start_ns: int) -> list[dict[str, object]]:
    since_ns = {each.pid: each.gil_since_ns for each in tables.processes if each.gil_since_ns}
    for each in figures:
        if (pid := each["pid"]) in since_ns:
            each["since_s"] = round(max(0, since_ns[pid] - start_ns) / 1e9, 6)
    return figures


def _loops(
    looks: NDArray[np.void], tables: LookTables, titles: Mapping[tuple[int, int], str]
) -> list[dict[str, object]]:
    """Return each event loop's thread, and the calls that held up the loop for long: `in`, how often, how long."""
    found: list[dict[str, object]] = []
    for place in np.unique(looks["thread"][looks["state"] == LookState.LOOP]).tolist():
        if place >= len(tables.threads):
            continue
        own = looks[looks["thread"] == place]
        thread = tables.threads[place]
        holds = loop_pauses(own["time_ns"].astype(np.int64), own["state"], rounds_of(own))
        if holds is None or (title := titles.get((thread.pid, thread.tid))) is None:
            continue
        held = [
            {
                "in": each.state.name.lower(),
                "times": each.count,
                "total_s": round(each.total_ns / 1e9, 6),
                "longest_s": round(each.longest_ns / 1e9, 6),
            }
            for each in holds
        ]
        found.append({"pid": thread.pid, "tid": thread.tid, "worker": title, "held": held})
    return found


def thread_titles(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[int, int], str]:
    """Return each thread's title, by (pid, tid); titles are unique, with the thread's number where needed.

    A process's first thread is MainThread, as in Python, or called as its process if it was not looked at, because that
    runs no Python. Another thread with the same name in the system counts as unnamed.
    """
    rows = list(rows)
    mains = {row["pid"]: row["name"] for row in rows if row["pid"] == row["tid"]}
    names = [_main_name(row) if row["pid"] == row["tid"] else _own_name(row, mains) for row in rows]
    count = Counter(names)
    return {
        (row["pid"], row["tid"]): name if count[name] == 1 and name != _NAMELESS else f"{name} {row['tid']}"
        for row, name in zip(rows, names, strict=True)
    }


def _main_name(row: Mapping[str, Any]) -> str:
    unseen = row["ledger_s"].get("lock_wait", 0.0) is None
    return str(row["name"] or _MAIN) if unseen else _MAIN


def _own_name(row: Mapping[str, Any], mains: Mapping[int, str]) -> str:
    name = str(row["name"])
    return _NAMELESS if not name or name == mains.get(row["pid"]) else name


def sum_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    total: dict[str, float | None] = dict.fromkeys(LEDGER_STATES, 0.0)
    listed = [row["ledger_s"] for row in rows]
    for state in LEDGER_STATES:
        known = [ledger[state] for ledger in listed if ledger[state] is not None]
        total[state] = round(sum(known), 6) if known or not listed else None
    return total
