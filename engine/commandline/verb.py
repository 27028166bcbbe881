"""What a verb of the command line is, and how it ends."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130


class RequestError(Exception):
    """The request was wrong: nothing was done, and the command ends with WRONG."""


class FailedError(Exception):
    """What was asked for could not be done; the command ends with FAILED."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: `add_arguments` declares its options, `run` carries it out and returns the exit code."""

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
