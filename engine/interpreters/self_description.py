"""Describes the interpreter that runs it: other Pythons run this file's text, so it works from Python 2.7 on.

`describe` is also called in the app's own process. The code uses only what every Python has: no annotations, no
f-strings, and only the standard library.
"""

# ruff: noqa: I002, UP
import sys

MARKER = "gilscope-interpreter:"
VERSION = tuple(sys.version_info[:3])


def describe():  # type: () -> dict[str, object]
    """Return the running interpreter's description as a JSON object."""
    import platform

    is_gil_enabled = getattr(sys, "_is_gil_enabled", None)
    return {
        "executable": sys.executable,
        "version": platform.python_version(),
        "version_info": list(VERSION),
        "implementation": platform.python_implementation(),
        "free_threaded": bool(_config("Py_GIL_DISABLED")),
        "gil_enabled": True if is_gil_enabled is None else bool(is_gil_enabled()),
        "jit": _jit(),
        "start_methods": _start_methods(),
        "prefix": sys.prefix,
        "base_prefix": getattr(sys, "base_prefix", sys.prefix),
    }


def _config(name):  # type: (str) -> object
    if VERSION < (3, 13):
        return None
    import sysconfig

    return sysconfig.get_config_var(name)


def _jit():  # type: () -> str | None
    if "pypyjit" in sys.builtin_module_names:
        return "enabled"
    jit = getattr(sys, "_jit", None)  # since 3.14
    if jit is not None:
        return "enabled" if jit.is_enabled() else "available" if jit.is_available() else "absent"
    if "__pypy__" in sys.builtin_module_names or VERSION < (3, 13):
        return "absent"
    flags = _config("PY_CORE_CFLAGS")  # 3.13 reports only how it was built, and not on every platform
    return None if flags is None else "available" if "_Py_JIT" in str(flags) else "absent"


def _start_methods():  # type: () -> list[str]
    try:
        import multiprocessing

        return list(multiprocessing.get_all_start_methods())
    except (ImportError, AttributeError, OSError):  # built without processes, or Python 2
        return []


def proof(number):  # type: (int) -> int
    """Return a result that only a program which really computes can give."""
    return pow(number, 65537, 2**61 - 1)


def _answer():  # type: () -> None
    import json

    answer = describe()
    answer["proof"] = proof(int(sys.argv[1]))
    sys.stdout.write("\n" + MARKER + json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry]  # without "", the current folder, which -c adds
    _answer()
