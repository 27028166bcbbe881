"""Hashes a buffer: C code that releases the GIL while it computes."""

from __future__ import annotations

import hashlib

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import Plain, made
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(data: bytes) -> str:
    """Return the SHA-256 digest of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def zeros(size_kib: int) -> bytes:
    """Return a buffer of `size_kib` KiB."""
    return bytes(size_kib * 1024)


def _bind(context: StepContext, size_kib: int) -> Bound:
    data = zeros(size_kib)

    def step(item: NamedItem) -> None:
        run(data)

    return step


def plain(number: int, size_kib: int) -> Plain:
    """Return the step for a script."""
    return Plain("hash_buffer", run, {"data": made(zeros, size_kib=size_kib)})


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
    plain=plain,
)
