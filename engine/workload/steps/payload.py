"""Sends bytes to the worker and back: free between threads, pickled and copied between processes."""

from __future__ import annotations

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(payload: bytes) -> int:
    """Return the length of the payload: the work is in sending it."""
    return len(payload)


def _bind(context: StepContext, to_kib: int, back_kib: int) -> Bound:
    def step(item: NamedItem) -> None:
        if run(item.payload) < to_kib * 1024:
            raise ValueError(f"{len(item.payload)} bytes arrived, {to_kib * 1024} were sent")

    return step


def _size(name: str, title: str, about: str) -> Parameter:
    return Parameter(name, title, Kind.INTEGER, 256, about, unit="KiB", minimum=0, maximum=262_144)


STEP = StepDescriptor(
    StepCard(
        key="payload",
        title="Carry a payload",
        summary="Carries bytes to the worker, and back, so that pickling and copying become visible.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Memory",
        parameters=(
            _size("to_kib", "To the worker", "Carried there with the task."),
            _size("back_kib", "And back", "Carried back with its result; 0: one way only."),
        ),
        renamed={"size_kib": ("to_kib", "back_kib")},
    ),
    _bind,
)
