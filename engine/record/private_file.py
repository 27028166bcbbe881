"""Files of a run that only their owner can read, whatever the umask, and that are read only from their owner."""

from __future__ import annotations

import os
from typing import IO, Any


def private(path: str, flags: int) -> int:
    """Open a file as `open(..., opener=private)` wants it: one that is made is its owner's alone (0600)."""
    return os.open(path, flags, 0o600)


def require_own(file: IO[Any]) -> None:
    """Raise PermissionError where an open file is another user's: what it says would be run."""
    if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
        raise PermissionError(f"{file.name} belongs to another user")
