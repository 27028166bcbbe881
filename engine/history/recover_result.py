"""Gives a run that was cut short the result that it would have had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.record.atomic_file import write_atomically
from engine.record.run_folder import RESULT, RunFolder


def close_off(path: Path, status: str = "", reason: str = "") -> dict[str, Any]:
    """Return the run's result, made from what was measured and written into its folder if it has none.

    `status` and `reason` are what the caller knows of the end. Raises RunFolderError where nothing was left.
    """
    folder = RunFolder(path)
    result = folder.result()
    if result is not None:
        return result
    folder.experiment()  # a folder without one is no run
    from engine.ledger.summary import summarize

    known = {key: value for key, value in (("status", status), ("reason", reason)) if value}
    result = {**summarize(path), **known}
    write_atomically(path / RESULT, json.dumps(result, allow_nan=False))
    return result
