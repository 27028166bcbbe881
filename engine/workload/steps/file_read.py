"""Reads a file: from memory if the operating system still has it there, else from the disk. Releases the GIL."""

from __future__ import annotations

import os
import threading

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import WORKER, Plain, made
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(path: str) -> bytes:
    """Return what the file at `path` holds."""
    with open(path, "rb", buffering=0) as file:
        return file.read()


def file_to_read(folder: str, number: int, size_kib: int) -> str:
    """Write this worker's file; return its path."""
    path = os.path.join(folder, f"read-{number}-{os.getpid()}-{threading.get_native_id()}.bin")
    with open(path, "wb") as file:
        file.write(bytes(size_kib * 1024))
    return path


def _bind(context: StepContext, size_kib: int) -> Bound:
    path = file_to_read(context.folder, context.number, size_kib)

    def step(item: NamedItem) -> None:
        run(path)

    return step


def plain(number: int, size_kib: int) -> Plain:
    """Return the step for a script."""
    path = made(file_to_read, WORKER, folder="", number=number, size_kib=size_kib)
    return Plain("read_file", run, {"path": path}, files=True, may_fail=True)


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
    plain=plain,
)
