"""Notices when an import turns the GIL back on in a free-threaded interpreter, in the host or in its children."""

from __future__ import annotations

import os
import re
import sys
import warnings
from typing import Any, Final

from engine.record.host_files import GIL_TURNED_ON, modules_that_turned_the_gil_on
from engine.record.private_file import private

# CPython's warning (since 3.13): the only place where it names the module.
_TURNED_ON: Final = re.compile(r"The global interpreter lock \(GIL\) has been enabled to load module '([^']+)'")


def watch(folder: str) -> None:
    """From now on keep, in the run's folder, the name of any module whose import turns the GIL on in this process.

    Does nothing unless the interpreter is free-threaded and its GIL is off.
    """
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        return
    show = warnings.showwarning

    def show_and_keep(message: Warning | str, *rest: Any, **more: Any) -> None:
        found = _TURNED_ON.search(str(message))
        if found:
            name = re.sub(r"[^\w.]", "_", found.group(1))
            with open(
                os.path.join(folder, f"{GIL_TURNED_ON}{os.getpid()}-{name}"), "w", encoding="utf-8", opener=private
            ):
                pass
        show(message, *rest, **more)

    warnings.showwarning = show_and_keep


def note(folder: str) -> str | None:
    """Return a sentence on what turned the GIL on, None if nothing did."""
    names = modules_that_turned_the_gil_on(folder)
    if not names:
        return None
    return (
        f"Importing {' and '.join(names)} turned the GIL back on: it does not say that it can run without. "
        "From then on this run's threads took turns, as under any Python with a GIL."
    )
