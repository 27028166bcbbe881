"""The lane file: its layout, what a reader makes of one that is being written, and exact totals past its bound."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.record import lane_file
from engine.record.growing_file import FIRST_RECORDS
from engine.record.lane_file import CHUNK_RECORDS, HEADER_SIZE, LAST, OK, QUEUED, RECORD_SIZE, SAMPLED, Slot, tail
from engine.record.lane_reader import LaneFileError, LaneReader
from tests.engine_tests.host_runs import read_lane
from tests.source_tree import ROOT

Record = Callable[[int, int, int, int, int], bool]


class Written:
    """A lane file with its writer and a reader."""

    def __init__(self, path: Path, capacity: int = 1000) -> None:
        self.path = path
        self.writer = lane_file.LaneWriter(
            str(path), thread=77, thread_name="worker-ä", process_name="P" * 400, created_ns=5, capacity=capacity
        )
        self.record: Record = self.writer.recorder()
        self.reader = LaneReader(path)

    def begin(self, since_ns: int) -> None:
        self.writer.slots[Slot.SINCE_NS] = since_ns

    def state(self) -> int:
        self.reader.refresh()
        return self.reader.state

    def close(self) -> None:
        self.reader.close()


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path / "a.lane")


def test_the_layout_is_what_other_programs_rely_on(written: Written) -> None:
    assert written.record(4, 100, 200, -1, tail(3, 1, OK))
    assert written.record(2**40, 200, 350, 120, tail(2**32 - 1, QUEUED, OK | LAST))
    data = written.path.read_bytes()
    assert data[:8] == b"GILLANE1"
    assert len(data) == HEADER_SIZE + FIRST_RECORDS * RECORD_SIZE
    slots = struct.unpack_from("<16q", data)
    assert slots[Slot.RECORD_SIZE] == 48
    assert (slots[Slot.PID], slots[Slot.THREAD], slots[Slot.CREATED_NS]) == (os.getpid(), 77, 5)
    assert (slots[Slot.CAPACITY], slots[Slot.PUBLISHED]) == (1000, 2)
    assert struct.unpack_from("<QQqqqIHH", data, HEADER_SIZE) == (1, 4, 100, 200, -1, 3, 1, OK)
    second = struct.unpack_from("<QQqqqIHH", data, HEADER_SIZE + 48)
    assert second == (2, 2**40, 200, 350, 120, 2**32 - 1, QUEUED, OK | LAST)


def test_a_reader_knows_whose_lane_it_is(written: Written) -> None:
    assert written.reader.thread_name == "worker-ä"
    assert written.reader.process_name == "P" * (lane_file.LABEL_SIZE - 1)
    assert (written.reader.pid, written.reader.thread, written.reader.workers) == (os.getpid(), 77, 0)


def test_records_are_read_once_and_counted(written: Written) -> None:
    assert not len(written.reader.read_new())
    for task in range(5):
        written.record(task, task * 10, task * 10 + 4, -1, tail(0, 0, OK))
        written.record(task, task * 10 + 4, task * 10 + 9, -1, tail(0, 1, LAST if task == 3 else OK | LAST))
    assert written.reader.read_new(most=3)["task"].tolist() == [0, 0, 1]
    assert written.reader.read_new()["task"].tolist() == [1, 2, 2, 3, 3, 4, 4]
    assert not len(written.reader.read_new())
    assert (written.reader.tasks_done, written.reader.tasks_failed) == (4, 1)
    assert len(written.reader.read_all()) == 10


@pytest.mark.parametrize("damage", ["torn", "missing", "short"])
def test_a_reader_stops_before_a_record_that_is_not_whole(written: Written, damage: str) -> None:
    for task in range(4):
        written.record(task, task, task + 1, -1, tail(0, 0, OK | LAST))
    place = HEADER_SIZE + 2 * RECORD_SIZE
    if damage == "short":
        os.truncate(written.path, place + RECORD_SIZE // 2)
    else:
        with written.path.open("r+b") as file:
            file.seek(place)
            file.write(struct.pack("<Q", 2) if damage == "torn" else bytes(RECORD_SIZE))
    assert written.reader.read_new()["task"].tolist() == [0, 1]
    assert written.reader.tasks_done == 2
    with written.path.open("r+b") as file:  # what was late comes: nothing before it is lost or read twice
        file.seek(place)
        for sequence in (3, 4):
            file.write(struct.pack("<QQqqqIHH", sequence, sequence + 90, 0, 1, -1, 0, 0, OK | LAST))
    assert written.reader.read_new()["task"].tolist() == [93, 94]


_WRITE = """
import sys
from engine.record.lane_file import LaneWriter, tail
writer = LaneWriter(sys.argv[1], thread=1, thread_name="", process_name="", created_ns=1, capacity=1_000_000)
record = writer.recorder()
for task in range(150_000):
    record(task, 1, 2, -1, tail(0, 0, 3))
