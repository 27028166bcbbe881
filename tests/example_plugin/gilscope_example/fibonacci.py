"""Fibonacci numbers by recursion: pure Python that calls functions and little else."""

from __future__ import annotations

from engine.api import Bound, Kind, NamedItem, Parameter, StepCard, StepContext, StepDescriptor


def run(n: int) -> int:
    """Return the Fibonacci number `n`."""
    return n if n < 2 else run(n - 1) + run(n - 2)


def _bind(context: StepContext, n: int) -> Bound:
    # Called once for each worker, before its first task: what takes long to prepare is prepared here.
    def step(item: NamedItem) -> None:
        run(n)

    return step


STEP = StepDescriptor(
    StepCard(
        key="fibonacci",
        title="Fibonacci",
        summary="Pure Python function calls: keeps the GIL for as long as it runs.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Compute",
        parameters=(Parameter("n", "n", Kind.INTEGER, 15, "Each one more takes 1.6 times as long.", None, 0, 40),),
    ),
    _bind,
)
