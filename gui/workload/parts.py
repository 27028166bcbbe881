"""The content of a workload's picture, as data and in words; wrong values are shown unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from engine.workload.catalogue import Catalogue
from engine.workload.group import DEFAULT_QUEUE, parts_key
from gui.workload.wording import badges, raw_summary, summary

PLURALS: Final = {
    "thread": "threads",
    "process": "processes",
    "coroutine": "coroutines",
    "interpreter": "interpreters",
    "worker": "workers",
}


@dataclass(frozen=True, slots=True)
class PictureStep:
    """One step: its title, its parameters in a line, and its typical state of the time ledger."""

    title: str
    summary: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class PicturePart:
    """The workers of one group or stage, or of the whole workload if it has neither.

    `queue` is how many tasks may wait after it, None if it hands nothing on. `feed` says how its tasks arrive, "" if
    the previous part hands them on.
    """

    name: str
    workers: str
    steps: tuple[PictureStep, ...]
    model: str = ""
    feed: str = ""
    queue: int | None = None


@dataclass(frozen=True, slots=True)
class WorkloadPicture:
    """All parts, in their order: stages if `is_pipeline`, else groups, or one part without a name."""

    parts: tuple[PicturePart, ...] = ()
    is_pipeline: bool = False


def picture_of(experiment: Mapping[str, Any], catalogue: Catalogue | None) -> WorkloadPicture:
    """Return the picture of an experiment that is structured like its file."""
    workload, model = experiment.get("workload", {}), experiment.get("model", {})
    key = parts_key(workload)
    if key is None:
        tables = [{**workload, "workers": model.get("workers", 1)}] if workload.get("steps") else []
        return WorkloadPicture(tuple(_part(each, model, catalogue, _feed(workload)) for each in tables))
    tables = workload[key]
    if key == "groups":
        return WorkloadPicture(tuple(_part(each, model, catalogue, _feed(each)) for each in tables))
    last = len(tables) - 1
    stages = [
        _part(each, model, catalogue, "" if place else _feed(workload), hands_on=place < last)
        for place, each in enumerate(tables)
    ]
    return WorkloadPicture(tuple(stages), is_pipeline=True)


def words_of(picture: WorkloadPicture) -> str:
    """Return what the picture shows as one sentence."""
    parts = picture.parts
    if not parts:
        return "The workload has no steps yet."
    if not picture.is_pipeline:
        said = "; ".join(_part_words(each) for each in parts)
        beside = f"{len(parts)} groups side by side: " if len(parts) > 1 else ""
        return f"{beside}{said}."
    said = _part_words(parts[0])
    for before, part in pairwise(parts):
        said += f"; then, through a queue of at most {before.queue:,}, {_part_words(part)}"
    return f"A pipeline of {len(parts)} stage{'s' * (len(parts) != 1)}: {said}."


def tip_of(part: PicturePart) -> list[str]:
    """Return the lines of a part's tooltip."""
    name = f"{part.name}: " if part.name else ""
    lines = [f"{name}{part.workers}{f' ({part.model})' if part.model else ''}"]
    lines += [part.feed] if part.feed else []
    lines += [f"{step.title}: {step.summary}" if step.summary else step.title for step in part.steps]
    if part.queue is not None:
        lines.append(f"At most {part.queue:,} tasks wait behind it; then it waits.")
    return lines


def _part_words(part: PicturePart) -> str:
    steps = ", then ".join(step.title for step in part.steps) or "no steps yet"
    name = f"{part.name}, " if part.name else ""
    feed = f", {part.feed}" if part.feed else ""
    return f"{name}{part.workers}{feed}: {steps}"


def _part(
    table: Mapping[str, Any],
    model: Mapping[str, Any],
    catalogue: Catalogue | None,
    feed: str,
    *,
    hands_on: bool = False,
) -> PicturePart:
    card = catalogue.models.get(str(table.get("model") or model.get("kind", ""))) if catalogue else None
    asked = table.get("workers", 1)
    if card is not None and isinstance(asked, int):
        asked = card.workers_of(asked)
    kind = card.worker_kind if card else "worker"
    count = f"{asked:,}" if isinstance(asked, int) else str(asked)
    word = kind if asked == 1 else PLURALS.get(kind, "workers")
    queue = table.get("queue", DEFAULT_QUEUE)
    return PicturePart(
        str(table.get("name", "")),
        f"{count} {word}",
        tuple(_step(each, catalogue) for each in table.get("steps", ())),
        card.title if card else "",
        feed,
        queue if hands_on and isinstance(queue, int) else None,
    )


def _step(table: Mapping[str, Any], catalogue: Catalogue | None) -> PictureStep:
    kind, values = str(table.get("kind", "")), {key: value for key, value in table.items() if key != "kind"}
    card = catalogue.steps.get(kind) if catalogue else None
    if card is None:
        return PictureStep(kind, raw_summary(values))
    return PictureStep(card.title, summary(values, card), badges(card)[0].state)


def _feed(table: Mapping[str, Any]) -> str:
    rate = table.get("arrival_per_s")
    return (
        "next task when free" if rate is None else f"{rate:,g} tasks/s" if isinstance(rate, (int, float)) else str(rate)
    )
