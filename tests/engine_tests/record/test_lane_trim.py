"""Lane files after a run: as long as their records, for readers that are there already and those that come later."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.history.store import Store
from engine.record.lane_file import CHUNK_RECORDS, HEADER_SIZE, RECORD_SIZE
from engine.record.lane_reader import LaneReader
from engine.record.lane_trim import PAGE, trim_lanes
from engine.wire.client import Conductor
from tests.conducting import experiment, run
from tests.run_folders import add_lane, make_run, whole_task


@pytest.mark.parametrize("tasks", [0, 1, 28, CHUNK_RECORDS // 3, CHUNK_RECORDS])
def test_what_was_published_stays_and_the_rest_goes(tmp_path: Path, tasks: int) -> None:
    folder = make_run(tmp_path / "run")
    phases = [phase for task in range(tasks) for phase in whole_task(task, task)]
    add_lane(folder, "a", phases, created_ns=1)
    path = folder / "lanes" / "a.lane"
    before = path.stat().st_size
    early = LaneReader(path)
    half = early.read_new(tasks)
    freed = trim_lanes(folder)
    assert path.stat().st_size == before - freed
    assert 0 <= path.stat().st_size - HEADER_SIZE - 3 * tasks * RECORD_SIZE < PAGE
    late = LaneReader(path)
    early.refresh()
    assert len(half) + len(early.read_new()) == len(late.read_all()) == 3 * tasks
    assert early.take_bytes(100) == (3 * tasks + 1, b"")
    assert late.read_all()["task"].tolist() == [phase[0] for phase in phases]
    assert trim_lanes(folder) == 0
    early.close()
    late.close()


@pytest.mark.parametrize("content", [b"", b"GILLANE1", b"short of a slot", bytes(HEADER_SIZE + 5 * PAGE)])
def test_what_is_no_lane_file_is_let_be(tmp_path: Path, content: bytes) -> None:
    folder = make_run(tmp_path / "run")
    (folder / "lanes" / "a.lane").write_bytes(content)
    assert trim_lanes(folder) == 0
    assert (folder / "lanes" / "a.lane").read_bytes() == content


@pytest.mark.parametrize("kind", ["threads", "process-pool", "asyncio"])
def test_a_run_leaves_lanes_without_empty_room(tmp_path: Path, kind: str) -> None:
    with Conductor() as conductor:
        what = experiment([{"kind": "sleep", "duration_ms": 1.0}], kind=kind, workers=2, tasks=30)
        result = run(conductor, what, history=True, folder=str(tmp_path))
    with Store(tmp_path) as store:
        folder = store.folder_of(result["run_id"])
        kept = store.find(result["run_id"])
    found = 0
    for path in (folder / "lanes").iterdir():
        reader = LaneReader(path)
        found += len(reader.read_all())
        assert path.stat().st_size - HEADER_SIZE - reader.published * RECORD_SIZE < PAGE
        reader.close()
    assert found == result["trace"]["phases"] == 30
    assert kept.size_bytes == sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
