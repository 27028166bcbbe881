"""Writes a file atomically: readers see either the whole new file or the old one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(file: Path, text: str) -> None:
    """Write `text` to a temporary file, then rename it to `file`. On OSError, `file` is unchanged."""
    descriptor, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(beside, file)
    except BaseException:
        os.unlink(beside)
        raise
