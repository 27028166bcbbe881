"""A history that is damaged, full, read-only or of another shape: what is sound is shown, what is not is named."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.history.store import Store
from engine.ledger.summary import summarize
from engine.record.lane_file import HEADER_SIZE, RECORD_SIZE, Slot
from engine.workload.steps import discover
from tests.commands import gilscope, gilscope_here
from tests.run_folders import add_lane, make_run, whole_task, write_json

WHOLE, OTHER = "20261122-200000-aaaa", "20261122-210000-bbbb"
linux = pytest.mark.skipif(sys.platform != "linux", reason="where a disk of any size can be mounted")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Return a history of two runs, with an index."""
    for run_id in (WHOLE, OTHER):
        make_run(tmp_path / "runs" / run_id)
    assert gilscope_here(tmp_path, "history").returncode == 0
    return tmp_path


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 700 KiB, where one can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k", "gilscope-test", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def listed(data: Path) -> list[str]:
    done = gilscope_here(data, "history", "--json")
    assert done.returncode == 0, done.stderr
    return sorted(run["run_id"] for run in json.loads(done.stdout))


@pytest.mark.parametrize("name", ["experiment.json", "environment.json", "result.json"])
@pytest.mark.parametrize(
    "text",
    ["[]", "3", "null", '{"a": 1}', "{", "\x00", '{"model": {"kind": 5, "workers": 2}, "workload": {"steps": 3}}'],
)
def test_a_run_that_cannot_be_read_is_named_and_hides_no_other(tmp_path: Path, name: str, text: str) -> None:
    make_run(tmp_path / "runs" / WHOLE)
    bad = make_run(tmp_path / "runs" / OTHER)
    (bad / name).write_text(text, encoding="utf-8")
    done = gilscope_here(tmp_path, "history", "--json")
    assert done.returncode == 0
    found = [run["run_id"] for run in json.loads(done.stdout)]
    if name == "environment.json" and '": ' in text:  # it says nothing that is wrong
        assert sorted(found) == [WHOLE, OTHER]
    else:
        assert found == [WHOLE]
        assert f"{bad / name}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_that_no_index_can_hold_hide_no_other_run(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / WHOLE)
    bad = make_run(tmp_path / "runs" / OTHER) / "experiment.json"
    experiment = json.loads(bad.read_text(encoding="utf-8"))
    experiment["model"]["workers"] = 2**63
    write_json(bad, experiment)
    done = gilscope_here(tmp_path, "history", "--json")
    assert [run["run_id"] for run in json.loads(done.stdout)] == [WHOLE]
    assert f"{bad}: model.workers: must be a whole number" in done.stderr
    assert gilscope_here(tmp_path, "export", WHOLE, "--csv", tmp_path / "csv").returncode == 0


@pytest.mark.parametrize("name", ["experiment.json", "environment.json", "result.json"])
@pytest.mark.parametrize("text", ["[]", '{"run_start_ns": "x", "status": 5, "model": []}'])
@pytest.mark.parametrize("command", [("history",), ("export", "--csv", "out"), ("export", "--trace", "out.json")])
def test_a_kept_run_that_was_damaged_since_is_named_by_file_and_key(
    history: Path, name: str, text: str, command: tuple[str, ...]
) -> None:
    (history / "runs" / WHOLE / name).write_text(text, encoding="utf-8")
    verb, *options = command
    done = gilscope_here(history, verb, WHOLE, *(str(history / each) if "out" in each else each for each in options))
    assert done.returncode in (0, 1)
    if done.returncode:
        assert f"{history / 'runs' / WHOLE / name}: " in done.stderr
    else:  # what was asked for does not say what that file does
        assert (verb, name) in (("history", "experiment.json"), ("history", "environment.json")) or "--trace" in options


