"""An X server of its own for a benchmark (Xvfb), and its pixels: what a person would see, read from outside."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

WIDTH: Final = 1920
HEIGHT: Final = 1080
_Z_PIXMAP: Final = 2
_ALL_PLANES: Final = 0xFFFFFFFF
_PAUSE_S: Final = 0.005


class _Image(ctypes.Structure):
    """The beginning of Xlib's XImage."""

    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_char)),
        ("byte_order", ctypes.c_int),
        ("bitmap_unit", ctypes.c_int),
        ("bitmap_bit_order", ctypes.c_int),
        ("bitmap_pad", ctypes.c_int),
        ("depth", ctypes.c_int),
        ("bytes_per_line", ctypes.c_int),
    )


class Screen:
    """A connection to an X server whose screen nobody else draws on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.argtypes = (ctypes.c_void_p,)
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        whole, long = ctypes.c_int, ctypes.c_ulong
        self._x.XGetImage.argtypes = (ctypes.c_void_p, long, whole, whole, whole, whole, long, whole)
        self._x.XGetImage.restype = ctypes.POINTER(_Image)
        self._x.XDestroyImage.argtypes = (ctypes.POINTER(_Image),)
        self._x.XCloseDisplay.argtypes = (ctypes.c_void_p,)
        self._display = self._x.XOpenDisplay(name.encode())
        if not self._display:
            raise OSError(f"there is no X server at {name}")
        self._root = self._x.XDefaultRootWindow(self._display)

    def row(self, y: int) -> bytes:
        """Return the pixels of one row, four bytes each."""
        image = self._x.XGetImage(self._display, self._root, 0, y, WIDTH, 1, _ALL_PLANES, _Z_PIXMAP)
        pixels = ctypes.string_at(image.contents.data, image.contents.bytes_per_line)
        self._x.XDestroyImage(image)
        return pixels

    def colors(self, y: int) -> int:
        """Return how many colours there are in one row: 1 where nothing is painted."""
        pixels = self.row(y)
        return len({pixels[place : place + 4] for place in range(0, len(pixels), 4)})

    def wait_for(self, seen: Callable[[], bool], limit_s: float) -> float:
        """Return when (time.monotonic) it was seen. Raises TimeoutError if it is not, within `limit_s`."""
        deadline = time.monotonic() + limit_s
        while not seen():
            if time.monotonic() > deadline:
                raise TimeoutError(f"it was not seen on the screen within {limit_s:g} s")
            time.sleep(_PAUSE_S)
        return time.monotonic()

    def close(self) -> None:
        """Let go of the server."""
        self._x.XCloseDisplay(self._display)


@contextmanager
def own_screen() -> Iterator[Screen]:
    """Give an X server that lives as long as the block. Raises OSError where there is no Xvfb."""
    program = shutil.which("Xvfb")
    if program is None:
        raise OSError("there is no Xvfb: install xvfb")
    read_end, write_end = os.pipe()
    options = ["-displayfd", str(write_end), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen([program, *options], pass_fds=(write_end,), stderr=subprocess.DEVNULL)
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            number = told.readline().strip()
        screen = Screen(f":{number}")
        try:
            yield screen
        finally:
            screen.close()
    finally:
        server.terminate()
        server.wait()
