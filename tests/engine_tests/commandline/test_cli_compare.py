"""`gilscope compare` on real runs: what it prints and keeps, interrupted and continued, and cells that fail."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.history.store import Store
from tests.commands import COMMAND, environment, gilscope, gilscope_here, started
from tests.conducting import wait_until

CELL = {"model": str, "workers": int, "interpreter": str, "repeats": int, "stable": bool}


def written(folder: Path, steps: str, amount: str = "tasks = 20") -> Path:
    file = folder / "experiment.toml"
    text = f'format = 1\ntitle = "Which?"\n[workload]\n{amount}\n{steps}\n[model]\nkind = "threads"\nworkers = 2\n'
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    return written(tmp_path, '[[workload.steps]]\nkind = "sleep"\nduration_ms = 5.0')


def state(data: Path) -> dict[str, Any]:
    """Return the only comparison that a history has, as it was saved last; empty where there is none yet."""
    files = list((data / "comparisons").glob("[!.]*.json"))
    return json.loads(files[0].read_text(encoding="utf-8")) if files else {}


def run_ids(data: Path) -> list[str]:
    return [run["run_id"] for cell in state(data).get("cells", []) for run in cell["repetitions"]]


def test_json_has_every_cell_the_fits_and_a_verdict(quick: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    csv_folder = tmp_path / "csv"
    done = gilscope(data, "compare", quick, "--models", "sequential,threads", "--workers", "1,4", "--repeats", "2",
                    "--csv", csv_folder, "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(cell["model"], cell["workers"]) for cell in found["cells"]] == [
        ("sequential", 1),
        ("threads", 1),
        ("threads", 4),
    ]
    for cell in found["cells"]:
        assert {key: type(cell[key]) for key in CELL} == CELL
        assert cell["throughput_per_s"]["low"] <= cell["throughput_per_s"]["median"] <= cell["throughput_per_s"]["high"]
        assert set(cell["speedup"]) == {"median", "low", "high"}
    assert found["cells"][2]["speedup"]["median"] > 1.5, "four threads wait at the same time"
    assert isinstance(found["verdict"], str)
    assert {fit["law"] for fit in found["fits"]} == {"amdahl", "usl"}
    assert "3 combinations, 6 runs, about" in done.stderr, "said before the start"
    assert "of at most" not in done.stderr + done.stdout, "progress is for a terminal"
    with open(csv_folder / "repetitions.csv", encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6
    with Store(data) as store:
        assert {run.run_id for run in store.runs()} >= set(run_ids(data)), "every run is kept"


def test_interrupted_it_prints_what_there_is_and_the_same_command_goes_on(quick: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = ("compare", quick, "--workers", "1,2", "--repeats", "2")
    with started(data, *command, "--json") as running:
        wait_until(lambda: run_ids(data))
        running.send_signal(signal.SIGINT)
        output, complaints = running.communicate(timeout=30)
    assert running.returncode == 130, complaints
    printed = json.loads(output)
    before = run_ids(data)
    assert 1 <= len(before) < 4
    assert sum(cell["repeats"] for cell in printed["cells"]) == len(before)
    assert f"--resume {state(data)['id']}" in complaints
    again = gilscope_here(data, *command, "--markdown")
    assert again.returncode == 0, again.stderr
    assert f": {len(before)} run" in again.stderr, "said that so many are done"
    after = run_ids(data)
    assert len(after) == 4
    assert set(before) <= set(after), "nothing was run twice"
    assert "| threads | 1 |" in again.stdout
    shown = gilscope_here(data, "compare", "--resume", "last")
    assert shown.returncode == 0, shown.stderr
    assert "nothing is left to run" in shown.stderr
    assert "verdict:" in shown.stdout


def test_a_failing_cell_has_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    # Its source cannot be called by processes only: it needs what the host's main thread has set.
    source = (
        "import threading\n"
        "def task(item):\n"
        "    if threading.current_thread() is threading.main_thread():\n"
        "        import os\n"
        "        os._exit(3)\n"
    )
    file = written(tmp_path, f"[[workload.steps]]\nkind = \"python\"\nsource = '''\n{source}'''")
    data = tmp_path / "data"
    refused = gilscope_here(data, "compare", file, "--repeats", "1")
    assert refused.returncode == 2
    assert "workload.steps[0].source: is Python code" in refused.stderr
    assert not (data / "comparisons").exists() or not run_ids(data)
    done = gilscope_here(data, "compare", file, "--models", "sequential,threads", "--repeats", "1", "--trust", "--json")
    assert done.returncode == 0, done.stderr
    failed, good = json.loads(done.stdout)["cells"]
    assert failed["throughput_per_s"] is None
    assert failed["reason"]
    assert good["repeats"] == 1
    assert good["reason"] is None or good["too_short"]  # tasks of nothing are over before every thread has begun


def test_where_every_cell_failed_the_command_failed(tmp_path: Path) -> None:
    file = written(tmp_path, "[[workload.steps]]\nkind = \"python\"\nsource = '''\nimport os\nos._exit(3)\n'''")
    done = gilscope_here(tmp_path / "data", "compare", file, "--repeats", "1", "--trust")
    assert done.returncode == 1, done.stderr
    assert "nothing was measured" in done.stdout.lower()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--workers", "0"), "model.workers: must be at least 1, got 0"),
        (("--workers", "many"), "--workers: must be whole numbers separated by commas, got 'many'"),
        (("--models", "nope"), 'model.kind: unknown kind "nope"'),
        (("--models", "threads,"), "--models: needs values separated by commas"),
        (("--interpreters", "2.7"), "--interpreters: "),
        (("--parameter", "below"), "--parameter: must be KEY=VALUE,VALUE, got 'below'"),
        (("--parameter", "workload.steps[0].duration_ms=-1"), "workload.steps[0].duration_ms: must be at least 0"),
        (("--repeats", "0"), "--repeats: must be from 1 to 1000, got 0"),
        (("--precision", "0"), "--precision: must be more than 0"),
        (("--budget", "-3"), "--budget: must be more than 0 seconds, got -3"),
        (("--resume", "nope"), "no comparison is called 'nope'"),
        (("--csv", "/dev/null"), "/dev/null: is not a folder"),
        (("--json", "--markdown"), "--markdown: cannot be given together with --json"),
    ],
)
def test_a_wrong_request_runs_nothing(quick: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    data = tmp_path / "data"
    done = gilscope_here(data, "compare", quick, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((data / "runs").glob("*")) if data.exists() else True


def test_after_a_kill_the_same_command_goes_on(quick: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = ("compare", quick, "--workers", "1,2", "--repeats", "2")
    with started(data, *command) as running:
        wait_until(lambda: run_ids(data))
        running.kill()
        running.wait(timeout=30)
    before = run_ids(data)
    again = gilscope_here(data, *command, "--json")
    assert again.returncode == 0, again.stderr
    assert "continuing comparison" in again.stderr
    after = run_ids(data)
    assert len(after) == 4
    assert set(before) <= set(after), "what was saved before the kill was not run again"


def test_progress_is_drawn_on_a_terminal(quick: Path, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="this platform has no pseudo-terminals")
    command = ("compare", quick, "--workers", "1", "--repeats", "1")
    ours, theirs = pty.openpty()
    with open(theirs, "wb", buffering=0) as terminal:
        done = subprocess.run(
            [*COMMAND, *map(str, command)],
            env=environment(tmp_path / "seen"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=terminal,
            timeout=60,
            check=True,
        )
    with open(ours, "rb", buffering=0) as screen:
        drawn = screen.read(65536).decode()
    assert "0 of at most 1 runs  threads x 1" in drawn
    assert b"of at most" not in done.stdout
