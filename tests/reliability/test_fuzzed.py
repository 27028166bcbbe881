"""Some of the fuzzed files and messages of `python -m tests.reliability`, and what they have found before."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from engine.history.csv_export import export_csv
from engine.record.lane_file import HEADER_SIZE, RECORD_SIZE, Slot
from engine.record.lane_reader import MAX_WORKERS, LaneReader
from engine.record.run_folder import RunFolder, RunFolderError
from tests.reliability.fuzzing import KINDS, fuzz
from tests.run_folders import EXPERIMENT, add_lane, make_run, whole_task, write_json


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_fuzzed_ends_as_its_reader_promises(kind: str) -> None:
    broken = [found for seed in range(100_000, 100_010) if (found := fuzz(kind, seed)) is not None]
    assert not broken, "\n".join(f"{each.kind} {each.seed}: {each.why}" for each in broken)


def test_a_fuzz_is_the_same_every_time() -> None:
    assert random.Random("lane file 3").random() == random.Random("lane file 3").random()


@pytest.fixture
def lane(tmp_path: Path) -> Path:
    folder = make_run(tmp_path / "runs" / "20261122-200000-aaaa")
    add_lane(folder, "one", [phase for task in range(4) for phase in whole_task(task, task * 10_000_000)], created_ns=1)
    return folder / "lanes" / "one.lane"


@pytest.mark.parametrize("number", [2**62, 2**40, -1])
def test_a_lane_that_says_it_has_any_number_of_records_is_read_as_far_as_it_goes(lane: Path, number: int) -> None:
    with open(lane, "r+b") as file:
        file.seek(Slot.PUBLISHED * 8)
        file.write(number.to_bytes(8, "little", signed=True))
    reader = LaneReader(lane)
    assert len(reader.read_all()) == (12 if number > 0 else 0)
    assert len(reader.take_bytes(2**62)[1]) <= lane.stat().st_size
    assert (reader.damage is not None) == (number > 0)
    reader.close()


def test_a_lane_that_says_it_has_any_number_of_workers_has_no_more_than_a_model_takes(lane: Path) -> None:
    with open(lane, "r+b") as file:
        file.seek(Slot.WORKERS * 8)
        file.write((2**62).to_bytes(8, "little"))
    reader = LaneReader(lane)
    assert reader.workers == MAX_WORKERS
    reader.close()


@pytest.mark.parametrize(("place", "what"), [(40, b"\xff\xff\xff\x7f"), (44, b"\x88\x13")], ids=["worker", "step"])
def test_a_record_of_a_worker_or_a_step_that_is_none_is_left_out(lane: Path, place: int, what: bytes) -> None:
    with open(lane, "r+b") as file:
        file.seek(HEADER_SIZE + 7 * RECORD_SIZE + place)
        file.write(what)
    folder = lane.parents[1]
    (problem,) = export_csv(folder, folder / "csv")
    assert "5 of its phases are left out" in problem
    assert len((folder / "csv" / "phases.csv").read_text(encoding="utf-8").splitlines()) == 1 + 7


def test_an_experiment_without_workers_is_named(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    experiment = json.loads(json.dumps(EXPERIMENT))
    del experiment["model"]["workers"]
    write_json(folder / "experiment.json", experiment)
    with pytest.raises(RunFolderError, match=r"experiment\.json: model\.workers: is missing"):
        RunFolder(folder).experiment()


def test_lanes_that_were_saved_in_another_shape_are_numbered_anew(lane: Path) -> None:
    (lane.parents[1] / "lanes.json").write_text('[{"lane": [], "worker": 5, "pid": {}, "thread": 1}]', encoding="utf-8")
    assert export_csv(lane.parents[1], lane.parents[1] / "csv") == []
