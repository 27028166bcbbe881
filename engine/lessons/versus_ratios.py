"""The large numbers of A against B: each further experiment's figure as a multiple of the first one's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.lessons.figures import figure_of
from engine.lessons.lesson import Versus
from engine.lessons.picture import RunPicture
from engine.lessons.ratio import RepeatedRatio, ratio_of


def versus_ratios(
    scene: Versus, pictures: Callable[[str], Sequence[RunPicture]]
) -> list[tuple[str, RepeatedRatio | None]]:
    """Return each experiment but the first with its ratio, None if there is none; `pictures` gives its runs so far.

    Only the newest runs are compared, as many as both have: a single earlier run of one of them belongs to no pair.
    """
    first, *others = (
        (name, [figure_of(each.result, scene.figure) for each in pictures(name)]) for name in scene.experiments
    )
    found = []
    for name, values in others:
        rounds = min(len(first[1]), len(values))
        found.append((name, ratio_of(first[1][-rounds:], values[-rounds:]) if rounds else None))
    return found
