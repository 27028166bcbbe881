"""Has a run's conductor measure what it costs to be watched."""

from __future__ import annotations

from typing import Any

from engine.commandline.console import say
from engine.commandline.interrupts import Interrupts
from engine.commandline.progress import ProgressLine, bar
from engine.conductor.client import Conductor

_POLL_S = 0.1


def observer_cost(conductor: Conductor, run_id: str, *, trust: bool) -> dict[str, Any] | None:
    """Return what was measured, which the run's result then has too; None where that was not to be, said why."""
    line = ProgressLine()
    conductor.send("observer_cost", run_id=run_id, trust=trust)
    with Interrupts() as interrupts:
        while True:
            if interrupts.count:
                conductor.send("observer_cost", run_id=run_id, stop=True)
            fact = conductor.next_fact(_POLL_S)
            if fact is None or fact["type"] != "observer_cost" or fact["run_id"] != run_id:
                continue
            if fact["cost"] is None and fact["reason"] is None:
                line.show(f"{bar(fact['done'] / fact['of'])}  cost of watching")
                continue
            line.clear()
            if fact["reason"] is not None:
                say(f"gilscope: the cost of watching could not be measured: {fact['reason']}")
            return dict(fact["cost"]) if fact["cost"] else None
