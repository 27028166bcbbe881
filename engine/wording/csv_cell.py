"""Text as a cell of a CSV file: what a spreadsheet would take for a formula and carry out begins with an apostrophe."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_cell(value: object) -> object:
    """Return `value` as it is to be written; only text is changed, since a number cannot be a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
