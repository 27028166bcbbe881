"""Which core each worker's thread is on: read from the system, kept within bounds, read again, exported."""

from __future__ import annotations

import csv
import json
import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.history.csv_export import export_csv
from engine.history.placement_samples import placement_samples
from engine.record.placements import PLACEMENT, RECORDS, PlacementReader
from engine.wire.client import Conductor
from engine.witness.placement_sampler import LinuxPlaces, Place, Placements
from tests.conducting import experiment, start, until_ended

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own figures")
MS = 1_000_000


class Told:
    """A system on which threads are where it is told."""

    def __init__(self, *places: dict[int, Place | None]) -> None:
        self._looks = iter(places)
        self.now: dict[int, Place | None] = {}
        self.counted: int | None = 0

    def next(self) -> None:
        self.now = next(self._looks)

    def place(self, pid: int, thread: int) -> Place | None:
        return self.now.get(thread)

    def moves(self, pid: int, thread: int) -> int | None:
        return self.counted

    def forget(self) -> None:
        pass


def files(*threads: int) -> Any:
    """Return lane files of these threads."""
    readers = [SimpleNamespace(pid=10, thread=thread) for thread in threads]
    return [SimpleNamespace(name=f"{reader.thread}.lane", reader=reader) for reader in readers]


def looked(folder: Path, told: Told, looks: int, *threads: int, **bounds: int) -> PlacementReader:
    """Look some times, 50 ms apart, and read what that left."""
    placements = Placements(folder, told, 0, **bounds)
    for number in range(1, looks + 1):
        told.next()
        placements.look(files(*threads), number * 50 * MS)
    placements.save()
    reader = PlacementReader(folder)
    reader.refresh()
    return reader


def test_changes_are_kept_and_every_time_that_a_thread_was_seen_running(tmp_path: Path) -> None:
    told = Told(
        {1: Place(0, True), 2: Place(1, True)},
        {1: Place(0, True), 2: Place(1, False)},
        {1: Place(1, True), 2: None},
    )
    reader = looked(tmp_path, told, 3, 1, 2)
    assert [(each.file, each.thread) for each in reader.threads] == [("1.lane", 1), ("2.lane", 2)]
    assert reader.sightings()[["time_ns", "thread", "core"]].tolist() == [
        (50 * MS, 0, 0),
        (50 * MS, 1, 1),
        (100 * MS, 0, 0),
        (150 * MS, 0, 1),
    ]
    assert (reader.looks, reader.until_ns, reader.period_ns) == (3, 150 * MS, 50 * MS)
    assert [reader.seen_moves(0), reader.seen_moves(1)] == [1, 0]


def test_moves_are_counted_by_the_system_from_the_first_look_on_and_null_where_it_counts_none(tmp_path: Path) -> None:
    told = Told({1: Place(0, True)}, {1: Place(0, True)})
    told.counted = 5
    placements = Placements(tmp_path, told, 0)
    told.next()
    placements.look(files(1), 50 * MS)
    told.counted = 12
    placements.save()
    reader = PlacementReader(tmp_path)
    reader.refresh()
    assert reader.threads[0].moves == 7
    (tmp_path / "other").mkdir()
    told = Told({1: Place(0, True)})
    told.counted = None
    assert looked(tmp_path / "other", told, 1, 1).threads[0].moves is None


def test_the_files_are_bounded_and_the_looks_grow_rarer_instead_of_ending(tmp_path: Path) -> None:
    told = Told(*({1: Place(number.bit_count() % 2, True)} for number in range(2000)))
    reader = looked(tmp_path, told, 1000, 1, most=100)
    assert 50 <= len(reader.records) <= 100
    assert reader.records["time_ns"][-1] > 300 * 50 * MS, "not only the beginning is there"


def test_where_the_system_tells_nothing_there_are_no_files(tmp_path: Path) -> None:
    placements = Placements(tmp_path, None, 0)
    placements.look(files(1), 50 * MS)
    placements.save()
    reader = PlacementReader(tmp_path)
    reader.refresh()
    assert (list(tmp_path.iterdir()), reader.threads) == ([], [])


def test_it_is_exported_as_samples(tmp_path: Path) -> None:
    told = Told({1: Place(0, True)}, {1: Place(0, False)}, {1: Place(1, True)})
    looked(tmp_path, told, 3, 1)
    assert list(placement_samples(tmp_path)) == [
        (0.05, ("thread_core", "thread 1 of 10", 0, "core")),
        (0.15, ("thread_core", "thread 1 of 10", 1, "core")),
        (0.15, ("thread_moves", "thread 1 of 10", 0, "1")),
    ]


