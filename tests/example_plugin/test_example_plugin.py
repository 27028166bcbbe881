"""The example is found where it is installed, and is a model and a step like any other."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.wire.client import Conductor
from engine.wire.interpreter import Interpreter
from tests import conducting
from tests.conducting import ask
from tests.interpreters import every_interpreter

HERE = Path(__file__).parent
PROJECT: dict[str, Any] = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def install(folder: Path) -> None:
    """Put the package into a folder as pip would."""
    (folder / "gilscope_example").symlink_to(HERE / "gilscope_example")
    information = folder / f"gilscope_example-{PROJECT['version']}.dist-info"
    information.mkdir()
    name, version = PROJECT["name"], PROJECT["version"]
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = []
    for group, points in PROJECT["entry-points"].items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
    (information / "entry_points.txt").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example installed in it, and something else beside it."""
    folder = tmp_path_factory.mktemp("site")
    install(folder)
    (folder / "beside.py").write_text("")
    return folder


@pytest.fixture(scope="module")
def conductor(site: Path) -> Iterator[Conductor]:
    """A conductor that searches that folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_PLUGINS", str(site))
        with Conductor() as conductor:
            yield conductor


@pytest.fixture(autouse=True)
def _conductor_first(conductor: Conductor) -> None:
    """Have the conductor there before each test, so that it is not taken for something left behind."""


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_every_interpreter_offers_it(conductor: Conductor, interpreter: Interpreter) -> None:
    catalogue = ask(conductor, "catalogue", "catalogue", interpreter=interpreter.path, trust=True)["catalogue"]
    assert catalogue["problems"] == []
    models = {card["key"]: card for card in catalogue["models"]}
    steps = {card["key"]: card for card in catalogue["steps"]}
    assert models["queue-threads"]["unavailable_reason"] is None
    assert models["queue-threads"]["source"].startswith("def run(")
    assert models["queue-threads"]["origin"] == "gilscope-example 1.0 (gilscope_example.queue_threads:MODEL)"
    assert models["threads"]["origin"] == ""
    assert steps["fibonacci"]["parameters"][0]["name"] == "n"


@pytest.mark.parametrize("interpreter", every_interpreter())
@pytest.mark.parametrize("model", ["queue-threads", "processes"])
def test_it_runs(conductor: Conductor, interpreter: Interpreter, model: str) -> None:
    what = conducting.experiment([{"kind": "fibonacci", "n": 5}], model, tasks=20)
    what["model"]["interpreter"] = interpreter.path
    result = conducting.run(conductor, what)
    assert result["status"] == "finished", result["reason"]
    assert result["tasks"] == {"done": 20, "failed": 0}


def test_its_parameters_are_checked(conductor: Conductor) -> None:
    what = conducting.experiment([{"kind": "fibonacci", "n": 41}], "queue-threads", tasks=1)
    conducting.start(conductor, what)
    fact = conducting.until_ended(conductor)[-1]
    assert fact["type"] == "refused"
    assert fact["key"] == "workload.steps[0].n"


def test_what_lies_beside_it_is_not_on_the_hosts_path(conductor: Conductor) -> None:
    source = (
        "import importlib.util\n\n\ndef task(item):\n"
        "    assert importlib.util.find_spec('gilscope_example')\n"
        "    assert importlib.util.find_spec('beside') is None\n"
    )
    result = conducting.run(conductor, conducting.experiment([conducting.code(source)], "queue-threads", tasks=2))
    assert result["tasks"] == {"done": 2, "failed": 0}, result["errors"]


def test_it_can_be_saved_as_a_script(conductor: Conductor, tmp_path: Path) -> None:
    file = tmp_path / "saved.py"
    what = conducting.experiment([{"kind": "fibonacci", "n": 5}], "queue-threads", tasks=20)
    ask(conductor, "script", "script_saved", experiment=what, path=str(file))
    ended = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "tasks: 20\n" in ended.stdout
