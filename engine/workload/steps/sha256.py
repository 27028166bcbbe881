"""Hashes a buffer: C code that releases the GIL while it computes."""

from __future__ import annotations

import hashlib

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(data: bytes) -> str:
    """Return the SHA-256 digest of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _bind(context: StepContext, size_kib: int) -> Bound:
    data = bytes(size_kib * 1024)

    def step(item: NamedItem) -> None:
        run(data)

    return step


STEP = StepDescriptor(
    StepCard(
        key="sha256",
        title="SHA-256",
        summary="Hashes a buffer in C: releases the GIL, so threads can run it in parallel.",
        waits_on="nothing",
        holds_gil=False,
        has_async=False,
        group="Compute",
        parameters=(
            Parameter(
                "size_kib",
                "Buffer",
                Kind.INTEGER,
                1024,
                "hashlib releases the GIL for buffers of 2 KiB and more.",
                unit="KiB",
                minimum=1,
                maximum=1_048_576,
            ),
        ),
    ),
    _bind,
)
