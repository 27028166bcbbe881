"""Names for runs on the same axes: model, workers and Python, and whatever else distinguishes them. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.trace.watched import is_watch
from engine.wording.versions import python_title
from engine.workload.catalogue import Catalogue
from engine.workload.group import parts_key
from engine.workload.toml_table import TomlTable

if TYPE_CHECKING:
    from gui.widgets.view_data import RunData

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ShownName:
    """A run's name beside others: its short label (`A`), and its whole name (`A: Threads, 4 workers, ...`)."""

    label: str
    whole: str


@dataclass(frozen=True, slots=True)
class ShownNames:
    """The names of the run in front and of those behind it."""

    front: ShownName
    behind: tuple[ShownName, ...]

    @classmethod
    def of(cls, data: RunData, behind: Sequence[RunData]) -> ShownNames:
        """Return the names of a run and of at least one behind it."""
        runs = (data, *behind)
        parts = [[run_name(each)] for each in runs]
        if len({each.title for each in runs}) > 1:
            parts = [[each.title, *words] for each, words in zip(runs, parts, strict=True)]
        if len({tuple(each) for each in parts}) < len(parts):
            differ = difference_words([each.experiment for each in runs], None)
            same = len(set(differ)) == 1
            more = ["", *["an earlier run"] * len(behind)] if same else differ
            parts = [[*words, each] for words, each in zip(parts, more, strict=True)]
        labels = _labels(runs)
        named = (f"{label}: {', '.join(filter(None, words))}" for label, words in zip(labels, parts, strict=True))
        front, *others = (ShownName(*each) for each in zip(labels, named, strict=True))
        return cls(front, tuple(others))


def _labels(runs: Sequence[RunData]) -> list[str]:
    letters = [each.letter for each in runs]
    if all(letters) and len(set(letters)) == len(letters):
        return letters
    references = [f"Reference {place}" for place in range(1, len(runs))]
    return ["This run", *(["Reference"] if len(runs) == 2 else references)]


def run_name(data: RunData) -> str:
    """Return a run's model, workers and Python: `Threads, 4 workers, Python 3.13.1`, as far as they are known."""
    return ", ".join(run_parts(data))


def run_parts(data: RunData, catalogue: Catalogue | None = None) -> list[str]:
    """Return the same part by part; a model whose card the run does not have is looked up in the catalogue."""
    model = data.experiment.get("model") or {}
    key = str(model.get("kind", ""))
    card = data.model_card or (catalogue.models.get(key) if catalogue is not None else None)
    watched = is_watch(data.experiment)
    parts = ["a watched program" if watched else card.title if card is not None else key]
    if not watched and (workers := model.get("workers")) is not None:
        parts.append("1 worker" if workers == 1 else f"{workers:,} workers")
    if (found := data.interpreter) is not None and found.version:
        parts.append(python_title(found.implementation, found.version, free_threaded=found.gil_enabled is False))
    return [part for part in parts if part]


def part_places(experiment: TomlTable) -> list[tuple[Path, TomlTable]]:
    """Return an experiment's groups or stages with their paths; none if it has only steps."""
    workload = experiment.get("workload", {})
    key = parts_key(workload)
    return [] if key is None else [(("workload", key, place), part) for place, part in enumerate(workload[key] or ())]


def difference_words(experiments: Sequence[TomlTable], catalogue: Catalogue | None) -> list[str]:
    """Return a name for each of some experiments: the values in which they differ."""
    found = [_parts(each, catalogue) for each in experiments]
    keys = dict.fromkeys(key for each in found for key in each)
    differ = [key for key in keys if len({each.get(key) for each in found}) > 1]
    return [", ".join(each[key] for key in differ if each.get(key)) or "as it is" for each in found]


def _parts(experiment: TomlTable, catalogue: Catalogue | None) -> dict[str, str]:
    model, workload = experiment["model"], experiment.get("workload", {})
    card = catalogue.models.get(str(model["kind"])) if catalogue is not None else None
    workers = model.get("workers", 1)
    parts = {
        "kind": card.title if card is not None else str(model["kind"]),
        "workers": f"{workers} worker{'' if workers == 1 else 's'}",
        "interpreter": str(model.get("interpreter") or "the app's own Python"),
        "gil": f"GIL {'on' if model.get('gil') else 'off'}" if "gil" in model else "",
    }
    tables: list[tuple[str, TomlTable]] = [("", workload)]
    for _, part in part_places(experiment):
        tables.append((f"{part.get('name', '')} ", part))
        parts[f"{part.get('name')}.workers"] = f"{part.get('name', '')} {part.get('workers', 1)} workers"
    for before, table in tables:
        for place, step in enumerate(table.get("steps") or ()):
            for name, value in step.items():
                if name not in ("kind", "source"):
                    parts[f"{before}{place}.{name}"] = f"{before}{name} {value}"
    return parts
