"""Adds up who held each process's GIL, from looks that come piece by piece: `gil` of a result and of a tick."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LookTables
from engine.trace.gil_holder import HolderSegments, gil_figures, holder_segments, stretch_figures, stretches_ns
from engine.trace.phase_totals import Ints

_MOST: Final = 256  # processes that are listed
_STRETCHES: Final = 50_000  # of each process, the newest: their median hardly changes after that


@dataclass(slots=True)
class _GilSoFar:
    """The totals of one process's segments so far."""

    held_ns: dict[int, int] = field(default_factory=dict)
    nobody_ns: int = 0
    unknown_ns: int = 0
    handovers: int = 0
    span_ns: int = 0
    stretches: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    looks_ns: float = 0.0  # the time between two looks, times the span

    def add(self, segments: HolderSegments) -> None:
        figures = gil_figures(segments)
        for place, held_ns in figures.held_ns.items():
            self.held_ns[place] = self.held_ns.get(place, 0) + held_ns
        self.nobody_ns += figures.nobody_ns
        self.unknown_ns += figures.unknown_ns
        self.handovers += figures.handovers
        self.span_ns += figures.span_ns
        self.looks_ns += segments.look_ns * figures.span_ns
        self.stretches = np.concatenate([self.stretches, stretches_ns(segments)])[-_STRETCHES:]


class GilTotals:
    """Adds up looks. Each piece after the first must begin with every process's last round from the piece before."""

    def __init__(self) -> None:
        self._processes: dict[int, _GilSoFar] = {}

    def add(
        self,
        looks: NDArray[np.void],
        tables: LookTables,
        python: Mapping[int, Collection[int]],
        between: tuple[int, int],
    ) -> None:
        """Add the looks between two instants; `python` are the ids of the threads that run tasks, by process."""
        seen = [each for each in tables.processes if each.gil is not None and each.pid in python]
        of_pid = looks_by_process(looks, tables)
        for process in seen[:_MOST]:
            pid, own = process.pid, of_pid.get(process.pid, looks[:0])
            segments = holder_segments(own, tables.threads, pid, python[pid], process.gil_since_ns)
            segments = segments.clipped(*between)
            if len(segments.holder):
                self._processes.setdefault(pid, _GilSoFar()).add(segments)

    def figures(
        self, tables: LookTables, workers: Mapping[tuple[int, int], str], most: int = _MOST
    ) -> list[dict[str, object]]:
        """Return `gil` of a result. `workers` are the names of threads, by (pid, tid); other threads share one
        entry.
        """
        return [_figures(pid, found, tables, workers) for pid, found in list(self._processes.items())[:most]]


def looks_by_process(looks: NDArray[np.void], tables: LookTables) -> dict[int, NDArray[np.void]]:
    """Return the looks of each process, in order; in one pass, as there may be hundreds of processes."""
    known = looks[looks["thread"] < len(tables.threads)]
    pid = np.array([each.pid for each in tables.threads], np.int64)[known["thread"].astype(np.int64)]
    order = np.argsort(pid, kind="stable")
    pids, starts = np.unique(pid[order], return_index=True)
    return dict(zip(pids.tolist(), np.split(known[order], starts[1:]), strict=True)) if len(pids) else {}


def _figures(
    pid: int, found: _GilSoFar, tables: LookTables, workers: Mapping[tuple[int, int], str]
) -> dict[str, object]:
    held: dict[str, float] = {name: 0.0 for (process, _), name in workers.items() if process == pid}
    other_ns = 0
    for place, held_ns in found.held_ns.items():
        name = workers.get((pid, tables.threads[place].tid))
        if name is None:
            other_ns += held_ns
        else:
            held[name] += held_ns / 1e9
    p50, p90, shorter = stretch_figures(found.stretches, found.looks_ns / max(1, found.span_ns))
    return {
        "pid": pid,
        "held_s": {name: round(seconds, 6) for name, seconds in held.items()},
        "other_s": round(other_ns / 1e9, 6),
        "nobody_s": round(found.nobody_ns / 1e9, 6),
        "unknown_s": round(found.unknown_ns / 1e9, 6),
        "handovers_per_s": round(found.handovers / (found.span_ns / 1e9), 2) if found.span_ns else None,
        "stretch_s": {"p50": _seconds(p50), "p90": _seconds(p90), "shorter_than": _seconds(shorter)},
    }


def _seconds(value_ns: float | None) -> float | None:
    return None if value_ns is None else round(value_ns / 1e9, 6)
