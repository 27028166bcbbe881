"""Runs that the version before recorded open in the window as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.session.kept_run import read_run
from tests.recorded_runs import NAMES, unpack


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_run_opens_with_its_samples_its_processes_and_its_result(name: str, tmp_path: Path) -> None:
    data = read_run(unpack(name, tmp_path))
    assert data.status == "finished"
    assert data.model_card is not None
    assert len(data.samples) > 3
    assert data.samples.done[-1] == {"threads": 60, "asyncio": 80, "process-pool": 40}[name]
    assert data.samples.cores.shape == (len(data.samples), 2)
    assert [stage for stage, _ in data.stages] == ["starting", "warming_up", "measuring", "draining"]
    assert len(data.processes.all_workers()) == (4 if name == "process-pool" else 1)  # with the forkserver
