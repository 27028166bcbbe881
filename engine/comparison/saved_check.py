"""Validates a comparison's file; errors name the damaged (or wrongly edited) key."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

_FIGURES: Final = (
    "throughput_per_s",
    "latency_p50_s",
    "latency_p99_s",
    "startup_s",
    "rss_peak_bytes",
    "load_other",
    "load_before",
    "warm_up",
)


def check_saved(data: Mapping[str, Any]) -> None:
    """Raise ValueError for data that `Comparison.to_json` would not write."""
    repeats, cells = data.get("repeats"), data.get("cells")
    _require(type(repeats) is int and repeats >= 1, "repeats", "a whole number of at least 1", repeats)
    _require(_is_figure(data.get("precision")), "precision", "a number", data.get("precision"))
    _require(_is_figure(data.get("budget_s"), optional=True), "budget_s", "a number", data.get("budget_s"))
    _require(isinstance(cells, list) and bool(cells), "cells", "a list with at least one cell", cells)
    for number, cell in enumerate(cells or ()):
        _check_cell(f"cells[{number}]", cell)


def _check_cell(place: str, cell: Any) -> None:
    _require(isinstance(cell, dict), place, "a table", cell)
    _require(isinstance(cell.get("model"), str), f"{place}.model", "a text", cell.get("model"))
    _require(type(cell.get("workers")) is int, f"{place}.workers", "a whole number", cell.get("workers"))
    interpreter = cell.get("interpreter")
    _require(interpreter is None or isinstance(interpreter, str), f"{place}.interpreter", "a text", interpreter)
    _require(isinstance(cell.get("experiment"), dict), f"{place}.experiment", "a table", cell.get("experiment"))
    settings, runs = cell.get("settings"), cell.get("repetitions")
    pairs = isinstance(settings, (list, tuple)) and all(_is_setting(each) for each in settings)
    _require(pairs, f"{place}.settings", "a list of keys and values", settings)
    _require(isinstance(runs, list), f"{place}.repetitions", "a list", runs)
    for number, run in enumerate(runs or ()):
        _check_run(f"{place}.repetitions[{number}]", run)


def _check_run(place: str, run: Any) -> None:
    _require(isinstance(run, dict), place, "a table", run)
    for key in ("run_id", "status"):
        _require(isinstance(run.get(key), str), f"{place}.{key}", "a text", run.get(key))
    for key in ("reason", "python"):
        _require(run.get(key) is None or isinstance(run[key], str), f"{place}.{key}", "a text", run.get(key))
    _require(_is_figure(run.get("took_s")), f"{place}.took_s", "a number", run.get("took_s"))
    for key in _FIGURES:
        _require(_is_figure(run.get(key), optional=True), f"{place}.{key}", "a number", run.get(key))
    for key in ("ledger_s", "environment"):
        _require(isinstance(run.get(key, {}), dict), f"{place}.{key}", "a table", run.get(key))
    for state, value in run.get("ledger_s", {}).items():
        _require(_is_figure(value, optional=True), f"{place}.ledger_s.{state}", "a number", value)


def _is_setting(setting: Any) -> bool:
    return isinstance(setting, (list, tuple)) and len(setting) == 2 and isinstance(setting[0], str)


def _is_figure(value: Any, *, optional: bool = False) -> bool:
    if value is None:
        return optional
    if type(value) not in (int, float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def _require(holds: bool, place: str, what: str, got: Any) -> None:
    if not holds:
        shown = repr(got)
        raise ValueError(f"{place}: must be {what}, got {shown if len(shown) <= 40 else shown[:37] + '...'}")
