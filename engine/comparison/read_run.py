"""Turns a finished run into a repetition, from its result and its folder."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from engine.comparison.environment import of_run
from engine.comparison.repetition import Repetition, repetition_of
from engine.comparison.steady import Steady, steady
from engine.record.run_folder import RunFolder, RunFolderError
from engine.wire.result import RunResult


def read_run(
    result: RunResult, folder: Path | str | None, took_s: float, load_before: float | None = None
) -> Repetition:
    """Return the repetition; facts that its folder does not have (any more) are left out and never an error."""
    found, environment = Steady(), {}
    if folder:
        with contextlib.suppress(OSError, ValueError, RunFolderError):
            found = steady(Path(folder))
        with contextlib.suppress(OSError, ValueError, RunFolderError):
            environment = of_run(RunFolder(folder).environment())
    repetition = repetition_of(result, found.throughput_per_s, took_s, load_before, environment)
    return replace(repetition, warm_up=found.warm_up)
