"""Parts of a matrix: which cases every suite runs, and which only the run of the whole matrices (`-m matrix`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pytest
from _pytest.mark.structures import ParameterSet


def first_of(cases: Iterable[str], kept: Collection[str]) -> list[ParameterSet]:
    """Return test parameters: the cases in `kept`, one of each kind, and all others marked `matrix`."""
    return [pytest.param(case, marks=[] if case in kept else [pytest.mark.matrix], id=case) for case in cases]
