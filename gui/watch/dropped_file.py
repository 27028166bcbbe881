"""Recognizes a dragged file that the window can open."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtGui import QDragEnterEvent, QDropEvent

PYTHON_FILES: Final = (".py", ".pyw", ".pyz")


def dropped_file(event: QDragEnterEvent | QDropEvent) -> Path | None:
    """Return the dragged file, None if there are several or the window cannot open it."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix.lower() in (*PYTHON_FILES, ".toml") else None
