"""Processes kept by joblib, as scikit-learn and much of scientific Python use them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

from engine.models import ModelDescriptor, chunksize_parameter
from engine.workload.catalogue import ModelCard
from engine.workload.item import Item


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, chunksize: int) -> None:
    from joblib import Parallel, delayed

    # Two batches for each worker wait at a time; the rest of the items is taken as results come back.
    parallel = Parallel(
        n_jobs=workers, batch_size=chunksize, pre_dispatch=2 * workers * chunksize, return_as="generator_unordered"
    )
    for _ in parallel(delayed(task)(item) for item in items):
        pass


def _unavailable() -> str | None:
    if importlib.util.find_spec("joblib") is None:
        return "Needs the package joblib in this interpreter: pip install joblib brings it."
    return None


MODEL = ModelDescriptor(
    ModelCard(
        key="joblib",
        title="Joblib",
        module="joblib",
        since="a package since 2009",
        worker="a process that joblib starts and keeps",
        worker_kind="process",
        is_async=False,
        max_workers=256,
        use_when="Programs that use scikit-learn or numpy: joblib is common there, and memory-maps large arrays.",
        costs="Those of a process pool; tasks are pickled by cloudpickle, which supports more objects but is slower.",
        documentation="https://joblib.readthedocs.io/en/stable/parallel.html",
        no_stages="joblib has queues of its own, which stages cannot share: choose Process pool.",
        no_groups="Joblib's Parallel must be called by one thread: no group can have one of its own.",
        parameters=(chunksize_parameter(),),
        shares_memory=False,
    ),
    run,
    _unavailable,
    pickles=True,
)
