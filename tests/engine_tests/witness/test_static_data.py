"""Whose static data a lock is in, in a process that loads libraries while it is looked at."""

from __future__ import annotations

import _ctypes
import sys
from pathlib import Path

import pytest

from engine.record.look_file import LookState
from engine.witness.detail_table import DetailTable
from engine.witness.memory.elf import loaded_size
from engine.witness.memory.gil_location import GilFinder
from engine.witness.memory.mappings import library_name
from engine.witness.seen_process import SeenProcess
from engine.witness.syscalls import Waits, calls_of
from tests.conducting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a process's mappings")

PID = 42
BASE = 0x7F00_0000_0000
CALLS = calls_of("x86_64") or {}
FUTEX = next((number for number, call in CALLS.items() if call.waits is Waits.FUTEX), 0)
ELSEWHERE = "550000000000-550000021000 rw-p 00000000 00:00 0 [heap]\n"
ANONYMOUS = f"{BASE:x}-{BASE + 0x100_0000:x} rw-p 00000000 00:00 0 \n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc with one process that has no library yet."""
    folder = tmp_path / str(PID)
    folder.mkdir()
    (folder / "root").symlink_to("/")
    (folder / "auxv").write_bytes(b"")
    (folder / "maps").write_text(ELSEWHERE)
    return tmp_path


def load_library(proc: Path) -> int:
    """Map a library into the process; return the address of a word in its static data."""
    path = _ctypes.__file__
    with open(path, "rb") as file:
        size = loaded_size(file.fileno())
    code, data = BASE + 0x1000, BASE + size + 0x10000
    (proc / str(PID) / "maps").write_text(
        f"{ELSEWHERE}{BASE:x}-{code:x} r-xp 00000000 fe:00 7 {path}\n{code:x}-{data:x} rw-p 00001000 fe:00 7 {path}\n"
    )
    return BASE + size - 64


@pytest.mark.parametrize("before", [ELSEWHERE, ELSEWHERE + ANONYMOUS], ids=["nothing", "other memory"])
def test_a_library_is_known_that_was_loaded_where_something_else_was_before(proc: Path, before: str) -> None:
    (proc / str(PID) / "maps").write_text(before)
    details = DetailTable()
    process = SeenProcess(PID, CALLS, GilFinder(str(proc)), details, str(proc), always=True)
    process.locate()
    address = load_library(proc)
    line = f"{FUTEX} {address:#x} 0x189 0x0 0x0 0x0 0xffffffff 0x{BASE - 0x10000:x} 0x{BASE:x}".encode()
    wait_until(lambda: process.read(line)[0] == LookState.LIBRARY)
    assert details.details[process.read(line)[1]].name == library_name(_ctypes.__file__)
    heap = line.replace(f"{address:#x}".encode(), b"0x550000000010")
    wait_until(lambda: heap in process.lines or process.read(heap) is None)
    assert process.read(heap)[0] == LookState.LOCK
    process.close()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/usr/lib/libscipy_openblas64_-6bb31eeb.so", "libscipy_openblas64_"),
        ("/usr/lib/libgomp.so.1.0.0", "libgomp"),
        ("/x/uvloop/loop.cpython-313-x86_64-linux-gnu.so", "uvloop.loop"),
        ("/x/site-packages/_fast.abi3.so", "_fast"),
        ("/x/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so (deleted)", "_ssl"),
    ],
)
def test_a_library_has_the_name_that_people_know(path: str, name: str) -> None:
    assert library_name(path) == name
