"""Judges a lesson's claims by the results of its runs, for the command line and the stage alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.lessons.figures import Result, figure_of, median_of
from engine.lessons.lesson import Claim, Lesson
from engine.lessons.relation import Relation, UnknownFigureError

HOLDS: Final = "holds"
FAILS: Final = "fails"
NOT_HERE: Final = "cannot be shown here"
_FREE_SHARE: Final = 0.8  # of the cores that a claim needs must have been free for it to fail

Results = Mapping[str, Sequence[Result]]  # by the experiment's name, a result for each repetition


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a claim: HOLDS, FAILS or NOT_HERE, with its figures (medians), and the reason for NOT_HERE."""

    claim: Claim
    verdict: str
    figures: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


def experiments_needed(claim: Claim) -> tuple[str, ...]:
    """Return the experiments that a claim's relation refers to."""
    if not claim.relation:
        return ()
    return tuple(dict.fromkeys(figure.experiment for figure in Relation(claim.relation).figures))


def cores_needed(lesson: Lesson, name: str) -> int:
    """Return how many cores an experiment needs for the claims that refer to it to be true."""
    return max((each.least_cores for each in lesson.claims if name in experiments_needed(each)), default=1)


def judge(claim: Claim, results: Results, missing: Mapping[str, str], cores: int) -> Verdict:
    """Return the verdict of the results on a claim with a relation.

    `missing` gives the reason for each experiment that could not be run here; `cores` is how many this machine has.
    """
    if cores < claim.least_cores:
        return Verdict(claim, NOT_HERE, reason=f"needs {claim.least_cores} cores, and this machine has {cores}")
    relation = Relation(claim.relation)
    for name in experiments_needed(claim):
        if name in missing:
            return Verdict(claim, NOT_HERE, reason=missing[name])
        failed = next((each for each in results.get(name, ()) if each.get("status") != "finished"), None)
        if failed is not None or not results.get(name):
            reason = (failed or {}).get("reason") or "it left no result"
            return Verdict(claim, FAILS, reason=f"the run of {name} failed: {reason}")
    figures: dict[str, float] = {}
    for figure in relation.figures:
        value = median_of(results[figure.experiment], figure.name)
        if value is None:
            return Verdict(claim, NOT_HERE, figures, f"{figure} was not measured")
        figures[str(figure)] = value
    try:
        holds = relation.holds(lambda experiment, name: figures[f"{experiment}.{name}"], cores)
    except ZeroDivisionError:
        return Verdict(claim, FAILS, figures, "the relation divides by a figure that is 0")
    except UnknownFigureError as error:
        return Verdict(claim, NOT_HERE, figures, f"{error} was not measured")
    if not holds and (reason := _cores_taken(claim, results, cores)):
        return Verdict(claim, NOT_HERE, figures, reason)
    return Verdict(claim, HOLDS if holds else FAILS, figures)


def _cores_taken(claim: Claim, results: Results, cores: int) -> str:
    """Return a sentence if other programs used cores that a claim needs, else ""."""
    if claim.least_cores < 2:
        return ""
    runs = [result for name in experiments_needed(claim) for result in results[name]]
    loads = [load for result in runs if (load := figure_of(result, "load_other")) is not None]
    free = cores * (1.0 - max(loads, default=0.0))
    if free >= _FREE_SHARE * claim.least_cores:
        return ""
    return f"needs {claim.least_cores} cores, and other programs left {free:.1f} of {cores}"


def judge_search(claim: Claim, order: Sequence[int] | None, orders: int) -> Verdict:
    """Return the verdict of a scheduler's search on a claim about a program."""
    figures = {"orders": float(orders), "steps": float(len(order))} if order is not None else {"orders": float(orders)}
    return Verdict(claim, HOLDS if (order is not None) == claim.found else FAILS, figures)
