"""Writes a file: waits for the disk where it is made to (fsync), and releases the GIL while it does."""

from __future__ import annotations

import os
import threading

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(path: str, data: bytes, fsync: bool) -> None:
    """Write `data` into the file at `path`, replacing what it held; with `fsync`, wait until it is on the disk."""
    with open(path, "wb", buffering=0) as file:
        file.write(data)
        if fsync:
            os.fsync(file.fileno())


def _bind(context: StepContext, size_kib: int, fsync: bool) -> Bound:
    # One file a worker, so that workers share the disk and nothing else.
    name = f"write-{context.number}-{os.getpid()}-{threading.get_native_id()}.bin"
    path = os.path.join(context.folder, name)
    data = bytes(size_kib * 1024)

    def step(item: NamedItem) -> None:
        run(path, data, fsync)

    return step


STEP = StepDescriptor(
    StepCard(
        key="file-write",
        title="Write a file",
        summary="Writes a file in the run's own folder; with fsync it waits for the disk. Releases the GIL.",
        waits_on="disk",
        holds_gil=False,
        has_async=False,
        group="Disk",
        parameters=(
            Parameter(
                "size_kib",
                "Size",
                Kind.INTEGER,
                256,
                "How much each task writes.",
                unit="KiB",
                minimum=0,
                maximum=1_048_576,
            ),
            Parameter(
                "fsync",
                "Wait for the disk",
                Kind.BOOLEAN,
                True,
                "Without it the operating system keeps the data in memory and writes it when it likes.",
            ),
        ),
    ),
    _bind,
)
