"""The names of interpreters and of this app, with their versions."""

from __future__ import annotations


def python_title(implementation: str | None, version: str | None, *, free_threaded: bool | None = None) -> str:
    """Return an interpreter's name for a heading: `Python 3.13.0`, `Python 3.13.0 free-threaded`, `PyPy 3.10.14`."""
    name = "Python" if implementation in (None, "", "CPython") else implementation
    return f"{name} {version or ''}".strip() + (" free-threaded" if free_threaded else "")


def python_name(implementation: str | None, version: str | None) -> str:
    """Return an interpreter's name for a report: `CPython 3.13.0`; empty if neither is known."""
    return f"{implementation or ''} {version or ''}".strip()


def python_short(implementation: str | None, version: str, *, free_threaded: bool) -> str:
    """Return an interpreter's name for a file or a column: `3.13.0`, `3.13.0t`, `pypy3.10.14`."""
    name = "" if implementation in (None, "", "CPython") else str(implementation).lower()
    return f"{name}{version}{'t' if free_threaded else ''}"


def app_version() -> str:
    """Return this app's version, or a note that it is a checkout which is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("gilscope")
    except PackageNotFoundError:
        return "of a checkout that is not installed"
