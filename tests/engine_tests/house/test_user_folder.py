"""A user without a home, as in a container that runs under a number that nobody has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import COMMAND, ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there every user has one")
SLEEP = """format = 1
[workload]
tasks = 5
[[workload.steps]]
kind = "sleep"
duration_ms = 1
[model]
kind = "threads"
workers = 2
"""
# What a number without an entry in passwd has for a home.
NOBODY = """
import pwd, runpy, sys
def nobody(number):
    raise KeyError(number)
pwd.getpwuid = nobody
sys.argv = sys.argv[1:]
runpy.run_module("gui._launch", run_name="__main__", alter_sys=True)
"""


def gilscope(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    named = ("HOME", "GILSCOPE_DATA", "GILSCOPE_CONFIG", "GILSCOPE_CACHE", "GILSCOPE_STATE")
    environment = {name: value for name, value in os.environ.items() if name not in named and "XDG_" not in name}
    return subprocess.run(
        [*COMMAND[:2], "-c", NOBODY, "gilscope", *map(str, arguments)],
        env={**environment, "PYTHONPATH": str(ROOT), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "sleep.toml"
    file.write_text(SLEEP, encoding="utf-8")
    return file


def test_it_is_said_that_the_history_has_no_place(file: Path) -> None:
    done = gilscope("run", file)
    assert done.returncode == 2
    assert done.stderr == (
        "gilscope: there is no place for the history: this user has no home folder; "
        "run with --no-history, or set GILSCOPE_DATA to another folder\n"
    )


def test_without_a_history_it_runs(file: Path) -> None:
    done = gilscope("run", file, "--no-history", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tasks"] == {"done": 5, "failed": 0}


def test_with_a_folder_for_it_the_run_is_kept(file: Path, tmp_path: Path) -> None:
    done = gilscope("run", file, GILSCOPE_DATA=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "data" / "runs").iterdir())) == 1


@pytest.mark.parametrize("verb", ["interpreters", "history", "doctor"])
def test_other_commands_do_or_say_in_one_line(verb: str) -> None:
    done = gilscope(verb)
    assert done.returncode in (0, 1, 2)
    assert "Traceback" not in done.stderr
