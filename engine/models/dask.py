"""A cluster with Dask: for work that has outgrown one machine."""

from __future__ import annotations

import contextlib
import importlib.util
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from engine.models import ModelDescriptor
from engine.workload.catalogue import ModelCard
from engine.workload.errors import ExperimentError
from engine.workload.item import Item
from engine.workload.parameter import Kind, Parameter

CONNECT_S = 5


def run(task: Callable[[Item], Any], items: Iterator[Item], workers: int, address: str) -> None:
    from distributed import as_completed

    with client_of(address, workers) as client:
        remote, collect = task.remote(), task.collector()  # type: ignore[attr-defined]
        running = as_completed()
        for item in islice(items, workers):
            running.add(client.submit(remote, item, pure=False))
        for future in running:
            collect(future.result())  # the phases come back with the result; raises the task's exception
            for item in islice(items, 1):
                running.add(client.submit(remote, item, pure=False))


@contextlib.contextmanager
def client_of(address: str, workers: int) -> Iterator[Any]:
    """Yield a client of the scheduler at `address`, or of a temporary local cluster with `workers` processes."""
    import dask
    from distributed import Client, LocalCluster
    from distributed.client import CancelledError
    from distributed.comm import CommClosedError

    dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT_S}s", "distributed.comm.retry.count": 0})
    if not address:
        own = LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0")
        with own as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise ExperimentError("model.address", f"no scheduler answers at {address}: {error}") from None
    with client:
        client.upload_file(engine_archive())  # Gilscope need not be installed on its workers
        try:
            yield client
        except Exception as error:
            # A closed connection may be told before the client's status says so.
            if client.status == "running" and not isinstance(error, (CancelledError, CommClosedError)):
                raise
            # Cancel the submitted tasks: nothing else does.
            raise ConnectionError(f"the scheduler at {address} is gone: the connection to it was lost") from error


def engine_archive() -> str:
    """Write the packages that a worker needs into a ZIP file in the run's working folder; return its path."""
    root = Path(__file__).resolve().parents[1]
    path = Path("gilscope_engine.zip").resolve()
    with zipfile.ZipFile(path, "w") as archive:
        for part in ("__init__.py", "registry.py", "host", "models", "record", "wire", "workload"):
            for file in [root / part] if part.endswith(".py") else sorted((root / part).rglob("*.py")):
                archive.write(file, Path("engine") / file.relative_to(root))
    return str(path)


def _unavailable() -> str | None:
    if importlib.util.find_spec("distributed") is None:
        return "Needs the package distributed in this interpreter: pip install 'gilscope[cluster]' brings it."
    return None


MODEL = ModelDescriptor(
    ModelCard(
        key="dask",
        title="Cluster (Dask)",
        module="distributed",
        since="a package since 2015",
        worker="a process of a cluster, on this machine or on others",
        worker_kind="process",
        is_async=False,
        max_workers=1000,
        use_when="Work that has outgrown one machine, or will.",
        costs="About a second to start; a millisecond or so for each task, which passes through a scheduler.",
        documentation="https://distributed.dask.org/en/stable/",
        no_stages="A cluster's workers may be on other machines, which share no queue with a stage.",
        parameters=(
            Parameter(
                "address",
                "Scheduler",
                Kind.TEXT,
                "",
                "For example tcp://10.0.0.5:8786: that cluster then runs the tasks, as many at a time as this "
                "experiment has workers. Empty: a temporary cluster on this machine.",
            ),
        ),
        shares_memory=False,
        no_groups="Any of Dask's workers may get any task: no group can have workers of its own.",
    ),
    run,
    _unavailable,
    in_scripts=None,  # its tasks are made by a host, whose code is sent to other machines
    pickles=True,
)
