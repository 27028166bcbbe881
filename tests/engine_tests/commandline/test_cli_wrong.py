"""A request that is wrong: one message on standard error that names the place, exit code 2, and nothing done."""

from __future__ import annotations

import shlex
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from engine import models
from engine.commandline.run import add_arguments, overridden
from engine.workload import experiment_file, steps
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from tests.commands import COMMAND, environment, gilscope, gilscope_here

GOOD = """format = 1
[workload]
tasks = 5
[[workload.steps]]
kind = "sleep"
duration_ms = 1
[[workload.steps]]
kind = "count-primes"
below = 10
[model]
kind = "threads"
workers = 2
"""
CATALOGUE = Catalogue.of(
    (each.card for each in steps.discover().values()), (each.card for each in models.discover().values())
)
SOURCE = "def task(item): open('ran', 'w')"
CODE = GOOD.replace('kind = "sleep"\nduration_ms = 1', f'kind = "python"\nsource = "{SOURCE}"')


def _file(folder: Path, text: str) -> Path:
    file = folder / "given.toml"
    file.write_text(text, encoding="utf-8")
    return file


def _assert_refused(data: Path, message: str, *arguments: str | Path, here: bool = False) -> None:
    done = (gilscope_here if here else gilscope)(data, *arguments)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    runs = data / "runs"
    assert not runs.exists() or list(runs.iterdir()) == []


def _checked(file: Path, *options: str) -> None:
    """Read and check a file as `gilscope run` does, with the models and steps of this interpreter."""
    parser = ArgumentParser()
    add_arguments(parser)
    arguments = parser.parse_args([str(file), *options])
    check(overridden(experiment_file.read(str(file)), arguments), CATALOGUE)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("below = 10", "below = -5", "workload.steps[1].below: must be at least 2, got -5"),
        ("workers = 2", "workers = 0", "model.workers: must be at least 1, got 0"),
        ('"threads"', '"proceses"', 'model.kind: unknown kind "proceses"; did you mean processes?'),
        ("tasks = 5", "task = 5", "workload.task: unknown key; did you mean tasks?"),
        (GOOD, "", "format: is missing; this version reads format = 1"),
        (GOOD, GOOD.partition("[model]")[0], "model: is missing"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        _checked(_file(tmp_path, GOOD.replace(old, new)))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--workers", "0"), "model.workers: must be at least 1, got 0"),
        (("--model", "nope"), 'model.kind: unknown kind "nope"'),
        (("--model", "processes", "--workers", "10000"), "model.workers: must be at most "),
        (("--tasks", "0"), "workload.tasks: must be at least 1, got 0"),
        (("--duration", "nan"), "workload.duration_s: must be finite, got nan"),
    ],
)
def test_what_is_wrong_in_an_option_is_named(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        _checked(_file(tmp_path, GOOD), *options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "options", "message"),
    [
        ("below = 10", "below = -5", (), "gilscope: workload.steps[1].below: must be at least 2, got -5\n"),
        ("workers = 2", "workers = 2", ("--workers", "0"), "gilscope: model.workers: must be at least 1, got 0\n"),
        ("workers = 2", 'interpreter = "/no/such/python"', (), "gilscope: model.interpreter: "),
        ("workers = 2", "workers = 2", ("--interpreter", "9.99"), "gilscope: model.interpreter: "),
    ],
)
def test_a_wrong_experiment(tmp_path: Path, old: str, new: str, options: tuple[str, ...], message: str) -> None:
    _assert_refused(tmp_path / "data", message, "run", _file(tmp_path, GOOD.replace(old, new)), *options, here=True)


def test_a_file_that_is_not_toml(tmp_path: Path) -> None:
    message = "given.toml: line 3, column 9: is not TOML: invalid value\n"
    _assert_refused(tmp_path / "data", message, "run", _file(tmp_path, GOOD.replace("tasks = 5", "tasks = ")))


