"""The shape of a run's JSON files, checked when they are read; errors name the wrong key.

A file may have more keys than these (another version wrote it) and, except for required ones, fewer: a figure that is
missing or null was not measured. Existing values must be of their kind, so readers need not check again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LARGEST: Final = 2**63 - 1  # what an index and a spreadsheet can hold


@dataclass(frozen=True, slots=True)
class Table:
    """An object: `keys` and the kinds of their values, the `required` keys, and `others`, the kind of all other keys.
    At least one key of `one_of` is required.

    A kind is one of "text", "number", "whole", "flag" and "any", a Table, or a list with the kind of its members.
    """

    keys: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    others: Any = "any"
    one_of: tuple[str, ...] = ()


_FIGURES: Final = Table(others="number")
_COUNTS: Final = Table(others="whole")
_STEPS: Final = [Table({"kind": "text", "limit": "whole"}, ("kind",))]
_GROUPS: Final = [Table({"name": "text", "workers": "whole", "steps": _STEPS}, ("name", "workers", "steps"))]

EXPERIMENT: Final = Table(
    {
        "title": "text",
        "workload": Table(
            {
                "steps": _STEPS,
                "groups": _GROUPS,
                "stages": _GROUPS,
                "tasks": "whole",
                "duration_s": "number",
                "until_stopped": "flag",
                "arrival_per_s": "number",
                "time_limit_s": "number",
                "seed": "whole",
            },
            one_of=("steps", "groups", "stages"),
        ),
        "model": Table({"kind": "text", "workers": "whole", "interpreter": "text", "gil": "flag"}, ("kind",)),
    },
    ("workload", "model"),
)
ENVIRONMENT: Final = Table(
    {
        "run_id": "text",
        "time": "text",
        "run_start_ns": "whole",
        "machine": Table({"cpu_mhz": "number"}),
        "interpreter": Table({"path": "text", "version": "text", "implementation": "text", "gil_enabled": "flag"}),
        "load": _FIGURES,
        "app": Table({"pid": "whole"}),
    }
)


def check_workers(experiment: Mapping[str, Any]) -> None:
    """Raise ValueError if an experiment that has the right shape does not say how many workers it has."""
    groups = [*(experiment["workload"].get("groups") or ()), *(experiment["workload"].get("stages") or ())]
    if not groups and experiment["model"].get("workers") is None:
        raise ValueError("model.workers: is missing")


def check(data: object, shape: Any, key: str = "") -> None:
    """Raise ValueError that names the first key of `data` that does not fit `shape`."""
    if isinstance(shape, Table):
        _check_table(data, shape, key)
    elif isinstance(shape, list):
        if not isinstance(data, list):
            raise ValueError(f"{key}: must be a list")
        for place, each in enumerate(data):
            check(each, shape[0], f"{key}[{place}]")
    elif not _is_kind(data, shape):
        words = {"text": "text", "number": "a number", "whole": "a whole number", "flag": "true or false"}
        raise ValueError(f"{key}: must be {words[shape]}")


def _check_table(data: object, shape: Table, key: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{key}: must be an object" if key else "is not a JSON object")
    for name in shape.required:
        if data.get(name) is None:
            raise ValueError(f"{_within(key, name)}: is missing")
    if shape.one_of and all(data.get(name) is None for name in shape.one_of):
        raise ValueError(f"{_within(key, shape.one_of[0])}: is missing")
    for name, value in data.items():
        if value is not None:
            check(value, shape.keys.get(name, shape.others), _within(key, name))


def _within(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _is_kind(value: object, kind: str) -> bool:
    if kind == "any":
        return True
    if kind in ("text", "flag"):
        return isinstance(value, str if kind == "text" else bool)
    if isinstance(value, bool) or not isinstance(value, int if kind == "whole" else (int, float)):
        return False
    return not isinstance(value, int) or -LARGEST <= value <= LARGEST
