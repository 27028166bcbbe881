"""The house's order: registries that are folders, names that say something, modules that say what they are."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from pathlib import Path

import pytest

from engine import models
from engine.workload import steps
from tests.source_tree import ROOT, modules, parsed

SOURCES = modules("engine", "gui")
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
NAMED_AFTER_KEYS = ("engine.workload.steps.", "engine.models.", "engine.conductor.services.")
ROOMS = {"engine.trace", "gui.code"}  # packages that are never imported by their last name alone
TEXTBOOK_LINES = 25  # without the signature


def _files(package: str) -> list[str]:
    folder = package.replace(".", "/")
    return [name for name, path in modules(folder).items() if name != package and not path.name.startswith("_")]


@pytest.mark.parametrize(("package", "attribute"), [("engine.models", "MODEL"), ("engine.workload.steps", "STEP")])
def test_every_file_of_a_registry_holds_the_entry_it_is_called_after(package: str, attribute: str) -> None:
    assert _files(package)
    for name in _files(package):
        descriptor = getattr(importlib.import_module(name), attribute)
        key = (descriptor.card if hasattr(descriptor, "card") else descriptor).key
        assert name.rpartition(".")[2].rstrip("_") == key.replace("-", "_")


def test_discovery_finds_every_file() -> None:
    assert len(models.discover()) == len(_files("engine.models"))
    assert len(steps.discover()) == len(_files("engine.workload.steps"))


@pytest.mark.parametrize("model", models.discover().values(), ids=lambda each: each.card.key)
def test_a_model_is_a_page_of_a_textbook(model: models.ModelDescriptor) -> None:
    source = inspect.getsource(model.run)
    [function] = ast.parse(source).body
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    assert function.end_lineno is not None
    assert function.end_lineno - function.body[0].lineno < TEXTBOOK_LINES
    card = model.full_card()
    assert card.source == source
    assert card.documentation.startswith("https://docs.python.org/") or card.module in ("distributed", "joblib")
    for sentence in (card.title, card.since, card.worker, card.use_when, card.costs):
        assert sentence


@pytest.mark.parametrize(("name", "path"), SOURCES.items())
def test_names_and_docstrings(name: str, path: Path) -> None:
    last = name.rpartition(".")[2]
    assert last not in EMPTY_NAMES
    if not name.startswith(NAMED_AFTER_KEYS) and name not in ROOMS:
        assert last not in sys.stdlib_module_names, "a module of the standard library is called so"
    first = parsed(path)[0].partition("\n\n")[0]
    assert first.endswith((".", ":")), "the module does not say in a sentence what it is"


# Rooms whose parts are tested where they are used.
TESTED_ELSEWHERE = {"engine/gilscope": "notebook", "gui/controls": "forms"}


@pytest.mark.parametrize("top", ["engine", "gui"])
def test_tests_stand_in_folders_called_as_the_code_s(top: str) -> None:
    rooms = {path.name for path in (ROOT / top).iterdir() if (path / "__init__.py").exists()}
    tested = {path.parent.name for path in (ROOT / "tests" / f"{top}_tests").glob("*/test_*.py")}
    assert {f"{top}/{room}" for room in rooms - tested} <= TESTED_ELSEWHERE.keys()
    assert tested - rooms <= {"house"}
