"""A process of a run as far as it was seen: as it was last sampled, and last counted with its threads."""

from __future__ import annotations

from dataclasses import dataclass

from engine.wire.tick import ProcessFigures, ProcessUsage, ThreadUsage


@dataclass(frozen=True, slots=True)
class KnownThread:
    """A thread as it was last counted, and what its worker is called; empty for one that runs no tasks."""

    usage: ThreadUsage
    worker: str


@dataclass(frozen=True, slots=True)
class KnownProcess:
    """A process as it was last sampled, and as it was last counted with its threads, if it was."""

    figures: ProcessFigures
    usage: ProcessUsage | None = None
    threads: tuple[KnownThread, ...] = ()
