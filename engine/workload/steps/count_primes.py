"""Counts primes by trial division: pure Python, which holds the GIL from start to end."""

from __future__ import annotations

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import Plain
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(below: int) -> int:
    """Return how many primes there are below `below`."""
    count = 0
    for number in range(2, below):
        divisor = 2
        while divisor * divisor <= number:
            if number % divisor == 0:
                break
            divisor += 1
        else:
            count += 1
    return count


def _bind(context: StepContext, below: int) -> Bound:
    def step(item: NamedItem) -> None:
        run(below)

    return step


def plain(number: int, below: int) -> Plain:
    """Return the step for a script."""
    return Plain("count_primes", run, {"below": below})


STEP = StepDescriptor(
    StepCard(
        key="count-primes",
        title="Count primes",
        summary="Pure Python arithmetic: keeps the GIL for as long as it runs.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Compute",
        parameters=(
            Parameter(
                "below",
                "Below",
                Kind.INTEGER,
                2000,
                "Primes are counted up to this number; the work grows a little faster than it does.",
                minimum=2,
                maximum=100_000_000,
            ),
        ),
    ),
    _bind,
    plain=plain,
)
