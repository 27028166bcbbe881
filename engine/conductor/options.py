"""The bounds of one run's options: see `engine.wire.commands.RunOptions`."""

from __future__ import annotations

from typing import Final

from engine.wire.commands import RunOptions
from engine.workload.parameter import Kind, Parameter

_DEFAULTS: Final = RunOptions()
_PARAMETERS: Final = (
    Parameter("nice", "Niceness", Kind.INTEGER, _DEFAULTS.nice, minimum=0, maximum=19),
    Parameter("phases_limit", "Phases kept", Kind.INTEGER, _DEFAULTS.phases_limit, minimum=1_000, maximum=100_000_000),
    Parameter("sample_hz", "Samples a second", Kind.NUMBER, _DEFAULTS.sample_hz, minimum=1, maximum=20),
    Parameter("tick_hz", "Ticks a second", Kind.NUMBER, _DEFAULTS.tick_hz, minimum=1, maximum=20),
)


def check_options(options: RunOptions) -> None:
    """Raise ExperimentError for `options.NAME` where an option is out of its bounds."""
    for each in _PARAMETERS:
        each.check(getattr(options, each.name), f"options.{each.name}")
