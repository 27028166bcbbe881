"""Keeps Python 3.11 alive under PySide6 6.12, which gives up references to True, False and None that it does not own.

Measured on PySide6 6.12.0 (6.8.3 and 6.11.3 are sound): every `signal.emit()` costs True a reference, every call that
returns nothing costs None one, and after some thousands the interpreter aborts ("bool_dealloc", "none_dealloc"). From
Python 3.12 on the three never die; before, we give them more references than a program can lose.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

MANY: Final = 1 << (28 if sys.maxsize < 1 << 32 else 48)


def keep_constants() -> None:
    """Make True, False and None immortal in all but name where Python itself does not. More than once does no harm."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for value in (True, False, None):
        if sys.getrefcount(value) < MANY:
            # An object begins with its reference count.
            ctypes.c_ssize_t.from_address(id(value)).value += MANY
