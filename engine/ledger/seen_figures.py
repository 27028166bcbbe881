"""What a result says from the looks of a run: who held the GIL, which locks were shared, how it was looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LookState, LookTables
from engine.trace.gil_holder import HolderSegments, gil_figures, holder_segments
from engine.trace.lock_holder import lock_holding
from engine.trace.phase_totals import Floats

_MOST: Final = 256  # processes, and locks, that are listed
_LONGEST_NS: Final = 250_000_000
_HELD: Final = 8  # locks whose holders are looked for: those that were waited for longest
_LEAST_S: Final = 0.01  # of waiting for a lock: less is not told


def witness_figures(tables: LookTables) -> dict[str, object]:
    """Return `witness` of a result: how threads were looked at, how often, and what that took."""
    span_s = tables.span_s
    return {
        "method": tables.method,
        "reason": tables.reason,
        "looks": tables.looks,
        "rate_hz": round(tables.rounds / span_s, 1) if span_s else None,
        "cost_percent": round(100 * tables.cpu_s / span_s, 2) if span_s else None,
        "thinned": tables.thinned,
    }


def gil_of(
    looks: NDArray[np.void], tables: LookTables, workers: Mapping[tuple[int, int], str], first_ns: int, end_ns: int
) -> list[dict[str, object]]:
    """Return `gil` of a result: of each process with a GIL that its threads waited for or held, who held it.

    `workers` are the names of threads, by (pid, tid); those of others are told together. Between `first_ns` and
    `end_ns`.
    """
    found = []
    pids = [each.pid for each in tables.processes if each.gil is not None]
    of_pid = _by_process(looks, tables)
    for pid in pids[:_MOST]:
        python = [tid for process, tid in workers if process == pid]
        if not python:
            continue
        segments = holder_segments(of_pid.get(pid, looks[:0]), tables.threads, pid, python).clipped(first_ns, end_ns)
        if len(segments.holder):
            found.append(_gil(pid, segments, tables, workers))
    return found


def _by_process(looks: NDArray[np.void], tables: LookTables) -> dict[int, NDArray[np.void]]:
    """Return the looks of each process, in order: in one pass, for there may be hundreds."""
    known = looks[looks["thread"] < len(tables.threads)]
    pid = np.array([each.pid for each in tables.threads], np.int64)[known["thread"].astype(np.int64)]
    order = np.argsort(pid, kind="stable")
    pids, starts = np.unique(pid[order], return_index=True)
    return dict(zip(pids.tolist(), np.split(known[order], starts[1:]), strict=True)) if len(pids) else {}


def _gil(
    pid: int, segments: HolderSegments, tables: LookTables, workers: Mapping[tuple[int, int], str]
) -> dict[str, object]:
    figures = gil_figures(segments)
    held: dict[str, float] = {name: 0.0 for (process, _), name in workers.items() if process == pid}
    other_ns = 0
    for place, held_ns in figures.held_ns.items():
        name = workers.get((pid, tables.threads[place].tid))
        if name is None:
            other_ns += held_ns
        else:
            held[name] += held_ns / 1e9
    span_s = figures.span_ns / 1e9
    return {
        "pid": pid,
        "held_s": {name: round(seconds, 6) for name, seconds in held.items()},
        "other_s": round(other_ns / 1e9, 6),
        "nobody_s": round(figures.nobody_ns / 1e9, 6),
        "unknown_s": round(figures.unknown_ns / 1e9, 6),
        "handovers_per_s": round(figures.handovers / span_s, 2) if span_s else None,
        "stretch_s": {"p50": _seconds(figures.stretch_p50_ns), "p90": _seconds(figures.stretch_p90_ns)},
    }


def locks_of(
    looks: NDArray[np.void], tables: LookTables, workers: Mapping[tuple[int, int], str]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return `locks` and `libraries` of a result: the locks that workers were seen to wait for, by the time it took,
    and the native libraries whose locks any thread of the run waited for, with how many threads did.
    """
    waiting = np.isin(looks["state"], (LookState.LOCK, LookState.LIBRARY))
    thread, detail = looks["thread"].astype(np.int64), looks["detail"].astype(np.int64)
    known = (thread < len(tables.threads)) & (detail < len(tables.details))
    stands_s = _stand_for(thread, looks["time_ns"].astype(np.int64)) / 1e9
    chosen = waiting & known
    key = thread[chosen] * len(tables.details) + detail[chosen]
    pairs, place = np.unique(key, return_inverse=True)
    seconds = np.bincount(place, stands_s[chosen], len(pairs)) if len(pairs) else np.empty(0)
    by_library = set(key[looks["state"][chosen] == LookState.LIBRARY].tolist())
    waited: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    shared: dict[tuple[int, int], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    libraries: dict[str, set[int]] = defaultdict(set)
    for pair, length_s in zip(pairs.tolist(), seconds.tolist(), strict=True):
        seen, on = tables.threads[pair // len(tables.details)], tables.details[pair % len(tables.details)]
        if on.name is not None and pair in by_library:
            libraries[on.name].add(pair // len(tables.details))
        name = workers.get((seen.pid, seen.tid))
        if name is not None and on.address is not None and length_s >= _LEAST_S:
            waited[seen.pid, on.address][name] = round(waited[seen.pid, on.address].get(name, 0.0) + length_s, 6)
            threads, details = shared[seen.pid, on.address]
            threads.add(pair // len(tables.details))
            details.add(pair % len(tables.details))
    locks = []
    for place, (key_of, by_worker) in enumerate(
        sorted(waited.items(), key=lambda each: -sum(each[1].values()))[:_MOST]
    ):
        held = _held(looks, tables, *shared[key_of], workers) if place < _HELD and len(by_worker) > 1 else {}
        locks.append({"pid": key_of[0], "address": hex(key_of[1]), "waited_s": by_worker, **held})
    named = [{"name": name, "threads": len(threads)} for name, threads in sorted(libraries.items())]
    return locks, named


def _held(
    looks: NDArray[np.void],
    tables: LookTables,
    threads: set[int],
    details: set[int],
    workers: Mapping[tuple[int, int], str],
) -> dict[str, object]:
    """Return for how long each worker held a lock while others waited for it, and for how long that is not known."""
    holding = lock_holding(looks, details, threads)
    if not holding.held_ns:
        return {}
    by_name: dict[str, float] = {}
    for place, held_ns in holding.held_ns.items():
        name = workers.get((tables.threads[place].pid, tables.threads[place].tid))
        if name is not None:
            by_name[name] = round(by_name.get(name, 0.0) + held_ns / 1e9, 6)
    return {"held_s": by_name, "unknown_s": round(holding.unknown_ns / 1e9, 6)}


def _stand_for(thread: NDArray[np.int64], time_ns: NDArray[np.int64]) -> Floats:
    """Return for how long each look stands: since the one before at its thread."""
    order = np.argsort(thread, kind="stable")
    before = np.diff(time_ns[order], prepend=0)
    before[:1] = 0
    before[1:][np.diff(thread[order]) != 0] = 0
    stands = np.empty(len(thread))
    stands[order] = np.clip(before, 0, _LONGEST_NS)
    return stands


def _seconds(value_ns: float | None) -> float | None:
    return None if value_ns is None else round(value_ns / 1e9, 6)


def thread_names(names: Sequence[tuple[int, int, str]]) -> dict[tuple[int, int], str]:
    """Return the names of the threads that run tasks, by (pid, tid): an event loop's has its first coroutine's."""
    found: dict[tuple[int, int], str] = {}
    for pid, tid, name in names:
        found.setdefault((pid, tid), name)
    return found
