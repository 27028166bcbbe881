"""Writes and reads JSON: C code that keeps the GIL, because it works on Python objects."""

from __future__ import annotations

import json
from typing import Any

from engine.workload.catalogue import StepCard
from engine.workload.item import NamedItem
from engine.workload.parameter import Kind, Parameter
from engine.workload.plain import Plain, made
from engine.workload.steps import Bound, StepContext, StepDescriptor


def run(document: Any) -> Any:
    """Return `document` after writing it as JSON and reading it back."""
    return json.loads(json.dumps(document))


def document_of(size_kib: int) -> list[dict[str, object]]:
    """Return a document of about `size_kib` KiB of JSON: a list of small records."""
    record = {"number": 0, "name": "a record among many", "values": [1.5, 2.5, 3.5], "found": True, "next": None}
    size = len(json.dumps(record)) + 2
    return [{**record, "number": number} for number in range(max(1, size_kib * 1024 // size))]


def _bind(context: StepContext, size_kib: int) -> Bound:
    document = document_of(size_kib)

    def step(item: NamedItem) -> None:
        run(document)

    return step


def plain(number: int, size_kib: int) -> Plain:
    """Return the step for a script."""
    return Plain("json_round_trip", run, {"document": made(document_of, size_kib=size_kib)})


STEP = StepDescriptor(
    StepCard(
        key="json-round-trip",
        title="JSON there and back",
        summary="Writes and reads JSON in C: fast, yet keeps the GIL, so threads take turns.",
        waits_on="nothing",
        holds_gil=True,
        has_async=False,
        group="Compute",
        parameters=(
            Parameter(
                "size_kib",
                "Document",
                Kind.INTEGER,
                64,
                "The document's size as JSON.",
                unit="KiB",
                minimum=1,
                maximum=1_048_576,
            ),
        ),
    ),
    _bind,
    plain=plain,
)
