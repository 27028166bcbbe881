"""Runs another program and waits for it: the GIL is released meanwhile."""

from __future__ import annotations

import subprocess
import sys

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import Plain, made
from engine.workload.steps import Bound, BoundAsync, StepContext, StepDescriptor


def command(duration_ms: float) -> list[str]:
    """Return a program that sleeps for `duration_ms` after its start, run by this interpreter."""
    return [sys.executable, "-I", "-S", "-c", f"import time; time.sleep({duration_ms / 1e3!r})"]


def run(program: list[str]) -> None:
    """Run `program` to its end. Raises subprocess.CalledProcessError if it fails."""
    subprocess.run(program, check=True, stdin=subprocess.DEVNULL)


async def run_async(program: list[str]) -> None:
    """Run `program` to its end without blocking the event loop; raises what `run` raises."""
    import asyncio  # half of a host's imports, and most models do without it

    process = await asyncio.create_subprocess_exec(*program, stdin=asyncio.subprocess.DEVNULL)
    code = await process.wait()
    if code:
        raise subprocess.CalledProcessError(code, program)


def _bind(context: StepContext, duration_ms: float) -> Bound:
    program = command(duration_ms)

    def step(item: NamedItem) -> None:
        run(program)

    return step


def _bind_async(context: StepContext, duration_ms: float) -> BoundAsync:
    program = command(duration_ms)

    async def step(item: NamedItem) -> None:
        await run_async(program)

    return step


def plain(number: int, duration_ms: float) -> Plain:
    """Return the step for a script."""
    return Plain("run_program", run, {"program": made(command, duration_ms=duration_ms)}, run_async, may_fail=True)


STEP = StepDescriptor(
    StepCard(
        key="subprocess",
        title="Run a program",
        summary="Starts another process and waits for it to end. Releases the GIL.",
        waits_on="child",
        holds_gil=False,
        has_async=True,
        group="Wait",
        parameters=(
            Parameter(
                "duration_ms",
                "Duration",
                Kind.NUMBER,
                50.0,
                "How long the program sleeps, after its start.",
                unit="ms",
                minimum=0.0,
                maximum=3_600_000.0,
            ),
        ),
    ),
    _bind,
    _bind_async,
    plain=plain,
)
