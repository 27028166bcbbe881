"""The request of `gilscope compare`: axes and bounds from its options, checked before anything runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any, Final

from engine.commandline.targets import place
from engine.commandline.trusted import add_trust
from engine.commandline.verb import RequestError
from engine.comparison.plan import DEFAULT_PRECISION, DEFAULT_REPEATS, Axes, value_of
from engine.workload.group import has_groups
from engine.workload.parameter import Value
from engine.workload.toml_table import TomlTable

OWN: Final = "own"  # how --interpreters names the app's own Python
MOST_REPEATS: Final = 1000


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", metavar="FILE.toml", nargs="?", help="the experiment")
    parser.add_argument("--models", metavar="A,B", help="under these models; default the file's")
    parser.add_argument("--workers", metavar="1,2,4", help="with these numbers of workers; default the file's")
    parser.add_argument("--interpreters", metavar="X,Y", help=f'under these Pythons: "3.13", "3.13t", a path, {OWN}')
    parser.add_argument(
        "--parameter",
        metavar="KEY=V,W",
        action="append",
        default=[],
        help="with these values of a key of the file, such as workload.steps[0].below=1000,5000; may be repeated",
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--tasks", metavar="N", type=int, help="of this many tasks each run")
    amount.add_argument("--duration", metavar="S", type=float, help="of this many seconds each run")
    parser.add_argument("--repeats", metavar="N", type=int, help=f"at most N runs a cell; default {DEFAULT_REPEATS}")
    parser.add_argument(
        "--precision",
        metavar="P",
        type=float,
        help=f"until the interval is within +-P percent of the median; default {DEFAULT_PRECISION * 100:g}",
    )
    parser.add_argument("--budget", metavar="S", type=float, help="begin no further run after S seconds of runs")
    parser.add_argument("--resume", metavar="ID", help="continue this comparison; its id, the beginning of it, or last")
    parser.add_argument("--new", action="store_true", help="begin anew instead of continuing an interrupted comparison")
    parser.add_argument(
        "--csv",
        metavar="FOLDER",
        type=place("--csv", "folder"),
        help="write repetitions.csv, summary.csv and fits.csv there",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    add_trust(parser)


def check_bounds(arguments: Namespace) -> None:
    """Raise RequestError for a bound out of its range, or for options that contradict each other."""
    if arguments.file is None and arguments.resume is None:
        raise RequestError("name an experiment file, or --resume a comparison")
    if arguments.resume is not None and arguments.new:
        raise RequestError("--new: cannot be given together with --resume")
    if arguments.json and arguments.markdown:
        raise RequestError("--markdown: cannot be given together with --json")
    axes = ("models", "workers", "interpreters", "tasks", "duration")
    given = [name for name in axes if getattr(arguments, name) is not None] + ["parameter"] * bool(arguments.parameter)
    if arguments.file is None and given:
        raise RequestError(f"--{given[0]}: name the experiment file too; --resume alone runs what was asked for then")
    if arguments.repeats is not None and not 1 <= arguments.repeats <= MOST_REPEATS:
        raise RequestError(f"--repeats: must be from 1 to {MOST_REPEATS}, got {arguments.repeats}")
    if arguments.precision is not None and not 0.0 < arguments.precision <= 100.0:
        raise RequestError(f"--precision: must be more than 0 and at most 100 percent, got {arguments.precision:g}")
    if arguments.budget is not None and not 0.0 < arguments.budget < float("inf"):
        raise RequestError(f"--budget: must be more than 0 seconds, got {arguments.budget:g}")


def axes_of(arguments: Namespace, experiment: Mapping[str, Any]) -> Axes:
    """Return the axes; an axis without an option has the file's value. Raises RequestError that names the option."""
    model = experiment.get("model")
    table: Mapping[str, Any] = model if isinstance(model, dict) else {}
    models = _texts("--models", arguments.models) if arguments.models is not None else (str(table.get("kind", "")),)
    workers = _numbers(arguments.workers) if arguments.workers is not None else (table.get("workers", 1),)
    if arguments.workers is not None and has_groups(experiment):
        raise RequestError("--workers: vary one group's by --parameter 'workload.groups[0].workers=1,2,4'")
    interpreters: tuple[str | None, ...] = (table.get("interpreter") or None,)
    if arguments.interpreters is not None:
        names = _texts("--interpreters", arguments.interpreters)
        interpreters = tuple(None if name == OWN else name for name in names)
    return Axes(models, workers, interpreters, dict(_parameter(text) for text in arguments.parameter))


def with_amount(experiment: TomlTable, arguments: Namespace) -> TomlTable:
    """Return the experiment with the number of tasks, or the duration, that the options give."""
    amount = {"tasks": arguments.tasks, "duration_s": arguments.duration}
    amount = {key: value for key, value in amount.items() if value is not None}
    workload = experiment.get("workload")
    if not amount or not isinstance(workload, dict):
        return experiment
    kept = {key: value for key, value in workload.items() if key not in ("tasks", "duration_s", "until_stopped")}
    return {**experiment, "workload": {**amount, **kept}}


def _texts(option: str, text: str) -> tuple[str, ...]:
    values = tuple(part.strip() for part in text.split(","))
    if not all(values):
        raise RequestError(f"{option}: needs values separated by commas, got {text!r}")
    return values


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in _texts("--workers", text))
    except ValueError:
        raise RequestError(f"--workers: must be whole numbers separated by commas, got {text!r}") from None


def _parameter(text: str) -> tuple[str, tuple[Value, ...]]:
    key, equals, values = text.partition("=")
    if not equals or not key.strip():
        raise RequestError(f"--parameter: must be KEY=VALUE,VALUE, got {text!r}")
    return key.strip(), tuple(value_of(part) for part in _texts(f"--parameter {key.strip()}", values))
