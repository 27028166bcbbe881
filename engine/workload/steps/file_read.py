"""Reads a file: from memory if the operating system still has it there, else from the disk. Releases the GIL."""

from __future__ import annotations

import os
import threading

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(path: str) -> bytes:
    """Return what the file at `path` holds."""
    with open(path, "rb", buffering=0) as file:
        return file.read()


def _bind(context: StepContext, size_kib: int) -> Bound:
    name = f"read-{context.number}-{os.getpid()}-{threading.get_native_id()}.bin"
    path = os.path.join(context.folder, name)
    with open(path, "wb") as file:
        file.write(bytes(size_kib * 1024))

    def step(item: NamedItem) -> None:
        run(path)

    return step


STEP = StepDescriptor(
    StepCard(
        key="file-read",
        title="Read a file",
        summary="Reads a file in the run's own folder, most likely from memory. Releases the GIL.",
        waits_on="disk",
        holds_gil=False,
        has_async=False,
        group="Disk",
        parameters=(
            Parameter(
                "size_kib",
                "Size",
                Kind.INTEGER,
                1024,
                "How much each task reads.",
                unit="KiB",
                minimum=0,
                maximum=1_048_576,
            ),
        ),
    ),
    _bind,
)
