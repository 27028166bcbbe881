"""Finds the runs that kept comparisons refer to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.workload.toml_table import TomlTable

COMPARISONS: Final = "comparisons"  # the folder in a history that holds one file for each comparison


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """A kept comparison by its id, its title, and its runs' ids."""

    comparison_id: str
    title: str
    run_ids: frozenset[str]


def compared_runs(folder: Path) -> list[ComparedRuns]:
    """Return the comparisons in this history's folder that have runs, oldest first."""
    found = []
    for file in sorted((folder / COMPARISONS).glob("*.json")):
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue  # opening it reports the error
        title = data.get("title") if isinstance(data, dict) else None
        runs = runs_of(data)
        if runs:
            found.append(ComparedRuns(file.stem, title if isinstance(title, str) else "Untitled", frozenset(runs)))
    return found


def referenced_runs(folder: Path) -> set[str]:
    """Return the ids of all runs that a comparison in this history's folder refers to."""
    return {run_id for each in compared_runs(folder) for run_id in each.run_ids}


def runs_of(comparison: Any) -> set[str]:
    """Return the ids of the runs of one comparison, in the shape of its file."""
    return {
        str(run["run_id"])
        for cell in tables(comparison, "cells")
        for run in tables(cell, "repetitions")
        if run.get("run_id")
    }


def tables(table: Any, key: str) -> list[TomlTable]:
    """Return the tables in a list under `key`; none if a damaged file has something else there."""
    found = table.get(key) if isinstance(table, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
