"""Runs pyflakes on a source that can be parsed: finds names that are not defined and imports that are not used."""

from __future__ import annotations

from dataclasses import dataclass

from engine.workload.source_check import SourceError, parse


@dataclass(frozen=True, slots=True)
class Remark:
    """One warning; lines and columns count from 1. It does not prevent a run."""

    line: int
    column: int
    text: str


def find_remarks(source: str) -> tuple[Remark, ...]:
    """Return pyflakes' warnings about a source, in its order; none if it has a syntax error, which is shown already.

    The source is parsed, never run or imported.
    """
    from pyflakes.checker import Checker  # imported only when there is source to check

    try:
        found = Checker(parse(source), withDoctest=False).messages
    except (SourceError, RecursionError):
        return ()
    remarks = [Remark(each.lineno, each.col + 1, str(each.message) % each.message_args) for each in found]
    return tuple(sorted(remarks, key=lambda each: (each.line, each.column)))


def remark_lines(remarks: tuple[Remark, ...], most: int = 3) -> str:
    """Return the first remarks, one on each line, and how many more there are."""
    lines = [f"Line {each.line}: {each.text}" for each in remarks[:most]]
    more = len(remarks) - most
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])
