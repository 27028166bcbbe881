"""Adds up which locks workers waited for, and who held them, from looks that come piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.record.look_file import LookState, LookTables
from engine.record.look_reader import rounds_of
from engine.trace.lock_holder import lock_holding
from engine.trace.phase_totals import Floats

_MOST: Final = 256  # locks that are listed
_LONGEST_NS: Final = 250_000_000
_HELD: Final = 8  # locks whose holders are looked for: those that were waited for longest
_LEAST_S: Final = 0.01  # a lock that was waited for less than this is not listed


@dataclass(slots=True)
class _Lock:
    """One lock: how long each thread (by its index in the table) waited for it and held it, and the native library
    that it belongs to, if any.
    """

    waited_s: dict[int, float] = field(default_factory=dict)
    details: set[int] = field(default_factory=set)
    held_ns: dict[int, int] = field(default_factory=dict)
    unknown_ns: int = 0
    library: str | None = None


class LockTotals:
    """Adds up looks. Each piece after the first must begin with the last look at every thread from the piece before."""

    def __init__(self) -> None:
        self._locks: dict[tuple[int, int], _Lock] = {}  # by process and address
        self._libraries: dict[str, set[int]] = {}

    def add(self, looks: NDArray[np.void], tables: LookTables, workers: Mapping[tuple[int, int], str]) -> None:
        """Add a piece of looks; `workers` are the names of threads, by (pid, tid)."""
        waiting = np.isin(looks["state"], (LookState.LOCK, LookState.LIBRARY))
        thread, detail = looks["thread"].astype(np.int64), looks["detail"].astype(np.int64)
        known = (thread < len(tables.threads)) & (detail < len(tables.details))
        stands_s = stand_for(thread, looks["time_ns"].astype(np.int64), rounds_of(looks)) / 1e9
        chosen = waiting & known
        key = thread[chosen] * len(tables.details) + detail[chosen]
        pairs, place = np.unique(key, return_inverse=True)
        seconds = np.bincount(place, stands_s[chosen], len(pairs)) if len(pairs) else np.empty(0)
        by_library = set(key[looks["state"][chosen] == LookState.LIBRARY].tolist())
        for pair, length_s in zip(pairs.tolist(), seconds.tolist(), strict=True):
            of_thread, of_detail = divmod(pair, len(tables.details))
            seen, on = tables.threads[of_thread], tables.details[of_detail]
            if on.name is not None and pair in by_library:
                self._libraries.setdefault(on.name, set()).add(of_thread)
            if on.address is not None and (seen.pid, seen.tid) in workers:
                lock = self._locks.setdefault((seen.pid, on.address), _Lock())
                lock.waited_s[of_thread] = lock.waited_s.get(of_thread, 0.0) + length_s
                lock.details.add(of_detail)
                lock.library = on.name if pair in by_library else lock.library
        self._see_holders(looks, tables, workers)

    def figures(
        self, tables: LookTables, workers: Mapping[tuple[int, int], str], most: int = _MOST
    ) -> list[dict[str, object]]:
        """Return `locks` of a result: the locks that workers waited for, longest total wait first."""
        return [
            {
                "pid": pid,
                "address": hex(address),
                "waited_s": _by_name(_told(lock), tables, workers),
                **({"library": lock.library} if lock.library is not None else {}),
                **(_held(lock, tables, workers) if lock.held_ns and len(_told(lock)) > 1 else {}),
            }
            for (pid, address), lock in self._longest()[:most]
        ]

    def libraries(self) -> list[dict[str, object]]:
        """Return `libraries` of a result: native libraries whose locks were waited for, and by how many threads."""
        return [{"name": name, "threads": len(threads)} for name, threads in sorted(self._libraries.items())]

    def _longest(self) -> list[tuple[tuple[int, int], _Lock]]:
        waited_s = {key: sum(_told(lock).values()) for key, lock in self._locks.items()}
        order = sorted((key for key, length_s in waited_s.items() if length_s > 0), key=lambda key: -waited_s[key])
        return [(key, self._locks[key]) for key in order]

    def _see_holders(self, looks: NDArray[np.void], tables: LookTables, workers: Mapping[tuple[int, int], str]) -> None:
        for _, lock in self._longest()[:_HELD]:
            sharing = {place for place in lock.waited_s if lock.waited_s[place] >= _LEAST_S}
            if len(_by_name(_told(lock), tables, workers)) < 2:
                continue
            holding = lock_holding(looks, lock.details, sharing)
            lock.unknown_ns += holding.unknown_ns
            for place, held_ns in holding.held_ns.items():
                lock.held_ns[place] = lock.held_ns.get(place, 0) + held_ns


def stand_for(thread: NDArray[np.int64], time_ns: NDArray[np.int64], rounds: NDArray[np.int64]) -> Floats:
    """Return for how long each look stands: since the one before at its thread. `rounds` are how many it stands for."""
    order = np.argsort(thread, kind="stable")
    before = np.diff(time_ns[order], prepend=0)
    before[:1] = 0
    before[1:][np.diff(thread[order]) != 0] = 0
    stands = np.empty(len(thread))
    stands[order] = np.clip(before, 0, _LONGEST_NS * rounds[order])
    return stands


def _told(lock: _Lock) -> dict[int, float]:
    return {place: length_s for place, length_s in lock.waited_s.items() if length_s >= _LEAST_S}


def _held(lock: _Lock, tables: LookTables, workers: Mapping[tuple[int, int], str]) -> dict[str, object]:
    """Return how long each worker held a lock while others waited for it, and how long the holder was unknown."""
    seconds = {place: held_ns / 1e9 for place, held_ns in lock.held_ns.items()}
    return {"held_s": _by_name(seconds, tables, workers), "unknown_s": round(lock.unknown_ns / 1e9, 6)}


def _by_name(
    seconds: Mapping[int, float], tables: LookTables, workers: Mapping[tuple[int, int], str]
) -> dict[str, float]:
    found: dict[str, float] = {}
    for place, length_s in seconds.items():
        name = workers.get((tables.threads[place].pid, tables.threads[place].tid))
        if name is not None:
            found[name] = round(found.get(name, 0.0) + length_s, 6)
    return found
