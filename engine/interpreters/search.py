"""Finds candidates for Pythons on this machine, by folder and by tool; starts none of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.interpreters.additions import added_paths
from engine.interpreters.interpreter import clean_environment
from engine.interpreters.probe import executables_in
from engine.processes.bounded_process import UnansweredError, converse

# findpython's providers, and our names for them.
_PROVIDERS: Final = {
    "path": "PATH",
    "pyenv": "pyenv",
    "asdf": "asdf",
    "rye": "rye",
    "uv": "uv",
    "winreg": "py launcher",
    "macos": "system",
}
_SYSTEM_FOLDERS: Final = ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "~/.local/bin")  # PATH may lack some
_CONDA_ROOTS: Final = ("anaconda3", "mambaforge", "micromamba", "miniconda3", "miniforge3")
_APPLE_STUB: Final = "/usr/bin/python3"  # opens a window that offers to install a Python if there is none
_TOOL_LIMIT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be a Python. `version` is its (major, minor) according to names of files and folders, or None.

    A candidate with `is_started` false is listed but not started, because whoever made the current folder put it there.
    """

    path: str
    source: str
    version: tuple[int, int] | None = None
    is_started: bool = True


def candidates_in_files() -> list[Candidate]:
    """Return the candidates in the file system: each file once, the preferred sources first."""
    return unique(_from_files())


def candidates_from_tools() -> list[Candidate]:
    """Return the candidates that uv and the py launcher list, which takes at most some seconds."""
    return unique([*_from_uv(), *_from_py_launcher()])