def _page(file: Path) -> None:
    with open(file, "r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 4096)


def _columns(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.executescript("DROP TABLE runs; CREATE TABLE runs (run_id TEXT PRIMARY KEY, what TEXT)")
    connection.close()


def _noise(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)


@pytest.mark.parametrize("damage", [_page, _columns, _noise])
def test_a_damaged_index_is_set_aside_and_made_again_with_a_word(history: Path, damage: Callable[[Path], None]) -> None:
    with Store(history) as store:
        store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(history / "history.sqlite")
    done = gilscope_here(history, "history", "--json")
    assert done.returncode == 0
    assert sorted(run["run_id"] for run in json.loads(done.stdout)) == [WHOLE, OTHER]
    assert "the history's index was damaged and was rebuilt from the runs' folders" in done.stderr
    assert len(list(history.glob("history-damaged-*.sqlite"))) == 1
    assert listed(history) == [WHOLE, OTHER]
    assert len(list(history.glob("history-damaged-*.sqlite"))) == 1


@linux
def test_reading_a_history_needs_no_writing(disk: Path, tmp_path: Path) -> None:
    make_run(disk / "runs" / WHOLE)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert listed(disk) == [WHOLE]
    assert gilscope_here(disk, "history", WHOLE).returncode == 0
    assert gilscope_here(disk, "export", "last", "--csv", tmp_path / "csv").returncode == 0
    done = gilscope_here(disk, "history", WHOLE, "--delete")
    assert done.returncode == 2
    assert "cannot be used: Read-only file system" in done.stderr


def test_listing_makes_nothing(tmp_path: Path) -> None:
    assert gilscope_here(tmp_path / "none", "history").stdout == "no runs yet\n"
    assert not (tmp_path / "none").exists()


def experiment_file(folder: Path) -> Path:
    path = folder / "experiment.toml"
    path.write_text(
        'format = 1\n[workload]\ntasks = 60\n[[workload.steps]]\nkind = "sleep"\nduration_ms = 5.0\n'
        '[model]\nkind = "threads"\nworkers = 2\n',
        encoding="utf-8",
    )
    return path


@linux
def test_a_full_disk_is_said_and_no_figure_is_invented(disk: Path, tmp_path: Path) -> None:
    (disk / "fill").write_bytes(bytes(400_000))
    file = experiment_file(tmp_path)
    text = file.read_text(encoding="utf-8").replace("tasks = 60", "tasks = 20000").replace('"sleep"', '"count-primes"')
    file.write_text(text.replace("duration_ms = 5.0", "below = 10"), encoding="utf-8")
    done = gilscope(disk, "run", file, "--json")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    dropped = result["trace"]["dropped"]
    assert 0 < dropped <= result["trace"]["phases"] == result["tasks"]["done"]
    assert f"The disk was full: {dropped:,} phases were counted, and are not in the timeline." in done.stderr
    assert result["incomplete"] in result["notes"]
    assert result["tasks"]["done"] >= 19_999  # a worker for whose file there is no room ends with the task it has
    assert result["elapsed_s"] is None or result["elapsed_s"] > 0.001
    assert set(result["ledger_s"].values()) == {None} or any(result["ledger_s"].values())


def test_tasks_of_which_nothing_was_recorded_took_a_time_that_is_not_known(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs" / WHOLE)
    add_lane(folder, "one", [], created_ns=1)
    with open(folder / "lanes" / "one.lane", "r+b") as file:
        for slot, value in ((Slot.TASKS_DONE, 1_314), (Slot.DROPPED, 1_314), (Slot.LAST_END_NS, 10**9)):
            file.seek(slot * 8)
            file.write(value.to_bytes(8, "little"))
    cards = {key: each.card.to_json() for key, each in discover().items()}
    write_json(folder / "cards.json", {"model": {"is_async": False, "max_workers": 8}, "steps": cards})
    write_json(folder / "life.json", {"stages": {}, "notes": [], "done": None, "status": "finished"})
    (folder / "result.json").unlink()
    result = summarize(folder)
    assert result.tasks is not None
    assert result.tasks.done == 1_314
    assert result.elapsed_s is None
    assert result.throughput_per_s is None
    assert "The disk was full: 1,314 phases were counted" in (result.incomplete or "")


@linux
def test_a_disk_that_fills_in_the_run_is_one_truth(disk: Path, tmp_path: Path) -> None:
    # For a second, as one page is enough for the run's small files, and each that is replaced meanwhile gives one back.
    made = (
        "import os, time\ndef task(item):\n    until = time.monotonic() + (item == 20)\n"
        "    with open('x', 'ab', 0) as file:\n        while time.monotonic() < until:\n"
        "            try: file.write(bytes(10**6))\n            except OSError: pass\n"
    )
    path = experiment_file(tmp_path)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"sleep"\nduration_ms = 5.0', f"\"python\"\nsource = '''\n{made}'''"),
        encoding="utf-8",
    )
    done = gilscope(disk, "run", path, "--trust")
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert ("kept as" in said) != ("could not be taken into the history" in said), said


def test_a_torn_lane_gives_what_is_sound_and_says_what_is_not(history: Path) -> None:
    folder = history / "runs" / WHOLE
    add_lane(
        folder, "one", [phase for task in range(10) for phase in whole_task(task, task * 10_000_000)], created_ns=1
    )
    add_lane(folder, "two", whole_task(10, 0), created_ns=2)
    lane = folder / "lanes" / "one.lane"
    with open(lane, "r+b") as file:
        file.seek(HEADER_SIZE + 6 * RECORD_SIZE)
        file.write(struct.pack("<Q", 999))
    done = gilscope_here(history, "export", WHOLE, "--csv", history / "csv", "--trace", history / "trace.json")
    assert done.returncode == 0
    assert done.stderr.count(f"{lane}: is damaged: 24 of its phases are left out") == 1
    rows = (history / "csv" / "phases.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 6 + 3
    with open(lane, "r+b") as file:
        file.write(b"\0" * 64)
    done = gilscope_here(history, "export", WHOLE, "--csv", history / "csv")
    assert done.returncode == 0
    assert f"{lane}: is not a lane file of this version; its phases are left out" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="where files have modes")
def test_what_a_run_keeps_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before = os.umask(0)
    try:
        done = gilscope(data, "run", experiment_file(tmp_path), "--model", "processes")
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    for path in (data, *data.rglob("*")):
        mode = path.stat().st_mode & 0o777
        assert mode & 0o077 == 0 or path.name.startswith("history.sqlite"), f"{path}: {mode:o}"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="who may give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 12345, 12345)
    done = gilscope_here(data, "run", experiment_file(tmp_path))
    assert done.returncode == 2
    assert "belongs to another user" in done.stderr
