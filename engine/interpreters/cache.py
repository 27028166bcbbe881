"""What interpreters said of themselves, kept on disk until their files change, so that each is asked once.

Only answers are kept: what did not answer is asked again next time. A cache that cannot be read or written is as
good as an empty one. Several processes may use it at once: each write is whole, and the last one wins.
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
    """Return the folder for what can be found out again: GILSCOPE_CACHE, or the user's cache folder."""
    named = os.environ.get("GILSCOPE_CACHE")
    if named:
        return Path(named)
    return user_folder("cache") or Path(os.devnull)  # in which nothing is found, and nothing can be kept


class InterpreterCache:
    """Answers by path; safe to share between threads. `save` writes what was added."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_folder() / "interpreters.json"
        self._lock = threading.Lock()
        self._entries = _read(self._file)
        self._changed: dict[str, dict[str, Any]] = {}

    def get(self, path: str, source: str) -> Interpreter | None:
        """Return what the Python at `path` said, if neither its file nor what steers it has changed since."""
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
        """Know nothing, so that all are asked again; what they said stays on disk until they answer."""
        with self._lock:
            self._entries = {}

    def put(self, path: str, interpreter: Interpreter) -> None:
        """Keep what the Python at `path` said; what said nothing is not kept."""
        if not interpreter.version:
            return
        files = {path, interpreter.path}  # they differ where a script was followed
        entry = {"files": {each: _state(each) for each in sorted(files)}, "interpreter": interpreter.to_json()}
        with self._lock:
            self._entries[_key(path)] = self._changed[_key(path)] = entry

    def save(self) -> None:
        """Write what was added, beside what others have written since."""
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
    # What an interpreter says of its GIL and its JIT depends on these.
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
