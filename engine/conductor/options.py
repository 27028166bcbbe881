"""Options of one run: what `start` may say beside the experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from engine.workload.errors import ExperimentError
from engine.workload.parameter import Kind, Parameter

_PARAMETERS: Final = (
    Parameter("trust", "Trust", Kind.BOOLEAN, False),
    Parameter("history", "Keep", Kind.BOOLEAN, True),
    Parameter("nice", "Niceness", Kind.INTEGER, 0, minimum=0, maximum=19),
    Parameter("phases_limit", "Phases kept", Kind.INTEGER, 2_000_000, minimum=1_000, maximum=100_000_000),
    Parameter("sample_hz", "Samples a second", Kind.NUMBER, 20.0, minimum=1, maximum=20),
    Parameter("tick_hz", "Ticks a second", Kind.NUMBER, 10.0, minimum=1, maximum=20),
    Parameter("folder", "History", Kind.TEXT, ""),
)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """See `protocol`. `folder` is the history's own folder, "" for the usual one."""

    trust: bool
    history: bool
    nice: int
    phases_limit: int
    sample_hz: float
    tick_hz: float
    folder: str


def check_options(data: object) -> RunOptions:
    """Read the options of a start. Raises ExperimentError for `options.NAME`."""
    given: dict[str, Any] = {} if data is None else data if isinstance(data, dict) else {"": data}
    known = {parameter.name for parameter in _PARAMETERS}
    for name in given:
        if name not in known:
            key = f"options.{name}" if name else "options"
            raise ExperimentError(key, f"unknown; one of {', '.join(sorted(known))}")
    values: dict[str, Any] = {each.name: each.default for each in _PARAMETERS}
    for each in _PARAMETERS:
        if given.get(each.name) is not None:
            values[each.name] = each.check(given[each.name], f"options.{each.name}")
    return RunOptions(**values)
