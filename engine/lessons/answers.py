"""What came of a question, and what a room said to it, in the same numbers: pure, for the stage and the hand-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.lessons.lesson import PredictedCurve, Question
from engine.lessons.progress import Prediction
from engine.lessons.relation import Relation

Median = Callable[[str, str], float | None]  # of an experiment's figure over its runs; None as long as it is not known


def answer_of(question: Question, median: Median) -> float | None:
    """Return the figure that a question asks for, None as long as it is not known."""
    return Relation(question.figure).value(median, 1) if question.figure else None


def curve_came(curve: PredictedCurve, median: Median) -> list[float | None]:
    """Return how many times the first experiment's figure each one's is, None where that is not known yet."""
    values = [median(name, curve.figure) for name in curve.experiments]
    return [value / values[0] if value is not None and values[0] else None for value in values]


def curves_said(curve: PredictedCurve, given: Prediction) -> list[list[float | None]]:
    """Return how high each curve that was drawn is at each experiment, one round after the other."""
    return [heights_at(drawn, len(curve.at)) for drawn in given.curves if drawn]


def heights_at(drawn: Sequence[float], count: int) -> list[float | None]:
    """Return how high a drawn curve is at each of `count` experiments, which lie evenly from left to right."""
    if not drawn:
        return [None] * count
    return [drawn[round(place * (len(drawn) - 1) / (count - 1))] for place in range(count)]
