"""A tick as the rows of samples.csv: measure, subject, value and unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.wire.codec import plain
from engine.wire.protocol import LEDGER_STATES
from engine.wire.tick import Percentiles, ProcessUsage, ThreadUsage, Tick, measures

_FIGURES: Final = tuple(measures())
Sample = tuple[str, str, object, str]  # measure, subject, value, unit


def samples_of(tick: Tick) -> Iterator[Sample]:
    """Yield every figure of one tick as measure, subject, value and unit; value is None if it was not measured."""
    for key, measure, unit in _FIGURES:
        yield measure, "run", getattr(tick, key), unit
    tasks = tick.tasks
    yield "tasks_done", "run", tasks and tasks.done, "1"
    yield "tasks_failed", "run", tasks and tasks.failed, "1"
    for number, used in enumerate(tick.cores):
        yield "core_utilization", f"core{number}", used, "1"
    for state in LEDGER_STATES:
        yield "ledger_s", state, tick.ledger_s.get(state), "s"
    for percentile, value in plain(tick.latency_s or Percentiles()).items():
        yield "latency_s", percentile, value, "s"
    yield from _process_samples(tick)
    for queue in tick.queues or ():
        yield "queue_length", queue.name, queue.length, "1"
    for mark in tick.marks:
        yield "mark_s", mark.text, mark.t_s, "s"


def _process_samples(tick: Tick) -> Iterator[Sample]:
    roles: dict[int, str] = {}
    for process in tick.processes:
        roles[process.pid] = process.role
        subject = f"{process.role} {process.pid}"
        yield "process_cpu", subject, process.cpu, "cores"
        yield "process_threads", subject, process.threads, "1"
        yield "process_rss_bytes", subject, process.rss_bytes, "B"
        yield "process_startup_s", subject, startup_s(process.started_s, process.first_task_s), "s"
    for usage in tick.census or ():
        subject = f"{roles.get(usage.pid, 'process')} {usage.pid}"
        yield "process_uss_bytes", subject, usage.uss_bytes, "B"
        yield from _switches_of("process", subject, usage)
        for thread in usage.threads:
            subject = f"thread {thread.tid} of {usage.pid}"
            yield "thread_cpu", subject, thread.cpu, "cores"
            yield from _switches_of("thread", subject, thread)


def startup_s(started_s: float | None, first_s: float | None) -> float | None:
    """Return how long a process took from its start to its first task, None if either is not known."""
    return None if started_s is None or first_s is None else max(0.0, first_s - started_s)


def _switches_of(whose: str, subject: str, usage: ProcessUsage | ThreadUsage) -> Iterator[Sample]:
    yield f"{whose}_voluntary_switches", subject, usage.voluntary_switches, "1"
    yield f"{whose}_involuntary_switches", subject, usage.involuntary_switches, "1"
