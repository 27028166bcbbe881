"""What a host can be asked besides running an experiment, as files in its folder; a run's host does without this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.record.host_files import HostSettings, PluginEntries
from engine.workload.toml_table import TomlTable

SCRIPT = "script.py"  # the script that a host writes for a ScriptRequest


@dataclass(frozen=True, slots=True)
class UninstrumentedRun:
    """One run of a model's function alone: `tasks` tasks that wait for `busy_s` each, or do nothing."""

    model: str
    options: TomlTable
    workers: int
    tasks: int
    busy_s: float


@dataclass(frozen=True, slots=True)
class UninstrumentedRequest:
    """Runs to make one after the other."""

    FILE: ClassVar[str] = "uninstrumented.json"

    plugins: PluginEntries
    runs: tuple[UninstrumentedRun, ...]


@dataclass(frozen=True, slots=True)
class OverheadRequest:
    """An experiment to run with probes and without: the number and length of segment pairs, and the time limit."""

    FILE: ClassVar[str] = "overhead.json"

    settings: HostSettings
    pairs: int
    segment_s: float
    budget_s: float


@dataclass(frozen=True, slots=True)
class ScriptRequest:
    """An experiment to write as a Python file; `name` is the file's name in its docstring."""

    FILE: ClassVar[str] = "script.json"

    experiment: TomlTable
    name: str
    plugins: PluginEntries


@dataclass(frozen=True, slots=True)
class StepCostRequest:
    """An experiment with one step, of the user's own code, to call for `budget_s`."""

    FILE: ClassVar[str] = "step-cost.json"

    experiment: TomlTable
    budget_s: float
    plugins: PluginEntries
