"""Keeps a number and its unit in one line."""

from __future__ import annotations

import re
from typing import Final

_UNIT: Final = re.compile(r"(?<=\d) (?=(?:µs|ms|s|%|[KMG]i?B|bytes|cores?|times)\b|%)")
NO_BREAK: Final = "\u00a0"


def with_units(words: str) -> str:
    """Return a text in which no line breaks between a number and its unit."""
    return _UNIT.sub(NO_BREAK, words)
