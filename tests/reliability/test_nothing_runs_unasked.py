"""Opening, listing or checking a file starts no program that the file or its folder names."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.interpreters.cache import InterpreterCache
from engine.interpreters.installed import resolve, search
from engine.interpreters.known import is_known
from engine.workload.code_permission import digest, is_path
from engine.workload.errors import ExperimentError
from tests.commands import gilscope, gilscope_here
from tests.window import messages, open_window, wait_for_end, wait_for_engine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the program is a shell script")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a program that leaves a mark, an experiment that names it, and an environment with it."""
    evil = tmp_path / "evil"
    evil.write_text(
        f'#!/bin/sh\necho started >> "{tmp_path / "mark"}"\nexec "{sys.executable}" "$@"\n', encoding="utf-8"
    )
    evil.chmod(0o755)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(evil, tmp_path / ".venv" / "bin" / "python")
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n", encoding="utf-8")
    (tmp_path / "evil.toml").write_text(
        'format = 1\ntitle = "x"\n[workload]\ntasks = 2\n[[workload.steps]]\nkind = "sleep"\nduration_ms = 1.0\n'
        '[model]\nkind = "threads"\nworkers = 2\ninterpreter = "./evil"\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def started(folder: Path) -> bool:
    return (folder / "mark").exists()


@pytest.mark.parametrize("verb", ["run", "script", "compare"])
def test_a_program_that_a_file_names_is_not_started_without_trust(folder: Path, verb: str) -> None:
    done = gilscope_here(folder / "data", verb, "evil.toml")
    assert done.returncode == 2
    assert not started(folder)
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "gilscope: model.interpreter: is a program that is not one of this machine's known Pythons: ./evil"
    )
    assert line.endswith(f"gilscope {verb} evil.toml --trust")


@pytest.mark.parametrize("verb", [("run",), ("script",)])
def test_it_is_started_once_it_is_trusted_and_what_is_typed_is(folder: Path, verb: tuple[str, ...]) -> None:
    done = gilscope_here(folder / "data", *verb, "evil.toml", "--trust")
    assert done.returncode == 0, done.stderr
    assert started(folder)
    (folder / "mark").unlink()
    shutil.rmtree(folder / "cache", ignore_errors=True)
    done = gilscope_here(folder / "data", *verb, "evil.toml", "--interpreter", "./evil")
    assert done.returncode == 0, done.stderr
    assert started(folder)


def test_listing_offers_the_folders_environments_and_starts_none(folder: Path) -> None:
    done = gilscope(folder / "data", "interpreters")
    assert done.returncode == 0
    assert str(folder / ".venv" / "bin" / "python") in done.stdout
    assert "3.12.1" in done.stdout
    assert not started(folder)
    for verb in ("models", "steps", "history", "doctor"):
        gilscope(folder / "data", verb)
    assert not started(folder)


def test_a_name_never_means_what_lies_in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.environ['PATH']}")
    shutil.copy(folder / "evil", folder / "python3.12")
    cache = InterpreterCache(folder / "cache.json")
    try:
        assert not resolve("3.12", cache=cache).path.startswith(str(folder))
    except ExperimentError:
        pass  # there is none on this machine
    search(lambda found, complete: None, cache=cache)
    assert not started(folder)


def test_what_is_known_is_what_the_machine_has_anyway(folder: Path) -> None:
    assert is_known(sys.executable)
    assert not is_known("./evil")
    assert not is_known(str(folder / ".venv" / "bin" / "python"))
    assert is_path("./evil")
    assert is_path("evil")
    assert not is_path("3.13t")
    with pytest.raises(ExperimentError, match="started only if it is trusted"):
        resolve("./evil")
    assert not started(folder)


def test_permission_is_for_a_content_and_a_path(folder: Path) -> None:
    first = digest("./evil")
    shutil.copy(folder / "evil", folder / "other")
    assert digest("other") != first
    assert digest(str(folder / "evil")) == first
    (folder / "evil").write_text("#!/bin/sh\n", encoding="utf-8")
    assert digest("evil") != first


def test_opening_a_file_in_the_window_starts_nothing_and_run_asks_once(folder: Path, qtbot: QtBot) -> None:
    with open_window(folder, folder / "evil.toml", engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        assert workbench.document.experiment()["model"]["interpreter"] == "./evil"
        assert not started(folder)
        workbench.actions["run"].trigger()
        assert any("names a program as its interpreter" in each and "./evil" in each for each in messages(workbench))
        assert not workbench.session.running
        assert not started(folder)
        workbench.actions["palette"].trigger()
        titles = {entry.title: entry.why_not for entry in workbench.palette_entries.all()}
        assert titles["Allow this experiment’s code to run"] == ""
        assert workbench.actions["trust"].isEnabled()
        workbench.actions["trust"].trigger()
        assert workbench.session.running
        wait_for_end(workbench, qtbot)
        data = workbench.session.data
        assert data is not None
        assert data.status == "finished", data.reason
        assert started(folder)
    (folder / "mark").unlink()
    with open_window(folder, folder / "evil.toml", engine=True) as workbench:
        wait_for_engine(workbench, qtbot)
        workbench.actions["run"].trigger()
        assert workbench.session.running, messages(workbench)
        wait_for_end(workbench, qtbot)


def test_the_advice_to_trust_can_be_pasted(folder: Path) -> None:
    (folder / "code.toml").write_text(
        'format = 1\n[workload]\ntasks = 2\n[[workload.steps]]\nkind = "python"\n'
        '[model]\nkind = "threads"\nworkers = 1\n',
        encoding="utf-8",
    )
    options = ("--models", "threads", "--workers", "1,2", "--repeats", "1", "--duration", "0.1")
    done = gilscope_here(folder / "data", "compare", "code.toml", *options)
    assert done.returncode == 2
    advice = done.stderr.rpartition(": ")[2].split()
    assert advice[0] == "gilscope"
    done = gilscope_here(folder / "data", *advice[1:])
    assert done.returncode == 0, done.stderr
    done = gilscope_here(folder / "data", "compare", "--resume", "last")
    assert done.returncode == 2
    advice = done.stderr.rpartition(": ")[2].split()
    assert advice == ["gilscope", "compare", "--resume", "last", "--trust"]
    assert gilscope_here(folder / "data", *advice[1:]).returncode == 0
