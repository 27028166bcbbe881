"""The README keeps to the facts: its commands are whole, and its tables name what there is."""

from __future__ import annotations

import re
import tomllib

import pytest

from engine import cli, models
from engine.history.csv_export import PHASE_COLUMNS, SAMPLE_COLUMNS
from engine.window_needs import ALWAYS, BY_PLATFORM
from engine.wire.protocol import LEDGER_STATES
from engine.workload import steps
from tests.source_tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", README))
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def _command(name: str) -> str:
    [command] = re.findall(rf"<!-- command: {name} -->\n```sh\n(.+)\n```", README)
    return str(command)


@pytest.mark.parametrize("name", ["start", "test"])
def test_the_commands_are_one_line_each_and_make_their_own_environment(name: str) -> None:
    assert _command(name).startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_debians_packages_are_those_that_ci_installs() -> None:
    packages = _command("debian").removeprefix("sudo apt install ").split()
    installed = " ".join(CI.split("apt-get install", 1)[1].split("\n\n", 1)[0].split("\\\n")).split()
    assert set(packages) <= set(installed)
    # The rest come along with these.
    known = {*ALWAYS.values(), *(package for each in BY_PLATFORM.values() for package in each.values())}
    assert set(packages) <= known | {"python3-venv"}


def test_ci_runs_the_readmes_own_test_command() -> None:
    assert "readme_command 'command: test'" in CI


def test_every_model_step_verb_and_state_is_named() -> None:
    assert {model.card.key for model in models.discover().values()} <= NAMED
    assert {step.card.key for step in steps.discover().values()} <= NAMED
    assert set(LEDGER_STATES) <= NAMED
    for verb in cli.VERBS:
        assert f"gilscope {verb}" in README


def test_the_csv_columns_are_those_that_are_written() -> None:
    assert f"`{', '.join(SAMPLE_COLUMNS)}`" in README
    assert f"`{', '.join(PHASE_COLUMNS)}`" in README


def test_files_that_are_linked_to_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def test_every_example_is_in_the_table() -> None:
    for path in (ROOT / "resources" / "experiments").glob("*.toml"):
        title = str(tomllib.loads(path.read_text(encoding="utf-8"))["title"])
        assert title in README or title.partition(":")[0] in README, title


def test_the_experiment_that_is_shown_is_one() -> None:
    [shown] = re.findall(r"```toml\n(.+?)```", README, re.DOTALL)
    data = tomllib.loads(shown)
    assert data["format"] == 1
    assert {each["kind"] for each in data["workload"]["steps"]} <= set(steps.discover())
    assert data["model"]["kind"] in models.discover()
