"""Carries bytes to the worker and back: free between threads, pickled and copied between processes."""

from __future__ import annotations

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(payload: bytes) -> int:
    """Return the length of what arrived: the work is in the carrying."""
    return len(payload)


def _bind(context: StepContext, size_kib: int) -> Bound:
    def step(item: NamedItem) -> None:
        if run(item.payload) < size_kib * 1024:
            raise ValueError(f"{len(item.payload)} bytes arrived, {size_kib * 1024} were sent")

    return step


STEP = StepDescriptor(
    StepCard(
        key="payload",
        title="Carry a payload",
        summary="Carries bytes to the worker and back, so that pickling and copying become visible.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Memory",
        parameters=(
            Parameter(
                "size_kib",
                "Size",
                Kind.INTEGER,
                256,
                "Carried there with the task, and back with its result.",
                unit="KiB",
                minimum=0,
                maximum=262_144,
            ),
        ),
    ),
    _bind,
)
