"""Parses the names of interpreters, and matches them with interpreters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine.wire.interpreter import Interpreter

_NAME: Final = re.compile(
    r"(?P<implementation>[a-z]*?)-?(?P<version>\d{1,3}(?:\.\d{1,3}){0,2}(?:(?:a|b|rc)\d+)?)?(?P<free_threaded>t)?",
    re.IGNORECASE | re.ASCII,
)
_CPYTHON: Final = ("", "python", "cpython")
_OTHERS: Final = ("pypy", "graalpy")


@dataclass(frozen=True, slots=True)
class InterpreterName:
    """The meaning of "3.13", "python3.13t", "pypy3.10" or "3.13.0".

    `implementation` is in lower case; `version` has one to three numbers, or is a pre-release's whole text.
    """

    implementation: str
    numbers: tuple[int, ...]
    prerelease: str
    free_threaded: bool

    def matches(self, interpreter: Interpreter) -> bool:
        """Whether an interpreter matches; a free-threaded build only matches a name that ends in t."""
        if interpreter.implementation.lower() != self.implementation:
            return False
        if interpreter.free_threaded != self.free_threaded:
            return False
        if interpreter.version_info[: len(self.numbers)] != self.numbers:
            return False
        return not self.prerelease or interpreter.version.endswith(self.prerelease)


def parse_name(text: str) -> InterpreterName | None:
    """Return the parsed name, or None if `text` is not the name of an interpreter."""
    match = _NAME.fullmatch(text.strip())
    if match is None:
        return None
    implementation = match["implementation"].lower()
    if implementation in _CPYTHON and match["version"]:
        implementation = "cpython"
    elif implementation not in _OTHERS:
        return None
    numbers, prerelease = _version(match["version"] or "")
    return InterpreterName(implementation, numbers, prerelease, bool(match["free_threaded"]))


def newest_first(interpreters: list[Interpreter]) -> list[Interpreter]:
    """Return them by version, newest first; a release comes before its pre-releases, equals keep their order."""
    return sorted(interpreters, key=_age, reverse=True)


def _age(interpreter: Interpreter) -> tuple[tuple[int, ...], bool, str]:
    prerelease = re.sub(r"^[\d.]*", "", interpreter.version)
    return interpreter.version_info, not prerelease, prerelease


def _version(text: str) -> tuple[tuple[int, ...], str]:
    numbers = re.match(r"[\d.]*", text)
    stem = numbers[0] if numbers else ""
    return tuple(int(part) for part in stem.split(".") if part), text[len(stem) :].lower()
