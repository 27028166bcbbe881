"""How to get a free-threaded Python: the ways that this machine has, and said only where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.interpreters.free_threaded import GUIDE, Way, is_missing, sentences, ways
from engine.wire.interpreter import Interpreter

FEDORA = 'NAME="Fedora Linux"\nID=fedora\n'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n'
DEBIAN = "ID=debian\n"


@pytest.mark.parametrize(
    ("release", "programs", "by"),
    [
        (FEDORA, {"uv"}, ["uv", "dnf"]),
        (MINT, {"uv"}, ["uv", "apt"]),
        (DEBIAN, {"uv", "pyenv"}, ["uv", "pyenv"]),
        (DEBIAN, set(), ["uv"]),
    ],
)
def test_the_ways_are_those_of_this_machine(tmp_path: Path, release: str, programs: set[str], by: list[str]) -> None:
    (tmp_path / "os-release").write_text(release)
    found = ways("linux", programs.__contains__, tmp_path / "os-release")
    assert [way.by for way in found] == by
    assert found[0].commands[-1] == "uv python install 3.14t"
    assert (len(found[0].commands) == 1) == ("uv" in programs), "who has no uv is told how to get it"


def test_other_systems_have_theirs_and_a_missing_file_is_no_error(tmp_path: Path) -> None:
    assert [way.by for way in ways("darwin", {"brew"}.__contains__)] == ["uv", "Homebrew"]
    assert [way.by for way in ways("win32", {"py"}.__contains__)] == ["uv", "the Python install manager"]
    assert [way.by for way in ways("linux", set().__contains__, tmp_path / "none")] == ["uv"]
    assert sentences([Way("uv", ("a", "b"))]) == ["with uv: a && b"]
    assert GUIDE.startswith("https://")


def test_it_is_missing_where_none_can_be_used() -> None:
    plain, free = Interpreter("/a"), Interpreter("/b", free_threaded=True)
    assert is_missing([plain])
    assert is_missing([plain, Interpreter("/c", free_threaded=True, problem="does not start")])
    assert not is_missing([plain, free])
