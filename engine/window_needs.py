"""Checks what a Linux machine needs before the window can open; without Qt, which would abort the process."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

# Library file -> Debian's package with it. Qt brings the rest along.
ALWAYS: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
BY_PLATFORM: Final[dict[str, dict[str, str]]] = {
    "xcb": {
        "libX11-xcb.so.1": "libx11-xcb1",
        "libxcb.so.1": "libxcb1",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-image.so.0": "libxcb-image0",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-randr.so.0": "libxcb-randr0",
        "libxcb-render-util.so.0": "libxcb-render-util0",
        "libxcb-render.so.0": "libxcb-render0",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-shm.so.0": "libxcb-shm0",
        "libxcb-sync.so.1": "libxcb-sync1",
        "libxcb-util.so.1": "libxcb-util1",
        "libxcb-xfixes.so.0": "libxcb-xfixes0",
        "libxcb-xkb.so.1": "libxcb-xkb1",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    },
    "wayland": {
        "libwayland-client.so.0": "libwayland-client0",
        "libwayland-cursor.so.0": "libwayland-cursor0",
        "libwayland-egl.so.1": "libwayland-egl1",
    },
}

Load = Callable[[str], Any]
Which = Callable[[str], "str | None"]


def home_problem() -> str | None:
    """Return one line that says that this user has no home, where a window's files belong, or None."""
    if os.path.expanduser("~") != "~":
        return None
    return "This user has no home folder (no HOME, and no entry in passwd). Set HOME to a folder."


def window_problem(
    environ: Mapping[str, str] = os.environ,
    load: Load = ctypes.CDLL,
    which: Which = shutil.which,
    platform: str = sys.platform,
) -> str | None:
    """Return one line that says why the window cannot open here and what to install, or None if it can.

    `load` opens a shared library or raises OSError, as ctypes.CDLL does; `which` finds a command, as shutil.which does.
    """
    if platform != "linux":
        return None
    platforms = _display_platforms(environ)
    missing = _missing(ALWAYS, load)
    if not platforms:
        return _no_display("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)", missing, load, which)
    of_platforms = [_missing(BY_PLATFORM.get(each, {}), load) for each in platforms]
    if all(of_platforms):
        missing |= of_platforms[0]
    if missing:
        return _advice("Qt needs system libraries that are not installed here", missing, which)
    if platforms == ["xcb"] and not _answers(load):
        return _no_display(f"The display {environ.get('DISPLAY', '')} does not answer", missing, load, which)
    return None


def _display_platforms(environ: Mapping[str, str]) -> list[str]:
    """Return the Qt platforms that could show the window, the likeliest first; none if there is no display."""
    asked = environ.get("QT_QPA_PLATFORM", "")
    if asked:
        return [name.partition(":")[0].partition("-")[0] for name in asked.split(";")]
    found = []
    if environ.get("WAYLAND_DISPLAY") and _wayland_socket(environ).exists():
        found.append("wayland")
    if environ.get("DISPLAY"):
        found.append("xcb")
    return found


def _wayland_socket(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_RUNTIME_DIR", "/"), environ["WAYLAND_DISPLAY"])


def _missing(libraries: Mapping[str, str], load: Load) -> dict[str, str]:
    missing = {}
    for library, package in libraries.items():
        try:
            load(library)
        except OSError:
            missing[library] = package
    return missing


def _answers(load: Load) -> bool:
    """Return whether the X server that DISPLAY names lets us in."""
    xcb = load("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def _no_display(reason: str, missing: dict[str, str], load: Load, which: Which) -> str:
    reason += "; `gilscope run FILE.toml` needs none"
    missing = missing | _missing(BY_PLATFORM["xcb"], load)
    missing |= {command: package for command, package in (("Xvfb", "xvfb"), ("xauth", "xauth")) if not which(command)}
    if not missing:
        return f"{reason}. For a virtual display: xvfb-run -a gilscope"
    return _advice(f"{reason}. For a virtual display (xvfb-run -a gilscope)", missing, which)


def _advice(reason: str, missing: Mapping[str, str], which: Which) -> str:
    if which("apt-get"):
        apt = "sudo apt" if which("sudo") else "apt"
        return f"{reason}: {apt} install {' '.join(_unique(missing.values()))}"
    return f"{reason}: install what holds {' '.join(_unique(missing))}"


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
