"""Computes a question's result and predictions in the same units: pure functions for the stage and the hand-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.lessons.lesson import PredictedCurve, Question
from engine.lessons.progress import Prediction
from engine.lessons.relation import Relation

Median = Callable[[str, str], float | None]  # returns the median of an experiment's figure, None if it is not known


def answer_of(question: Question, median: Median) -> float | None:
    """Return the figure that a question asks for, None while it is not known."""
    return Relation(question.figure).value(median, 1) if question.figure else None


def curve_came(curve: PredictedCurve, median: Median) -> list[float | None]:
    """Return each experiment's figure as a multiple of the first one's, None while it is not known."""
    values = [median(name, curve.figure) for name in curve.experiments]
    return [value / values[0] if value is not None and values[0] else None for value in values]


def curves_said(curve: PredictedCurve, given: Prediction) -> list[list[float | None]]:
    """Return the heights of each drawn curve at the experiments, round by round."""
    return [heights_at(drawn, len(curve.at)) for drawn in given.curves if drawn]


def heights_at(drawn: Sequence[float], count: int) -> list[float | None]:
    """Return the heights of a drawn curve at `count` experiments, which are evenly spaced."""
    if not drawn:
        return [None] * count
    return [drawn[round(place * (len(drawn) - 1) / (count - 1))] for place in range(count)]
