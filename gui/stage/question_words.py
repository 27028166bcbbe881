"""How answers are called, and what a room said in words."""

from __future__ import annotations

from typing import Final

from engine.lessons.lesson import Question
from engine.lessons.progress import Prediction
from engine.wording import figure_text as figures

LETTERS: Final = "ABCD"


def prediction_words(question: Question, given: Prediction) -> str:
    """Return what a room said, round by round: `A 3, B 12; then A 1, B 14`."""
    if question.choices:
        rounds = [", ".join(f"{LETTERS[at]} {count}" for at, count in enumerate(each)) for each in given.votes]
    else:
        rounds = [f"{figures.number(each)} {question.unit}" for each in given.numbers]
    return "; then ".join(rounds)
