"""`gilscope models`, `steps` and `interpreters`: list what can be run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from engine.commandline.console import emit, emit_json, say, table
from engine.commandline.verb import DONE, Verb
from engine.conductor.catalogues import Catalogues
from engine.processes.guard import Guard
from engine.workload.catalogue import Catalogue, StepCard

if TYPE_CHECKING:
    from engine.wire.interpreter import Interpreter


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print everything that is known, as JSON")


def add_model_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    add_arguments(parser)
    parser.add_argument("--interpreter", metavar="NAME", help='under this Python: "3.13", "3.13t", a path')
    parser.add_argument("--measure", action="store_true", help="show what each costs here; measured once, in a minute")


def models(arguments: Namespace) -> int:
    """Print the models."""
    catalogue = _catalogue(arguments.interpreter)
    if arguments.measure:
        from engine.commandline.measuring import costs as costs_of  # late, as is all that needs the conductor

        costs = costs_of.measured(catalogue, arguments.interpreter)
        if arguments.json:
            cards = catalogue.models.values()
            emit_json([{**card.to_json(), "measured": costs_of.costs_json(costs[card.key])} for card in cards])
        else:
            emit(costs_of.costs_table(costs))
        return DONE
    if arguments.json:
        emit_json([card.to_json() for card in catalogue.models.values()])
        return DONE
    header = ("model", "a worker is", "module", "since", "here")
    rows = [
        (card.key, card.worker, card.module, card.since, card.unavailable_reason or "yes")
        for card in catalogue.models.values()
    ]
    emit(table(header, rows))
    return DONE


def steps(arguments: Namespace) -> int:
    """Print the steps."""
    catalogue = _catalogue()
    if arguments.json:
        emit_json([card.to_json() for card in catalogue.steps.values()])
        return DONE
    header = ("step", "waits on", "holds the GIL", "async", "parameters and their defaults")
    rows = [
        (card.key, card.waits_on, _yes(card.holds_gil), _yes(card.has_async), _parameters(card))
        if card.unavailable_reason is None
        else (card.key, "-", "-", "-", card.unavailable_reason)
        for card in catalogue.steps.values()
    ]
    emit(table(header, rows))
    return DONE


def interpreters(arguments: Namespace) -> int:
    """Print the interpreters; searching for them takes seconds the first time."""
    from engine.interpreters.free_threaded import GUIDE, is_missing, sentences, ways

    found = search_interpreters()
    if arguments.json:
        emit_json([each.to_json() for each in found])
        return DONE
    header = ("name", "version", "implementation", "GIL", "found in", "path")
    emit(table(header, [_interpreter(each) for each in found]))
    if is_missing(found):
        say("gilscope: none of them is free-threaded (without a GIL). To get one:")
        for sentence in (*sentences(ways()), f"others: {GUIDE}"):
            say(f"  {sentence}")
    return DONE


def _catalogue(interpreter: str | None = None) -> Catalogue:
    """Return what the interpreter's host says that it can run; no conductor is started, which takes far longer."""
    guard = Guard()
    catalogues = Catalogues(guard)
    try:
        catalogue = catalogues.offer(interpreter, trust=True).catalogue  # it was named on the command line
    finally:
        catalogues.close()
        guard.close()
    for problem in catalogue.problems:
        say(f"gilscope: {problem}")
    return catalogue


def search_interpreters() -> tuple[Interpreter, ...]:
    """Return every interpreter that the conductor finds on this machine; waits for the search to end."""
    from engine.commandline.progress import TerminalProgress
    from engine.wire.client import Conductor
    from engine.wire.commands import QueryInterpreters
    from engine.wire.facts import InterpretersFound

    line = TerminalProgress()
    with Conductor() as conductor:
        fact = conductor.ask(QueryInterpreters(), InterpretersFound)
        while not fact.complete:
            line.show(f"searching: {len(fact.interpreters)} found")
            fact = conductor.wait_for(InterpretersFound)
    line.clear()
    return fact.interpreters


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _parameters(card: StepCard) -> str:
    parts = []
    for parameter in card.parameters:
        value = "..." if isinstance(parameter.default, str) and "\n" in parameter.default else parameter.default
        parts.append(f"{parameter.name}={value}")
    return ", ".join(parts)


def _interpreter(each: Interpreter) -> tuple[object, ...]:
    gil = "?" if each.gil_enabled is None else "on" if each.gil_enabled else "off"
    path = f"{each.path}: {each.problem}" if each.problem else each.path
    return each.name or "-", each.version or "-", each.implementation or "-", gil, each.source, path


MODELS = Verb("models", "list the concurrency models", add_model_arguments, models)
STEPS = Verb("steps", "list the steps that workloads are made of", add_arguments, steps)
INTERPRETERS = Verb("interpreters", "list the Pythons of this machine", add_arguments, interpreters)
