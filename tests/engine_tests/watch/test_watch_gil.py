"""What is said of the GIL of a free-threaded Python: that there is none, or that it is on, or since when."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.insight.watch_sentences import watch_sentences
from engine.record.look_file import LookProcess, LookTables
from engine.trace.picture.gil_facts import GilFacts
from engine.trace.picture.run_looks import RunLooks
from engine.watch.state_totals import StateTotals
from engine.watch.thread_clock import ThreadClock
from engine.watch.watch_figures import thread_rows
from engine.witness.memory.gil_enabled import gil_enabled
from engine.witness.memory.gil_location import GilFinder, GilLocation
from engine.witness.witness import how_to_look
from tests.commands import gilscope, watched
from tests.interpreters import free_threaded_interpreter

seen_here = pytest.mark.skipif(how_to_look()[0] == "none", reason="what threads wait for is not shown here")

# Three threads that compute all the time; the main thread imports what it is told to after a while.
SPINNERS = """
import importlib, sys, threading, time
end = time.monotonic() + 2.0
def spin():
    while time.monotonic() < end: pass
threads = [threading.Thread(target=spin) for _ in range(3)]
for thread in threads: thread.start()
time.sleep(0.6)
for name in sys.argv[1:]: importlib.import_module(name)
for thread in threads: thread.join()
"""
# A module that does not say that it can do without a GIL.
MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "needs_a_gil", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_needs_a_gil(void) { return PyModule_Create(&module); }
"""


def watched_without_gil(folder: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    python = free_threaded_interpreter().path
    result = watched(folder, SPINNERS, "--interpreter", python, arguments=arguments, **environment)
    assert result["exit_code"] == 0
    return result


def gil_wait_s(result: dict[str, Any]) -> float:
    return float(sum(row["ledger_s"]["gil_wait"] for row in result["threads"]))


@seen_here
def test_where_there_is_no_gil_nobody_holds_it_or_waits_for_it(tmp_path: Path) -> None:
    result = watched_without_gil(tmp_path)
    assert result["interpreter"]["gil_enabled"] is False
    assert result["gil"] == []
    assert gil_wait_s(result) == 0.0
    assert not any("GIL" in sentence for sentence in result["insight"])


@pytest.mark.matrix
@seen_here
def test_what_was_read_of_the_gil_holds_when_the_program_is_interrupted(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(SPINNERS.replace("2.0", "60.0"), encoding="utf-8")
    python = free_threaded_interpreter().path
    ended = gilscope(tmp_path / "data", "watch", "--json", "--duration", "1", "--interpreter", python, script)
    result = json.loads(ended.stdout)
    assert (result["status"], result["interpreter"]["gil_enabled"], result["gil"]) == ("stopped", False, [])
    assert gil_wait_s(result) == 0.0


@seen_here
def test_a_gil_that_was_asked_for_is_seen(tmp_path: Path) -> None:
    result = watched_without_gil(tmp_path, PYTHON_GIL="1")
    assert result["interpreter"]["gil_enabled"] is True
    [gil] = result["gil"]
    assert "since_s" not in gil
    assert sum(gil["held_s"].values()) > gil["unknown_s"]
    assert gil_wait_s(result) > 0.5


@seen_here
def test_a_gil_that_an_import_turned_on_is_seen_from_then_on(tmp_path: Path) -> None:
    python = free_threaded_interpreter().path
    include = _answer(python, "sysconfig.get_path('include')")
    if shutil.which("cc") is None or not Path(include, "Python.h").is_file():
        pytest.skip("no C compiler, or no headers of the free-threaded Python")
    source = tmp_path / "needs_a_gil.c"
    source.write_text(MODULE, encoding="utf-8")
    module = tmp_path / ("needs_a_gil" + _answer(python, "sysconfig.get_config_var('EXT_SUFFIX')"))
    subprocess.run(["cc", "-shared", "-fPIC", f"-I{include}", source, "-o", module], check=True)
    result = watched_without_gil(tmp_path, "needs_a_gil")
    assert result["interpreter"]["gil_enabled"] is True
    [gil] = result["gil"]
    assert 0.5 < gil["since_s"] < result["elapsed_s"]
    known_s = sum(gil["held_s"].values()) + gil["nobody_s"] + gil["unknown_s"]
    assert known_s <= result["elapsed_s"] - gil["since_s"] + 0.1
    assert gil_wait_s(result) > 0.0
    assert any("was off at first" in sentence for sentence in result["insight"])


def test_what_a_python_does_not_tell_is_not_known() -> None:
    def memory(version: int, free_threaded: int) -> bytes:
        return struct.pack("<8sQQ", b"xdebugpy", version, free_threaded) + bytes(400)

    def enabled(data: bytes, name: str = "python3.99t") -> bool | None:
        at = GilLocation(f"/usr/bin/{name}", "symbol", ((0x10000, 0x20000),))
        return gil_enabled(lambda address, size: data[address - 0x10000 :][:size], at, GilFinder())

    assert enabled(memory(0x036300F0, 1)) is None, "a later version, whose table may differ"
    assert enabled(memory(0x030D00F0, 1)) is None, "no interpreter yet"
    assert enabled(memory(0x036300F0, 0)) is True
    assert enabled(bytes(500)) is True, "before 3.13"

    def unreadable(address: int, size: int) -> bytes:
        raise PermissionError(address, size)

    for name, expected in (("python3.13t", None), ("libpython3.14t.so.1.0", None), ("python3.13", True)):
        at = GilLocation(f"/usr/bin/{name}", "symbol", ((0x10000, 0x20000),))
        assert gil_enabled(unreadable, at, GilFinder()) is expected


def test_a_gil_that_is_not_known_is_said_to_be_unknown(tmp_path: Path) -> None:
    tables = LookTables("process", processes=(LookProcess(7, "/usr/bin/python3.99t"),))
    [row] = thread_rows([ThreadClock(7, 7, "", 0, 10**9, 10**9, 0)], StateTotals(), tables, 0)
    assert row["ledger_s"]["gil_wait"] is None
    result = {"status": "finished", "threads": [row], "interpreter": {"gil_enabled": None}, "witness": {"looks": 9}}
    assert any("Whether there is a GIL is not known" in sentence for sentence in watch_sentences(result, 2))
    never = {**result, "witness": {"looks": 0, "method": "none"}}
    assert not any("free-threaded" in sentence for sentence in watch_sentences(never, 2)), "nobody looked"
    tables.save(tmp_path)
    looks = RunLooks(tmp_path)
    looks.tables = LookTables.load(tmp_path)
    assert "not known" in GilFacts(False).words(looks, 7), "its own word counts more than its interpreter's"
    looks.close()


def _answer(python: str, expression: str) -> str:
    return subprocess.run(
        [python, "-c", f"import sysconfig; print({expression})"], capture_output=True, text=True, check=True
    ).stdout.strip()
