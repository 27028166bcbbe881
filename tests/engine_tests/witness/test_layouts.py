"""Where the GIL is, in Pythons laid out as distributions lay them out: see `tests.python_layouts`."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.record.look_file import LookState
from engine.wire.interpreter import Interpreter
from engine.witness.memory.elf import dynamic_symbol
from engine.witness.memory.gil_enabled import GIL_AT, gil_enabled
from engine.witness.memory.gil_location import GilFinder
from engine.witness.memory.mappings import read_mappings
from engine.witness.memory.process_memory import ProcessMemory
from engine.witness.witness import how_to_look
from tests import python_layouts as layouts
from tests.interpreters import every_interpreter, free_threaded_interpreter
from tests.looking import SPINNERS, look_at, program

pytestmark = pytest.mark.skipif(how_to_look()[0] == "none", reason=str(how_to_look()[1]))

_FEW_BYTES = 4096

Layout = Callable[[Interpreter, Path], Path]


def _assert_gil_is_seen(python: Path, gil: bool, how: str, folder: Path, home: Interpreter | None) -> None:
    environment = None if home is None else layouts.environment_for(home)
    with program(SPINNERS, folder, "2", python=str(python), environment=environment) as (pid, threads):
        location = GilFinder().find(pid, read_mappings(pid))
        assert location is not None
        assert location.how == how
        seen = look_at(folder, pid, threads, lambda seen: len(seen.of("0")) > 300)
        [process] = seen.tables.processes
    assert process.gil_enabled is gil
    assert process.interpreter == location.interpreter
    waits = sum(seen.share(name, LookState.GIL) for name in threads)
    assert waits > 0.1 if gil else waits == 0  # of two threads one waits, but for the time that it waits for a core


@pytest.mark.parametrize("layout", [layouts.conda_like, layouts.embedding])
def test_a_gil_in_a_library_is_found(layout: Layout, tmp_path: Path) -> None:
    interpreter = layouts.in_library()
    python = layout(interpreter, tmp_path / "prefix")
    _assert_gil_is_seen(python, True, "symbol", tmp_path, None)


@pytest.mark.matrix
@pytest.mark.parametrize("interpreter", every_interpreter())
@pytest.mark.parametrize(
    ("layout", "how"),
    [(layouts.uv_like, "symbol"), (layouts.without_sections, "symbol"), (layouts.without_symbol, "mapping")],
)
def test_a_gil_in_a_program_is_found(layout: Layout, how: str, interpreter: Interpreter, tmp_path: Path) -> None:
    if interpreter not in layouts.in_programs():
        pytest.skip("its interpreter is in a library")
    python = layout(interpreter, tmp_path / "prefix")
    home = None if layout is layouts.uv_like else interpreter
    _assert_gil_is_seen(python, not interpreter.free_threaded, how, tmp_path, home)


def test_without_a_symbol_a_build_is_searched_once_for_whether_it_has_a_gil(tmp_path: Path) -> None:
    interpreter = free_threaded_interpreter()
    if interpreter not in layouts.in_programs():
        pytest.skip("its interpreter is in a library")
    python = layouts.without_symbol(interpreter, tmp_path / "prefix")
    finder = GilFinder()
    sizes = [_sizes_read(interpreter, python, finder, tmp_path) for _ in range(2)]
    assert finder.searches == 1, "not for another process of the same build"
    assert sum(size > _FEW_BYTES for size in sizes[0]) == 1
    assert max(sizes[1]) <= _FEW_BYTES


def _sizes_read(interpreter: Interpreter, python: Path, finder: GilFinder, folder: Path) -> list[int]:
    """Return how much is read of a program's memory, each time, to know fifty times whether it has a GIL."""
    sizes: list[int] = []
    environment = layouts.environment_for(interpreter)
    with program(SPINNERS, folder, "2", python=str(python), environment=environment) as (pid, _):
        memory, location = ProcessMemory(pid), finder.find(pid, read_mappings(pid))

        def read(address: int, size: int) -> bytes:
            sizes.append(size)
            return memory.read(address, size)

        assert location is not None
        assert location.how == "mapping"
        assert [gil_enabled(read, location, finder) for _ in range(50)] == [False] * 50
        memory.close()
    return sizes


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_the_table_for_debuggers_leads_to_the_gil(interpreter: Interpreter, tmp_path: Path) -> None:
    with program(SPINNERS, tmp_path, "1", python=interpreter.path) as (pid, _):
        memory, finder = ProcessMemory(pid), GilFinder()
        location = finder.find(pid, read_mappings(pid))
        assert location is not None
        assert gil_enabled(memory.read, location, finder) is not interpreter.free_threaded
        gil_at = GIL_AT.get((interpreter.version_info or (0, 0))[:2])
        if gil_at is None or interpreter.implementation != "CPython":
            return  # it has no such table
        table = finder.debug_table(memory.read, location) + 24

        def word(address: int) -> int:
            return int(struct.unpack("<Q", memory.read(address, 8))[0])

        first = word(word(table + 8 * 2) + location.ranges[0][0])
        gil = word(first + word(table + 8 * gil_at))
        interval_us = word(gil + 8 * interpreter.free_threaded)  # whether it is on comes before it
        memory.close()
    assert interval_us == 5000


@pytest.mark.parametrize("style", ["gnu", "sysv"])
def test_symbols_are_found_by_either_hash_table(style: str, tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler is on this machine")
    names = [f"symbol_{number}" for number in range(100)]
    source, library = tmp_path / "names.c", tmp_path / "names.so"
    source.write_text("".join(f"long {name}[{place + 1}] = {{1}};\n" for place, name in enumerate(names)))
    subprocess.run([compiler, "-shared", f"-Wl,--hash-style={style}", source, "-o", library], check=True)
    file = os.open(library, os.O_RDONLY)
    found = {name: dynamic_symbol(file, name.encode()) for name in [*names, "symbol", "symbol_100"]}
    os.close(file)
    assert [each and each[1] for each in found.values()] == [8 * (place + 1) for place in range(100)] + [None, None]
    addresses = [each[0] for each in found.values() if each]
    assert len(set(addresses)) == 100
