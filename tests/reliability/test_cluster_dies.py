"""A Dask scheduler or worker that dies in a run: the run keeps what it has, says who is gone, and leaves nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.wire.client import Conductor
from tests.conducting import alive, experiment, facts_until, send, start, until_ended, wait_until
from tests.dask_cluster import Cluster

pytest.importorskip("distributed", reason="the package distributed is not installed: gilscope[cluster]")

SLEEP = {"kind": "sleep", "duration_ms": 5.0}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path)
    yield found
    found.kill()


@pytest.mark.timeout(180)
def test_a_scheduler_that_is_killed_ends_the_run_by_its_name(cluster: Cluster) -> None:
    what = experiment([SLEEP], "dask", 2, until_stopped=True)
    what["model"]["address"] = cluster.address
    with Conductor() as conductor:
        start(conductor, what)
        seen = facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["done"] >= 10)
        host = next(each["pid"] for each in seen[-1]["processes"] if each["role"] == "host")
        os.kill(cluster.scheduler.pid, signal.SIGKILL)
        cluster.scheduler.wait()
        assert cluster.worker.poll() is None, "the scheduler alone"
        result = until_ended(conductor)[-1]["result"]
        assert result["status"] == "failed"
        assert result["reason"] == (
            f"ConnectionError: the scheduler at {cluster.address} is gone: the connection to it was lost"
        )
        assert result["tasks"]["done"] >= 10
        assert result["ledger_s"]["io_wait"] > 0
        wait_until(lambda: not alive(host))


@pytest.mark.timeout(180)
def test_a_run_whose_last_worker_is_killed_can_be_stopped_and_keeps_what_it_has(cluster: Cluster) -> None:
    what = experiment([SLEEP], "dask", 2, until_stopped=True)
    what["model"]["address"] = cluster.address
    with Conductor() as conductor:
        run_id = start(conductor, what)
        seen = facts_until(conductor, lambda fact: fact["type"] == "tick" and fact["tasks"]["done"] >= 10)
        host = next(each["pid"] for each in seen[-1]["processes"] if each["role"] == "host")
        os.kill(cluster.worker.pid, signal.SIGKILL)
        cluster.worker.wait()
        send(conductor, "stop", run_id=run_id)
        result = until_ended(conductor)[-1]["result"]
        assert result["status"] in ("stopped", "failed")
        assert result["tasks"]["done"] >= 10
        wait_until(lambda: not alive(host))
        again = start(conductor, experiment([SLEEP], "threads", 2, tasks=4))
        after = until_ended(conductor)[-1]
        assert (after["run_id"], after["result"]["status"]) == (again, "finished")
