"""Names of interpreters: what is one, what it matches, which of several is the newest."""

from __future__ import annotations

import pytest

from engine.interpreters.interpreter import described, short_name
from engine.interpreters.name import newest_first, parse_name
from engine.wire.interpreter import Interpreter


def python(version: str, *, implementation: str = "CPython", free_threaded: bool = False) -> Interpreter:
    numbers = version.replace("rc", ".").replace("a", ".").replace("b", ".").split(".")[:3]
    answer = {
        "version": version,
        "version_info": [int(each) for each in numbers],
        "implementation": implementation,
        "free_threaded": free_threaded,
        "gil_enabled": not free_threaded,
        "jit": None,
        "start_methods": ["spawn"],
        "prefix": "/p",
        "base_prefix": "/p",
    }
    return described(f"/p/bin/{implementation}{version}", answer, "PATH")


@pytest.mark.parametrize(
    ("name", "version", "matches"),
    [
        ("3.13", "3.13.0", True),
        ("3.13", "3.12.9", False),
        ("3.1", "3.13.0", False),
        ("python3.13", "3.13.5", True),
        ("Python-3.13", "3.13.5", True),
        ("cpython3.13", "3.13.5", True),
        ("3.13.0", "3.13.0", True),
        ("3.13.0", "3.13.1", False),
        ("3", "3.11.2", True),
        ("python3", "3.11.2", True),
        ("3.14.0rc1", "3.14.0rc1", True),
        ("3.14.0rc1", "3.14.0", False),
        ("3.13t", "3.13.0", False),
        ("pypy3.10", "3.10.14", False),
        ("pypy", "3.10.14", False),
    ],
)
def test_a_name_matches_versions_of_a_build_with_a_gil(name: str, version: str, matches: bool) -> None:
    wanted = parse_name(name)
    assert wanted is not None
    assert wanted.matches(python(version)) is matches


@pytest.mark.parametrize("name", ["3.13t", "python3.13t", "3.13.5t", "3t"])
def test_only_a_name_with_t_matches_a_free_threaded_build(name: str) -> None:
    with_t, without = parse_name(name), parse_name(name.rstrip("t"))
    assert with_t is not None
    assert without is not None
    free_threaded = python("3.13.5", free_threaded=True)
    assert with_t.matches(free_threaded)
    assert not without.matches(free_threaded)


def test_pypy_is_asked_for_by_its_own_name() -> None:
    pypy = python("3.10.14", implementation="PyPy")
    for name in ("pypy3.10", "pypy-3.10", "pypy", "PyPy3"):
        wanted = parse_name(name)
        assert wanted is not None
        assert wanted.matches(pypy)
    plain = parse_name("3.10")
    assert plain is not None
    assert not plain.matches(pypy)


@pytest.mark.parametrize(
    "text", ["", "t", "python", "fancy3.13", "3.13.0.1", "/usr/bin/python3", "3.", "٣.13", "9" * 5000, "3.13 t", "x\0y"]
)
def test_what_is_no_name(text: str) -> None:
    assert parse_name(text) is None


def test_the_newest_comes_first_and_a_release_before_its_candidates() -> None:
    versions = ["3.9.18", "3.14.0rc1", "3.14.0rc2", "3.10.2", "3.14.0", "3.14.0b4"]
    ordered = [each.version for each in newest_first([python(version) for version in versions])]
    assert ordered == ["3.14.0", "3.14.0rc2", "3.14.0rc1", "3.14.0b4", "3.10.2", "3.9.18"]


@pytest.mark.parametrize("version", ["3.10.2", "3.13.5", "3.15.0"])
@pytest.mark.parametrize("free_threaded", [False, True])
@pytest.mark.parametrize("implementation", ["CPython", "PyPy"])
def test_a_short_name_asks_for_what_it_names(version: str, free_threaded: bool, implementation: str) -> None:
    interpreter = python(version, implementation=implementation, free_threaded=free_threaded)
    assert interpreter.name == short_name(implementation, interpreter.version_info, free_threaded)
    wanted = parse_name(interpreter.name)
    assert wanted is not None
    assert wanted.matches(interpreter)


def test_an_interpreter_survives_the_wire() -> None:
    interpreter = python("3.13.5", free_threaded=True)
    assert Interpreter.from_json(interpreter.to_json()) == interpreter


def test_the_gil_is_a_choice_on_free_threaded_builds_only() -> None:
    free_threaded = python("3.13.5", free_threaded=True)
    assert free_threaded.gil_choices == ("0", "1")
    assert free_threaded.with_gil("1").gil_enabled is True
    assert free_threaded.with_gil("0").gil_enabled is False
    assert free_threaded.with_gil(None) == free_threaded
    with pytest.raises(ValueError, match="must be 0 or 1"):
        free_threaded.with_gil("yes")
    with pytest.raises(ValueError, match=r"CPython 3\.13\.5 is not one"):
        python("3.13.5").with_gil("0")


def test_what_is_too_old_says_so() -> None:
    assert python("3.9.18").problem == "Python 3.9.18 is too old (needs 3.10)"
    assert python("3.10.0").problem is None
