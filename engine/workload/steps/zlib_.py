"""Compresses a buffer: C code that releases the GIL while it computes."""

from __future__ import annotations

import random
import zlib

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import SEED, Plain, made
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(data: bytes, level: int) -> bytes:
    """Return `data` compressed."""
    return zlib.compress(data, level)


def words_of(seed: int, size_kib: int) -> bytes:
    """Return words in random order, which compress like text; zeros would be too easy, random bytes incompressible."""
    words = [b"thread ", b"process ", b"coroutine ", b"worker ", b"task ", b"lane ", b"step ", b"phase "]
    draw = random.Random(seed)
    text = b"".join(draw.choices(words, k=10_000))
    return (text * (size_kib * 1024 // len(text) + 1))[: size_kib * 1024]


def _bind(context: StepContext, size_kib: int, level: int) -> Bound:
    data = words_of(context.seed, size_kib)

    def step(item: NamedItem) -> None:
        run(data, level)

    return step


def plain(number: int, size_kib: int, level: int) -> Plain:
    """Return the step for a script."""
    return Plain("compress", run, {"data": made(words_of, seed=SEED, size_kib=size_kib), "level": level})


STEP = StepDescriptor(
    StepCard(
        key="zlib",
        title="Compress with zlib",
        summary="Compresses a buffer in C: releases the GIL, so threads can run it in parallel.",
        waits_on="nothing",
        holds_gil=False,
        has_async=False,
        group="Compute",
        parameters=(
            Parameter(
                "size_kib",
                "Buffer",
                Kind.INTEGER,
                256,
                "How much is compressed.",
                unit="KiB",
                minimum=1,
                maximum=1_048_576,
            ),
            Parameter("level", "Level", Kind.INTEGER, 6, "1 is fast, 9 compresses most.", minimum=0, maximum=9),
        ),
    ),
    _bind,
    plain=plain,
)
