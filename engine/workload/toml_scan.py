"""Finds the statements of a TOML text, and checks the limits of an experiment file.

The text is read once from start to end, so this takes linear time, whatever is in it. Syntax errors are left to the
parser; the limits here make sure that neither parsing nor editing is slow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from engine.workload.errors import ExperimentError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32  # arrays and tables within each other
MAX_ITEMS = 10_000  # keys, tables and members of arrays
MAX_KEY_PARTS = 16  # a.b.c has three
MAX_DIGITS = 400  # the largest float has 309

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+)"
    r"|(?P<newline>\n)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<long>\"\"\"|''')"
    r"|(?P<text>\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"?|'[^'\n]*'?)"
    r"|(?P<mark>[\[\]{},=.])"
    r"|(?P<word>[^\s\#\"'\[\]{},=.]+)"
    r"|(?P<other>.)"
)
_LONG_END = re.compile(r"\\.|\"\"\"", re.DOTALL)


@dataclass(frozen=True)
class TomlStatement:
    """A header (of `[a.b]`, `key` is `[a.b`; of an array's, `[[a.b`) or a key and its value, as offsets in the text.

    `start` to `end` are its lines, the line end included; `value_start` to `value_end` is the value alone.
    """

    key: str
    start: int
    value_start: int
    value_end: int
    end: int

    @property
    def is_header(self) -> bool:
        """Whether a table begins here."""
        return self.key.startswith("[")


def scan(text: str, name: str = "") -> list[TomlStatement]:
    """Return the statements of `text`. Raises ExperimentError for `name` (the file) with the place that breaks a limit.

    If the text is not TOML, the statements before the error are right.
    """
    return _Scan(text, name).statements()


class _Scan:
    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name
        self._items = 0
        self._tables: Counter[str] = Counter()
        self._table = ""

    def statements(self) -> list[TomlStatement]:
        found = []
        tokens = _tokens(self._text)
        for kind, start, end in tokens:
            if kind in ("space", "newline", "comment"):
                continue
            if self._text[start] == "[":
                statement = self._header(start, tokens)
            else:
                statement = self._pair((kind, start, end), tokens)
            found.append(statement)
        return found

    def _header(self, start: int, tokens: Iterator[tuple[str, int, int]]) -> TomlStatement:
        parts, marks, end, key = 1, 1, start + 1, ""
        for kind, at, end in tokens:
            if kind == "newline":
                break
            parts += self._text[at] == "." and kind == "mark"
            marks += self._text[at] == "[" and kind == "mark"
            self._refuse_parts(parts, at)
            if kind in ("word", "text") or (kind == "mark" and self._text[at] == "."):
                key += self._text[at:end]
        self._count(start)
        number = self._tables[key]
        self._tables[key] += 1
        self._table = f"{key}[{number}]." if marks > 1 else f"{key}."
        return TomlStatement("[" * min(marks, 2) + key, self._line_start(start), end, end, end)

    def _pair(self, first: tuple[str, int, int], tokens: Iterator[tuple[str, int, int]]) -> TomlStatement:
        start, parts, key_end = first[1], 1, first[2]
        end = first[2]
        for kind, at, end in tokens:
            if kind == "newline" or (kind == "mark" and self._text[at] == "="):
                break
            parts += kind == "mark" and self._text[at] == "."
            self._refuse_parts(parts, at)
            key_end = key_end if kind == "space" else end
        self._count(start)
        key = self._text[start:key_end]
        value_start, value_end, end = self._value(key, end, tokens)
        return TomlStatement(key, self._line_start(start), value_start, value_end, end)

    def _value(self, key: str, end: int, tokens: Iterator[tuple[str, int, int]]) -> tuple[int, int, int]:
        """Read to the end of a value's last line; return the value's start and end, and the line's end."""
        depth, parts, value_start, value_end = 0, 1, -1, end
        if self._text[end - 1 : end] == "\n":
            return end, end, end
        for kind, at, end in tokens:
            if kind == "newline" and depth <= 0:
                break
            if kind in ("space", "newline", "comment"):
                continue
            value_start, value_end = (at if value_start < 0 else value_start), end
            mark = self._text[at] if kind == "mark" else ""
            if mark in ("[", "{") and mark:
                depth += 1
                self._refuse(depth > MAX_DEPTH, at, f"is nested more than {MAX_DEPTH} deep")
            elif mark in ("]", "}") and mark:
                depth -= 1
            elif mark in (",", "="):
                self._count(at)
                parts = 1
            parts += mark == "." and depth > 0
            self._refuse_parts(parts, at)
            if kind == "word" and end - at > MAX_DIGITS:
                self._refuse(True, at, f"{self._table}{key}: has {end - at:,} digits; at most {MAX_DIGITS} are read")
        return (value_end if value_start < 0 else value_start), value_end, end

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _count(self, place: int) -> None:
        self._items += 1
        self._refuse(self._items > MAX_ITEMS, place, f"has more than {MAX_ITEMS:,} items")

    def _refuse_parts(self, parts: int, place: int) -> None:
        self._refuse(parts > MAX_KEY_PARTS, place, f"a key has more than {MAX_KEY_PARTS} parts")

    def _refuse(self, wrong: bool, place: int, problem: str) -> None:
        if wrong:
            line = self._text.count("\n", 0, place) + 1
            column = place - self._line_start(place) + 1
            raise ExperimentError(self._name, f"line {line}, column {column}: {problem}")


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each token's kind, start and end. Stops at an unterminated multi-line string."""
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return
        kind, end = str(match.lastgroup), match.end()
        if kind == "long":
            end = _end_of_long(text, end, match[0])
            if end < 0:
                return
        yield kind, place, end
        place = end


def _end_of_long(text: str, place: int, quotes: str) -> int:
    """Return where a multi-line string that began before `place` ends; -1 if it is not terminated."""
    if quotes == "'''":
        end = text.find(quotes, place)
    else:
        end = next((each.start() for each in _LONG_END.finditer(text, place) if each[0] == quotes), -1)
    if end < 0:
        return -1
    end += 3
    while end < len(text) and text[end] == quotes[0] and text[end - 5 : end] != quotes[0] * 5:
        end += 1  # the string may end in up to two quotes of its own, before the closing ones
    return end
