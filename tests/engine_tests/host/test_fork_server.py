"""A fork server has imported what every worker needs, and has one thread, so that its forks are safe."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys

import pytest

_SCRIPT = """
import json, multiprocessing
from engine.host.preparation import preload
from engine.models.processes import run
from engine.workload.steps.sort import STEP

preload([run, STEP.bind])
with multiprocessing.get_context("forkserver").Pool(1) as pool:
    modules = pool.apply(eval, ("sorted(__import__('sys').modules)",))
    main_thread = pool.apply(eval, ("__import__('threading').active_count()",))
print(json.dumps([[name for name in modules if name.startswith("engine.")], main_thread]))
"""


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="no fork server here")
def test_a_worker_comes_with_everything_imported_and_one_thread() -> None:
    told = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    modules, threads = json.loads(told.stdout)
    assert {
        "engine.host.task",
        "engine.host.recording",
        "engine.models.processes",
        "engine.workload.steps.sort",
    } <= set(modules)
    assert threads == 1
