"""Third parties' models and steps that are wrong in every way: named, and no harm to the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.interpreters.plugins import find_plugins
from engine.wire.client import Conductor
from tests import conducting
from tests.conducting import ask

MODEL = """
from engine.api import ModelCard, ModelDescriptor
import multiprocessing


def work(task, items):
    for item in items:
        task(item)


def run(task, items, workers):
    process = multiprocessing.get_context("spawn").Process(target=work, args=(task, list(items)))
    process.start()
    process.join()


MODEL = ModelDescriptor(
    ModelCard("{key}", "A title", "threading", "always", "a process", "process", False, 8, "Never.", "Much.",
              "https://docs.python.org/3/", shares_memory=False),
    run,
)
"""
STEP = """
from engine.api import StepCard, StepDescriptor

STEP = StepDescriptor(StepCard("{key}", "A title", "Nothing.", "nothing", True, False), lambda context: len)
"""
# The module of each, what it holds, and the key that its one entry point is registered as.
MODELS = {
    "good_model": (MODEL.replace("{key}", "good"), "good"),
    "first_twin": (MODEL.replace("{key}", "twin"), "twin"),
    "second_twin": (MODEL.replace("{key}", "twin"), "twin"),
    "usurper": (MODEL.replace("{key}", "threads"), "threads"),
    "needy": ("import a_package_that_nobody_has", "needy"),
    "leaver": ("raise SystemExit('I leave')", "leaver"),
    "printer": ("print('{\"catalogue\": 1}')\n" + MODEL.replace("{key}", "printer"), "printer"),
    "misnamed": (MODEL.replace("{key}", "another"), "misnamed"),
    "no_descriptor": ("MODEL = 1", "no-descriptor"),
    "ungrammatical": ("def", "ungrammatical"),
    "json": (MODEL.replace("{key}", "hider"), "hider"),
}
STEPS = {
    "good_step": (STEP.replace("{key}", "good-step"), "good-step"),
    "failing_step": ("1 / 0", "failing-step"),
    "model_as_step": (MODEL.replace("MODEL =", "STEP =").replace("{key}", "model-as-step"), "model-as-step"),
}


def _install(folder: Path, module: str, source: str, group: str, point: str) -> None:
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    information = folder / f"{module}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[{group}]\n{point}\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of them installed, and one whose module is not there."""
    folder = tmp_path_factory.mktemp("site")
    for module, (source, key) in MODELS.items():
        _install(folder, module, source, "gilscope.models", f"{key} = {module}:MODEL")
    for module, (source, key) in STEPS.items():
        _install(folder, module, source, "gilscope.steps", f"{key} = {module}:STEP")
    _install(folder, "vanished", "", "gilscope.models", "vanished = vanished:MODEL")
    (folder / "vanished.py").unlink()
    return folder


