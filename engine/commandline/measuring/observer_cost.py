"""Has the conductor measure the overhead of recording and sampling a run."""

from __future__ import annotations

from engine.commandline.console import say
from engine.commandline.interrupts import Interrupts
from engine.commandline.progress import TerminalProgress, bar
from engine.commandline.verb import DONE, FAILED, INTERRUPTED
from engine.wire.client import Conductor, ConductorDiedError
from engine.wire.commands import MeasureRunOverhead
from engine.wire.facts import OverheadMeasured
from engine.wire.result import OverheadFigures

_POLL_S = 0.1


def observer_cost(conductor: Conductor, run_id: str, *, trust: bool) -> tuple[OverheadFigures | None, int]:
    """Return the overhead, which the conductor also adds to the run's result, and the command's exit code.

    None if it could not be measured, after printing why; the run itself is not affected.
    """
    line = TerminalProgress()
    conductor.send(MeasureRunOverhead(run_id, trust=trust))
    with Interrupts() as interrupts:
        try:
            cost = _answer(conductor, run_id, interrupts, line)
        except ConductorDiedError as error:
            line.clear()
            say(f"gilscope: overhead could not be measured: {error}")
            return None, FAILED
        return cost, INTERRUPTED if interrupts.count and cost is None else DONE


def _answer(
    conductor: Conductor, run_id: str, interrupts: Interrupts, line: TerminalProgress
) -> OverheadFigures | None:
    asked = False
    while True:
        if interrupts.count > 1:
            return None
        if interrupts.count and not asked:
            asked = True
            conductor.send(MeasureRunOverhead(run_id, stop=True))
        fact = conductor.next_fact(_POLL_S)
        if not isinstance(fact, OverheadMeasured) or fact.run_id != run_id:
            continue
        if fact.cost is None and fact.reason is None:
            line.show(f"{bar(fact.done / fact.of)}  overhead")
            continue
        line.clear()
        if fact.reason is not None:
            say(f"gilscope: overhead could not be measured: {fact.reason}")
        return fact.cost
