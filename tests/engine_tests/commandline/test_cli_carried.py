"""What `gilscope run` tells of payloads: in its report, its JSON and its CSV files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.commands import gilscope_here

_FILE = """
format = 1
title = "Carries"
[workload]
tasks = 12
{}
[[workload.steps]]
kind = "sleep"
duration_ms = 1
[model]
kind = "processes"
workers = 2
"""
_PAYLOAD = '[[workload.steps]]\nkind = "payload"\nto_kib = 100\nback_kib = 10'
_KIB = 1024


def _file(folder: Path, steps: str) -> Path:
    file = folder / "carries.toml"
    file.write_text(_FILE.format(steps), encoding="utf-8")
    return file


def test_what_was_carried_is_in_the_result_and_task_by_task_in_the_csv_folder(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "run", _file(tmp_path, _PAYLOAD), "--json", "--csv", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    carried = json.loads(done.stdout)["carried"]
    assert (carried["tasks"], carried["to_bytes"], carried["back_bytes"]) == (12, 1200 * _KIB, 120 * _KIB)
    with open(tmp_path / "out" / "carried.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(int(row["task"]) for row in rows) == list(range(12))
    for before, after, key in (("pickle_s", "pickled_s", "pickle_s"), ("unpickle_s", "unpickled_s", "unpickle_s")):
        both = sum(
            float(row[f"{way}{after}"]) - float(row[f"{way}{before}"]) for row in rows for way in ("", "result_")
        )
        assert abs(both - carried[key]) < 1e-6
    with open(tmp_path / "out" / "phases.csv", encoding="utf-8", newline="") as file:
        begun = {row["task"]: float(row["start_s"]) for row in csv.DictReader(file) if row["step"] == "payload"}
    assert all(float(row["unpickled_s"]) <= begun[row["task"]] for row in rows), "on one clock"
    with open(tmp_path / "out" / "runs.csv", encoding="utf-8", newline="") as file:
        (run,) = csv.DictReader(file)
    assert run["carried_to_bytes"] == str(1200 * _KIB)


def test_a_run_that_carries_nothing_says_nothing_of_it(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "run", _file(tmp_path, ""), "--csv", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "carried" not in done.stdout
    assert not (tmp_path / "out" / "carried.csv").exists()
    done = gilscope_here(tmp_path, "run", _file(tmp_path, ""), "--json")
    assert "carried" not in json.loads(done.stdout)


def test_the_report_has_a_line_on_it(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "run", _file(tmp_path, _PAYLOAD))
    assert "carried: 1.2 MB to the workers and 123 kB back, pickled in " in done.stdout
