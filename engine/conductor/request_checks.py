"""Validates requests to the conductor: whether the experiment can run, its permission, and the run's options."""

from __future__ import annotations

from typing import Final

from engine.conductor.run_places import RUN_ID
from engine.wire.commands import RunOptions
from engine.wire.interpreter import Interpreter
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import permission_needed
from engine.workload.errors import ExperimentError
from engine.workload.experiment import Experiment
from engine.workload.parameter import Kind, Parameter

_DEFAULTS: Final = RunOptions()
_PARAMETERS: Final = (
    Parameter("nice", "Niceness", Kind.INTEGER, _DEFAULTS.nice, minimum=0, maximum=19),
    Parameter("phases_limit", "Phases kept", Kind.INTEGER, _DEFAULTS.phases_limit, minimum=1_000, maximum=100_000_000),
    Parameter("sample_hz", "Samples a second", Kind.NUMBER, _DEFAULTS.sample_hz, minimum=1, maximum=20),
    Parameter("tick_hz", "Ticks a second", Kind.NUMBER, _DEFAULTS.tick_hz, minimum=1, maximum=20),
    Parameter(
        "witness_percent",
        "Looking's share of a core, in percent",
        Kind.NUMBER,
        _DEFAULTS.witness_percent,
        minimum=0,
        maximum=50,
    ),
)


def check_start(run_id: str, options: RunOptions, *, run_is_on: bool) -> None:
    """Raise ExperimentError if no run or watch may begin with this id and these options, or now."""
    if not RUN_ID.fullmatch(run_id):
        raise ExperimentError("run_id", "must be letters, digits, dots, dashes and underscores")
    if run_is_on:
        raise ExperimentError("", "another run is on; stop it first")
    check_options(options)


def check_available(experiment: Experiment, catalogue: Catalogue) -> None:
    """Raise ExperimentError if the model cannot run on the catalogue's interpreter."""
    card = catalogue.models[experiment.model.kind]
    if card.unavailable_reason:
        raise ExperimentError("model.kind", card.unavailable_reason)


def check_runnable(experiment: Experiment, catalogue: Catalogue, options: RunOptions) -> None:
    """Raise ExperimentError if the experiment cannot run on the catalogue's interpreter, or its code is not trusted."""
    check_available(experiment, catalogue)
    needed = permission_needed(experiment.to_dict(), catalogue, lambda _: True)  # its interpreter was allowed before
    if needed and not options.trust:
        raise ExperimentError(needed[0].key, f"{needed[0].what}, which runs only when it is trusted")


def with_gil(interpreter: Interpreter, gil: bool | None) -> Interpreter:
    """Return `interpreter` with its GIL on or off as asked. Raises ExperimentError for `model.gil` if it cannot be."""
    try:
        return interpreter.with_gil(None if gil is None else str(int(gil)))
    except ValueError as error:
        raise ExperimentError("model.gil", str(error)) from None


def interpreter_of(data: object) -> str | None:
    """Return the interpreter that an unchecked experiment names; the check needs this interpreter's catalogue."""
    model = data.get("model") if isinstance(data, dict) else None
    name = model.get("interpreter") if isinstance(model, dict) else None
    return name or None if isinstance(name, str) else None


def check_number(value: float | None, key: str, least: float, most: float) -> None:
    """Raise ExperimentError for `key` if a number is out of its bounds; None is accepted."""
    if value is not None and not least <= value <= most:
        raise ExperimentError(key, f"must be a number from {least:g} to {most:g}")


def check_options(options: RunOptions) -> None:
    """Raise ExperimentError for `options.NAME` where an option is out of its bounds."""
    for each in _PARAMETERS:
        each.check(getattr(options, each.name), f"options.{each.name}")
