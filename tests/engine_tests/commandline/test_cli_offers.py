"""The verbs that run nothing: what there is, what was kept, what is missing; and the output's own troubles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import cli, models
from engine.workload import steps
from engine.workload.catalogue import ModelCard, StepCard
from tests.commands import COMMAND, environment, gilscope, gilscope_here
from tests.run_folders import make_run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for number in range(3):
        make_run(folder / "runs" / f"20261122-20000{number}-abcd", time=f"2026-11-22T20:00:0{number}+00:00")
    return folder


def test_every_model_is_listed_with_its_whole_card(tmp_path: Path) -> None:
    done = gilscope(tmp_path, "models", "--json")
    cards = [ModelCard.from_json(each) for each in json.loads(done.stdout)]
    assert {card.key for card in cards} == set(models.discover())
    assert all(card.source and card.documentation for card in cards)
    listed = gilscope_here(tmp_path, "models").stdout.split("\n")
    assert [line.split()[0] for line in listed[1:-1]] == [card.key for card in cards]


def test_every_step_is_listed_with_its_parameters(tmp_path: Path) -> None:
    done = gilscope(tmp_path, "steps", "--json")
    cards = {card.key: card for card in map(StepCard.from_json, json.loads(done.stdout))}
    assert set(cards) == set(steps.discover())
    assert cards["count-primes"].parameters[0].minimum == 2
    listed = gilscope_here(tmp_path, "steps").stdout
    assert "below=2000" in listed
    assert "duration_ms=20.0, distribution=constant" in listed


def test_the_app_s_own_interpreter_is_listed_first(tmp_path: Path) -> None:
    found = json.loads(gilscope(tmp_path, "interpreters", "--json").stdout)
    assert (found[0]["path"], found[0]["problem"]) == (sys.executable, None)
    listed = gilscope_here(tmp_path, "interpreters").stdout.split("\n")
    assert len(listed) == len(found) + 2
    assert sys.executable in listed[1]


def test_the_doctor_finds_what_tests_need_anyway(tmp_path: Path) -> None:
    done = gilscope(tmp_path, "doctor", "--json")
    findings = {each["name"]: each for each in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    for name in ("Python", "psutil", "clock", "history", "Qt", "engine", "interpreters"):
        assert findings[name]["ok"], findings[name]


def test_the_doctor_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    done = gilscope(tmp_path / "data", "doctor")
    assert done.returncode == 1
    assert "PROBLEM  history: the history in" in done.stdout
    assert "ok       Python: " in done.stdout


def test_the_history_lists_shows_and_deletes(data: Path) -> None:
    listed = gilscope(data, "history").stdout.split("\n")
    assert [line.split()[0] for line in listed[1:-1]] == [f"20261122-20000{number}-abcd" for number in (2, 1, 0)]
    runs = json.loads(gilscope_here(data, "history", "--json", "--limit", "2").stdout)
    assert [run["throughput_per_s"] for run in runs] == [6.0, 6.0]
    assert "finished: 3 tasks done" in gilscope_here(data, "history", "last").stdout
    assert json.loads(gilscope_here(data, "history", "20261122-200000", "--json").stdout)["status"] == "finished"
    deleted = gilscope_here(data, "history", "last", "--delete").stderr
    assert deleted.startswith(
        "deleted 20261122-200002-abcd; for 7 days: gilscope history --restore 20261122-200002-abcd"
    )
    assert not (data / "runs" / "20261122-200002-abcd").exists()
    assert len(json.loads(gilscope_here(data, "history", "--json").stdout)) == 2


def test_a_kept_run_is_exported(data: Path, tmp_path: Path) -> None:
    done = gilscope(data, "export", "20261122-200001", "--csv", tmp_path / "out", "--trace", tmp_path / "trace.json")
    assert done.returncode == 0
    assert done.stdout == ""
    assert sorted(os.listdir(tmp_path / "out")) == ["phases.csv", "runs.csv", "samples.csv"]
    assert json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["otherData"]["run_id"].startswith("2026")


def test_a_damaged_run_cannot_be_exported(data: Path, tmp_path: Path) -> None:
    assert gilscope_here(data, "history").returncode == 0
    (data / "runs" / "20261122-200002-abcd" / "experiment.json").write_text("{", encoding="utf-8")
    done = gilscope_here(data, "export", "last", "--csv", tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr.startswith("gilscope: ")
    assert "experiment.json: " in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", [*cli.VERBS, None])
def test_help_is_there_for_every_verb(tmp_path: Path, verb: str | None) -> None:
    done = gilscope_here(tmp_path, *([verb] if verb else []), "--help")
    assert done.returncode == 0
    assert "usage: gilscope" in done.stdout


def test_the_version_is_said(tmp_path: Path) -> None:
    done = gilscope(tmp_path, "--version")
    assert (done.returncode, done.stdout[:9]) == (0, "gilscope ")


def test_a_reader_that_has_gone_is_no_traceback(data: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "history", "--json"], env=environment(data), stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_disk_under_the_output_is_said(data: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "history"], env=environment(data), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"gilscope: the result could not be written: No space left on device\n"


def test_progress_is_drawn_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    file = tmp_path / "short.toml"
    file.write_text(
        'format = 1\n[workload]\nduration_s = 0.6\n[[workload.steps]]\nkind = "sleep"\n[model]\nkind = "sequential"\n',
        encoding="utf-8",
    )
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [*COMMAND, "run", str(file)], env=environment(tmp_path / "data"), stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    drawn = b""
    try:
        while piece := os.read(ours, 65_536):
            drawn += piece
    except OSError:
        pass  # the other end of a terminal has gone
    os.close(ours)
    stdout, _ = command.communicate()
    assert command.returncode == 0
    assert b"[####" in drawn
    assert b"/s" in drawn
    assert b" left" in drawn
    assert drawn.endswith(b" \r")
    assert b"\r" not in stdout


def test_models_of_a_python_that_is_not_there_are_a_wrong_request(tmp_path: Path) -> None:
    done = gilscope_here(tmp_path, "models", "--interpreter", "9.99")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("gilscope: model.interpreter: there is no 9.99 on this machine; there is ")


@pytest.mark.parametrize("verb", ["models", "steps"])
def test_listing_needs_no_conductor_and_no_numpy(verb: str, tmp_path: Path) -> None:
    lists = f"import sys; from engine.cli import main; main(['{verb}']); print(*sys.modules, file=sys.stderr)"
    told = subprocess.run(
        [sys.executable, "-c", lists], capture_output=True, text=True, env=environment(tmp_path), timeout=60
    )
    assert told.returncode == 0, told.stderr
    assert {"numpy", "engine.wire.client", "engine.conductor.conductor"} & set(told.stderr.split()) == set()
    assert len(told.stdout.splitlines()) > 10
