"""A machine that cannot open the window says in one line what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from engine.window_needs import ALWAYS, BY_PLATFORM, window_problem

ROOT = Path(__file__).resolve().parents[3]
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="the check is for Linux")


class Library:
    """A library as ctypes gives it; as libxcb, it connects or does not."""

    def __init__(self, failing: bool) -> None:
        self.xcb_connect = Function(1)
        self.xcb_connection_has_error = Function(int(failing))
        self.xcb_disconnect = Function(0)


class Function:
    """A function of a library, which lets its types be set."""

    def __init__(self, result: int) -> None:
        self._result = result

    def __call__(self, *arguments: object) -> int:
        return self._result


def _loader(without: Collection[str] = (), failing: bool = False) -> Callable[[str], Any]:
    def load(name: str) -> Any:
        if name in without:
            raise OSError(f"{name}: cannot open shared object file")
        return Library(failing)

    return load


def _which(*present: str) -> Callable[[str], str | None]:
    return lambda command: f"/usr/bin/{command}" if command in present else None


DEBIAN = _which("apt-get", "sudo", "Xvfb", "xauth")


def _problem(
    environ: dict[str, str],
    without: Collection[str] = (),
    failing: bool = False,
    which: Callable[[str], str | None] = DEBIAN,
    platform: str = "linux",
) -> str | None:
    found = window_problem(environ, _loader(without, failing), which, platform)
    assert found is None or "\n" not in found
    return found


def test_nothing_to_say_where_everything_is_there() -> None:
    assert _problem({"DISPLAY": ":0"}) is None
    assert _problem({"QT_QPA_PLATFORM": "offscreen"}) is None


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_not_asked(platform: str) -> None:
    assert _problem({}, [*ALWAYS], platform=platform) is None


@pytest.mark.parametrize(("library", "package"), [*ALWAYS.items(), *BY_PLATFORM["xcb"].items()])
def test_a_missing_library_is_named_by_its_package(library: str, package: str) -> None:
    problem = _problem({"DISPLAY": ":0"}, [library])
    assert problem is not None
    assert problem.endswith(f"sudo apt install {package}")


def test_packages_are_named_once_and_only_those_of_this_display() -> None:
    problem = _problem({"DISPLAY": ":0"}, ["libglib-2.0.so.0", "libgthread-2.0.so.0", "libwayland-egl.so.1"])
    assert problem is not None
    assert problem.endswith("sudo apt install libglib2.0-0")


def test_offscreen_needs_no_display_libraries() -> None:
    assert _problem({"QT_QPA_PLATFORM": "offscreen"}, [*BY_PLATFORM["xcb"], *BY_PLATFORM["wayland"]]) is None


def test_wayland(tmp_path: Path) -> None:
    (tmp_path / "wayland-0").touch()
    environ = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert _problem(environ) is None
    problem = _problem(environ, ["libwayland-cursor.so.0"])
    assert problem is not None
    assert problem.endswith("sudo apt install libwayland-cursor0")
    # With an X server beside it, its libraries will do.
    assert _problem({**environ, "DISPLAY": ":0"}, ["libwayland-cursor.so.0"]) is None


def test_a_wayland_display_that_is_gone_is_no_display(tmp_path: Path) -> None:
    problem = _problem({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)})
    assert problem is not None
    assert "There is no display" in problem


def test_no_display_says_what_runs_without_and_what_to_install() -> None:
    problem = _problem({}, ["libEGL.so.1", "libxcb-cursor.so.0"], which=_which("apt-get", "sudo"))
    assert problem is not None
    assert "gilscope run FILE.toml" in problem
    assert problem.endswith("sudo apt install libegl1 libxcb-cursor0 xvfb xauth")


def test_a_display_that_does_not_answer() -> None:
    problem = _problem({"DISPLAY": ":77"}, failing=True)
    assert problem is not None
    assert ":77 does not answer" in problem
    assert problem.endswith("xvfb-run -a gilscope")


def test_root_on_a_bare_machine_has_no_sudo() -> None:
    problem = _problem({"DISPLAY": ":0"}, ["libEGL.so.1"], which=_which("apt-get"))
    assert problem is not None
    assert problem.endswith(": apt install libegl1")


def test_without_apt_the_libraries_are_named() -> None:
    problem = _problem({"DISPLAY": ":0"}, ["libEGL.so.1"], which=_which())
    assert problem is not None
    assert problem.endswith("install what holds libEGL.so.1")


@LINUX_ONLY
@pytest.mark.parametrize("display", [{}, {"DISPLAY": ":7654"}], ids=["none", "gone"])
def test_the_command_says_so_in_one_line(display: dict[str, str]) -> None:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environ = {name: value for name, value in os.environ.items() if name not in hidden} | display
    ended = subprocess.run(
        [sys.executable, str(ROOT / "gui" / "_launch.py")],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("gilscope: ")
    assert ended.stderr.count("\n") == 1
