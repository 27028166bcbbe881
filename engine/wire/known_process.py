"""A process of a run: its last sample, and its last reading with threads."""

from __future__ import annotations

from dataclasses import dataclass

from engine.wire.tick import ProcessFigures, ProcessUsage, ThreadUsage


@dataclass(frozen=True, slots=True)
class KnownThread:
    """A thread's last reading, and its worker's name, which is empty if it runs no tasks."""

    usage: ThreadUsage
    worker: str


@dataclass(frozen=True, slots=True)
class KnownProcess:
    """A process's last sample, and its last reading with threads, if there is one."""

    figures: ProcessFigures
    usage: ProcessUsage | None = None
    threads: tuple[KnownThread, ...] = ()
