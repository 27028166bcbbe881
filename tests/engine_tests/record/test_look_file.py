"""The look file: written by one, read by another, bounded."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from engine.record.look_file import (
    DEFAULT_CAPACITY,
    LOOKS,
    NO_CPU,
    RECORD,
    RECORD_SIZE,
    LookDetail,
    LookTables,
    LookThread,
    LookWriter,
)
from engine.record.look_reader import LookReader, rounds_of


def write(writer: LookWriter, rounds: int, *, first: int = 0) -> None:
    for number in range(first, first + rounds):
        flags = writer.begin_round()
        writer.add_packed(
            RECORD.pack(number * 1000, NO_CPU, 1, 2, 3, flags) + RECORD.pack(number * 1000, 5, 2, 0, 0, flags)
        )


def test_what_is_written_is_read_also_while_it_is_written(tmp_path: Path) -> None:
    reader = LookReader(tmp_path)
    assert len(reader.read_new()) == 0
    writer = LookWriter(str(tmp_path / LOOKS))
    write(writer, 3)
    writer.flush()
    looks = reader.read_new()
    assert looks["time_ns"].tolist() == [0, 0, 1000, 1000, 2000, 2000]
    assert looks["thread"].tolist() == [1, 2] * 3
    assert (looks["state"][0], looks["detail"][0], looks["cpu_us"][1]) == (3, 2, 5)
    write(writer, 1)
    writer.close()
    with open(tmp_path / LOOKS, "ab") as file:
        file.write(b"cut short")
    assert len(reader.read_new()) == 2
    assert len(reader.read_all()) == 8
    reader.close()


def test_past_its_bound_what_is_older_is_thinned_and_says_so(tmp_path: Path) -> None:
    writer = LookWriter(str(tmp_path / LOOKS), capacity=1000)
    write(writer, 30_000)
    writer.close()
    assert writer.thinned
    looks = LookReader(tmp_path).read_all()
    assert 500 < len(looks) <= 1000
    weights = rounds_of(looks)
    assert weights[-1] == 1
    assert weights[0] > 16
    assert np.all(np.diff(weights) <= 0)
    assert np.all(np.diff(looks["time_ns"]) >= 0)
    assert looks["time_ns"][-1] == 29_999_000
    assert np.array_equal(looks["thread"][:2], [1, 2])  # a round is kept whole
    # Every round that is kept stands for as many as its flags say.
    assert abs(int(weights.sum()) - 60_000) < 6_000


def test_who_reads_while_it_is_thinned_misses_nothing_and_has_nothing_twice(tmp_path: Path) -> None:
    writer = LookWriter(str(tmp_path / LOOKS), capacity=400)
    often, seldom = LookReader(tmp_path), LookReader(tmp_path)
    found = [often.read_new(50)]
    for _ in range(300):
        write(writer, 10, first=len(found[0]) // 2 + sum(len(each) for each in found[1:]) // 2)
        writer.flush()
        while len(piece := often.read_new(50)):
            found.append(piece)
    assert often.replaced > 5
    times = np.concatenate(found)["time_ns"]
    assert times.tolist() == np.repeat(np.arange(3000) * 1000, 2).tolist()
    first = seldom.read_new()
    assert len(first) == len(seldom.read_all())
    write(writer, 200, first=3000)  # more than a whole file since it was read
    write(writer, 200, first=3200)
    writer.close()
    late = []
    while len(piece := seldom.read_new()):
        late.append(piece)
    rest = np.concatenate(late)["time_ns"]
    assert rest[0] >= 3_000_000
    assert rest[-1] == 3_399_000
    assert np.all(np.diff(rest) >= 0)


def test_an_hour_of_fifty_threads_is_small_and_dense_at_its_end(tmp_path: Path) -> None:
    """Fast forward: fifty threads, looked at as often as the budget allows, into a file of a 50th of the size."""
    part, threads, rounds_per_s = 50, 50, 300
    capacity = DEFAULT_CAPACITY // part
    assert DEFAULT_CAPACITY * RECORD_SIZE < 50e6
    writer = LookWriter(str(tmp_path / LOOKS), capacity)
    largest, chance = 0, random.Random(7)
    for number in range(3600 * rounds_per_s // part):
        flags = writer.begin_round()
        at_ns = number * part * 10**9 // rounds_per_s
        record = RECORD.pack(at_ns, NO_CPU, 1, 0, chance.random() < 0.25, flags)
        writer.add_packed(record * threads)
        if number % 500 == 0:
            writer.flush()
            largest = max(largest, (tmp_path / LOOKS).stat().st_size)
    writer.close()
    assert largest <= capacity * RECORD_SIZE + 500 * threads * RECORD_SIZE
    looks = LookReader(tmp_path).read_all()
    minutes = np.bincount(looks["time_ns"] // 60_000_000_000, minlength=60)
    assert minutes.min() > 0
    assert minutes[-1] > 10 * minutes[:30].mean() > 0
    # Shares stay what they were, in the first minutes as in the last, by what each look stands for.
    weights = rounds_of(looks).astype(float)
    for half in (looks["time_ns"] < 1.8e12, looks["time_ns"] >= 1.8e12):
        share = weights[half & (looks["state"] == 1)].sum() / weights[half].sum()
        assert abs(share - 0.25) < 0.1


def test_tables_are_read_back_and_damaged_ones_are_none(tmp_path: Path) -> None:
    tables = LookTables(
        "process", None, 10, 5, 1.5, 0.1, False, (LookThread(1, 2, "x", 3),), (LookDetail(""), LookDetail("futex", 64))
    )
    tables.save(tmp_path)
    assert LookTables.load(tmp_path) == tables
    (tmp_path / "looks.json").write_text("{")
    assert LookTables.load(tmp_path) == LookTables()
    assert LookTables.load(tmp_path / "nothing") == LookTables()
