"""A run that lacks a module says which Pythons of this machine have it, and imports the module in none of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.interpreters.having_module import which_have
from engine.interpreters.interpreter import app_interpreter
from engine.interpreters.probe import ask
from tests.commands import gilscope

EXPERIMENT = """
format = 1
title = "Lacks a module"
[workload]
tasks = 3
[[workload.steps]]
kind = "python"
source = '''
import {module}.part
def task(item): pass
'''
[model]
kind = "threads"
workers = 1
"""


@pytest.fixture
def other_python(tmp_path: Path) -> Path:
    """Return a virtual environment's Python, which alone has the module `only_here`, and says so if it is imported."""
    folder = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "only_here.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w')", encoding="utf-8")
    return folder / "bin" / "python"


def test_an_interpreter_that_has_a_module_is_found_without_importing_it(other_python: Path, tmp_path: Path) -> None:
    other, own = ask(str(other_python)), app_interpreter()
    assert which_have("only_here", [own, other]) == [other]
    assert which_have("json", [own, other]) == [own, other]
    assert which_have("not_to_be_found", [own, other]) == []
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize("module", ["only_here", "not_to_be_found"])
def test_a_run_that_lacks_a_module_names_who_has_it(other_python: Path, tmp_path: Path, module: str) -> None:
    file = tmp_path / "lacks.toml"
    file.write_text(EXPERIMENT.format(module=module), encoding="utf-8")
    run = gilscope(tmp_path, "run", file, "--trust", "--json", GILSCOPE_INTERPRETERS=str(other_python))
    assert run.returncode == 1
    reason = json.loads(run.stdout)["reason"]
    assert f"imports {module}, which {app_interpreter().path} does not have. " in reason
    if module == "only_here":
        assert f"({other_python})" in reason
        assert "This one has it: " in reason
    else:
        assert "None of this machine's other Pythons has it (" in reason
    assert not (tmp_path / "imported").exists()
