"""Makes foreign text safe for a terminal: control sequences are shown, not sent."""

from __future__ import annotations

import re
from typing import Final

# Control characters (C0 and C1), line separators, and characters that change the direction of the text.
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LINES: Final = re.compile("[\t\n]")


def visible(text: str) -> str:
    """Return `text` with its control characters, except tabs and line ends, written like `\\x1b`."""
    return _STEERING.sub(_escaped, text)


def one_line(text: str) -> str:
    """Return `text` as one line, line ends written as `\\n`."""
    return _LINES.sub(_escaped, visible(text))


def visible_json(text: str) -> str:
    """Return JSON text with its raw control characters written as JSON escapes."""
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
