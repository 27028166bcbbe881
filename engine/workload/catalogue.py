"""The cards of all steps and models that can be run, as plain data that processes send to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.workload.model_order import place_of
from engine.workload.parameter import Parameter


@dataclass(frozen=True)
class StepCard:
    """What the composer, the command line and the checks know of a step.

    `waits_on` is one of `nothing, time, network, disk, lock, child`. `holds_gil` says whether it keeps the GIL while
    it computes. `has_async` says whether it has a form that does not block an event loop. `services` names the
    servers the conductor starts for it. `renamed` maps the keys of older files to the parameters that replace them.
    `origin` names the package of a third party's step; `unavailable_reason` is None, or a sentence that says why the
    step cannot be used.
    """

    key: str
    title: str
    summary: str
    waits_on: str
    holds_gil: bool
    has_async: bool
    parameters: tuple[Parameter, ...] = ()
    services: tuple[str, ...] = ()
    group: str = "Other"
    unavailable_reason: str | None = None
    origin: str = ""
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def up_to_date(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return a step's values as a file has them, with older keys replaced by today's parameters."""
        current = {name: value for name, value in values.items() if name not in self.renamed}
        for old, names in self.renamed.items():
            if old in values:
                current = {**dict.fromkeys(names, values[old]), **current}
        return current

    def to_json(self) -> dict[str, object]:
        """Return the card as a JSON object; `from_json` is its inverse."""
        return {
            **asdict(self),
            "parameters": [parameter.to_json() for parameter in self.parameters],
            "services": list(self.services),
            "renamed": {old: list(names) for old, names in self.renamed.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StepCard:
        """Read what `to_json` wrote."""
        parameters = tuple(Parameter.from_json(each) for each in data["parameters"])
        renamed = {old: tuple(names) for old, names in data.get("renamed", {}).items()}
        return cls(**{**data, "parameters": parameters, "services": tuple(data["services"]), "renamed": renamed})


@dataclass(frozen=True)
class ModelCard:
    """A concurrency model's reference card.

    `worker` says what a worker is ("a thread"), `worker_kind` is one of `thread, process, coroutine, interpreter` and
    tells how its rows are labelled; `is_async` says whether tasks are awaited, `shares_memory` whether all workers
    live in one process and interpreter. `max_workers` is the most this model accepts. `unavailable_reason` is None
    where the model can run on the interpreter in question, else a sentence that says why not.
    `no_groups` says why it cannot run groups of workers side by side, "" where it can;
    `no_stages` the same of a pipeline's stages.
    `source` is the text of the function that runs, as the Code view shows it, `source_line` its first line's number.
    `origin` names the package of a third party's model.
    """

    key: str
    title: str
    module: str
    since: str
    worker: str
    worker_kind: str
    is_async: bool
    max_workers: int
    use_when: str
    costs: str
    documentation: str
    parameters: tuple[Parameter, ...] = ()
    unavailable_reason: str | None = None
    experimental: bool = False
    shares_memory: bool = True
    no_groups: str = ""
    no_stages: str = ""
    source: str = ""
    source_file: str = ""
    source_line: int = 1
    origin: str = ""

    @property
    def start_method(self) -> Parameter | None:
        """The parameter that says how its processes start; None if it has none."""
        return next((each for each in self.parameters if each.name == "start_method"), None)

    def workers_of(self, asked: int) -> int:
        """Return how many workers a run gets that asks for `asked`: always one, if the model can only have one."""
        return 1 if self.max_workers == 1 else asked

    def to_json(self) -> dict[str, object]:
        """Return the card as a JSON object; `from_json` is its inverse."""
        return {**asdict(self), "parameters": [parameter.to_json() for parameter in self.parameters]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelCard:
        """Read what `to_json` wrote."""
        parameters = tuple(Parameter.from_json(each) for each in data["parameters"])
        return cls(**{**data, "parameters": parameters})


@dataclass(frozen=True)
class Catalogue:
    """Every step and model there is, by key, in the order in which they are shown.

    `problems` are sentences about third parties' steps and models that could not be loaded.
    """

    steps: dict[str, StepCard]
    models: dict[str, ModelCard]
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, steps: Iterable[StepCard], models: Iterable[ModelCard], problems: Iterable[str] = ()) -> Catalogue:
        """Build a catalogue; the order given is the order shown."""
        return cls({card.key: card for card in steps}, {card.key: card for card in models}, tuple(problems))

    def to_json(self) -> dict[str, object]:
        """Return the catalogue as a JSON object; `from_json` is its inverse."""
        return {
            "steps": [card.to_json() for card in self.steps.values()],
            "models": [card.to_json() for card in self.models.values()],
            "problems": list(self.problems),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Catalogue:
        """Read what `to_json` wrote; models in the order in which they are listed everywhere."""
        return cls.of(
            (StepCard.from_json(each) for each in data["steps"]),
            sorted((ModelCard.from_json(each) for each in data["models"]), key=place_of),
            data.get("problems", ()),
        )
