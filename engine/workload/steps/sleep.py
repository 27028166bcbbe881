"""Waits: the GIL is released, and nothing is computed."""

from __future__ import annotations

import time

from engine.workload.catalogue import StepCard
from engine.workload.draw import DISTRIBUTIONS, draw
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import Plain, drawn
from engine.workload.steps import Bound, BoundAsync, ByNumber, StepContext, StepDescriptor


def run(duration_s: float) -> None:
    """Wait for `duration_s` seconds on this thread."""
    time.sleep(duration_s)


async def run_async(duration_s: float) -> None:
    """Wait for `duration_s` seconds without blocking the event loop."""
    import asyncio  # half of a host's imports, and most models do without it

    await asyncio.sleep(duration_s)


def _bind(context: StepContext, duration_ms: float, distribution: str) -> Bound:
    seed, number = context.seed, context.number
    always_s = draw(distribution, duration_ms, seed, number, 0) / 1e3
    always_ns = int(always_s * 1e9)

    def constant(_: NamedItem) -> int:
        run(always_s)
        return always_ns

    def step(item: NamedItem) -> int:
        duration_s = draw(distribution, duration_ms, seed, number, item.number) / 1e3
        run(duration_s)
        return int(duration_s * 1e9)

    return constant if distribution == "constant" else step


def _bind_async(context: StepContext, duration_ms: float, distribution: str) -> BoundAsync | Bound:
    seed, number = context.seed, context.number

    if distribution == "constant":
        duration_s = duration_ms / 1e3
        from asyncio import sleep  # the same as `run_async`, with one coroutine less for each task

        return ByNumber(lambda _: sleep(duration_s), awaited=True, sleep_s=duration_s)

    async def step(item: NamedItem) -> int:
        duration_s = draw(distribution, duration_ms, seed, number, item.number) / 1e3
        await run_async(duration_s)
        return int(duration_s * 1e9)

    return step


def plain(number: int, duration_ms: float, distribution: str) -> Plain:
    """Return the step for a script."""
    duration_s = duration_ms / 1e3 if distribution == "constant" else drawn(distribution, duration_ms, number, 1e-3)
    return Plain("sleep", run, {"duration_s": duration_s}, run_async)


STEP = StepDescriptor(
    StepCard(
        key="sleep",
        title="Sleep",
        summary="Waits for a time, as for a slow answer: releases the GIL and uses no core.",
        waits_on="time",
        holds_gil=False,
        has_async=True,
        group="Wait",
        parameters=(
            Parameter(
                "duration_ms",
                "Duration",
                Kind.NUMBER,
                20.0,
                "How long each task waits; the mean where it is drawn.",
                unit="ms",
                minimum=0.0,
                maximum=3_600_000.0,
            ),
            Parameter(
                "distribution",
                "Distribution",
                Kind.CHOICE,
                "constant",
                "constant: always the same; uniform: from 0 to twice the mean; exponential: mostly short, some long.",
                choices=DISTRIBUTIONS,
            ),
        ),
    ),
    _bind,
    _bind_async,
    plain=plain,
)
