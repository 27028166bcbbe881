"""Keeps Python 3.11 alive under PySide6 6.12, which loses a reference to True with every signal that is emitted.

Measured on PySide6 6.12.0 (6.8.3 and 6.11.3 are sound): `signal.emit()` gives back a True that it does not own, and a
`disconnect` that fails a False. After some thousands the interpreter aborts with "bool_dealloc: deallocating True or
False". From Python 3.12 on the two never die; before, we give them more references than a program can lose.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

MANY: Final = 1 << (28 if sys.maxsize < 1 << 32 else 48)


def keep_booleans() -> None:
    """Make True and False immortal in all but name where Python itself does not. Once is enough; more do no harm."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for value in (True, False):
        if sys.getrefcount(value) < MANY:
            # An object begins with its reference count.
            ctypes.c_ssize_t.from_address(id(value)).value += MANY
