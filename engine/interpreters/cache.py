"""Caches what interpreters reported about themselves on disk until their files change, so that each is asked once.

Only answers are kept: a file that did not answer is asked again next time. A cache that cannot be read or written
counts as empty. Several processes may use it at once: each write is atomic, and the last one wins.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any, Final

from engine.record.atomic_file import write_atomically
from engine.record.private_folder import make_private_folder
from engine.user_folder import user_folder
from engine.wire.interpreter import Interpreter

_FORMAT: Final = 1


def cache_folder() -> Path:
    """Return the cache folder: GILSCOPE_CACHE, or the user's cache folder."""
    named = os.environ.get("GILSCOPE_CACHE")
    if named:
        return Path(named)
    return user_folder("cache") or Path(os.devnull)  # a path below which nothing can be read or written


class InterpreterCache:
    """Answers by path; thread-safe. `save` writes new answers."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_folder() / "interpreters.json"
        self._lock = threading.Lock()
        self._entries = _read(self._file)
        self._changed: dict[str, dict[str, Any]] = {}

    def get(self, path: str, source: str) -> Interpreter | None:
        """Return the answer of the Python at `path`, if neither its file nor its PYTHON_* variables have changed."""
        with self._lock:
            entry = self._entries.get(_key(path))
        try:
            if entry is None or any(_state(file) != state for file, state in entry["files"].items()):
                return None
            found = Interpreter.from_json(entry["interpreter"])
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        return found.found_in(source)

    def forget(self) -> None:
        """Forget all answers, so that all are asked again; the ones on disk stay until then."""
        with self._lock:
            self._entries = {}

    def put(self, path: str, interpreter: Interpreter) -> None:
        """Keep the answer of the Python at `path`, if it answered."""
        if not interpreter.version:
            return
        files = {path, interpreter.path}  # they differ if `path` is a script that starts a Python
        entry = {"files": {each: _state(each) for each in sorted(files)}, "interpreter": interpreter.to_json()}
        with self._lock:
            self._entries[_key(path)] = self._changed[_key(path)] = entry

    def save(self) -> None:
        """Write new answers, keeping those that other processes have written since."""
        with self._lock:
            if not self._changed:
                return
            entries = {**_read(self._file), **self._changed}
            entries = {key: entry for key, entry in entries.items() if os.path.lexists(key.split("|")[0])}
            self._changed = {}
        try:
            make_private_folder(self._file.parent)
            write_atomically(self._file, json.dumps({"format": _FORMAT, "entries": entries}))
        except OSError:
            pass


def _key(path: str) -> str:
    # An interpreter's report on its GIL and JIT depends on these.
    return "|".join((path, os.environ.get("PYTHON_GIL", ""), os.environ.get("PYTHON_JIT", "")))


def _state(path: str) -> list[object]:
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError:
        return [real]
    return [real, status.st_mtime_ns, status.st_size]


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        data = json.loads(file.read_text("utf-8"))
        return dict(data["entries"]) if data["format"] == _FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
