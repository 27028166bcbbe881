"""Pythons laid out as distributions lay them out, made from those of this machine: copied, linked anew, stripped."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from engine.wire.interpreter import Interpreter
from tests.interpreters import usable_interpreters

# What bin/python of a build with a shared library is; a program that embeds Python calls much the same.
_MAIN: Final = "extern int Py_BytesMain(int, char **);\nint main(int n, char **v) { return Py_BytesMain(n, v); }\n"
_SECTIONS_AT: Final = 40  # in an ELF file's header: where the table of sections is; at 60 how many there are
_ABOUT: Final = """
import os, sys
maps = open("/proc/self/maps").read().split()
libraries = [path for path in maps if os.path.basename(path).startswith("libpython")]
print(next(iter(libraries), ""), sys.base_prefix, os.path.realpath(sys.executable), sep="\\n")
"""


def about(interpreter: Interpreter) -> tuple[str, Path, Path]:
    """Return the library that an interpreter is in ("" if it is in its program), its prefix, and its program."""
    told = subprocess.run([interpreter.path, "-c", _ABOUT], capture_output=True, text=True, check=True).stdout
    library, prefix, program = told.splitlines()
    return library, Path(prefix), Path(program)


def in_programs() -> list[Interpreter]:
    """Return the CPythons of this machine that are in their program, without a library."""
    return [each for each in usable_interpreters() if each.implementation == "CPython" and not about(each)[0]]


def in_library() -> Interpreter:
    """Return one whose interpreter is in libpython, or skip the test."""
    found = [each for each in usable_interpreters() if "/" in about(each)[0]]
    return found[0] if found else pytest.skip("no Python of this machine is built with a shared library")


def conda_like(interpreter: Interpreter, folder: Path) -> Path:
    """Return bin/pythonX.Y of a prefix that was moved: linked to ../lib/libpythonX.Y.so by a relative DT_RPATH."""
    library, prefix, _ = about(interpreter)
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").mkdir()
    shutil.copy(library, folder / "lib")
    for path in (prefix / "lib").glob("python3.*"):
        (folder / "lib" / path.name).symlink_to(path)
    program = folder / "bin" / f"python{interpreter.name}"
    return _linked(program, folder / "lib" / Path(library).name, "$ORIGIN/../lib")


def embedding(interpreter: Interpreter, folder: Path) -> Path:
    """Return a program with a name of its own, in which Python is by a shared library."""
    library, _, _ = about(interpreter)
    folder.mkdir()
    return _linked(folder / "report-server", Path(library), os.path.dirname(library))


def uv_like(interpreter: Interpreter, folder: Path) -> Path:
    """Return bin/python of a virtual environment, made from a moved prefix whose program is static and stripped."""
    _, prefix, program = about(interpreter)
    base = folder / f"cpython-{interpreter.name}-linux"
    moved = copied(program, base / "bin" / f"python{interpreter.name}")
    for name in ("lib", "lib64", "include"):
        if (prefix / name).is_dir():
            (base / name).symlink_to(prefix / name)
    if strip := shutil.which("strip"):
        subprocess.run([strip, moved], check=True)
    (base / "bin" / "python3").symlink_to(moved.name)
    environment = folder / "environment"
    made = [base / "bin" / "python3", "-m", "venv", "--without-pip", environment]
    subprocess.run(made, check=True, capture_output=True)
    return environment / "bin" / "python"


def without_sections(interpreter: Interpreter, folder: Path) -> Path:
    """Return a program without section headers, as after `strip --strip-section-headers`."""
    program = copied(about(interpreter)[2], folder / "bin" / f"python{interpreter.name}")
    with program.open("r+b") as file:
        file.seek(_SECTIONS_AT)
        file.write(struct.pack("<Q", 0))
        file.seek(60)
        file.write(struct.pack("<HH", 0, 0))
    return program


def without_symbol(interpreter: Interpreter, folder: Path) -> Path:
    """Return a program that does not export `_PyRuntime`."""
    program = copied(about(interpreter)[2], folder / "bin" / f"python{interpreter.name}")
    data = program.read_bytes()
    assert b"\0_PyRuntime\0" in data
    program.write_bytes(data.replace(b"\0_PyRuntime\0", b"\0_PyRuntimX\0"))
    return program


def copied(program: Path, to: Path) -> Path:
    """Return a copy of a program."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, to)
    return to


def environment_for(interpreter: Interpreter) -> dict[str, str]:
    """Return what a copied program needs in its environment to find the standard library."""
    return {**os.environ, "PYTHONHOME": str(about(interpreter)[1])}


def _linked(program: Path, library: Path, path: str) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler is on this machine")
    source = program.with_suffix(".c")
    source.write_text(_MAIN, encoding="utf-8")
    old_tags = ["-Wl,--disable-new-dtags", f"-Wl,-rpath,{path}", "-Wl,--unresolved-symbols=ignore-in-shared-libs"]
    subprocess.run([compiler, source, "-o", program, library, *old_tags], check=True)
    return program
