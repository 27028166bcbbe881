"""The letters of answers, and an audience's predictions in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.lessons.answers import curves_said
from engine.lessons.lesson import Question
from engine.lessons.progress import Prediction
from engine.wording import figure_text as figures

LETTERS: Final = "ABCD"


def prediction_words(question: Question, given: Prediction) -> str:
    """Return an audience's prediction, round by round: `A 3, B 12; then A 1, B 14`."""
    if question.curve is not None:
        rounds = [f"{heights_words(each)} times" for each in curves_said(question.curve, given)]
    elif question.choices:
        rounds = [", ".join(f"{LETTERS[at]} {count}" for at, count in enumerate(each)) for each in given.votes]
    else:
        rounds = [f"{figures.number(each)} {question.unit}" for each in given.numbers]
    return "; then ".join(rounds)


def right_letter(question: Question) -> str:
    """Return the letter of the right answer, empty if there are no answers to choose from."""
    return next((LETTERS[at] for at, choice in enumerate(question.choices) if choice.right), "")


def heights_words(heights: Sequence[float | None]) -> str:
    """Return a curve's heights: `1, 1.9, 3.6`."""
    return ", ".join("?" if height is None else figures.number(height) for height in heights)


def curve_words(question: Question, heights: Sequence[float | None]) -> str:
    """Return a curve in words: `1, 1.9, 3.6 times as many tasks at 1, 2, 4 threads`."""
    curve = question.curve
    if curve is None:
        return ""
    return f"{heights_words(heights)} {curve.words} at {', '.join(curve.at)} {curve.axis}"
