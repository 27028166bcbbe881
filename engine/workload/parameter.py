"""Parameters: each is declared once; forms, TOML checks and command-line help are made from the declaration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from engine.workload.errors import ExperimentError

Value = int | float | bool | str

# Bounds of a parameter that declares none: what every database and program that reads results can hold.
MAX_INTEGER = 2**63 - 1
MAX_CHARACTERS = 1_000_000


class Kind(str, Enum):
    """What a parameter's value is; decides its check and the form field it gets."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"
    CODE = "code"


@dataclass(frozen=True)
class Parameter:
    """One setting of a step or of a model.

    `unit` is the unit's symbol as a form shows it (the name carries it too: `duration_ms`), None for a plain count.
    `minimum` and `maximum` are inclusive and apply to INTEGER and NUMBER; a whole number without them has to fit in 64
    bits. `choices` applies to CHOICE. A CODE value is Python
    source and makes the experiment one that is only run when it is trusted.
    """

    name: str
    title: str
    kind: Kind
    default: Value
    help: str = ""
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def check(self, value: object, path: str) -> Value:
        """Return `value` in this parameter's own type, or raise ExperimentError that names `path`.

        A whole number is accepted where a NUMBER is asked for; nothing else is converted.
        """
        if self.kind is Kind.BOOLEAN:
            if isinstance(value, bool):
                return value
            raise ExperimentError(path, f"must be true or false, got {shown(value)}")
        if self.kind in (Kind.TEXT, Kind.CODE, Kind.CHOICE):
            return self._check_text(value, path)
        return self._check_number(value, path)

    def _check_text(self, value: object, path: str) -> str:
        if not isinstance(value, str):
            raise ExperimentError(path, f"must be text, got {shown(value)}")
        if self.kind is Kind.CHOICE and value not in self.choices:
            raise ExperimentError(path, f"must be one of {', '.join(self.choices)}, got {shown(value)}")
        if len(value) > MAX_CHARACTERS:
            raise ExperimentError(path, f"must have at most {MAX_CHARACTERS:,} characters, got {len(value):,}")
        return value

    def _check_number(self, value: object, path: str) -> Value:
        whole = self.kind is Kind.INTEGER
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise ExperimentError(path, f"must be a {'whole number' if whole else 'number'}, got {shown(value)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ExperimentError(path, f"must be finite, got {value}")
        least, most = self.minimum, self.maximum
        if whole:
            least, most = -MAX_INTEGER if least is None else least, MAX_INTEGER if most is None else most
        if least is not None and value < least:
            raise ExperimentError(path, f"must be at least {least:g}, got {shown(value)}")
        if most is not None and value > most:
            raise ExperimentError(path, f"must be at most {most:g}, got {shown(value)}")
        try:
            return value if whole else float(value)
        except OverflowError:  # a whole number that no float holds
            raise ExperimentError(path, f"must be finite, got {shown(value)}") from None

    def to_json(self) -> dict[str, object]:
        """Return this parameter as a JSON object; `from_json` is its inverse."""
        return {
            "name": self.name,
            "title": self.title,
            "kind": self.kind.value,
            "default": self.default,
            "help": self.help,
            "unit": self.unit,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "choices": list(self.choices),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Parameter:
        """Read what `to_json` wrote."""
        return cls(**{**data, "kind": Kind(data["kind"]), "choices": tuple(data["choices"])})


def shown(value: object) -> str:
    """Return `value` as an error message shows it: short, and quoted as TOML would."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:  # written as 0xfff..., it may have more digits than Python writes
        return "a number with thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
