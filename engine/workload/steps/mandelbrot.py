"""Draws the Mandelbrot set: pure Python over complex numbers, which holds the GIL from start to end."""

from __future__ import annotations

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import Plain
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(width: int, height: int, iterations: int) -> int:
    """Return the sum over all points of how many iterations it took to leave the circle of radius 2."""
    total = 0
    for row in range(height):
        imaginary = 2.0 * row / height - 1.0
        for column in range(width):
            point = complex(3.0 * column / width - 2.0, imaginary)
            value = 0j
            for _ in range(iterations):
                if abs(value) > 2.0:
                    break
                value = value * value + point
                total += 1
    return total


def _bind(context: StepContext, width: int, height: int, iterations: int) -> Bound:
    def step(item: NamedItem) -> None:
        run(width, height, iterations)

    return step


def plain(number: int, width: int, height: int, iterations: int) -> Plain:
    """Return the step for a script."""
    return Plain("mandelbrot", run, {"width": width, "height": height, "iterations": iterations})


STEP = StepDescriptor(
    StepCard(
        key="mandelbrot",
        title="Mandelbrot",
        summary="Pure Python with complex numbers: keeps the GIL for as long as it runs.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Compute",
        parameters=(
            Parameter("width", "Width", Kind.INTEGER, 24, "Columns of points.", minimum=1, maximum=10_000),
            Parameter("height", "Height", Kind.INTEGER, 16, "Rows of points.", minimum=1, maximum=10_000),
            Parameter(
                "iterations",
                "Iterations",
                Kind.INTEGER,
                50,
                "The most iterations for each point.",
                minimum=1,
                maximum=1_000_000,
            ),
        ),
    ),
    _bind,
    plain=plain,
)
