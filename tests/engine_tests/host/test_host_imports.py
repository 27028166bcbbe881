"""A host imports what a run needs and no more: each of these cost every run's start some milliseconds."""

from __future__ import annotations

import subprocess
import sys

NOT_NEEDED = {
    "asyncio": "only models with event loops",
    "difflib": "only messages on wrong keys",
    "engine.host.arrivals": "only arrivals at a rate",
    "engine.record.loop_file": "only event loops",
    "engine.record.queries": "only other questions than a run",
    "engine.wire.query_answers": "only other questions than a run",
    "engine.workload.experiment": "the conductor has checked it",
    "engine.workload.own.own_code": "only a person's own code",
    "multiprocessing": "only models that start processes",
    "pathlib": "nothing of a run",
    "pkgutil": "only listing what there is",
    "random": "only arrivals at a rate and steps that draw",
    "sysconfig": "nothing on systems with sys.abiflags",
}


def test_a_host_imports_nothing_that_only_some_runs_need() -> None:
    lists = "import sys; import engine.host.__main__; print(' '.join(sys.modules))"
    told = subprocess.run([sys.executable, "-S", "-c", lists], capture_output=True, text=True, check=True, timeout=60)
    assert {name: why for name, why in NOT_NEEDED.items() if name in told.stdout.split()} == {}