# What is refused before there is a conductor is refused the same way in this process.
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--workers", "x"), "argument --workers: must be a whole number, or NAME=N, got 'x'\n"),
        (("--tasks", "1", "--duration", "1"), "argument --duration: not allowed with argument --tasks\n"),
        (("--csv", "/proc/none/out"), "gilscope: /proc"),
        (("--trace", "/no/such/trace.json"), "gilscope: /no/such: there is no such folder\n"),
        (("--colour",), "unrecognized arguments: --colour"),
    ],
)
def test_a_wrong_option(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    _assert_refused(tmp_path / "data", message, "run", _file(tmp_path, GOOD), *options, here=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "the following arguments are required: FILE.toml"),
        (("run", "/no/such.toml"), "gilscope: /no/such.toml: cannot be read: No such file or directory\n"),
        (("nonsense",), "invalid choice: 'nonsense'"),
        (("export", "last"), "gilscope: say what to write: --csv FOLDER, --trace FILE.json, --html FILE, or several\n"),
        (("export", "last", "--csv", "out"), "gilscope: there are no runs in the history yet\n"),
        (("history", "abc"), "gilscope: no run is called 'abc'; `gilscope history` lists them\n"),
        (("history", "--delete"), "gilscope: --delete: name the run to delete\n"),
        (("history", "--limit", "0"), "gilscope: --limit: must be at least 1, got 0\n"),
    ],
)
def test_a_wrong_command(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    _assert_refused(tmp_path / "data", message, *arguments, here=True)


def test_code_is_not_run_unless_it_is_trusted(tmp_path: Path) -> None:
    file = _file(tmp_path, CODE.replace("'ran'", f"'{tmp_path / 'ran'}'"))
    message = "gilscope: workload.steps[0].source: is Python code; look at it, and if you trust it: gilscope run"
    _assert_refused(tmp_path / "data", message, "run", file)
    assert not (tmp_path / "ran").exists()
    done = gilscope(tmp_path / "data", "run", file, "--trust")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ran").exists()


def test_code_with_a_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    file = _file(tmp_path, CODE.replace("def task(item): open", "x = 1\\ndef task(item) open"))
    _assert_refused(tmp_path / "data", "gilscope: workload.steps[0].source: line 2: ", "run", file, "--trust")


def test_a_history_that_cannot_be_used_is_said_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    file = _file(tmp_path, GOOD)
    done = gilscope(tmp_path / "data", "run", file)
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert "--no-history" in done.stderr
    assert gilscope_here(tmp_path / "data", "run", file, "--no-history").returncode == 0


def test_an_export_beside_a_folder_that_is_gone_is_refused_before_the_run(tmp_path: Path) -> None:
    file = _file(tmp_path, GOOD)
    (tmp_path / "gone").mkdir()
    gone = shlex.quote(str(tmp_path / "gone"))
    done = _in_a_shell(tmp_path / "data", f"cd {gone} && rmdir {gone} && {{}} run {shlex.quote(str(file))} --csv out")
    assert done.returncode == 2
    assert done.stderr == "gilscope: out: the folder we are in is gone; give the whole path\n"


def test_a_standard_output_that_is_closed_is_said(tmp_path: Path) -> None:
    done = _in_a_shell(tmp_path / "data", f"{{}} run {shlex.quote(str(_file(tmp_path, GOOD)))} --json >&-")
    assert done.returncode == 1
    assert done.stderr == "gilscope: the result could not be written: standard output is closed\n"


def _in_a_shell(data: Path, script: str) -> subprocess.CompletedProcess[str]:
    if sys.platform == "win32":
        pytest.skip("there is no such shell")
    return subprocess.run(
        ["/bin/sh", "-c", script.format(shlex.join(COMMAND))],
        env=environment(data),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("verb", "option", "kind"),
    [
        ("run", "--csv", "folder"),
        ("run", "--trace", "file"),
        ("compare", "--csv", "folder"),
        ("export", "--csv", "folder"),
        ("script", "--output", "file"),
    ],
)
def test_an_empty_place_is_not_the_current_folder(tmp_path: Path, verb: str, option: str, kind: str) -> None:
    file = _file(tmp_path, GOOD)
    _assert_refused(tmp_path / "data", f"gilscope: {option}: must name a {kind}\n", verb, file, option, "", here=True)
