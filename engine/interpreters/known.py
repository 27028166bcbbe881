"""Tells known Pythons of this machine, which a file may name to be started, from programs that a file could bring."""

from __future__ import annotations

import os
import sys
import time

from engine.interpreters.search import candidates_in_files, file_identity

_KEPT_S = 10.0


class _Known:
    """The identities of known Pythons, searched again after a while, or when the current folder changes."""

    def __init__(self) -> None:
        self._found_s, self._folder = -_KEPT_S, ""
        self._identities: frozenset[tuple[object, ...]] = frozenset()

    def identities(self) -> frozenset[tuple[object, ...]]:
        now_s, folder = time.monotonic(), os.getcwd() if os.path.exists(".") else ""
        if now_s - self._found_s >= _KEPT_S or folder != self._folder:
            paths = [each.path for each in candidates_in_files() if each.is_started]
            self._identities = frozenset(file_identity(path) for path in (sys.executable, *paths))
            self._found_s, self._folder = now_s, folder
        return self._identities


_known = _Known()


def is_known(path: str) -> bool:
    """Return whether `path` is the app's own Python, one that the user added, or one that this machine has installed.

    Nothing is started. Programs in the current folder, or in an inactive virtual environment, are not known.
    """
    absolute = os.path.abspath(os.path.expanduser(path))
    return file_identity(absolute) in _known.identities()
