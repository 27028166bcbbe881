"""The history: found again by name, bounded, and made again from its folders when the index is behind or broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.history.store import HistoryError, Store
from engine.record.lane_table import Lane, LaneTable
from engine.wire.client import ROOT
from engine.workload import steps
from tests.run_folders import make_run, write_json

IDS = ("20261122-200000-aaaa", "20261122-200000-aabb", "20261122-210000-cccc")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    for number, run_id in enumerate(IDS):
        make_run(store.folder_of(run_id), time=f"2026-11-22T20:00:0{number}+00:00")
        store.add(run_id)
    return store


@pytest.fixture(autouse=True)
def _closed(store: Store) -> object:
    yield
    store.close()


def _cards() -> dict[str, object]:
    return {key: step.card.to_json() for key, step in steps.discover().items()}


def _ids(store: Store) -> list[str]:
    return [run.run_id for run in store.runs()]


def test_runs_are_listed_newest_first(store: Store) -> None:
    assert _ids(store) == list(reversed(IDS))
    assert [run.run_id for run in store.runs(1)] == [IDS[2]]
    run = store.runs()[0]
    assert (run.model, run.workers, run.status, run.interpreter) == ("processes", 2, "finished", "CPython 3.13.0")
    assert (run.tasks_done, run.throughput_per_s) == (3, 6.0)
    assert run.size_bytes > 0


def test_a_run_is_found_by_id_beginning_or_as_the_last(store: Store) -> None:
    assert store.find("last").run_id == IDS[2]
    assert store.find(IDS[0]).run_id == IDS[0]
    assert store.find("20261122-21").run_id == IDS[2]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("20261122-20", "2 runs begin with '20261122-20': 20261122-200000-aaaa, 20261122-200000-aabb ..."),
        ("nothing", "no run is called 'nothing'"),
        ("", "no run is called ''"),
        ("%", "no run is called '%'"),
        ("'; --", "no run is called"),
    ],
)
def test_a_name_that_means_no_run_or_several_is_an_error(store: Store, name: str, message: str) -> None:
    with pytest.raises(HistoryError, match=message.replace("(", r"\(")):
        store.find(name)


def test_the_last_of_no_runs_is_an_error(tmp_path: Path) -> None:
    with Store(tmp_path / "other") as empty, pytest.raises(HistoryError, match="no runs"):
        empty.find("last")


def test_a_deleted_run_is_gone_with_its_files(store: Store) -> None:
    store.delete(IDS[1])
    assert _ids(store) == [IDS[2], IDS[0]]
    assert not store.folder_of(IDS[1]).exists()


def test_pruning_deletes_the_oldest_and_never_the_newest(store: Store) -> None:
    assert store.prune(max_runs=2) == [IDS[0]]
    assert store.prune(max_bytes=1) == [IDS[1]]
    assert store.prune(max_runs=0, max_bytes=0) == []
    assert _ids(store) == [IDS[2]]


def test_the_index_follows_the_folders(store: Store) -> None:
    shutil.rmtree(store.folder_of(IDS[0]))
    make_run(store.folder_of("20261122-220000-dddd"))
    (store.runs_folder / "no-run").mkdir()
    assert [run.run_id for run in store.recover()] == ["20261122-220000-dddd"]
    assert set(_ids(store)) == {*IDS[1:], "20261122-220000-dddd"}
    assert store.recover() == []


@pytest.mark.parametrize("damage", ["deleted", "garbage"])
def test_an_index_that_is_lost_is_made_again(store: Store, tmp_path: Path, damage: str) -> None:
    store.close()
    for file in tmp_path.glob("history.sqlite*"):
        file.unlink()
    if damage == "garbage":
        (tmp_path / "history.sqlite").write_bytes(b"no database at all" * 100)
    with Store(tmp_path) as again:
        again.recover()
        assert _ids(again) == list(reversed(IDS))


def test_a_run_that_goes_on_is_let_be(store: Store) -> None:
    folder = make_run(store.folder_of("20261122-230000-eeee"))
    (folder / "result.json").unlink()
    assert store.recover() == []
    assert not (folder / "result.json").exists()


def test_a_run_whose_conductor_is_gone_is_taken_in(store: Store) -> None:
    run_id = "20261122-230000-eeee"
    folder = make_run(store.folder_of(run_id))
    (folder / "result.json").unlink()
    write_json(folder / "cards.json", {"model": {"is_async": False}, "steps": _cards()})
    write_json(folder / "life.json", {"stages": {"starting": 0.0}, "done": None})
    environment = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
    write_json(folder / "environment.json", {**environment, "app": {"pid": 2**22 + 1}})  # no process has this number
    assert [run.run_id for run in store.recover()] == [run_id], store.problems
    assert store.find(run_id).status == "failed"
    assert (folder / "result.json").exists()


def test_a_run_that_left_too_little_is_no_run(store: Store) -> None:
    folder = make_run(store.folder_of("20261122-230000-eeee"))
    for name in ("result.json", "experiment.json"):
        (folder / name).unlink()
    long_ago = time.time() - 1000
    os.utime(folder / "samples.jsonl", (long_ago, long_ago))
    assert store.recover() == []
    assert folder.exists()


def test_a_newer_history_is_not_touched(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "newer" / "runs").mkdir(parents=True)
    connection = sqlite3.connect(tmp_path / "newer" / "history.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(HistoryError, match="newer version"):
        Store(tmp_path / "newer")


def test_a_place_that_cannot_hold_a_history_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(HistoryError, match="cannot be used: Not a directory"):
        Store(tmp_path / "file")


def test_many_programs_write_one_history_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.history.store import Store\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    for run_id in sys.argv[2:]: store.add(run_id)\n"
    )
    shares = [[f"20261122-19000{place}-{number:04x}" for number in range(20)] for place in range(4)]
    for run_id in (run_id for share in shares for run_id in share):
        make_run(tmp_path / "shared" / "runs" / run_id)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    programs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "shared"), *share], env=environment)
        for share in shares
    ]
    assert [program.wait(60) for program in programs] == [0, 0, 0, 0]
    with Store(tmp_path / "shared") as shared:
        assert len(shared.runs()) == 80


def test_lanes_keep_their_numbers_over_a_restart(tmp_path: Path) -> None:
    lanes = [Lane(0, "Process-2", 5, 6, "b.lane", 0), Lane(1, "coroutine 1", 5, 6, "a.lane", 1)]
    LaneTable(lanes).save(tmp_path)
    table = LaneTable.load(tmp_path)
    assert table.lanes == lanes
    assert table.of("a.lane", 1) == lanes[1]
    assert table.of("a.lane", 0) is None
    assert LaneTable.load(tmp_path / "nowhere").lanes == []
