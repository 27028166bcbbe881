"""Answers host requests other than running an experiment: its catalogue, scripts, and short measurements."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from engine import models, registry
from engine.host.this_python import describe_python
from engine.models import ModelDescriptor
from engine.record.host_files import PluginEntries, read_request
from engine.record.queries.requests import SCRIPT, ScriptRequest
from engine.registry import Plugin
from engine.wire.query_answers import Described, HostAnswer, ScriptWritten
from engine.workload import steps
from engine.workload.catalogue import Catalogue, ModelCard, StepCard
from engine.workload.steps import StepDescriptor

_Card = TypeVar("_Card", StepCard, ModelCard)
_Descriptor = TypeVar("_Descriptor", StepDescriptor, ModelDescriptor)


def answer(arguments: list[str], tell: Callable[[HostAnswer], None]) -> HostAnswer:
    """Return the answer to a host's arguments; `tell` gets the messages that come before it.

    Raises ValueError if the arguments are not a request.
    """
    question, rest = "".join(arguments[:1]), arguments[1:]
    if question == "--describe" and len(rest) <= 1:
        return describe(json.loads(rest[0]) if rest else {})
    if question == "--script" and len(rest) == 1:
        return write_script(rest[0])
    if question == "--uninstrumented" and len(rest) == 1:
        from engine.host.queries.uninstrumented import run_uninstrumented

        return run_uninstrumented(rest[0])
    if question == "--overhead" and len(rest) == 1:
        from engine.host.queries.overhead_pairs import run_overhead_pairs

        return run_overhead_pairs(rest[0], tell)
    if question == "--step-cost" and len(rest) == 1:
        from engine.host.queries.step_cost import measure_step

        return measure_step(rest[0])
    raise ValueError(f"no such question: {' '.join(arguments)}")


def describe(plugins: PluginEntries) -> Described:
    """Return this interpreter and its catalogue; third parties' entries that do not load are listed with the reason."""
    registry.use_plugins(plugins)
    problems: list[str] = []
    catalogue = Catalogue.of(
        _with_plugins(steps.__name__, [each.card for each in steps.discover().values()], _step_card, problems),
        _with_plugins(
            models.__name__, [each.full_card() for each in models.discover().values()], _model_card, problems
        ),
        problems,
    )
    return Described(describe_python(), catalogue)


def write_script(folder: str) -> ScriptWritten:
    """Write the script that the request in `folder` asks for next to it; return whether that succeeded."""
    from engine.script.script import script_of

    request = read_request(folder, ScriptRequest)
    registry.use_plugins(request.plugins)
    try:
        text = script_of(request.experiment, request.name)
    except ValueError as error:  # a ScriptError, most likely
        return ScriptWritten(str(error))
    with open(os.path.join(folder, SCRIPT), "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return ScriptWritten(None)


def _with_plugins(
    package: str, own: list[_Card], card_of: Callable[[list[Plugin]], _Card], problems: list[str]
) -> list[_Card]:
    cards = {card.key: card for card in own}
    for key, brought in registry.plugins(package).items():
        if key in cards:
            problems.append(f"{key} is one of Gilscope's own; the one from {registry.origins(brought)} is left out")
            continue
        cards[key] = card_of(brought)
        if len(brought) > 1:
            problems.append(str(cards[key].unavailable_reason))
    return list(cards.values())


def _step_card(brought: list[Plugin]) -> StepCard:
    key, origin = brought[0].key, registry.origins(brought)
    try:
        step = _checked(registry.load_plugin(brought), StepDescriptor)
        return replace(step.card, origin=origin)
    except (Exception, SystemExit) as error:
        return StepCard(
            key, key, origin, "nothing", False, False, unavailable_reason=_why(error, origin), origin=origin
        )


def _model_card(brought: list[Plugin]) -> ModelCard:
    key, origin = brought[0].key, registry.origins(brought)
    try:
        model = _checked(registry.load_plugin(brought), ModelDescriptor)
        return replace(model.full_card(), origin=origin)
    except (Exception, SystemExit) as error:
        return ModelCard(
            key=key,
            title=key,
            module=brought[0].module,
            since="",
            worker="",
            worker_kind="thread",
            is_async=False,
            max_workers=1,
            use_when="",
            costs="",
            documentation="",
            unavailable_reason=_why(error, origin),
            origin=origin,
        )


def _checked(found: Any, kind: type[_Descriptor]) -> _Descriptor:
    if not isinstance(found, kind):
        raise TypeError(f"it is not a {kind.__name__}")
    json.dumps(found.card.to_json())  # raises if the card cannot be sent
    return found


def _why(error: BaseException, origin: str) -> str:
    if isinstance(error, registry.RegistryError):
        return f"{error}."
    return f"{origin} cannot be loaded: {type(error).__name__}: {error}."
