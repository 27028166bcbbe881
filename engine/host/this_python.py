"""What this interpreter is: asked of itself, where the workload runs."""

from __future__ import annotations

import sys
import sysconfig
from typing import Any


def describe_python() -> dict[str, Any]:
    """Return `path, version, implementation, gil_enabled, build` of the interpreter that calls.

    `gil_enabled` is its state now: a free-threaded build may have turned its GIL on. `build` is `free-threaded` or
    `default`.
    """
    name = sys.implementation.name
    is_gil_enabled = getattr(sys, "_is_gil_enabled", None)
    return {
        "path": sys.executable,
        "version": "{}.{}.{}".format(*sys.version_info[:3]),
        "implementation": {"cpython": "CPython", "pypy": "PyPy"}.get(name, name),
        "gil_enabled": bool(is_gil_enabled()) if is_gil_enabled else True,
        "build": "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "default",
    }
