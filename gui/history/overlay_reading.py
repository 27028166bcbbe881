"""Reads the lines of the chart of several runs from their samples; each begins with its first task. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.history.past_run import PastRun
from engine.record.run_folder import RunFolder
from engine.wire.tick import Tick
from engine.wording import figure_text as figures

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OverlayMeasure:
    """A measure that is drawn over time: its title, how a value is written, and how it is read from a tick."""

    title: str
    text: Callable[[float], str]
    of: Callable[[Tick], float | None]


def _rate_text(value: float) -> str:
    return f"{figures.rate(value)} tasks/s"


MEASURES: Final = (
    OverlayMeasure("Tasks per second", _rate_text, lambda tick: tick.throughput_per_s),
    OverlayMeasure("Cores in use", lambda value: f"{figures.number(value)} cores", lambda tick: tick.run_cores),
    OverlayMeasure("Memory", figures.size, lambda tick: tick.rss_bytes),
)


@dataclass(frozen=True, slots=True)
class OverlayLine:
    """One run: its title, its samples' times in seconds since its first task, and a row of values for each measure."""

    run_id: str
    title: str
    t: Floats
    values: Floats


def read_line(folder: RunFolder, run: PastRun, model_title: str) -> OverlayLine:
    """Return a kept run's line. Raises RunFolderError if its folder is damaged or gone."""
    result = folder.result()
    start_s = float((result.startup_s if result is not None else None) or 0.0)
    ticks = [tick for tick in folder.samples() if tick.t_s >= start_s]
    values = [[np.nan if (found := each.of(tick)) is None else found for tick in ticks] for each in MEASURES]
    workers = f" × {run.workers}" if run.workers else ""
    title = f"{run.shown_title}: {model_title}{workers}, {run.interpreter or 'unknown Python'}"
    return OverlayLine(run.run_id, title, np.array([tick.t_s - start_s for tick in ticks]), np.array(values, float))
