"""Writes text as a cell of a CSV file: text that a spreadsheet would execute as a formula gets an apostrophe first."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_cell(value: object) -> object:
    """Return `value` as a cell; only text is changed, since a number cannot be a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