@linux_only
def test_linux_tells_where_this_thread_runs() -> None:
    places, thread = LinuxPlaces(), threading.get_native_id()
    place = places.place(os.getpid(), thread)
    assert place is not None
    assert place.running
    assert 0 <= place.core < (os.cpu_count() or 1)
    moves = places.moves(os.getpid(), thread)
    assert moves is None or moves >= 0
    places.forget()
    assert places.place(os.getpid(), 2**30) is None


@linux_only
def test_a_thread_that_is_bound_to_a_core_is_seen_there_only(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    looked_at, done = threading.Event(), threading.Event()
    ids: list[int] = []

    def bound() -> None:
        os.sched_setaffinity(0, {core})
        ids.append(threading.get_native_id())
        looked_at.set()
        done.wait(10)

    thread = threading.Thread(target=bound)
    thread.start()
    assert looked_at.wait(10)
    placements = Placements(tmp_path, LinuxPlaces(), 0)
    one = files(ids[0])
    one[0].reader.pid = os.getpid()
    for number in range(1, 5):
        placements.look(one, number * 50 * MS)
    done.set()
    thread.join()
    placements.look(one, 300 * MS)
    placements.save()
    placements.close()
    reader = PlacementReader(tmp_path)
    reader.refresh()
    assert set(reader.records["core"].tolist()) <= {core, -1}
    assert (tmp_path / RECORDS).stat().st_size == len(reader.records) * 16


@linux_only
def test_a_run_keeps_where_its_threads_were_and_samples_csv_has_it(tmp_path: Path) -> None:
    what = experiment([{"kind": "count-primes", "below": 3000}], "threads", 2, tasks=60)
    with Conductor() as conductor:
        start(conductor, what)
        folder = Path(until_ended(conductor)[-1]["folder"])
        export_csv(folder, tmp_path / "csv")
        reader = PlacementReader(folder)
        reader.refresh()
    assert len(reader.threads) == 2
    assert (reader.records["core"] < (os.cpu_count() or 1)).all()
    with open(tmp_path / "csv" / "samples.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    subjects = {f"thread {each.thread} of {each.pid}" for each in reader.threads}
    assert {row["subject"] for row in rows if row["measure"] == "thread_moves"} == subjects
    assert {row["subject"] for row in rows if row["measure"] == "thread_core"} <= subjects


def test_read_piece_by_piece_it_is_the_same_as_read_at_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    records = np.zeros(300, PLACEMENT)
    records["time_ns"] = np.sort(rng.integers(0, 90, 300)) * 50 * MS
    for name, most in (("thread", 6), ("core", 4), ("running", 2)):
        records[name] = rng.integers(0, most, 300)
    threads = [{"file": f"{number}.lane", "pid": 1, "thread": number, "moves": None} for number in range(6)]
    (tmp_path / "placements.json").write_text(json.dumps({"threads": threads, "until_ns": 0}), encoding="utf-8")
    growing = PlacementReader(tmp_path)
    with open(tmp_path / RECORDS, "ab", buffering=0) as file:
        for first in range(0, 300, 7):
            file.write(records[first : first + 7].tobytes())
            growing.refresh()
    whole = PlacementReader(tmp_path)
    whole.refresh()
    assert np.array_equal(growing.sightings(), whole.sightings())
    assert growing.period_ns == whole.period_ns > 0, "also where the record does not say how often it was looked"


def test_work_that_comes_as_regularly_as_the_looks_is_neither_always_met_nor_never(tmp_path: Path) -> None:
    """A thread that runs the first half of each 45 ms."""

    class Regular(Told):
        def place(self, pid: int, thread: int) -> Place | None:
            return Place(0, self.time_ns % (45 * MS) < 22.5 * MS)

        time_ns = 0

    told = Regular()
    placements = Placements(tmp_path, told, 0)
    for time_ns in range(45 * MS, 20_000 * MS, MS):
        told.time_ns = time_ns
        placements.look(files(1), time_ns)
    placements.save()
    reader = PlacementReader(tmp_path)
    reader.refresh()
    assert 0.35 < len(reader.sightings()) / reader.looks < 0.65
