"""The interpreters that the user added: a list of paths in the configuration folder."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Final

from engine.record.atomic_file import write_atomically
from engine.record.private_folder import make_private_folder
from engine.user_folder import user_folder

_FORMAT: Final = 1


def additions_file() -> Path:
    """Return the list's file, in GILSCOPE_CONFIG or the user's configuration folder.

    Raises FileNotFoundError for a user without a home.
    """
    named = os.environ.get("GILSCOPE_CONFIG")
    if named:
        return Path(named) / "interpreters.json"
    folder = user_folder("config")
    if folder is None:
        raise FileNotFoundError(errno.ENOENT, "this user has no home folder; set GILSCOPE_CONFIG to a folder")
    return folder / "interpreters.json"


def added_paths() -> list[str]:
    """Return the paths, in the order in which they were added.

    Raises ValueError that names the file if it is not such a list, OSError if it cannot be read.
    """
    file = additions_file()
    try:
        data = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    paths = data.get("paths") if isinstance(data, dict) and data.get("format") == _FORMAT else None
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise ValueError(f"{file}: must hold format {_FORMAT} and a list of paths")
    return paths


def add_path(path: str) -> str:
    """Add `path` to the list and return it as an absolute path. Raises what `added_paths` raises."""
    absolute = os.path.abspath(os.path.expanduser(path))
    paths = added_paths()
    if absolute not in paths:
        _write([*paths, absolute])
    return absolute


def remove_path(path: str) -> bool:
    """Remove `path` from the list; return whether it was there. Raises what `added_paths` raises."""
    absolute = os.path.abspath(os.path.expanduser(path))
    paths = added_paths()
    if absolute not in paths:
        return False
    _write([each for each in paths if each != absolute])
    return True


def _write(paths: list[str]) -> None:
    file = additions_file()
    make_private_folder(file.parent)
    write_atomically(file, json.dumps({"format": _FORMAT, "paths": paths}, indent=2) + "\n")
