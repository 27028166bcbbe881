"""Sorts a list: C code that keeps the GIL, because it compares Python objects."""

from __future__ import annotations

import random

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(values: list[float]) -> list[float]:
    """Return `values` in ascending order; the list itself stays as it is."""
    return sorted(values)


def _bind(context: StepContext, length: int) -> Bound:
    draw = random.Random(context.seed)
    values = [draw.random() for _ in range(length)]

    def step(item: NamedItem) -> None:
        run(values)

    return step


STEP = StepDescriptor(
    StepCard(
        key="sort",
        title="Sort a list",
        summary="Sorts numbers in C: fast, yet keeps the GIL, so threads take turns.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Compute",
        parameters=(
            Parameter(
                "length",
                "Length",
                Kind.INTEGER,
                20_000,
                "Numbers to sort, in random order.",
                minimum=1,
                maximum=50_000_000,
            ),
        ),
    ),
    _bind,
)
