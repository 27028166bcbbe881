"""Does its work while it holds a lock: one worker at a time, whatever the model."""

from __future__ import annotations

import asyncio
import time

from engine.workload.async_run_lock import AsyncRunLock, async_lock_for
from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.run_lock import RunLock, lock_for
from engine.workload.steps import Bound, BoundAsync, StepContext, StepDescriptor


def run(lock: RunLock, hold_ms: float) -> int:
    """Compute for `hold_ms` while holding `lock`; return how long it took to get it, in nanoseconds."""
    asked_ns = time.perf_counter_ns()
    with lock:
        got_ns = time.perf_counter_ns()
        end_ns = got_ns + int(hold_ms * 1e6)
        while time.perf_counter_ns() < end_ns:
            pass
    return got_ns - asked_ns


async def run_async(lock: AsyncRunLock, hold_ms: float) -> int:
    """Await for `hold_ms` while holding `lock`; return how long it took to get it, in nanoseconds."""
    asked_ns = time.perf_counter_ns()
    async with lock:
        got_ns = time.perf_counter_ns()
        await asyncio.sleep(hold_ms / 1e3)
    return got_ns - asked_ns


def _bind(context: StepContext, hold_ms: float) -> Bound:
    lock = lock_for(context)

    def step(item: NamedItem) -> int:
        return run(lock, hold_ms)

    return step


def _bind_async(context: StepContext, hold_ms: float) -> BoundAsync:
    lock = async_lock_for(context)  # bound once for all coroutines of an event loop

    async def step(item: NamedItem) -> int:
        return await run_async(lock, hold_ms)

    return step


STEP = StepDescriptor(
    StepCard(
        key="critical-section",
        title="Critical section",
        summary="Works while holding a lock (a thread's, a process's or a coroutine's, as fits): one worker at a time.",
        waits_on="lock",
        holds_gil=True,
        has_async=True,
        group="Sharing",
        parameters=(
            Parameter(
                "hold_ms",
                "Held for",
                Kind.NUMBER,
                1.0,
                "How long each task keeps the lock.",
                unit="ms",
                minimum=0.0,
                maximum=60_000.0,
            ),
        ),
    ),
    _bind,
    _bind_async,
)
