"""Who may import whom, where import-linter's contracts (pyproject.toml) cannot say it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT, imports, modules

# Read and write TOML for the window and the command line; the host gets its experiment as JSON.
NOT_FOR_HOSTS = {"engine.workload.experiment_file", "engine.workload.experiment_toml"}
NEWER_THAN_310 = {"tomllib"}
RECORD = ("growing_file", "host_files", "lane_file", "loop_file", "private_file", "stack_file")
WIRE = ("__init__", "codec", "decoders", "host_answers", "protocol", "task_failure")
IN_HOSTS = {
    name: path
    for name, path in (
        *modules("engine/host", "engine/models", "engine/record/hand_over", "engine/script", "engine/workload").items(),
        ("engine.record", ROOT / "engine" / "record" / "__init__.py"),
        *((f"engine.record.{name}", ROOT / "engine" / "record" / f"{name}.py") for name in RECORD),
        *((f"engine.wire.{name}", ROOT / "engine" / "wire" / f"{name}.py") for name in WIRE),
        ("engine", ROOT / "engine" / "__init__.py"),
        ("engine.registry", ROOT / "engine" / "registry.py"),
    )
    if name not in NOT_FOR_HOSTS
}
# What runs only where it says that it can: an extra, or a newer Python.
OPTIONAL = {
    "engine.models.dask": {"distributed", "dask"},
    "engine.models.joblib": {"joblib"},
    "engine.host.event_loop": {"uvloop"},
}


def _is_or_is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("name", IN_HOSTS)
def test_what_runs_in_a_host_needs_nothing_but_the_standard_library(name: str) -> None:
    for imported, line in imports(IN_HOSTS[name]):
        root = imported.partition(".")[0]
        where = f"{name}:{line} imports {imported}"
        assert root == "engine" or root in sys.stdlib_module_names or root in OPTIONAL.get(name, ()), where
        assert root not in NEWER_THAN_310, where
        assert imported not in NOT_FOR_HOSTS, where


@pytest.mark.parametrize("name", IN_HOSTS)
def test_what_runs_in_a_host_is_python_310(name: str) -> None:
    ast.parse(IN_HOSTS[name].read_bytes(), feature_version=(3, 10))


def test_a_host_can_be_imported_with_no_installed_package() -> None:
    script = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import engine.host.__main__
import engine.script.script
from engine import models
from engine.workload import steps
models.discover()
steps.discover()
"""
    command = [sys.executable, "-I", "-S", "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("package", ["engine.models", "engine.workload.steps"])
def test_entries_of_a_registry_know_their_contract_and_no_sibling(package: str) -> None:
    for name, path in modules(package.replace(".", "/")).items():
        for imported, line in imports(path):
            where = f"{name}:{line} imports {imported}"
            if imported.startswith(("engine.models.", "engine.workload.steps.")):
                pytest.fail(where)
            if imported.startswith("engine.") and name != package:
                assert imported == package or imported.startswith("engine.workload."), where


@pytest.mark.parametrize(("name", "path"), modules("engine/conductor", "engine/processes", "engine/record").items())
def test_the_conductor_knows_the_hosts_files_and_nothing_else_of_it(name: str, path: Path) -> None:
    allowed = {"engine.host.control", "engine.host.this_python"}
    for imported, line in imports(path):
        if _is_or_is_below(imported, "engine.host"):
            assert imported in allowed, f"{name}:{line} imports {imported}"


@pytest.mark.parametrize(("name", "path"), modules("gui/session").items())
def test_the_session_has_no_widgets(name: str, path: Path) -> None:
    forbidden = ("PySide6.QtWidgets", "PySide6.QtGui", "pyqtgraph", "superqt", "gui.widgets", "gui.composer")
    for imported, line in imports(path):
        assert not any(_is_or_is_below(imported, each) for each in forbidden), f"{name}:{line} imports {imported}"


@pytest.mark.parametrize(("name", "path"), modules("gui").items())
def test_the_window_knows_only_the_engines_front(name: str, path: Path) -> None:
    allowed = (
        "engine.workload",
        "engine.analysis",
        "engine.comparison",
        "engine.history",
        "engine.handout",
        "engine.insight",
        "engine.lessons",
        "engine.record",
        "engine.trace",
        "engine.wire",
        "engine.wording",
        "engine.interpreters.additions",  # a list of the person's own, which the window writes
        "engine.interpreters.free_threaded",  # how to get one, in words
        "engine.interpreters.known",  # what needs nobody's permission
        "engine.log_file",
        "engine.resources_path",
        "engine.window_needs",
    )
    for imported, line in imports(path):
        if name == "gui._launch" and imported == "engine.cli":
            continue
        if _is_or_is_below(imported, "engine"):
            assert any(_is_or_is_below(imported, each) for each in allowed), f"{name}:{line} imports {imported}"
            assert not _is_or_is_below(imported, "engine.workload.steps"), f"{name}:{line} imports {imported}"


def test_views_know_neither_each_other_nor_the_session() -> None:
    views = {name: path for name, path in modules("gui").items() if name.endswith("_view")}
    public = set(views)
    assert len(public) >= 10
    for name, path in views.items():
        for imported, line in imports(path):
            assert imported not in public, f"{name}:{line} imports its sibling {imported}"
            assert not _is_or_is_below(imported, "gui.session"), f"{name}:{line} imports {imported}"


@pytest.mark.parametrize(
    ("module", "later"),
    [
        ("gui.workbench", {"numpy", "pyqtgraph", "scipy", "gui.stage.stage", "gui.compare.page"}),
        ("engine.host.__main__", {"concurrent.futures", "logging", "asyncio", "multiprocessing", "engine.host.stages"}),
    ],
)
def test_what_starts_often_loads_only_what_its_start_needs(module: str, later: set[str]) -> None:
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module}; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert later & set(ended.stdout.split()) == set()
