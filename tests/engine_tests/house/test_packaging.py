"""What is built from the checkout holds all of it, under one name of its own, and works where it is unpacked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

from engine.resources_path import resources_path
from gui.commands.table import COMMANDS
from tests.source_tree import ROOT, modules, packages

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = ("docs", "engine", "gui", "resources")
TOP = "engine.gilscope"  # the package's own modules: they lie at the top of it
LEFT_OUT = ("__pycache__", "*.pyc")
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, so that the checkout stays as it is."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    target = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(target)], cwd=source, capture_output=True, text=True, timeout=110
    )
    assert built.returncode == 0, built.stderr
    [path] = target.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what a site-packages would, away from the checkout."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_every_package_is_listed() -> None:
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    data = {"gilscope.docs", "gilscope.resources"}
    ours = {"gilscope" if name == TOP else f"gilscope.{name}" for name in packages("engine", "gui")}
    assert listed == ours | data


def test_every_module_is_in_a_package() -> None:
    found = packages("engine", "gui")
    for name, path in modules("engine", "gui").items():
        assert name in found or name.rpartition(".")[0] in found, f"{path.parent} has no __init__.py"


def test_the_wheel_holds_every_file_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()}
    places = (path.relative_to(ROOT).as_posix() for path in sources if "__pycache__" not in path.parts)
    expected = {f"gilscope/{place}".replace("gilscope/engine/gilscope/", "gilscope/") for place in places}
    assert held == expected


def test_the_commands_start_the_launcher(wheel: Path) -> None:
    entry_points = ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        [name] = [each for each in archive.namelist() if each.endswith("entry_points.txt")]
        entry_points.read_string(archive.read(name).decode())
    assert entry_points["console_scripts"]["gilscope"] == "gilscope.gui._launch:main"
    assert entry_points["gui_scripts"]["gilscope-window"] == "gilscope.gui._launch:main"


def _gilscope(
    installed: Path, folder: Path, *arguments: str, first: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the installed command in `folder`, as its console script would, with `first` first on PYTHONPATH."""
    path = os.pathsep.join(map(str, [first, installed] if first else [installed]))
    script = "import sys; from gilscope.gui._launch import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=110,
    )


def test_the_installed_command_works(installed: Path, tmp_path: Path) -> None:
    # A person's own files must not be taken for ours.
    for name in ("engine.py", "gui.py", "tests.py"):
        (tmp_path / name).write_text("raise SystemExit('hijacked')\n")
    ended = _gilscope(installed, tmp_path, "models", "--json")
    assert ended.returncode == 0, ended.stderr
    assert "sequential" in json.dumps(json.loads(ended.stdout))


def _installed_python(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "GILSCOPE_DATA": str(folder / "data")}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=110)


def test_the_package_is_a_command_too(installed: Path, tmp_path: Path) -> None:
    ended = _installed_python(installed, tmp_path, "-m", "gilscope", "models", "--json")
    assert ended.returncode == 0, ended.stderr
    assert "sequential" in json.dumps(json.loads(ended.stdout))


def test_a_script_imports_the_packages_api(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text("raise SystemExit('hijacked')\n")
    example = installed / "gilscope" / "resources" / "experiments" / "cpu-bound.toml"
    script = tmp_path / "script.py"
    script.write_text(
        "from gilscope.api import ModelDescriptor, load, run\n"
        f"found = run(load({str(example)!r}), tasks=2)\n"
        "print(found.status, len(found.phases), ModelDescriptor.__name__)\n"
    )
    ended = _installed_python(installed, tmp_path, str(script))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["finished", "2", "ModelDescriptor"]


def test_a_module_of_the_persons_own_hides_none_of_the_standard_library(installed: Path, tmp_path: Path) -> None:
    for name in ("random.py", "json.py", "tomllib.py", "selectors.py", "engine.py"):
        (tmp_path / name).write_text("raise SystemExit('hijacked')\n")
    example = installed / "gilscope" / "resources" / "experiments" / "cpu-bound.toml"
    ended = _gilscope(installed, tmp_path, "run", str(example), "--tasks", "2", "--no-history", first=tmp_path)
    assert ended.returncode == 0, ended.stderr


def test_the_installed_command_runs_an_example(installed: Path, tmp_path: Path) -> None:
    example = installed / "gilscope" / "resources" / "experiments" / "cpu-bound.toml"
    ended = _gilscope(
        installed, tmp_path, "run", str(example), "--tasks", "4", "--model", "threads", "--workers", "2", "--json"
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["tasks"] == {"done": 4, "failed": 0}


def test_the_command_has_the_projects_version(installed: Path, tmp_path: Path) -> None:
    ended = _gilscope(installed, tmp_path, "--version")
    assert ended.returncode == 0, ended.stderr
    assert PROJECT["project"]["version"] in ended.stdout


def test_every_icon_that_is_asked_for_is_there() -> None:
    there = {path.stem for path in resources_path("icons").glob("*.svg")}
    assert "gilscope" in there
    assert {command.icon for command in COMMANDS if command.icon} <= there
    for name, path in modules("gui").items():
        for asked in re.findall(r"\bicon\(\s*\"([a-z0-9-]+)\"", path.read_text(encoding="utf-8")):
            assert asked in there, f"{name} asks for the icon {asked}"


def test_the_desktop_entry_starts_a_command_of_ours() -> None:
    entry = ConfigParser(interpolation=None)
    entry.read(resources_path("gilscope.desktop"), encoding="utf-8")
    command = entry["Desktop Entry"]["Exec"].split()[0]
    assert command in PROJECT["project"]["gui-scripts"]
