"""Writes a file: with fsync it waits for the disk, and it releases the GIL meanwhile."""

from __future__ import annotations

import os
import threading

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import WORKER, Plain, made
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(path: str, data: bytes, fsync: bool) -> None:
    """Write `data` into the file at `path`, replacing what it held; with `fsync`, wait until it is on the disk."""
    with open(path, "wb", buffering=0) as file:
        file.write(data)
        if fsync:
            os.fsync(file.fileno())


def own_path(folder: str, number: int) -> str:
    """Return a path for this worker alone: workers share the disk and nothing else."""
    return os.path.join(folder, f"write-{number}-{os.getpid()}-{threading.get_native_id()}.bin")


def zeros(size_kib: int) -> bytes:
    """Return a buffer of `size_kib` KiB."""
    return bytes(size_kib * 1024)


def _bind(context: StepContext, size_kib: int, fsync: bool) -> Bound:
    path, data = own_path(context.folder, context.number), zeros(size_kib)

    def step(item: NamedItem) -> None:
        run(path, data, fsync)

    return step


def plain(number: int, size_kib: int, fsync: bool) -> Plain:
    """Return the step for a script."""
    path, data = made(own_path, WORKER, folder="", number=number), made(zeros, size_kib=size_kib)
    return Plain("write_file", run, {"path": path, "data": data, "fsync": fsync}, files=True, may_fail=True)


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
                "Without it the operating system keeps the data in memory and writes it to the disk later.",
            ),
        ),
    ),
    _bind,
    plain=plain,
)
