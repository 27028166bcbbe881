"""What a table shows, for assertions."""

from __future__ import annotations

from PySide6.QtWidgets import QTableWidget


def rows_text(table: QTableWidget) -> list[list[str]]:
    """Return every row's texts."""
    items = [[table.item(row, column) for column in range(table.columnCount())] for row in range(table.rowCount())]
    return [[item.text() if item is not None else "" for item in row] for row in items]
