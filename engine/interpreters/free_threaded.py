"""How to get a free-threaded Python on this machine: the commands that install one, the shortest first."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.wire.interpreter import Interpreter

VERSION: Final = "3.14"
GUIDE: Final = "https://py-free-threading.github.io/installing-cpython/"
_UV: Final = f"uv python install {VERSION}t"
_GET_UV: Final = "python -m pip install --user uv"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to install it: the tool, and its commands in order."""

    by: str
    commands: tuple[str, ...]


def is_missing(found: Iterable[Interpreter]) -> bool:
    """Whether none of these interpreters can run without a GIL."""
    return not any(each.free_threaded and each.usable for each in found)


def ways(
    platform: str = sys.platform,
    has: Callable[[str], object] = shutil.which,
    os_release: Path = Path("/etc/os-release"),
) -> tuple[Way, ...]:
    """Return the ways that work on this machine: with uv, then with its package manager if that has the package."""
    found = [Way("uv", (_UV,) if has("uv") else (_GET_UV, _UV))]
    if has("pyenv"):
        found.append(Way("pyenv", (f"pyenv install {VERSION}t",)))
    if platform == "darwin" and has("brew"):
        found.append(Way("Homebrew", ("brew install python-freethreading",)))
    elif platform == "win32" and has("py"):
        found.append(Way("the Python install manager", (f"py install {VERSION}t",)))
    elif platform == "linux":
        found += _distributions(os_release)
    return tuple(found)


def sentences(found: Iterable[Way]) -> list[str]:
    """Return each way as a line of text."""
    return [f"with {way.by}: {' && '.join(way.commands)}" for way in found]


def _distributions(os_release: Path) -> list[Way]:
    try:
        lines = os_release.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    kinds = {word.strip('"') for key in ("ID", "ID_LIKE") for word in told.get(key, "").strip('"').split()}
    if "fedora" in kinds:
        return [Way("dnf", (f"sudo dnf install python{VERSION}-freethreading",))]
    if "ubuntu" in kinds:
        add = "sudo add-apt-repository ppa:deadsnakes/ppa"
        return [Way("apt", (add, f"sudo apt install python{VERSION}-nogil"))]
    return []
