"""Exports a comparison as CSV: repetitions.csv (every run), summary.csv (every cell), and fits.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.comparison.comparison import Comparison
from engine.comparison.environment import KEPT
from engine.comparison.judgement import judge
from engine.record.atomic_folder import atomic_folder
from engine.wire.protocol import LEDGER_STATES
from engine.wording.csv_cell import csv_cell


def export_csv(comparison: Comparison, target: Path) -> None:
    """Write all files into the folder `target`, or none. Raises ExportError if that fails."""
    with atomic_folder(target) as into:
        _write(into / "repetitions.csv", repetition_rows(comparison))
        _write(into / "summary.csv", summary_rows(comparison))
        _write(into / "fits.csv", fit_rows(comparison))


def repetition_rows(comparison: Comparison) -> list[dict[str, object]]:
    """Return a row for each run, including failed ones; a cell without runs has none."""
    rows = []
    keys = _setting_keys(cell.settings for cell in comparison.cells)
    for cell in comparison.cells:
        for number, run in enumerate(comparison.repetitions[cell], 1):
            figures = asdict(run)
            ledger, environment = figures.pop("ledger_s"), figures.pop("environment")
            rows.append(
                {
                    "model": cell.model,
                    "workers": cell.workers,
                    "interpreter": cell.interpreter or run.python,
                    **_settings(cell.settings, keys),
                    "repetition": number,
                    **figures,
                    "stable": run.stable,
                    **{f"ledger_{state}_s": ledger.get(state) for state in LEDGER_STATES},
                    **{key: environment.get(key) for key in KEPT},
                }
            )
    return rows


def summary_rows(comparison: Comparison) -> list[dict[str, object]]:
    """Return a row for each cell."""
    rows = []
    keys = _setting_keys(cell.settings for cell in comparison.cells)
    for cell in judge(comparison)["cells"]:
        interval, speedup = cell["throughput_per_s"] or {}, cell["speedup"] or {}
        rows.append(
            {
                "model": cell["model"],
                "workers": cell["workers"],
                "interpreter": cell["interpreter"],
                "gil_enabled": cell["gil_enabled"],
                **_settings(tuple(cell["settings"].items()), keys),
                "repeats": cell["repeats"],
                **{f"throughput_{name}_per_s": interval.get(name) for name in ("median", "low", "high")},
                **{f"speedup_{name}": speedup.get(name) for name in ("median", "low", "high")},
                **{key: cell[key] for key in ("efficiency", "latency_p50_s", "latency_p99_s", "startup_s")},
                "rss_peak_bytes": cell["rss_peak_bytes"],
                **{f"ledger_{state}_s": cell["ledger_s"].get(state) for state in LEDGER_STATES},
                **{key: cell[key] for key in ("stable", "unstable_reason", "best", "reason")},
            }
        )
    return rows


def fit_rows(comparison: Comparison) -> list[dict[str, object]]:
    """Return rows for each law's parameters and peak, with their 95 % intervals; one row if there is no fit."""
    rows = []
    keys = _setting_keys(cell.settings for cell in comparison.cells)
    for fit in judge(comparison)["fits"]:
        about = {
            "model": fit["model"],
            "interpreter": fit["interpreter"],
            **_settings(tuple(fit["settings"].items()), keys),
            "law": fit["law"],
        }
        found: list[tuple[str | None, Mapping[str, float | None]]] = [*fit.get("parameters", {}).items()]
        if fit["refused"] is None:
            found.append(("peak_workers", {"value": fit["peak_workers"]}))
        for name, each in found or [(None, {})]:
            bounds = {key: each.get(key) for key in ("value", "low", "high")}
            rows.append({**about, "parameter": name, **bounds, "refused": fit["refused"]})
    return rows


def _setting_keys(settings: Iterable[Sequence[tuple[str, Any]]]) -> list[str]:
    return list(dict.fromkeys(key for each in settings for key, _ in each))


def _settings(settings: Sequence[tuple[str, Any]], keys: Sequence[str]) -> dict[str, object]:
    values = dict(settings)
    return {key: values.get(key) for key in keys}


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if rows:
            writer.writerow(rows[0])
        for row in rows:
            writer.writerow([_cell(value) for value in row.values()])


def _cell(value: object) -> object:
    if isinstance(value, list):
        return csv_cell(" ".join(map(str, value)))
    return str(value).lower() if isinstance(value, bool) else csv_cell(value)
