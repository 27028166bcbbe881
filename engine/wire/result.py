"""A run's result: what `gilscope run --json` prints, the end of a run brings, and its folder keeps."""

from __future__ import annotations

from dataclasses import dataclass

from engine.interpreters.interpreter import Interpreter
from engine.wire.codec import record


@record
@dataclass(frozen=True, slots=True)
class NamedInterpreter:
    """What a result says of the interpreter; None is what is not known of it."""

    path: str | None = None
    version: str | None = None
    implementation: str | None = None
    gil_enabled: bool | None = None

    @classmethod
    def of(cls, found: Interpreter) -> NamedInterpreter:
        """Name an interpreter as it starts now."""
        return cls(found.path, found.version, found.implementation, found.gil_enabled)
