"""The CSV folder: its columns, its values, and that it is there whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.history.csv_export import export_csv
from engine.history.trace_export import export_trace
from engine.record.atomic_folder import ExportError, TargetRefusedError
from engine.record.lane_file import LAST
from engine.record.run_folder import RunFolderError
from engine.wire.client import ROOT
from tests import run_folders
from tests.run_folders import add_lane, add_samples, make_run, make_tick, whole_task

NAMES = ["phases.csv", "runs.csv", "samples.csv"]
MOST_MEMORY = 100 * 1024 * 1024


def _read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = make_run(tmp_path / "history" / "20261122-200000-abcd")
    failed = [(1, 9_000_000, 9_500_000, 0, 0, LAST)]
    add_lane(folder, "b", [*whole_task(0, 1_000_000), *failed], created_ns=20, process_name="Process-2")
    add_lane(folder, "a", whole_task(2, 2_000_000), created_ns=10, process_name="Process, one")
    add_samples(folder, [make_tick(0.1), make_tick(0.2, load_other=None, latency_s=None, cores=[0.25, None])])
    return folder


def test_three_files_with_the_columns_that_were_promised(run: Path, tmp_path: Path) -> None:
    export_csv(run, tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == NAMES
    headers = {name: (tmp_path / "out" / name).read_text(encoding="utf-8").split("\n")[0] for name in NAMES}
    assert headers["phases.csv"] == "run_id,lane,worker,pid,task,step,start_s,end_s,ok,group"
    assert headers["samples.csv"] == "run_id,t_s,measure,subject,value,unit"
    assert headers["runs.csv"].startswith("run_id,started_at,title,status,reason,model,workers,interpreter,")


def test_phases_are_numbered_and_named_by_lane(run: Path, tmp_path: Path) -> None:
    export_csv(run, tmp_path / "out")
    rows = _read(tmp_path / "out" / "phases.csv")
    assert len(rows) == 7
    first = next(row for row in rows if row["task"] == "2")
    assert first == {
        "run_id": run.name,
        "lane": "0",
        "worker": "Process, one",
        "pid": str(os.getpid()),
        "task": "2",
        "step": "sleep",
        "start_s": "0.002000000",
        "end_s": "0.003000000",
        "ok": "true",
        "group": "",
    }
    assert [row["step"] for row in rows if row["task"] == "2"] == ["sleep", "count-primes", "sleep#2"]
    assert {row["worker"] for row in rows if row["lane"] == "1"} == {"Process-2"}
    assert [(row["task"], row["ok"]) for row in rows if row["ok"] == "false"] == [("1", "false")]


def test_coroutines_of_one_thread_have_lanes_of_their_own(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    phases = [*whole_task(0, 0, worker=1), *whole_task(1, 0, worker=0), run_folders.queued(2, 5, 9, worker=2)]
    add_lane(folder, "loop", phases, created_ns=1, coroutines=3)
    export_csv(folder, tmp_path / "out")
    rows = _read(tmp_path / "out" / "phases.csv")
    assert {(row["task"], row["lane"], row["worker"]) for row in rows} == {
        ("0", "1", "coroutine 2"),
        ("1", "0", "coroutine 1"),
        ("2", "2", "coroutine 3"),
    }
    assert [row["step"] for row in rows if row["task"] == "2"] == ["queued"]


def test_samples_are_one_row_a_measure_and_empty_where_not_measured(run: Path, tmp_path: Path) -> None:
    export_csv(run, tmp_path / "out")
    rows = _read(tmp_path / "out" / "samples.csv")
    values = {(row["t_s"], row["measure"], row["subject"]): row["value"] for row in rows}
    assert len(values) == len(rows)
    assert values["0.1", "throughput_per_s", "run"] == "4.0"
    assert values["0.1", "core_utilization", "core1"] == "1.0"
    assert values["0.2", "core_utilization", "core1"] == ""
    assert values["0.1", "ledger_s", "gil_wait"] == "0.25"
    assert values["0.1", "process_rss_bytes", "host 9"] == "99"
    assert values["0.1", "load_other", "run"] == "0.25"
    assert values["0.2", "load_other", "run"] == ""
    assert values["0.2", "latency_s", "p99"] == ""
    assert {row["unit"] for row in rows if row["measure"] == "rss_bytes"} == {"B"}
    assert all(row["unit"] for row in rows)


def test_the_run_s_row_holds_experiment_environment_and_figures(run: Path, tmp_path: Path) -> None:
    export_csv(run, tmp_path / "out")
    (row,) = _read(tmp_path / "out" / "runs.csv")
    assert row["title"] == 'Écoute, "all"'
    assert (row["model"], row["workers"], row["model_start_method"]) == ("processes", "2", "spawn")
    assert row["workload_steps"] == "sleep + count-primes + sleep"
    assert (row["workload_tasks"], row["workload_duration_s"]) == ("3", "")
    assert (row["throughput_per_s"], row["latency_p99_s"]) == ("6.0", "0.2")
    assert row["ledger_cpu_s"] == "0.1"
    assert row["ledger_cpu_wait_s"] == ""
    assert row["interpreter_gil_enabled"] == "true"
    assert row["environment_machine_cores"] == "2"
    assert json.loads(row["experiment_json"]) == run_folders.EXPERIMENT


def test_a_folder_that_is_there_keeps_its_other_files(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    (target / "runs.csv").write_text("old", encoding="utf-8")
    export_csv(run, target)
    assert sorted(os.listdir(target)) == sorted([*NAMES, "notes.txt"])
    assert (target / "runs.csv").read_text(encoding="utf-8").startswith("run_id,")


def test_tables_of_an_earlier_export_go_and_a_persons_own_stay(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "carried.csv").write_text("run_id,task\nr0,1\n", encoding="utf-8")
    (target / "looks.csv").write_text("run_id,t_s\n", encoding="utf-8")
    (target / "threads.csv").write_text("my own,threads\n", encoding="utf-8")
    export_csv(run, target)
    assert sorted(os.listdir(target)) == sorted([*NAMES, "threads.csv"])
    assert (target / "threads.csv").read_text(encoding="utf-8") == "my own,threads\n"


def test_tables_of_an_earlier_export_stay_where_the_new_one_fails(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / "samples.csv").mkdir(parents=True)
    (target / "carried.csv").write_text("run_id,task\n", encoding="utf-8")
    with pytest.raises(ExportError):
        export_csv(run, target)
    assert sorted(os.listdir(target)) == ["carried.csv", "samples.csv"]


def test_a_line_that_was_cut_short_is_left_out(run: Path, tmp_path: Path) -> None:
    with open(run / "samples.jsonl", "a", encoding="utf-8") as file:
        file.write('{"type": "tick", "t_s": 0.')
    export_csv(run, tmp_path / "out")
    assert {row["t_s"] for row in _read(tmp_path / "out" / "samples.csv")} == {"0.1", "0.2"}


def test_a_lane_file_without_a_header_is_left_out(run: Path, tmp_path: Path) -> None:
    (run / "lanes" / "cut.lane").write_bytes(b"GIL")
    export_csv(run, tmp_path / "out")
    assert len(_read(tmp_path / "out" / "phases.csv")) == 7


def test_a_run_that_goes_on_is_refused(run: Path, tmp_path: Path) -> None:
    (run / "result.json").unlink()
    with pytest.raises(RunFolderError, match="no result yet"):
        export_csv(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_folder_or_cannot_be_written_is_refused(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    for target in (file, file / "below"):
        with pytest.raises(TargetRefusedError, match="is not a folder"):
            export_csv(run, target)
    assert file.read_text(encoding="utf-8") == "x"
    with pytest.raises(TargetRefusedError, match="^/proc: cannot be written to"):
        export_csv(run, "/proc/gilscope/out")


def test_a_name_that_no_file_can_have_is_refused(run: Path, tmp_path: Path) -> None:
    for target in (tmp_path / ("x" * 300), tmp_path / ("x" * 300) / "below"):
        with pytest.raises(TargetRefusedError, match="File name too long"):
            export_csv(run, target)
        with pytest.raises(TargetRefusedError, match="File name too long"):
            export_trace(run, target)


@pytest.mark.parametrize("leads_to", ["link", "nowhere"])
def test_a_link_that_leads_to_no_folder_is_refused(run: Path, tmp_path: Path, leads_to: str) -> None:
    (tmp_path / "link").symlink_to(leads_to)
    with pytest.raises(TargetRefusedError, match="link: is not a folder"):
        export_csv(run, tmp_path / "link")


def test_a_folder_in_the_place_of_one_file_leaves_the_others_as_they_were(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / "samples.csv").mkdir(parents=True)
    (target / "runs.csv").write_text("old", encoding="utf-8")
    with pytest.raises(ExportError, match="samples.csv is a folder there; nothing was written"):
        export_csv(run, target)
    assert sorted(os.listdir(target)) == ["runs.csv", "samples.csv"]
    assert (target / "runs.csv").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("existed", [True, False])
def test_a_disk_that_fills_leaves_what_was_there(run: Path, tmp_path: Path, existed: bool) -> None:
    resource = pytest.importorskip("resource")
    add_lane(run, "big", [phase for task in range(5_000) for phase in whole_task(task, task)], created_ns=30)
    target = tmp_path / "new" / "out"
    if existed:
        target.mkdir(parents=True)
        (target / "runs.csv").write_text("old", encoding="utf-8")
    # A bound on the size of files is the full disk that a test can make: writing fails half-way, with its own error.
    code = f"from engine.history.csv_export import export_csv; export_csv({str(run)!r}, {str(target)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip().endswith(f"ExportError: {target}: File too large; nothing was written")
    if existed:
        assert os.listdir(target) == ["runs.csv"]
        assert (target / "runs.csv").read_text(encoding="utf-8") == "old"
    else:
        assert not (tmp_path / "new").exists()


def test_an_error_while_writing_leaves_nothing(run: Path, tmp_path: Path) -> None:
    (run / "samples.jsonl").write_text("no json\n", encoding="utf-8")
    with pytest.raises(RunFolderError, match="line 1 is damaged"):
        export_csv(run, tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["history"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the most memory a process has had")
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is told in kilobytes by Linux only")
def test_memory_stays_flat_over_many_phases(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    add_lane(folder, "long", (phase for task in range(100_000) for phase in whole_task(task, task)), created_ns=1)
    code = (
        "from engine.history.csv_export import export_csv\n"
        f"export_csv({str(folder)!r}, {str(tmp_path / 'out')!r})\n"
        # Not ru_maxrss: it counts what the process that started this one had.
        "[most] = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM:')]\n"
        "print(int(most) * 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < MOST_MEMORY
    with open(tmp_path / "out" / "phases.csv", encoding="utf-8") as file:
        assert sum(1 for _ in file) == 300_001
