"""UsageSampler: reads, once a second, each process's private memory and each thread's context switches."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.wire.tick import ProcessUsage, ThreadUsage
from engine.witness.details import Details, ProcessDetails
from engine.witness.platforms import Platform

_EVERY_NS: Final = 1_000_000_000
_FIRST_NS: Final = _EVERY_NS // 4  # the first interval, which then grows, so that short runs get a few rounds too
_MEMORY_BUDGET_NS: Final = 3_000_000  # for each round; processes that are left out come first in the next round
_THREADS_BUDGET_NS: Final = 6_000_000


@dataclass(slots=True)
class _Seen:
    """The last reading of a process or a thread."""

    at_ns: int
    cpu_ns: int | None
    voluntary: int | None
    involuntary: int | None


@dataclass(slots=True)
class _Process:
    """The data kept about a process between readings. Its switches include those of ended threads."""

    unique_bytes: int | None = None
    memory_ns: int = -_EVERY_NS  # when that was read
    ended_voluntary: int = 0
    ended_involuntary: int = 0
    seen: _Seen | None = None
    threads: dict[int, _Seen] = field(default_factory=dict)


class UsageSampler:
    """Reads a run's processes at most every `every_ns`; `start_ns` is the zero of `started_s`."""

    def __init__(self, platform: Platform, details: Details, start_ns: int, every_ns: int = _EVERY_NS) -> None:
        self._platform, self._details, self._start_ns, self._every_ns = platform, details, start_ns, every_ns
        self._next_ns, self._pause_ns = 0, min(_FIRST_NS, every_ns)
        self._processes: dict[int, _Process] = {}
        self._memory_turn: list[int] = []
        self._threads_turn: list[int] = []

    def take(self, pids: Sequence[int], first_tasks: Mapping[int, int]) -> tuple[ProcessUsage, ...] | None:
        """Return a tick's `census`: the usage of those of `pids` that were read this time; None between rounds.

        `first_tasks` are the instants at which threads began their first tasks, by their ids.
        """
        now_ns = time.perf_counter_ns()
        if now_ns < self._next_ns or not pids:
            return None
        self._next_ns = now_ns + self._pause_ns
        self._pause_ns = min(2 * self._pause_ns, self._every_ns)
        self._processes = {pid: self._processes.get(pid) or _Process() for pid in pids}
        for pid in self._in_turn(self._memory_turn, pids, _MEMORY_BUDGET_NS):
            self._read_memory(self._processes[pid], pid)
        found = []
        for pid in self._in_turn(self._threads_turn, pids, _THREADS_BUDGET_NS):
            details = self._details.process(pid)
            if details is not None:
                found.append(self._facts(pid, details, first_tasks))
        return tuple(found) or None

    def _read_memory(self, kept: _Process, pid: int) -> None:
        now_ns = time.perf_counter_ns()
        if now_ns - kept.memory_ns >= self._every_ns:
            kept.unique_bytes, kept.memory_ns = self._details.unique_bytes(pid), now_ns

    def _in_turn(self, turn: list[int], pids: Sequence[int], budget_ns: int) -> Any:
        """Yield processes until the budget is used up, starting with those left out last time; at least one."""
        alive, waiting = set(pids), set(turn)
        turn[:] = [pid for pid in turn if pid in alive] + [pid for pid in pids if pid not in waiting]
        end_ns = time.perf_counter_ns() + budget_ns
        for pid in list(turn):
            yield pid
            turn.remove(pid)
            if time.perf_counter_ns() > end_ns:
                return

    def _facts(self, pid: int, details: ProcessDetails, first_tasks: Mapping[int, int]) -> ProcessUsage:
        kept = self._processes[pid]
        threads = details.threads or {}
        times = self._platform.threads(pid, threads) or {}
        rows = []
        for thread, each in threads.items():
            cpu_ns = times[thread].cpu_ns if thread in times else None
            now = _Seen(time.perf_counter_ns(), cpu_ns, each.voluntary, each.involuntary)
            first_ns = first_tasks.get(thread)
            rows.append(
                ThreadUsage(
                    thread,
                    _rate(kept.threads.get(thread), now, "cpu_ns", 1e-9),
                    *_switches(kept.threads.get(thread), now),
                    started_s=self._seconds(each.started_ns),
                    first_task_s=self._seconds(first_ns),
                )
            )
            kept.threads[thread] = now
        self._let_go(kept, threads)
        voluntary, involuntary = self._totals(kept, details)
        now = _Seen(time.perf_counter_ns(), None, voluntary, involuntary)
        facts = ProcessUsage(pid, kept.unique_bytes, *_switches(kept.seen, now), threads=tuple(rows))
        kept.seen = now
        return facts

    def _let_go(self, kept: _Process, threads: Collection[int]) -> None:
        for thread in [thread for thread in kept.threads if thread not in threads]:
            gone = kept.threads.pop(thread)
            kept.ended_voluntary += gone.voluntary or 0
            kept.ended_involuntary += gone.involuntary or 0

    def _totals(self, kept: _Process, details: ProcessDetails) -> tuple[int | None, int | None]:
        if details.threads is None or details.voluntary is not None:
            return details.voluntary, details.involuntary
        alive = kept.threads.values()
        return (
            _sum([*(each.voluntary for each in alive), kept.ended_voluntary]),
            _sum([*(each.involuntary for each in alive), kept.ended_involuntary]),
        )

    def _seconds(self, at_ns: int | None) -> float | None:
        return None if at_ns is None else round((at_ns - self._start_ns) / 1e9, 4)


def _switches(before: _Seen | None, now: _Seen) -> tuple[int | None, int | None, float | None, float | None]:
    """Return the voluntary and involuntary switches, and the rate of both per second."""
    rates = _rate(before, now, "voluntary"), _rate(before, now, "involuntary")
    return now.voluntary, now.involuntary, *rates


def _rate(before: _Seen | None, now: _Seen, what: str, unit: float = 1.0) -> float | None:
    """Return a figure's growth per second; None without an earlier reading."""
    if before is None:
        return None
    old, new = getattr(before, what), getattr(now, what)
    if old is None or new is None:
        return None
    seconds = (now.at_ns - before.at_ns) / 1e9
    return round(max(0.0, float(new - old) * unit / seconds), 3)


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
