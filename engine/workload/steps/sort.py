"""Sorts a list: C code that keeps the GIL, because it compares Python objects."""

from __future__ import annotations

import random

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import SEED, Plain, made
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(values: list[float]) -> list[float]:
    """Return `values` in ascending order; the list itself stays as it is."""
    return sorted(values)


def random_values(seed: int, length: int) -> list[float]:
    """Return `length` numbers in random order, the same ones for the same seed."""
    draw = random.Random(seed)
    return [draw.random() for _ in range(length)]


def _bind(context: StepContext, length: int) -> Bound:
    values = random_values(context.seed, length)

    def step(item: NamedItem) -> None:
        run(values)

    return step


def plain(number: int, length: int) -> Plain:
    """Return the step for a script."""
    return Plain("sort_list", run, {"values": made(random_values, seed=SEED, length=length)})


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
    plain=plain,
)
