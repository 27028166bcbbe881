"""Reads the tables of a lesson's file: every value is checked, and every error names the key's place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class LessonError(ValueError):
    """A lesson's file is wrong. `place` is the key as written in the file, `problem` what is wrong."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place = place
        self.problem = problem


class TableReader:
    """One table and its place in the file. `finish` refuses keys that were never read."""

    def __init__(self, data: object, place: str) -> None:
        if not isinstance(data, dict):
            raise LessonError(place or "the file", f"must be a table, got {_shown(data)}")
        self._data = data
        self._asked: list[str] = []
        self.place = place

    def at(self, key: str) -> str:
        """Return the place of a key."""
        return f"{self.place}.{key}" if self.place else key

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._data

    def raw(self, key: str, default: Any = None) -> Any:
        """Return the value, unchecked."""
        self._asked.append(key)
        return self._data.get(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text, stripped; without a default it must be given and not be empty."""
        value = self.raw(key, default)
        if value is None:
            raise LessonError(self.at(key), "is missing")
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise LessonError(self.at(key), f"must be a text, got {_shown(value)}")
        return value.strip()

    def one_of(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        """Return a text that is one of `known`."""
        value, allowed = self.text(key, default), list(known)
        if value not in allowed:
            raise LessonError(self.at(key), f"unknown {key} {_shown(value)}{nearest(value, allowed)}")
        return value

    def integer(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number between two bounds."""
        value = self.raw(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise LessonError(self.at(key), f"must be a whole number from {least} to {most}, got {_shown(value)}")
        return value

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise LessonError(self.at(key), f"must be true or false, got {_shown(value)}")
        return value

    def texts(self, key: str, least: int = 0, most: int = 64) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self._list(key, least, most)
        for index, each in enumerate(found):
            if not isinstance(each, str):
                raise LessonError(f"{self.at(key)}[{index}]", f"must be a text, got {_shown(each)}")
        return tuple(found)

    def tables(self, key: str, least: int = 0, most: int = 64) -> list[TableReader]:
        """Return a list of tables."""
        return [
            TableReader(each, f"{self.at(key)}[{index}]") for index, each in enumerate(self._list(key, least, most))
        ]

    def table(self, key: str) -> TableReader:
        """Return a key's table."""
        return TableReader(self.raw(key), self.at(key))

    def named_tables(self, key: str) -> dict[str, TableReader]:
        """Return the tables within a table, by their keys, which must be Python identifiers."""
        value = self.raw(key, {})
        if not isinstance(value, dict):
            raise LessonError(self.at(key), f"must be a table, got {_shown(value)}")
        for name in value:
            if not str(name).isidentifier():
                raise LessonError(f"{self.at(key)}.{name}", "must have only letters, digits and _: relations use it")
        return {name: TableReader(each, f"{self.at(key)}.{name}") for name, each in value.items()}

    def finish(self) -> None:
        """Refuse the first key that is unknown."""
        for key in self._data:
            if key not in self._asked:
                raise LessonError(self.at(key), f"unknown key{nearest(key, self._asked)}")

    def _list(self, key: str, least: int, most: int) -> list[Any]:
        value = self.raw(key, [])
        if not isinstance(value, list):
            raise LessonError(self.at(key), f"must be a list, got {_shown(value)}")
        if not least <= len(value) <= most:
            count = f"{least} to {most}" if least else f"at most {most}"
            raise LessonError(self.at(key), f"must have {count} entries, got {len(value)}")
        return value


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a suggestion of similar names, as the end of a sentence."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]}?" if near else f"; one of {', '.join(names)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
