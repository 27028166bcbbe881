"""Runs that an earlier version recorded, as it left them: `tests/records/NAME.zip` holds one run's folder."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

from tests.source_tree import ROOT

RECORDS: Final = ROOT / "tests" / "records"
NAMES: Final = ("threads", "asyncio", "process-pool")


def unpack(name: str, runs_folder: Path) -> Path:
    """Unpack a recorded run into a history's folder of runs; return the run's own folder."""
    with zipfile.ZipFile(RECORDS / f"{name}.zip") as archive:
        archive.extractall(runs_folder)
        return runs_folder / archive.namelist()[0].partition("/")[0]
