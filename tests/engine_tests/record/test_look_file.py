"""The look file: written by one, read by another, bounded."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.record.look_file import LOOKS, NO_CPU, RECORD, THINNED_BITS, LookDetail, LookTables, LookThread, LookWriter
from engine.record.look_reader import LookReader


def write(writer: LookWriter, rounds: int) -> None:
    for number in range(rounds):
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


def test_past_its_bound_it_is_thinned_and_says_so(tmp_path: Path) -> None:
    writer = LookWriter(str(tmp_path / LOOKS), capacity=1000)
    write(writer, 30_000)
    writer.close()
    looks = LookReader(tmp_path).read_all()
    assert 900 < len(looks) <= 1000
    weights = 1 << (looks["flags"] & THINNED_BITS).astype(np.int64)
    assert weights[0] == 1
    assert weights[-1] > 16
    assert np.all(np.diff(weights) >= 0)
    # Every round that is kept stands for as many as its flags say.
    assert abs(int(weights.sum()) - 60_000) < 15_000


def test_tables_are_read_back_and_damaged_ones_are_none(tmp_path: Path) -> None:
    tables = LookTables(
        "process", None, 10, 5, 1.5, 0.1, False, (LookThread(1, 2, "x", 3),), (LookDetail(""), LookDetail("futex", 64))
    )
    tables.save(tmp_path)
    assert LookTables.load(tmp_path) == tables
    (tmp_path / "looks.json").write_text("{")
    assert LookTables.load(tmp_path) == LookTables()
    assert LookTables.load(tmp_path / "nothing") == LookTables()
