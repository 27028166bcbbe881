"""Which interpreter a name means, what a search reports, and how a host starts under what was found."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.interpreters.cache import InterpreterCache
from engine.interpreters.installed import resolve, search
from engine.interpreters.interpreter import app_interpreter, host_arguments, host_environment
from engine.wire.interpreter import Interpreter
from engine.workload.errors import ExperimentError
from tests.interpreters import every_interpreter, free_threaded_interpreter, interpreter_older_than, usable_interpreters

ENGINE_PARENT = Path(__file__).resolve().parents[3]
needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="the interpreter that hangs is a shell script")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GILSCOPE_CONFIG", str(tmp_path / "config"))
    named = [each.path for each in usable_interpreters()]
    monkeypatch.setenv("GILSCOPE_INTERPRETERS", os.pathsep.join(named))


@pytest.mark.parametrize("name", [None, "", "  "])
def test_no_name_is_the_apps_own(name: str | None) -> None:
    assert resolve(name) == app_interpreter()


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_a_name_is_the_newest_of_its_kind(interpreter: Interpreter) -> None:
    found = resolve(interpreter.name)
    assert found.name == interpreter.name
    assert found.version_info >= interpreter.version_info
    assert found.free_threaded is interpreter.free_threaded


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_a_whole_version_and_a_path_are_one_interpreter(interpreter: Interpreter) -> None:
    prefix = "" if interpreter.implementation == "CPython" else interpreter.implementation.lower()
    suffix = "t" if interpreter.free_threaded else ""
    assert resolve(prefix + interpreter.version + suffix).version == interpreter.version
    found = resolve(interpreter.path)
    assert found.path == interpreter.path
    assert found.source == "added"


def test_a_name_without_t_is_never_a_free_threaded_build() -> None:
    name = free_threaded_interpreter().name
    plain = name.rstrip("t")
    if any(each.name == plain for each in usable_interpreters()):
        assert resolve(plain).free_threaded is False
    else:
        with pytest.raises(ExperimentError, match=f"there is no {plain} on this machine; there is .*{name}"):
            resolve(plain)


@pytest.mark.parametrize("name", ["3.99", "3.99t", "pypy3.99", "python3.99.1"])
def test_what_is_not_there_is_refused_with_what_is(name: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        resolve(name)
    assert caught.value.path == "model.interpreter"
    assert caught.value.problem.startswith(f"there is no {name} on this machine; there is ")
    assert app_interpreter().name in caught.value.problem


@pytest.mark.parametrize("name", ["fancypython", "three", "a\0b"])
def test_what_is_neither_name_nor_path_is_refused(name: str) -> None:
    with pytest.raises(ExperimentError, match="neither the name of an interpreter"):
        resolve(name)


def test_one_too_old_is_refused_with_the_reason() -> None:
    old = interpreter_older_than((3, 10))
    for name in (old.path, old.version):
        with pytest.raises(ExperimentError, match=rf"Python {old.version} is too old \(needs 3.10\)"):
            resolve(name)


@pytest.mark.parametrize(("name", "problem"), [("{}", "is a folder"), ("{}/x", "does not exist"), ("{}/\0", "null")])
def test_a_path_to_nothing_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(ExperimentError, match=problem):
        resolve(name.format(tmp_path))


@needs_scripts
def test_a_path_that_hangs_is_refused_in_time(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"does not answer and end within 0\.2 s"):
        resolve(hanging(tmp_path / "python3"), limit_s=0.2, allowed=True)


def test_what_answered_once_is_not_asked_again(tmp_path: Path) -> None:
    path = app_interpreter().path
    first = resolve(path)
    assert resolve(path, limit_s=0.0) == first
    with pytest.raises(ExperimentError, match="does not answer"):
        resolve(path, limit_s=0.0, cache=InterpreterCache(tmp_path / "other.json"))


@needs_scripts
def test_a_search_reports_as_it_finds_and_lists_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hung, folder = hanging(tmp_path / "hung"), str(tmp_path)
    known = [each.path for each in usable_interpreters()]
    monkeypatch.setenv("GILSCOPE_INTERPRETERS", os.pathsep.join([hung, folder, *known]))
    reports: list[tuple[list[Interpreter], bool]] = []
    found = search(lambda so_far, complete: reports.append((so_far, complete)), limit_s=2.0)

    assert [complete for _, complete in reports] == [False] * (len(reports) - 1) + [True]
    assert reports[-1][0] == found
    assert found[0] == app_interpreter()
    assert all(len(before[0]) <= len(after[0]) for before, after in itertools.pairwise(reports))
    problems = {each.path: each.problem for each in found}
    assert problems[hung] == "does not answer and end within 2 s"
    assert problems[folder] == "is a folder"
    usable = [each for each in found if each.usable]
    assert found[: len(usable)] == usable
    assert {each.name for each in usable_interpreters()} <= {each.name for each in usable}
    assert len({(each.real_path, each.prefix) for each in usable}) == len(usable)


@needs_scripts
def test_a_second_search_asks_only_what_did_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = search(lambda *_: None)
    reports: list[list[Interpreter]] = []
    again = search(lambda so_far, _: reports.append(so_far))
    assert again == first
    assert {each.path for each in reports[0]} >= {each.path for each in first if each.version}


def test_a_report_that_fails_ends_the_search_and_not_more() -> None:
    def fail(_so_far: list[Interpreter], _complete: bool) -> None:
        raise RuntimeError("the window is gone")

    with pytest.raises(RuntimeError, match="the window is gone"):
        search(fail)


SEEN = "import json, os, sys, engine; print(json.dumps([sys.path, sorted(os.environ), sys.flags.optimize]))"


@pytest.mark.parametrize("interpreter", every_interpreter())
def test_a_host_sees_our_engine_and_nothing_else_of_ours(interpreter: Interpreter, tmp_path: Path) -> None:
    if host_arguments(interpreter):  # without them the folder it starts in has to be an empty one
        (tmp_path / "engine.py").write_text("raise SystemExit('hijacked')\n")
    base = {**os.environ, "PYTHONPATH": "/ours", "PYTHONHOME": "/nowhere", "PYTHONOPTIMIZE": "2", "VIRTUAL_ENV": "/v"}
    environment = host_environment({**base, "PYTHON_GIL": "0"}, ENGINE_PARENT, interpreter)
    done = subprocess.run(
        [interpreter.path, *host_arguments(interpreter), "-c", SEEN],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    path, variables, optimize = json.loads(done.stdout)
    assert str(ENGINE_PARENT) in path
    assert "/ours" not in path
    own_packages = [each for each in sys.path if "site-packages" in each]
    if interpreter.path != app_interpreter().path:
        assert not set(own_packages) & set(path)
    assert optimize == 0
    assert "VIRTUAL_ENV" not in variables
    assert ("PYTHON_GIL" in variables) is interpreter.free_threaded


def test_the_environment_keeps_what_is_not_pythons() -> None:
    base = {"HOME": "/h", "LANG": "C", "PYTHONHASHSEED": "1", "PYTHON_JIT": "1", "__PYVENV_LAUNCHER__": "/x"}
    expected = {"HOME": "/h", "LANG": "C", "PYTHON_JIT": "1", "PYTHONPATH": "/e"}
    assert host_environment(base, "/e") == expected


def test_a_choice_of_gil_comes_before_the_environments() -> None:
    free_threaded = free_threaded_interpreter()
    for gil in free_threaded.gil_choices:
        environment = host_environment({"PYTHON_GIL": "0"}, "/e", free_threaded, gil)
        assert environment["PYTHON_GIL"] == gil


def hanging(path: Path) -> str:
    path.write_text("#!/bin/sh\nexec sleep 1000\n")
    path.chmod(0o755)
    return str(path)
