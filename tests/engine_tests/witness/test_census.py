"""The census of processes and threads: their own memory, their switches, and how long they took to their first task."""

from __future__ import annotations

import csv
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from engine.history.csv_export import export_csv
from engine.wire.client import Conductor
from engine.witness.details import LinuxDetails, PortableDetails
from engine.witness.platforms import this_platform
from engine.witness.usage_sampler import UsageSampler
from tests.conducting import experiment, start, until_ended

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own figures")


@linux_only
def test_linux_tells_switches_and_memory_as_psutil_does() -> None:
    details = LinuxDetails().process(os.getpid())
    mine = psutil.Process()
    assert details is not None
    assert details.threads is not None
    assert set(details.threads) == {each.id for each in mine.threads()}
    first = details.threads[os.getpid()]
    switches = mine.num_ctx_switches()  # of the first thread, on Linux
    assert first.voluntary == pytest.approx(switches.voluntary, abs=50)
    assert first.involuntary == pytest.approx(switches.involuntary, abs=50)
    unique = LinuxDetails().unique_bytes(os.getpid())
    assert unique == pytest.approx(mine.memory_full_info().uss, rel=0.1)


@linux_only
def test_what_is_gone_or_not_told_is_none(tmp_path: Path) -> None:
    assert LinuxDetails().process(2**22 + 1) is None
    assert LinuxDetails().unique_bytes(2**22 + 1) is None
    (tmp_path / "7" / "task" / "7").mkdir(parents=True)
    assert LinuxDetails(str(tmp_path)).unique_bytes(7) is None, "a kernel without smaps_rollup"


@linux_only
def test_a_thread_that_waits_is_switched_by_itself_and_counts_on_when_it_has_ended() -> None:
    census, go = UsageSampler(this_platform(), LinuxDetails(), 0, every_ns=0), threading.Event()
    end = threading.Event()

    def wait_often() -> None:
        go.wait()
        for _ in range(200):
            time.sleep(0)
            end.wait(0.0001)

    thread = threading.Thread(target=wait_often)
    thread.start()
    assert thread.native_id is not None
    (before,) = census.take([os.getpid()], {}) or ()
    assert before.voluntary_per_s is None, "there is nothing to compare it with yet"
    go.set()
    thread.join()
    (after,) = census.take([os.getpid()], {}) or ()
    theirs = next(each for each in before.threads if each.tid == thread.native_id)
    assert theirs.cpu is None
    assert (after.voluntary_switches or 0) >= (before.voluntary_switches or 0), (
        "also those of the thread that has ended"
    )
    assert (after.voluntary_per_s or 0) >= 0


class Elsewhere:
    """What psutil would answer on another system, which says nothing of threads."""

    Error = psutil.Error

    def Process(self, pid: int) -> Any:
        def threads() -> Any:
            raise psutil.AccessDenied(pid)

        switches = SimpleNamespace(voluntary=900, involuntary=0)
        memory = SimpleNamespace(rss=9, vms=9)
        return SimpleNamespace(
            num_ctx_switches=lambda: switches, threads=threads, memory_full_info=lambda: memory, pid=pid
        )


def test_what_a_system_does_not_count_is_none_and_not_zero() -> None:
    details = PortableDetails(Elsewhere())
    assert details.unique_bytes(5) is None
    found = details.process(5)
    assert found is not None
    assert (found.threads, found.voluntary, found.involuntary) == (None, 900, None)
    (facts,) = UsageSampler(this_platform(), details, 0).take([5], {}) or ()
    assert facts.involuntary_switches is None
    assert facts.threads == ()


def test_each_process_has_its_turn_however_little_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.witness.usage_sampler._THREADS_BUDGET_NS", -1)
    census = UsageSampler(this_platform(), PortableDetails(Elsewhere()), 0, every_ns=0)
    found = [facts.pid for _ in range(6) for facts in census.take([1, 2, 3], {}) or ()]
    assert found == [1, 2, 3, 1, 2, 3]


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    with Conductor() as conductor:
        yield conductor


@pytest.mark.parametrize(("kind", "workers"), [("processes", 2), ("thread-pool", 3)])
def test_a_run_tells_how_long_its_workers_took_to_start(
    conductor: Conductor, tmp_path: Path, kind: str, workers: int
) -> None:
    step = {"kind": "sleep", "duration_ms": 20.0}
    start(conductor, experiment([step], kind=kind, workers=workers, duration_s=1.3))
    facts = until_ended(conductor)
    export_csv(facts[-1]["folder"], tmp_path / "out")
    ticks = [fact for fact in facts if fact["type"] == "tick"]
    counted = [each for tick in ticks for each in tick["census"] or ()]
    assert len([tick for tick in ticks if tick["census"]]) < len(ticks) / 2, "it is dear: once a second will do"
    last = {process["pid"]: process for tick in ticks for process in tick["processes"]}
    working = [each for each in last.values() if each["first_task_s"] is not None]
    assert len(working) == (workers if kind == "processes" else 1)
    assert all(0 <= each["first_task_s"] - each["started_s"] + 0.02 < 30 for each in working)
    if sys.platform == "linux":
        assert max(each["uss_bytes"] or 0 for each in counted) > 1e6, "none of one that was about to end"
        threads = {each["tid"] for process in counted for each in process["threads"] if each["first_task_s"]}
        assert len(threads) == workers
        assert max(each["voluntary_per_s"] or 0 for each in counted) > 10, "it sleeps fifty times a second"
    with open(tmp_path / "out" / "samples.csv", encoding="utf-8") as file:
        measures = {row["measure"] for row in csv.DictReader(file)}
    assert {"process_uss_bytes", "process_voluntary_switches", "thread_cpu", "process_startup_s"} <= measures
