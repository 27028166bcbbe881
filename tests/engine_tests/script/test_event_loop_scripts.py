"""A script whose coroutines uvloop runs, and one with threads of its own number."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine import models
from engine.script.script import script_of
from engine.workload import steps
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from tests.interpreters import interpreter_with_uvloop

CATALOGUE = Catalogue.of(
    (each.card for each in steps.discover().values()), (each.card for each in models.discover().values())
)
SLEEP = {"kind": "sleep", "duration_ms": 1.0}
PARTS = [{"name": name, "workers": 2, "steps": [SLEEP]} for name in ("one", "two")]


def experiment(workload: dict[str, Any], **model: Any) -> dict[str, Any]:
    return check(
        {"format": 1, "title": "Loops", "workload": {"tasks": 8, **workload}, "model": model}, CATALOGUE
    ).to_dict()


@pytest.mark.parametrize("workload", [{"steps": [SLEEP]}, {"groups": PARTS}, {"stages": PARTS}], ids=str)
def test_uvloop_runs_a_scripts_coroutines(workload: dict[str, Any], tmp_path: Path) -> None:
    workers = {"workers": 2} if "steps" in workload else {}
    text = script_of(experiment(workload, kind="asyncio", loop="uvloop", **workers))
    assert "import uvloop\n" in text
    assert "asyncio.run(" not in text.replace("`asyncio.run`", "")
    (tmp_path / "file.py").write_text(text, encoding="utf-8")
    command = [interpreter_with_uvloop(tmp_path).path, "file.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert f"tasks: {16 if 'groups' in workload else 8}\n" in ended.stdout


def test_a_script_has_as_many_threads_in_its_executor_as_the_experiment_says() -> None:
    given = {"kind": "asyncio-threads", "workers": 8, "default_executor_workers": 2}
    assert "default_executor_workers=2)" in script_of(experiment({"steps": [SLEEP]}, **given))


def test_the_file_has_both_and_a_stages_model_keeps_its_loop() -> None:
    stages = [{**PARTS[0], "model": "asyncio"}, PARTS[1]]
    assert experiment({"stages": stages}, kind="threads", loop="uvloop")["model"]["loop"] == "uvloop"
    assert "loop" not in experiment({"steps": [SLEEP]}, kind="threads", workers=2, loop="uvloop")["model"]
    for key, value in (("loop", "libuv"), ("default_executor_workers", -1)):
        with pytest.raises(ExperimentError, match=f"model.{key}: must be"):
            experiment({"steps": [SLEEP]}, kind="asyncio", workers=2, **{key: value})
