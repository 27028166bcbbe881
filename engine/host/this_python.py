"""Describes the interpreter that runs this code, which is the workload's."""

from __future__ import annotations

import sys

from engine.wire.host_answers import PythonFacts


def describe_python() -> PythonFacts:
    """Return the facts about the running interpreter."""
    name = sys.implementation.name
    is_gil_enabled = getattr(sys, "_is_gil_enabled", None)
    return PythonFacts(
        path=sys.executable,
        version="{}.{}.{}".format(*sys.version_info[:3]),
        implementation={"cpython": "CPython", "pypy": "PyPy"}.get(name, name),
        gil_enabled=bool(is_gil_enabled()) if is_gil_enabled else True,
        build="free-threaded" if _is_free_threaded() else "default",
    )


def _is_free_threaded() -> bool:
    flags = getattr(sys, "abiflags", None)
    if flags is not None:
        return "t" in flags
    import sysconfig  # Windows before 3.14 has no flags; this reads a large file elsewhere

    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
