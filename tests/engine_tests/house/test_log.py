"""The log: what goes wrong unexpectedly is in one file, which has a bound, and which the person is told of."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.log_file import MOST_BYTES, LogFile, log_path, older_path
from engine.wire.client import Conductor
from tests.commands import ROOT

GOES_WRONG = """
from engine.commandline import verbs
from engine.commandline.verb import Verb

def run(arguments):
    raise LookupError("nobody thought of this")

verbs.VERBS["doctor"] = Verb("doctor", "", lambda parser: None, run)
from engine import cli
raise SystemExit(cli.main(["doctor"]))
"""


def gilscope(state: Path, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line, or code, with its log in `state`."""
    command = ["-c", code] if code else ["-m", "gui._launch", *arguments]
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GILSCOPE_STATE": str(state)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_unexpected_exception_names_the_file_that_has_its_traceback(tmp_path: Path) -> None:
    done = gilscope(tmp_path, code=GOES_WRONG)
    assert done.returncode == 1
    assert "unexpected error: LookupError: nobody thought of this" in done.stderr
    assert str(tmp_path / "gilscope.log") in done.stderr
    assert "Traceback" not in done.stderr
    log = gilscope(tmp_path, "doctor", "--log")
    assert log.returncode == 0
    assert "command line[" in log.stdout
    assert "Traceback" in log.stdout
    assert log.stdout.rstrip().endswith("LookupError: nobody thought of this")


def test_where_there_is_no_log_yet_it_is_said_where_it_will_be(tmp_path: Path) -> None:
    done = gilscope(tmp_path, "doctor", "--log")
    assert (done.returncode, done.stdout) == (0, "")
    assert str(tmp_path / "gilscope.log") in done.stderr


def test_the_file_is_rotated_and_one_older_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "state" / "gilscope.log"
    handler = LogFile(path, "test")
    logger = logging.Logger("test")
    logger.addHandler(handler)
    for number in range(3 * MOST_BYTES // 10_000):
        logger.warning("%d %s", number, "x" * 10_000)
    assert {each.name for each in path.parent.iterdir()} == {path.name, older_path(path).name}
    assert all(each.stat().st_size <= MOST_BYTES + 11_000 for each in path.parent.iterdir())
    assert path.read_text().rstrip().rpartition("\n")[2].split()[4] == str(number)


def test_a_log_that_cannot_be_written_disturbs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    logger = logging.Logger("test")
    logger.addHandler(LogFile(tmp_path / "file" / "gilscope.log", "test"))
    logger.error("this goes nowhere")
    assert (tmp_path / "file").read_text() == "no folder"


def test_the_conductor_logs_its_start_and_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_STATE", str(tmp_path))
    with Conductor() as conductor:
        pid = conductor.pid
    path = log_path()
    assert path is not None
    lines = [line for line in path.read_text().splitlines() if f"conductor[{pid}]" in line]
    assert "the conductor starts" in lines[0]
    assert "the conductor ends" in lines[-1]
