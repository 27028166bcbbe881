"""Chooses the Python for a lesson's experiment, from the experiment's needs and this machine's interpreters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.interpreters.free_threaded import VERSION
from engine.wire.interpreter import Interpreter

PYTHON: Final = re.compile(r"(any|gil|free-threaded)?( |^|$)((\d+)\.(\d+)\+)?")
_KINDS: Final = {"gil": "a Python with a GIL", "free-threaded": "a free-threaded Python", "any": "Python"}


@dataclass(frozen=True, slots=True)
class PythonNeed:
    """What an experiment needs: `kind` is "any", "gil" or "free-threaded", `oldest` the first suitable version."""

    kind: str
    oldest: tuple[int, int] | None

    @classmethod
    def of(cls, text: str) -> PythonNeed:
        """Read a lesson's key `python`. Raises ValueError for anything else."""
        match = PYTHON.fullmatch(text)
        if match is None:
            raise ValueError(f"does not describe a Python: {text}")
        return cls(match[1] or "any", (int(match[4]), int(match[5])) if match[3] else None)

    @property
    def words(self) -> str:
        """What it needs, for a sentence."""
        version = "" if self.oldest is None else f" {self.oldest[0]}.{self.oldest[1]} or newer"
        words = _KINDS[self.kind]
        return f"Python{version} without the GIL" if version and self.kind == "free-threaded" else words + version

    @property
    def how_to_get(self) -> str:
        """How to install a suitable Python."""
        stable = tuple(int(part) for part in VERSION.split("."))
        major, minor = max(stable, self.oldest or stable)
        build = "t" if self.kind == "free-threaded" else ""
        return f"uv python install {major}.{minor}{build}, or python.org's installer"

    def fits(self, interpreter: Interpreter) -> bool:
        """Whether an interpreter has what is needed."""
        if not interpreter.usable or interpreter.implementation != "CPython":
            return False
        if self.kind != "any" and (self.kind == "free-threaded") != interpreter.free_threaded:
            return False
        return self.oldest is None or interpreter.version_info[:2] >= self.oldest


@dataclass(frozen=True, slots=True)
class PythonChoice:
    """The interpreter to run under; None is the app's own. `missing` says what this machine lacks, or is ""."""

    interpreter: str | None = None
    missing: str = ""


def choose_python(text: str, interpreters: Sequence[Interpreter]) -> PythonChoice:
    """Return the Python for a lesson's key `python`: the app's own if it fits, else the newest that does."""
    need = PythonNeed.of(text)
    fitting = [each for each in interpreters if need.fits(each)]
    if not fitting:
        if need == PythonNeed("any", None):
            return PythonChoice()  # the app's own can run it: no need to wait for the search for others
        return PythonChoice(missing=f"needs {need.words}, and none was found on this machine")
    if any(each.source == "app" for each in fitting):
        return PythonChoice()
    return PythonChoice(max(fitting, key=lambda each: each.version_info).path)
