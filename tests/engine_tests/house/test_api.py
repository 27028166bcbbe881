"""What plugins may import: it is documented, light, and all that the example uses."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest

from engine import api
from engine.wire.interpreter import Interpreter
from tests.commands import ROOT
from tests.interpreters import every_interpreter

DOCUMENTATION = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
# The names of version 1: none may go, and nothing of theirs may change its meaning.
VERSION_1 = {
    "API_VERSION": None,
    "Bound": None,
    "BoundAsync": None,
    "DISTRIBUTIONS": None,
    "ExperimentError": ("path", "problem"),
    "Item": None,
    "Kind": None,
    "ModelCard": (
        *("key", "title", "module", "since", "worker", "worker_kind", "is_async", "max_workers", "use_when", "costs"),
        *("documentation", "parameters", "unavailable_reason", "experimental", "shares_memory"),
    ),
    "ModelDescriptor": ("card", "run", "unavailable", "in_scripts", "in_place", "queues"),
    "NamedItem": ("due_ns", "number", "payload"),
    "Parameter": ("name", "title", "kind", "default", "help", "unit", "minimum", "maximum", "choices"),
    "StepCard": ("key", "title", "summary", "waits_on", "holds_gil", "has_async", "parameters"),
    "StepContext": ("folder", "services", "seed", "number", "model", "shares_memory", "shared"),
    "StepDescriptor": ("card", "bind", "bind_async", "check", "finish"),
    "Value": None,
    "draw": ("distribution", "mean", "seed", "step", "task"),
    "start_method_parameter": (),
}


@pytest.mark.parametrize("name", VERSION_1)
def test_every_name_of_this_version_is_there_and_takes_what_it_took(name: str) -> None:
    assert name in api.__all__
    there = getattr(api, name)
    taken = VERSION_1[name]
    if taken is not None:
        assert tuple(inspect.signature(there).parameters)[: len(taken)] == taken


def test_a_new_name_is_written_down_and_every_name_is_documented() -> None:
    assert set(api.__all__) == set(VERSION_1)
    assert [name for name in api.__all__ if name not in DOCUMENTATION] == []


def test_the_example_and_the_documentation_import_nothing_else_of_ours() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests/example_plugin").glob("gilscope_*/*.py")]
    imported = {
        node.module
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ("engine", "gui")
    }
    assert imported == {"engine.api"}
    lines = [line.strip() for line in DOCUMENTATION.splitlines()]
    assert {line.split()[1] for line in lines if line.startswith(("from engine", "import engine"))} == {"engine.api"}


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_every_interpreter_can_import_it_with_the_standard_library_alone(interpreter: Interpreter) -> None:
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}]; import engine.api; print(engine.api.API_VERSION)"
    isolated = [interpreter.path, "-I", "-S", "-c", code]
    done = subprocess.run(isolated, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_it_brings_in_nothing_of_the_window_or_the_conductor() -> None:
    code = (
        "import sys, engine.api; "
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('PySide6', 'numpy', 'psutil', 'gui') "
        "or n.startswith('engine.conductor')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "[]\n", done.stderr
