"""Runs one experiment in a host of its own, as the conductor does, with nothing beside it that samples."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.host.control import Control
from tests.source_tree import ROOT


def run_in_host(workload: dict[str, Any], model: dict[str, Any], phases_limit: int = 2_000_000) -> float:
    """Return the seconds from the model's start to its end. Raises RuntimeError if the run fails."""
    with tempfile.TemporaryDirectory(prefix="gilscope-benchmark-") as name:
        folder = Path(name)
        (folder / "work").mkdir()
        Control.create(name)
        settings = {
            "experiment": {"workload": {"seed": 1, **workload}, "model": model},
            "services": {},
            "phases_limit": phases_limit,
            "nice": 0,
            "plugins": {},
        }
        (folder / "host.json").write_text(json.dumps(settings), encoding="utf-8")
        return _watch([sys.executable, "-P", "-m", "engine.host", name], folder / "work")


def _watch(command: list[str], folder: Path) -> float:
    with subprocess.Popen(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as host:
        assert host.stdout is not None
        started_ns = 0
        for line in host.stdout:
            ended_ns = time.perf_counter_ns()
            answer = json.loads(line)
            if answer["type"] == "ready":
                started_ns = answer["time_ns"]
            elif answer["type"] == "done":
                if answer["status"] != "finished":
                    raise RuntimeError(f"the run failed: {answer['reason']}")
                return (ended_ns - started_ns) / 1e9
    raise RuntimeError("the host ended without an answer")
