"""Allocates memory, touches every page of it and gives it back."""

from __future__ import annotations

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import Plain
from engine.workload.steps import Bound, StepContext, StepDescriptor

PAGE = 4096


def run(size_mib: int) -> int:
    """Allocate `size_mib` MiB, write to every page, and return how many bytes it was."""
    block = bytearray(size_mib << 20)
    block[::PAGE] = b"\x01" * len(range(0, len(block), PAGE))
    return len(block)


def _bind(context: StepContext, size_mib: int) -> Bound:
    def step(item: NamedItem) -> None:
        run(size_mib)

    return step


def plain(number: int, size_mib: int) -> Plain:
    """Return the step for a script."""
    return Plain("allocate", run, {"size_mib": size_mib})


STEP = StepDescriptor(
    StepCard(
        key="allocate",
        title="Allocate memory",
        summary="Takes memory, touches all of it and gives it back: watch the memory of threads and processes.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Memory",
        parameters=(
            Parameter(
                "size_mib",
                "Size",
                Kind.INTEGER,
                16,
                "How much each task holds while it runs.",
                unit="MiB",
                minimum=1,
                maximum=65_536,
            ),
        ),
    ),
    _bind,
    plain=plain,
)
