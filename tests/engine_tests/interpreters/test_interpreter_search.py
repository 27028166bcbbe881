"""Where interpreters are looked for, what is remembered of them, and what the person adds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from engine.interpreters.additions import add_path, added_paths, additions_file, remove_path
from engine.interpreters.cache import InterpreterCache
from engine.interpreters.interpreter import app_interpreter
from engine.interpreters.search import (
    candidates_from_tools,
    candidates_in_files,
    file_identity,
    paths_of_py_launcher,
    version_hint,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders as on other platforms, and links")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_EXE", "GILSCOPE_FREE_THREADED", "GILSCOPE_INTERPRETERS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PYENV_ROOT", "WORKON_HOME", "MISE_DATA_DIR", "ASDF_DATA_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("GILSCOPE_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def program(path: Path, text: str = "#!/bin/sh\n") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def found_in(folder: Path) -> dict[str, str]:
    return {each.path: each.source for each in candidates_in_files() if each.path.startswith(str(folder))}


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("bin/python3.13t", "PATH"),
        (".pyenv/versions/3.12.1/bin/python3.12", "pyenv"),
        (".pyenv/versions/pypy3.10-7.3.17/bin/pypy3.10", "pyenv"),
        (".asdf/installs/python/3.13.0/bin/python3.13", "asdf"),
        (".local/share/mise/installs/python/3.14.0/bin/python", "mise"),
        (".local/share/uv/python/cpython-3.14.0+freethreaded-linux-x86_64-gnu/bin/python3", "uv"),
        (".local/bin/python3.14", "system"),
        ("miniconda3/bin/python", "conda"),
        ("miniforge3/envs/work/bin/python", "conda"),
        (".virtualenvs/course/bin/python", "venv"),
        (".venv/bin/python", "venv"),
    ],
)
def test_a_place_where_interpreters_are(home: Path, place: str, source: str) -> None:
    path = program(home / place)
    assert found_in(home) == {path: source}


@pytest.mark.parametrize(
    ("variable", "value", "place", "source"),
    [
        ("GILSCOPE_FREE_THREADED", "x/python3.14t", "x/python3.14t", "added"),
        ("GILSCOPE_INTERPRETERS", "x/a{sep}~/b", "b", "added"),
        ("PYENV_ROOT", "pyenv", "pyenv/versions/3.13.0/bin/python3.13", "pyenv"),
        ("VIRTUAL_ENV", "active", "active/bin/python", "venv"),
        ("WORKON_HOME", "work", "work/course/bin/python", "venv"),
        ("CONDA_PREFIX", "conda", "conda/bin/python", "conda"),
        ("CONDA_EXE", "c/bin/conda", "c/envs/one/bin/python", "conda"),
    ],
)
def test_a_variable_that_names_a_place(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, place: str, source: str
) -> None:
    path = program(home / place)
    absolute = [part if part.startswith("~") else str(home / part) for part in value.split("{sep}")]
    monkeypatch.setenv(variable, os.pathsep.join(absolute))
    assert found_in(home)[path] == source


def test_the_environments_that_conda_lists(home: Path) -> None:
    path = program(home / "elsewhere" / "bin" / "python")
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text(f"{home}/elsewhere\n{home}/removed\n")
    assert found_in(home) == {path: "conda"}


def test_shims_and_other_programs_are_no_candidates(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{home}/.pyenv/shims{os.pathsep}{home}/bin")
    for name in (".pyenv/shims/python3", "bin/python3-config", "bin/python-argcomplete-check", "bin/pythonw", "bin/ls"):
        program(home / name)
    assert found_in(home) == {}


def test_names_of_one_file_are_one_candidate_by_its_exact_name(home: Path) -> None:
    path = program(home / "bin" / "python3.13t")
    for name in ("python", "python3"):
        (home / "bin" / name).symlink_to("python3.13t")
    os.link(path, home / "bin" / "python3.13")
    assert found_in(home) == {path: "PATH"}


def test_an_environment_whose_python_was_removed_is_still_listed(home: Path) -> None:
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "python").symlink_to("/no/such/python3.13")
    assert found_in(home) == {f"{home}/.venv/bin/python": "venv"}


def test_a_virtual_environment_is_not_its_base(home: Path) -> None:
    base = program(home / "bin" / "python3.13")
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "python").symlink_to(base)
    assert set(found_in(home)) == {base, f"{home}/.venv/bin/python"}
    assert file_identity(base) != file_identity(f"{home}/.venv/bin/python")


def test_uv_is_asked_for_its_folder(home: Path) -> None:
    path = program(home / "place" / "cpython-3.14.0" / "bin" / "python")
    program(home / "bin" / "uv", f'#!/bin/sh\n[ "$*" = "python dir" ] && echo {home}/place\n')
    assert [(each.path, each.source, each.version) for each in candidates_from_tools()] == [(path, "uv", (3, 14))]


@pytest.mark.parametrize("text", ["exit 3", "echo /no/such/folder", "echo", "kill -9 $$"])
def test_a_uv_that_fails_finds_nothing(home: Path, text: str) -> None:
    program(home / "bin" / "uv", f"#!/bin/sh\n{text}\n")
    assert candidates_from_tools() == []


def test_what_the_py_launcher_prints() -> None:
    output = (
        " -V:3.14t         C:\\Users\\Ann Lee\\AppData\\Local\\Python\\python3.14t.exe\r\n"
        " -V:3.13 *        C:\\Python313\\python.exe\r\n"
        "  *               Active venv\r\n"
        "No runtimes installed\r\n"
    )
    assert paths_of_py_launcher(output) == [
        "C:\\Users\\Ann Lee\\AppData\\Local\\Python\\python3.14t.exe",
        "C:\\Python313\\python.exe",
    ]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/x/python3.13t", (3, 13)),
        ("/x/pypy3.10", (3, 10)),
        ("/x/3.12.1/bin/python", (3, 12)),
        ("/x/Python313/python.exe", (3, 13)),
        ("/x/bin/python3", None),
    ],
)
def test_a_version_is_guessed_from_names(path: str, hint: tuple[int, int] | None) -> None:
    assert version_hint(path) == hint


def test_what_is_added_is_found_until_it_is_removed(home: Path) -> None:
    assert added_paths() == []
    path = add_path("~/mine/python")
    assert path == f"{home}/mine/python"
    add_path(path)
    assert added_paths() == [path]
    assert found_in(home) == {path: "added"}
    assert remove_path(path)
    assert not remove_path(path)
    assert found_in(home) == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2, "paths": []}', '{"format": 1, "paths": [3]}', "\udcff"])
def test_a_damaged_list_is_not_written_over(home: Path, text: str) -> None:
    additions_file().parent.mkdir()
    additions_file().write_text(text, errors="surrogateescape")
    with pytest.raises(ValueError, match=r"interpreters\.json"):
        add_path("/x/python")
    assert additions_file().read_text(errors="surrogateescape") == text
    candidates_in_files()


def test_an_answer_is_kept_until_its_file_changes(home: Path) -> None:
    path = program(home / "python3.13")
    answer = app_interpreter()
    cache = InterpreterCache(home / "cache" / "interpreters.json")
    cache.put(path, answer)
    cache.save()
    kept = InterpreterCache(home / "cache" / "interpreters.json").get(path, "PATH")
    assert kept == answer.found_in("PATH")
    program(home / "python3.13", "#!/bin/sh\n# another\n")
    assert InterpreterCache(home / "cache" / "interpreters.json").get(path, "PATH") is None


def test_an_answer_belongs_to_a_choice_of_gil(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(home / "python3.13t")
    cache = InterpreterCache(home / "interpreters.json")
    cache.put(path, app_interpreter())
    monkeypatch.setenv("PYTHON_GIL", "1")
    assert cache.get(path, "PATH") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 0}', '{"format": 1, "entries": {"/x||": 3}}'])
def test_a_damaged_cache_is_an_empty_one(home: Path, text: str) -> None:
    file = home / "interpreters.json"
    file.write_text(text)
    cache = InterpreterCache(file)
    assert cache.get("/x", "PATH") is None
    path = program(home / "python3.13")
    cache.put(path, app_interpreter())
    cache.save()
    assert json.loads(file.read_text())["entries"]
    assert InterpreterCache(file).get(path, "PATH") is not None


def test_a_cache_that_cannot_be_written_is_none(home: Path) -> None:
    (home / "file").touch()
    cache = InterpreterCache(home / "file" / "interpreters.json")
    cache.put(program(home / "python3.13"), app_interpreter())
    cache.save()


def test_two_that_save_at_once_keep_what_both_know(home: Path) -> None:
    file = home / "interpreters.json"
    paths = [program(home / name / "python3.13") for name in ("one", "two")]
    caches = [InterpreterCache(file) for _ in paths]
    for cache, path in zip(caches, paths, strict=True):
        cache.put(path, app_interpreter())
    for cache in caches:
        cache.save()
    assert all(InterpreterCache(file).get(path, "PATH") for path in paths)
