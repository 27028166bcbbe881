"""Makes the parts of a result that come from all looks of a run: `gil`, `locks`, `libraries` and `witness`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.ledger.gil_totals import GilTotals
from engine.ledger.lock_totals import LockTotals
from engine.record.look_file import LookTables


def witness_figures(tables: LookTables) -> dict[str, object]:
    """Return `witness` of a result: how threads were looked at, how often, and at what cost."""
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
    """Return `gil` of a result: who held the GIL between `first_ns` and `end_ns`, for each process that used one.

    `workers` are the names of threads, by (pid, tid); other threads share one entry.
    """
    totals = GilTotals()
    totals.add(looks, tables, threads_by_process(workers), (first_ns, end_ns))
    return totals.figures(tables, workers)


def locks_of(
    looks: NDArray[np.void], tables: LookTables, workers: Mapping[tuple[int, int], str]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return `locks` and `libraries` of a result: the locks that workers were seen waiting for, longest wait first, and
    the native libraries whose locks any thread of the run waited for, with the number of threads.
    """
    totals = LockTotals()
    totals.add(looks, tables, workers)
    return totals.figures(tables, workers), totals.libraries()


def threads_by_process(workers: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    """Return the ids of threads by process."""
    found: dict[int, set[int]] = {}
    for pid, tid in workers:
        found.setdefault(pid, set()).add(tid)
    return found


def thread_names(names: Sequence[tuple[int, int, str]]) -> dict[tuple[int, int], str]:
    """Return the names of the threads that run tasks, by (pid, tid); one that coroutines share is their loop's."""
    found: dict[tuple[int, int], str] = {}
    shared: set[tuple[int, int]] = set()
    for pid, tid, name in names:
        if found.setdefault((pid, tid), name) != name:
            shared.add((pid, tid))
    several = len(shared) > 1
    return {key: _loop_name(*key, several=several) if key in shared else name for key, name in found.items()}


def _loop_name(pid: int, tid: int, *, several: bool) -> str:
    if not several:
        return "event loop"
    return f"event loop of {pid}" if tid == pid else f"event loop of thread {tid}"
