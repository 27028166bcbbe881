"""Finds completions of the name that is being typed: names of the source, keywords, builtins, modules to import."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from typing import Final

from pygments.lexers import PythonLexer
from pygments.token import Token

_WORD: Final = re.compile(r"[^\W\d]\w*$")
_IMPORT: Final = re.compile(r"\s*(import\s[\w\s.,]*|from\s+[\w.]*)$")
_ATTRIBUTE: Final = re.compile(r"\.\s*([^\W\d]\w*)")
_NAMES: Final = (Token.Name, Token.Keyword, Token.Operator.Word)
_TEXT: Final = (Token.Literal.String, Token.Comment)
_MOST: Final = 50

_KNOWN: Final = sorted({*keyword.kwlist, *(each for each in dir(builtins) if not each.startswith("_"))}, key=str.lower)
_MODULES: Final = sorted(each for each in sys.stdlib_module_names if not each.startswith("_"))


def word_before(source: str, place: int) -> str:
    """Return the beginning of the name that ends at `place`."""
    found = _WORD.search(source, max(0, place - 100), place)
    return found[0] if found else ""


def names_at(source: str, place: int) -> list[str]:
    """Return the names that begin with the word before `place`, the source's own first; none in strings and comments.

    Nothing is imported to find names: after a dot, the names are offered that the source has after dots elsewhere.
    """
    prefix = word_before(source, place)
    before = source[source.rfind("\n", 0, place) + 1 : place - len(prefix)]
    own, in_text = _names_of(source, place)
    if in_text:
        return []
    if before.rstrip().endswith(".") and not _IMPORT.match(before):
        offered = sorted(set(_ATTRIBUTE.findall(source[: place - len(prefix)] + " " + source[place:])))
    elif _IMPORT.match(before):
        offered = _MODULES
    else:
        offered = [*sorted(own, key=str.lower), *_KNOWN]
    found = dict.fromkeys(each for each in offered if each.startswith(prefix) and each != prefix)
    return list(found)[:_MOST]


def _names_of(source: str, place: int) -> tuple[set[str], bool]:
    """Return the names elsewhere in a source, and whether `place` is in a string or a comment."""
    names, in_text, end = set(), False, 0
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        start, end = end, end + len(value)
        if start < place <= end:
            in_text = any(kind in each for each in _TEXT) and not (value in ("'", '"') and end == place)
        elif any(kind in each for each in _NAMES) and value.isidentifier():
            names.add(value)
    return names, in_text
