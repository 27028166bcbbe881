"""One step of a workload, with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.workload.parameter import Value


@dataclass(frozen=True)
class Step:
    """One step of a workload: its kind's key, and every parameter's value, defaults included."""

    kind: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
