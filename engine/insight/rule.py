"""Defines a rule: a condition on a run's figures, and the sentences to show if it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from engine.insight.run_figures import RunFigures


class Passage(Enum):
    """Where in the text a rule's sentences appear, in this order.

    OPENING, PACE, BESIDE and AROUND use every rule whose condition holds; MAIN and ADVICE the first one.
    """

    OPENING = "how the run ended, what failed, what was lost"
    PACE = "whether an open loop keeps up"
    MAIN = "where the workers' time went"
    BESIDE = "why, and who"
    ADVICE = "what could be tried"
    AROUND = "what else happened"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another model to try with the same work; without a model, `measure` names one whose cost is to be measured."""

    kind: str
    workers: int
    label: str
    measure: str = ""
    start_method: str = ""  # of its processes; empty: as it was


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says; `closes`: later rules are skipped."""

    sentences: tuple[str, ...]
    suggestion: Suggestion | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence, or two that belong together, and the condition under which they are true."""

    id: str
    part: Passage
    when: Callable[[RunFigures], bool]
    say: Callable[[RunFigures], Said]


def says(*sentences: str, suggestion: Suggestion | None = None, closes: bool = False) -> Said:
    """Return what a rule says; empty sentences are left out."""
    return Said(tuple(each for each in sentences if each), suggestion, closes)
