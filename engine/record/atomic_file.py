"""Writes a file atomically: readers see all of it, or what was there before."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(file: Path, text: str) -> None:
    """Write `text` beside `file`, then put it in its place. Raises OSError, and then `file` is as it was."""
    descriptor, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(beside, file)
    except BaseException:
        os.unlink(beside)
        raise
