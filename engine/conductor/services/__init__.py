"""Real servers that steps talk to: one file each, run as a process of its own on loopback.

A file here is a service under its name: `python -m engine.conductor.services.NAME [--port N]` listens on 127.0.0.1,
prints `{"type": "listening", "port": N}` as its first line, and ends when its standard input closes. Without
`--port` the system chooses one.
"""

from __future__ import annotations

import pkgutil


def names() -> list[str]:
    """Return the names of the services there are."""
    return sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
