"""Scripts by command: what the conductor and `gilscope script` answer, and where the file goes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import cli
from engine.wire.client import Conductor
from tests import conducting
from tests.conducting import ask
from tests.interpreters import usable_interpreters

EXPERIMENT = """
format = 1
title = "Some primes"
[workload]
tasks = 6
[[workload.steps]]
kind = "count-primes"
below = 50
[model]
kind = "threads"
workers = 2
"""


@pytest.fixture(scope="module")
def conductor() -> Iterator[Conductor]:
    """One conductor for all tests here."""
    with Conductor() as conductor:
        yield conductor


@pytest.fixture(autouse=True)
def _conductor_first(conductor: Conductor) -> None:
    """Have the conductor there before each test, so that it is not taken for something left behind."""


def _tasks(file: Path, python: str = sys.executable) -> int:
    ended = subprocess.run([python, "-I", str(file)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    found = re.search(r"^tasks: (\d+)$", ended.stdout, re.MULTILINE)
    assert found, ended.stdout
    return int(found.group(1))


def test_the_conductor_saves_a_script(conductor: Conductor, tmp_path: Path) -> None:
    file = tmp_path / "saved.py"
    what = conducting.experiment([{"kind": "count-primes", "below": 50}], tasks=5)
    fact = ask(conductor, "script", "script_saved", experiment=what, path=str(file))
    assert fact["path"] == str(file)
    assert file.read_text(encoding="utf-8") == fact["source"]
    assert _tasks(file) == 5


def test_code_of_a_persons_own_is_saved_and_not_run(conductor: Conductor, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = f"open({str(mark)!r}, 'x').close()\n\ndef task(item):\n    pass\n"
    what = conducting.experiment([conducting.code(source)], tasks=5)
    fact = ask(conductor, "script", "script_saved", experiment=what, path=None)
    assert source in fact["source"]
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"kind": "nothing"}, "model.kind", "unknown kind"),
        ({"workers": 0}, "model.workers", "at least 1"),
        ({"interpreter": "2.0"}, "model.interpreter", "there is no 2.0"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(
    conductor: Conductor, change: dict[str, object], key: str, words: str
) -> None:
    what = conducting.experiment([{"kind": "count-primes"}], tasks=5)
    what["model"] |= change
    fact = ask(conductor, "script", "script_failed", experiment=what, path=None)
    assert fact["key"] == key
    assert words in fact["reason"]


def test_a_place_that_cannot_be_written_to_is_named(conductor: Conductor, tmp_path: Path) -> None:
    what = conducting.experiment([{"kind": "count-primes"}], tasks=5)
    fact = ask(conductor, "script", "script_failed", experiment=what, path=str(tmp_path / "no" / "file.py"))
    assert "there is no such folder" in fact["reason"]
    assert not list(tmp_path.iterdir())


def test_subinterpreters_are_scripted_by_and_for_a_python_that_has_them(conductor: Conductor, tmp_path: Path) -> None:
    having = [each for each in usable_interpreters() if each.version_info >= (3, 12)]
    if not having:
        pytest.skip("no Python on this machine has subinterpreters with a GIL of their own")
    file = tmp_path / "saved.py"
    steps = [{"kind": "count-primes", "below": 50}, {"kind": "payload", "size_kib": 1}]
    what = conducting.experiment(steps, "interpreters", tasks=5)
    what["model"]["interpreter"] = having[-1].path
    ask(conductor, "catalogue", "catalogue", interpreter=having[-1].path, trust=True)
    ask(conductor, "script", "script_saved", experiment=what, path=str(file))
    assert _tasks(file, having[-1].path) == 5


def test_the_command_line_writes_or_prints_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given, file = tmp_path / "given.toml", tmp_path / "saved.py"
    given.write_text(EXPERIMENT, encoding="utf-8")
    assert cli.main(["script", str(given), "--tasks", "7", "-o", str(file)]) == 0
    printed = capfd.readouterr()
    assert printed.out == ""
    assert str(file) in printed.err
    assert _tasks(file) == 7
    assert cli.main(["script", str(given), "--tasks", "7"]) == 0
    assert capfd.readouterr().out.replace("python FILE", "python saved.py") == file.read_text(encoding="utf-8")
    assert cli.main(["script", str(given), "--model", "nothing"]) == 2
    assert "model.kind" in capfd.readouterr().err