@pytest.fixture(scope="module")
def conductor(site: Path) -> Iterator[Conductor]:
    """A conductor that searches that folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_PLUGINS", str(site))
        with Conductor() as conductor:
            yield conductor


@pytest.fixture(scope="module")
def catalogue(conductor: Conductor) -> dict[str, Any]:
    """What that conductor offers."""
    return dict(ask(conductor, "catalogue", "catalogue", interpreter=None)["catalogue"])


@pytest.fixture(autouse=True)
def _conductor_first(conductor: Conductor) -> None:
    """Have the conductor there before each test, so that it is not taken for something left behind."""


def _reason(cards: list[dict[str, Any]], key: str) -> str | None:
    [card] = [card for card in cards if card["key"] == key]
    reason: str | None = card["unavailable_reason"]
    return reason


def test_good_ones_are_there(catalogue: dict[str, Any]) -> None:
    assert _reason(catalogue["models"], "good") is None
    assert _reason(catalogue["models"], "printer") is None
    assert _reason(catalogue["steps"], "good-step") is None


def test_ours_stay_what_they_are(catalogue: dict[str, Any]) -> None:
    assert _reason(catalogue["models"], "threads") is None
    [threads] = [card for card in catalogue["models"] if card["key"] == "threads"]
    assert threads["title"] == "Threads"
    [problem] = [each for each in catalogue["problems"] if "threads" in each]
    assert "usurper 1.0 (usurper:MODEL)" in problem
    assert "Gilscope's own" in problem


def test_two_of_one_key_are_nobodys_and_both_are_named(catalogue: dict[str, Any]) -> None:
    reason = str(_reason(catalogue["models"], "twin"))
    assert "first_twin 1.0" in reason
    assert "second_twin 1.0" in reason
    assert reason in catalogue["problems"]


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [
        ("models", "needy", "No module named 'a_package_that_nobody_has'"),
        ("models", "leaver", "SystemExit: I leave"),
        ("models", "misnamed", "registered as misnamed and says its key is another"),
        ("models", "no-descriptor", "it has no card"),
        ("models", "ungrammatical", "SyntaxError"),
        ("steps", "failing-step", "ZeroDivisionError"),
        ("steps", "model-as-step", "it is not a StepDescriptor"),
    ],
)
def test_what_does_not_load_is_listed_with_the_reason(
    catalogue: dict[str, Any], kind: str, key: str, words: str
) -> None:
    assert words in str(_reason(catalogue[kind], key))


@pytest.mark.parametrize(("name", "words"), [("hider", "would hide another"), ("vanished", "no package or file")])
def test_what_cannot_be_shown_to_a_host_is_named(catalogue: dict[str, Any], name: str, words: str) -> None:
    [problem] = [each for each in catalogue["problems"] if each.startswith(name)]
    assert words in problem


def test_a_good_one_runs_and_its_processes_find_it(conductor: Conductor) -> None:
    what = conducting.experiment([{"kind": "count-primes", "below": 10}], "good", tasks=3)
    result = conducting.run(conductor, what)
    assert result["status"] == "finished", result["reason"]
    assert result["tasks"] == {"done": 3, "failed": 0}


@pytest.mark.parametrize(
    ("steps", "model", "key"),
    [
        ([{"kind": "count-primes"}], "needy", "model.kind"),
        ([{"kind": "count-primes"}, {"kind": "failing-step"}], "threads", "workload.steps[1].kind"),
    ],
)
def test_one_that_does_not_load_is_refused_with_the_reason(
    conductor: Conductor, steps: list[dict[str, Any]], model: str, key: str
) -> None:
    conducting.start(conductor, conducting.experiment(steps, model, tasks=1))
    fact = conducting.until_ended(conductor)[-1]
    assert fact["type"] == "refused"
    assert fact["key"] == key
    assert "cannot be loaded" in fact["reason"]


def test_one_that_ends_its_interpreter_takes_the_others_with_it_and_nothing_of_ours(tmp_path: Path) -> None:
    _install(tmp_path, "good_model", MODELS["good_model"][0], "gilscope.models", "good = good_model:MODEL")
    _install(tmp_path, "killer", "import os; os._exit(3)", "gilscope.models", "killer = killer:MODEL")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_PLUGINS", str(tmp_path))
        with Conductor() as conductor:
            catalogue = ask(conductor, "catalogue", "catalogue", interpreter=None)["catalogue"]
    assert "threads" in {card["key"] for card in catalogue["models"]}
    assert any("left out" in problem for problem in catalogue["problems"])


def test_finding_them_imports_nothing_and_makes_links_alone(site: Path) -> None:
    found = find_plugins([str(site)])
    assert found.folder is not None
    try:
        assert {each.stem for each in found.folder.iterdir()} == {*MODELS, *STEPS} - {"json"}
        assert found.on_path({"PYTHONPATH": "/e"})["PYTHONPATH"] == f"/e{os.pathsep}{found.folder}"
    finally:
        for each in found.folder.iterdir():
            each.unlink()
        found.folder.rmdir()


def test_where_there_are_none_nothing_is_made(tmp_path: Path) -> None:
    found = find_plugins([str(tmp_path)])
    assert found.folder is None
    assert found.on_path({"PYTHONPATH": "/e"}) == {"PYTHONPATH": "/e"}
