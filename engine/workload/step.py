"""One step of a workload, with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.workload.limits.limit import LIMIT
from engine.workload.parameter import Value
from engine.workload.toml_table import TomlTable


@dataclass(frozen=True)
class Step:
    """One step of a workload: its kind's key, and every parameter's value, defaults included.

    `limit` is how many workers may run it at once in the whole run, None for no limit.
    """

    kind: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    limit: int | None = None

    def to_dict(self) -> TomlTable:
        """Return the step in the shape of its table in the file."""
        limit: TomlTable = {} if self.limit is None else {LIMIT.name: self.limit}
        return {"kind": self.kind, **self.parameters, **limit}
