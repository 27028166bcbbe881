"""Files of a run that only their owner can read, whatever the umask, and that are read only from their owner."""

from __future__ import annotations

import os
from typing import IO, Any


def private(path: str, flags: int) -> int:
    """An opener for `open(..., opener=private)`: a new file is readable only by its owner (0600)."""
    return os.open(path, flags, 0o600)


def require_own(file: IO[Any]) -> None:
    """Raise PermissionError if an open file belongs to another user, because its content would be run."""
    if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
        raise PermissionError(f"{file.name} belongs to another user")