"""


def _opened(path: Path) -> LaneReader:
    deadline = time.monotonic() + 20
    while True:
        try:
            return LaneReader(path)
        except (FileNotFoundError, LaneFileError):
            assert time.monotonic() < deadline


def test_what_is_read_while_it_is_written_is_whole_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.lane"
    with subprocess.Popen([sys.executable, "-P", "-c", _WRITE, path], env={"PYTHONPATH": str(ROOT)}) as writer:
        reader = _opened(path)
        read = 0
        while read < 150_000:
            over = writer.poll() is not None
            records = reader.read_new()
            assert records["task"].tolist() == list(range(read, read + len(records)))
            assert (records["end_ns"] == 2).all()
            read += len(records)
            assert not over or read == 150_000
        reader.close()


@pytest.mark.parametrize("content", [b"", b"GILLANE1", bytes(HEADER_SIZE), b"x" * HEADER_SIZE])
def test_what_is_no_lane_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.lane"
    path.write_bytes(content)
    with pytest.raises(LaneFileError, match=r"b\.lane: is "):
        LaneReader(path)


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    Written(tmp_path / "a.lane").close()
    with pytest.raises(FileExistsError):
        Written(tmp_path / "a.lane")


def test_every_latency_has_a_bucket_that_holds_it() -> None:
    draw = random.Random(1)
    latencies = [draw.getrandbits(draw.randrange(1, 50)) for _ in range(20_000)]
    latencies += [0, 1, 127, 128, 255, 256, 257, 2**49, 2**50 - 1]
    for latency in latencies:
        low, high = lane_file.bucket_bounds_ns(lane_file.bucket_of(latency))
        assert low <= latency < high
        assert high - low <= max(1, latency / 128)
    assert lane_file.bucket_of(-5) == 0
    assert lane_file.bucket_of(2**62) == lane_file.HISTOGRAM_BUCKETS - 1


def test_buckets_follow_each_other_without_a_gap() -> None:
    for bucket in range(lane_file.HISTOGRAM_BUCKETS):
        low, high = lane_file.bucket_bounds_ns(bucket)
        assert lane_file.bucket_of(low) == lane_file.bucket_of(high - 1) == bucket
        if bucket:
            assert lane_file.bucket_bounds_ns(bucket - 1)[1] == low


def test_past_its_bound_a_file_holds_a_marked_sample_and_never_more(tmp_path: Path) -> None:
    lane = Written(tmp_path / "a.lane", capacity=500)
    kept = [task for task in range(5000) if lane.record(task, task, task + 1, -1, tail(0, 0, OK | LAST))]
    records = lane.reader.read_new()
    assert records["task"].tolist() == kept
    assert len(kept) <= 500
    assert kept[:400] == list(range(400))
    assert not (records["flags"][:400] & SAMPLED).any()
    assert (records["flags"][400:] & SAMPLED).all()
    assert len(kept) > 450
    steps = np.diff(kept[400:])
    assert (steps[1:] >= steps[:-1]).all()  # it thins as the room runs out
    assert kept[-1] > 1500
    lane.reader.refresh()
    assert lane.reader.dropped == 5000 - len(kept)


def test_states_of_a_thread(written: Written) -> None:
    """1 + the step that is running, 0 between tasks."""
    assert written.state() == 0
    written.begin(100)
    assert written.state() == 1
    assert written.reader.state_since_ns == 100
    written.record(0, 100, 200, -1, tail(0, 0, OK))
    assert written.state() == 0  # its end is there, the next step's start not yet
    written.begin(200)
    assert written.state() == 2
    written.record(0, 200, 300, -1, tail(0, 1, OK | LAST))
    assert written.state() == 0
    written.record(1, 310, 350, -1, tail(0, QUEUED, OK))
    written.begin(350)
    assert written.state() == 1
    written.record(1, 350, 360, -1, tail(0, 0, LAST))
    assert written.state() == 0  # it failed: its second step is not to come
    written.begin(360)
    assert written.state() == 1
    written.record(2, 360, 360, -1, tail(0, 0, OK))
    written.begin(360)
    assert written.state() == 2
    assert written.reader.last_end_ns == 360


def test_states_of_a_thread_past_the_bound(tmp_path: Path) -> None:
    lane = Written(tmp_path / "a.lane", capacity=64)
    for task in range(64):
        lane.record(16 * 64 * task, task, task, -1, tail(0, 0, OK | LAST))
    lane.begin(100)
    assert lane.state() == 1
    assert not lane.record(1, 100, 200, -1, tail(0, 0, OK))
    assert lane.state() == 0
    lane.begin(200)
    assert lane.state() == 2
    assert not lane.record(1, 200, 300, -1, tail(0, 1, OK | LAST))
    lane.begin(310)
    assert lane.state() == 1
    assert lane.reader.last_end_ns == 300


def test_coroutines_share_a_lane_and_have_no_state_of_it(written: Written) -> None:
    written.writer.slots[Slot.WORKERS] = 3
    written.begin(100)
    written.record(0, 100, 200, -1, tail(2, 0, OK | LAST))
    written.begin(200)
    assert written.state() == 0
    assert written.reader.workers == 3
    assert written.reader.read_new()["worker"].tolist() == [2]


_FILL = """
import resource, sys
from engine.record.lane_file import LaneWriter, tail, CHUNK_SIZE, HEADER_SIZE
limit = HEADER_SIZE + CHUNK_SIZE + CHUNK_SIZE // 2  # the second chunk that is as large as that has no room
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
writer = LaneWriter(sys.argv[1], thread=1, thread_name="", process_name="", created_ns=1, capacity=1_000_000)
record = writer.recorder()
for task in range(40_000):
    if not record(task, task, task + 3, 2, tail(0, 0, 3)):
        writer.count_latency(3, failed=task % 2 == 0)
"""


def test_a_disk_that_fills_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    path = tmp_path / "a.lane"
    subprocess.run([sys.executable, "-P", "-c", _FILL, path], check=True, timeout=30, env={"PYTHONPATH": str(ROOT)})
    lane = read_lane(path)
    unrecorded = 40_000 - CHUNK_RECORDS
    assert path.stat().st_size == HEADER_SIZE + lane_file.CHUNK_SIZE
    assert lane.records["task"].tolist() == list(range(CHUNK_RECORDS))
    assert lane.dropped == unrecorded
    assert lane.done + lane.failed == 40_000
    assert lane.failed == unrecorded // 2
    assert lane.histogram[3] == lane.histogram.sum() == unrecorded
    assert lane.step_sums[0].tolist() == [unrecorded, 3 * unrecorded, 2 * unrecorded, 0]
