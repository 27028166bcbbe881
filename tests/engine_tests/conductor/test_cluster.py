"""A Dask cluster that is there already: its workers know nothing of us, and it may go away at any time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.record.lane_file import QUEUED
from tests.dask_cluster import Cluster
from tests.engine_tests.host_runs import run_host, started, wait_until

pytest.importorskip("distributed", reason="the package distributed is not installed: gilscope[cluster]")

SHORT = {"kind": "sleep", "duration_ms": 5.0, "distribution": "constant"}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path)
    yield found
    found.kill()


def on(address: str) -> dict[str, Any]:
    return {"options": {"address": address}}


@pytest.mark.timeout(180)
def test_a_cluster_that_is_there_does_the_tasks_until_it_dies(cluster: Cluster) -> None:
    run = run_host([SHORT, {"kind": "payload", "size_kib": 50}], "dask", 2, **on(cluster.address), tasks=30).finished()
    assert (run.tasks_done, run.tasks_failed) == (30, 0)
    assert run.ended_tasks() == list(range(30))
    assert {lane.pid for lane in run.lanes} == {cluster.processes[1].pid}
    for lane in run.lanes:
        assert (lane.records["start_ns"] < time.perf_counter_ns()).all()
        assert not (lane.records["step"] == QUEUED).any()

    with started([SHORT], "dask", 2, **on(cluster.address), until_stopped=True) as host:
        wait_until(lambda: host.tasks_ended() >= 10)
        cluster.kill()
        run = host.wait()
    assert run.done["status"] == "failed"
    assert run.done["reason"]
    assert run.tasks_done >= 10  # what was measured is kept


def test_a_scheduler_that_cannot_be_reached_is_refused() -> None:
    run = run_host([SHORT], "dask", 2, **on("tcp://127.0.0.1:1"))
    assert run.done["status"] == "failed"
    assert run.done["reason"].startswith("model.address: no scheduler answers at tcp://127.0.0.1:1")
    assert run.lanes == []
