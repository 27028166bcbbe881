"""A host imports what a run needs and no more: each of these cost every run's start some milliseconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
    imported = imported_with("engine.host.__main__")
    assert {name: why for name, why in NOT_NEEDED.items() if name in imported} == {}


@pytest.mark.parametrize("step", ["sleep", "subprocess_", "count_primes", "sha256", "python"])
def test_a_step_with_an_async_form_imports_asyncio_only_under_models_that_await(step: str) -> None:
    assert "asyncio" not in imported_with(
        "engine.host.__main__", "engine.models.threads", f"engine.workload.steps.{step}"
    )


def imported_with(*modules: str) -> set[str]:
    """Return the names of all modules that a new interpreter has after importing these."""
    lists = f"import sys; import {', '.join(modules)}; print(' '.join(sys.modules))"
    told = subprocess.run([sys.executable, "-S", "-c", lists], capture_output=True, text=True, check=True, timeout=60)
    return set(told.stdout.split())
