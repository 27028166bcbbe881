"""What models cost on this machine, for `gilscope models --measure`."""

from __future__ import annotations

from engine.commandline.console import table
from engine.commandline.progress import TerminalProgress
from engine.wire.client import Conductor
from engine.wire.codec import plain
from engine.wire.commands import QueryCatalogue, QueryCosts
from engine.wire.facts import CatalogueFound, CostsKnown
from engine.workload.catalogue import Catalogue

_UNITS = {"s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")), "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))}


def measured(catalogue: Catalogue, interpreter: str | None) -> dict[str, CostsKnown]:
    """Return each model's costs by its key; unknown ones are measured first, which takes seconds for each model."""
    line = TerminalProgress()
    found = {}
    with Conductor() as conductor:
        conductor.ask(QueryCatalogue(interpreter, trust=True), CatalogueFound)  # it was named on the command line
        for number, key in enumerate(catalogue.models):
            line.show(f"measuring {key} ({number + 1} of {len(catalogue.models)})")
            found[key] = conductor.ask(QueryCosts(key, interpreter), CostsKnown)
    line.clear()
    return found


def costs_json(costs: CostsKnown) -> dict[str, object]:
    """Return one model's costs in the JSON form of `gilscope models --measure`."""
    return {name: value for name, value in plain(costs).items() if name not in ("model", "interpreter")}


def costs_table(costs: dict[str, CostsKnown]) -> str:
    """Return the costs as a table. A dash: too small to be told from noise, or nothing to measure."""
    header = ("model", "a worker's start", "its memory", "beside each task", "measured")
    rows = [
        (
            key,
            _start(each),
            _with_unit(each.worker_bytes, "B"),
            _with_unit(each.task_overhead_s, "s"),
            each.reason or each.measured_at,
        )
        for key, each in costs.items()
    ]
    return table(header, rows)


def _start(costs: CostsKnown) -> str:
    forked_s, start = costs.forkserver_worker_s, _with_unit(costs.create_worker_s, "s")
    return start if forked_s is None else f"{start} (from a fork server {_with_unit(forked_s, 's')})"


def _with_unit(value: float | None, kind: str) -> str:
    if value is None:
        return "-"
    scale, unit = next(((scale, unit) for scale, unit in _UNITS[kind] if value >= scale), (1.0, kind))
    return f"{value / scale:.3g} {unit}"
