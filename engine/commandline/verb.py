"""A verb of the command line, its exit codes and its errors."""

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
    """The request could not be carried out; the command ends with FAILED."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: `add_arguments` declares its options, `run` carries it out and returns the exit code."""

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