def unique(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the first candidate of each file and folder: python, python3 and python3.13 are one."""
    found: dict[tuple[object, ...], Candidate] = {}
    for candidate in candidates:
        found.setdefault(file_identity(candidate.path), candidate)
    return list(found.values())


def file_identity(path: str) -> tuple[object, ...]:
    """Return a key that is equal for two paths if starting one is the same as starting the other.

    It consists of the file behind the links, and the path's folder, which determines its virtual environment.
    """
    folder = os.path.realpath(os.path.dirname(path))
    try:
        status = os.stat(path)
    except OSError:
        return (path,)
    return (folder, status.st_dev, status.st_ino) if status.st_ino else (folder, os.path.realpath(path))


def version_hint(path: str) -> tuple[int, int] | None:
    """Return the (major, minor) in the names of a file, its link target or its folders, if any."""
    for name in (os.path.basename(path), os.path.basename(os.path.realpath(path))):
        match = re.match(r"(?:python|pypy|graalpy)(\d)\.(\d+)", name, re.IGNORECASE)
        if match:
            return int(match[1]), int(match[2])
    for folder in list(Path(os.path.realpath(path)).parents)[:3]:
        match = re.search(r"(\d)\.(\d+)", folder.name) or re.match(r"python(\d)(\d+)", folder.name, re.IGNORECASE)
        if match:
            return int(match[1]), int(match[2])
    return None


def _from_files() -> Iterator[Candidate]:
    for path in named_paths():
        yield _candidate(path, "added")
    yield from _from_findpython()
    for folder in _SYSTEM_FOLDERS:
        yield from _pythons_in(folder, "system")
    for prefix in _folders_in(os.environ.get("MISE_DATA_DIR", "~/.local/share/mise"), "installs", "python"):
        yield from _installation(prefix, "mise")
    for prefix in _conda_prefixes():
        yield from _installation(prefix, "conda")
    for prefix in _virtual_environments():
        yield from _installation(prefix, "venv")
    for name in (".venv", "venv"):
        for candidate in _installation(os.path.abspath(name), "venv"):
            yield replace(candidate, is_started=False)


def named_paths() -> list[str]:
    """Return the paths that the user named: in their list, in GILSCOPE_FREE_THREADED and GILSCOPE_INTERPRETERS.

    An unreadable list counts as empty here; changing it reports the error.
    """
    try:
        added = added_paths()
    except (OSError, ValueError):
        added = []
    listed = os.environ.get("GILSCOPE_INTERPRETERS", "").split(os.pathsep)
    named = [*added, os.environ.get("GILSCOPE_FREE_THREADED", ""), *listed]
    return [os.path.abspath(os.path.expanduser(path.strip())) for path in named if path.strip()]


def _from_findpython() -> Iterator[Candidate]:
    from findpython.providers import ALL_PROVIDERS  # a tenth of a second to import

    for name, source in _PROVIDERS.items():
        provider = ALL_PROVIDERS[name].create() if name in ALL_PROVIDERS else None
        if provider is not None:
            paths = [str(each.executable) for each in provider.find_pythons()]
            yield from (_candidate(path, source) for path in _exact_names_first(paths) if _worth_asking(path))


def _pythons_in(folder: str, source: str) -> Iterator[Candidate]:
    from findpython.providers.base import BaseProvider

    found = BaseProvider.find_pythons_from_path(Path(os.path.expanduser(folder)))
    paths = _exact_names_first(str(each.executable) for each in found)
    return (_candidate(path, source) for path in paths if _worth_asking(path))


def _exact_names_first(paths: Iterable[str]) -> list[str]:
    """Return `paths` with python3.13t before python3.13 before python3, folders in their own order."""
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(os.path.dirname(path), []).append(path)
    return [path for folder in by_folder.values() for path in sorted(folder, key=lambda each: (-len(each), each))]


def _worth_asking(path: str) -> bool:
    if os.path.dirname(os.path.abspath(path)) == os.getcwd():  # PATH includes the current folder
        return False
    if os.path.basename(os.path.dirname(path)) == "shims":  # such as pyenv's: the Pythons they start are found directly
        return False
    return not (sys.platform == "darwin" and path == _APPLE_STUB and not _apple_tools_installed())


def _apple_tools_installed() -> bool:
    return subprocess.run(["/usr/bin/xcode-select", "-p"], capture_output=True, timeout=5, check=False).returncode == 0


def _conda_prefixes() -> Iterator[str]:
    try:
        yield from Path(os.path.expanduser("~/.conda/environments.txt")).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        pass
    roots = [os.path.join(parent, name) for parent in ("~", "/opt") for name in _CONDA_ROOTS]
    executable = os.environ.get("CONDA_EXE")
    named = os.environ.get("CONDA_PREFIX"), executable and os.path.dirname(os.path.dirname(executable)), "/opt/conda"
    for root in (*(each for each in named if each), *roots):
        yield root
        yield from _folders_in(root, "envs")


def _virtual_environments() -> Iterator[str]:
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        yield active
    yield from _folders_in(os.environ.get("WORKON_HOME", "~/.virtualenvs"))


def _folders_in(*parts: str) -> list[str]:
    try:
        return sorted(str(each) for each in Path(os.path.expanduser(os.path.join(*parts))).iterdir() if each.is_dir())
    except OSError:
        return []


def _installation(prefix: str, source: str) -> Iterator[Candidate]:
    for path in executables_in(os.path.expanduser(prefix.strip())):
        if os.path.lexists(path):  # an environment whose Python was removed is listed, with its problem
            yield _candidate(path, source)
            return


def _from_uv() -> Iterator[Candidate]:
    command = shutil.which("uv") or shutil.which("uv", path=os.path.expanduser("~/.local/bin"))
    if command is None:
        return
    # `uv python list` would find no more than this and PATH, and would start every program that it finds, shims too.
    for prefix in _folders_in(_tool_output([command, "python", "dir"]).strip() or os.devnull):
        yield from _installation(prefix, "uv")


def _from_py_launcher() -> Iterator[Candidate]:
    command = shutil.which("py") if sys.platform == "win32" else None
    if command is not None:
        for path in paths_of_py_launcher(_tool_output([command, "-0p"])):
            yield _candidate(path, "py launcher")


def paths_of_py_launcher(output: str) -> list[str]:
    """Return the executables in what `py -0p` prints: a tag, a star for the default, a path."""
    matches = (re.search(r"\s([A-Za-z]:\\.*\.exe)\s*$", line, re.IGNORECASE) for line in output.splitlines())
    return [match[1] for match in matches if match]


def _tool_output(command: list[str]) -> str:
    try:
        output, code = converse(command, clean_environment(os.environ), _TOOL_LIMIT_S, with_errors=False)
    except (UnansweredError, OSError):
        return ""
    return "" if code else output.decode("utf-8", "replace")


def _candidate(path: str, source: str) -> Candidate:
    return Candidate(path, source, version_hint(path))
