"""What steps of the user's own code were found to cost alone, in words; stale once what was measured has changed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.wire.query_answers import CostAlone
from engine.wording.durations import seconds
from engine.wording.figure_text import counted, percent, size
from gui.composer.draft import StepDraft

_FRAME: Final = re.compile(r'File "<workload\.steps\[0\]>", line (\d+)')
_MANY_CORES: Final = 1.05


@dataclass(frozen=True, slots=True)
class ShownCost:
    """What stands beside a step's button: a sentence, its explanation, and how it stands to the step as it is now."""

    text: str = ""
    tip: str = ""
    is_error: bool = False
    is_stale: bool = False
    is_measuring: bool = False


class CostsAlone:
    """The last answer for each step, with what it was measured of: the step's values and the Python that ran it."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[Mapping[str, object], Hashable, CostAlone | None]] = {}

    def begin(self, step: StepDraft, python: Hashable) -> None:
        """Say that a step is being measured under a Python."""
        self._of[step.uid] = (step.values, python, None)

    def end(self, uid: int, cost: CostAlone) -> None:
        """Keep the answer about a step."""
        if uid in self._of:
            values, python, _ = self._of[uid]
            self._of[uid] = (values, python, cost)

    @property
    def measuring(self) -> list[int]:
        """The steps whose answer is still to come."""
        return [uid for uid, (_, _, cost) in self._of.items() if cost is None]

    def clear(self) -> None:
        """Forget them all."""
        self._of.clear()

    def of(self, step: StepDraft, python: Hashable) -> ShownCost:
        """Return what is to be shown of a step that would now run under a Python."""
        if step.uid not in self._of:
            return ShownCost()
        values, measured_under, cost = self._of[step.uid]
        if cost is None:
            return ShownCost("Measuring…", is_measuring=True)
        text, tip = cost_words(cost)
        return ShownCost(text, tip, bool(cost.reason), values != step.values or measured_under != python)


def cost_words(cost: CostAlone) -> tuple[str, str]:
    """Return a cost as words such as `1.3 ms, 98 % computing, 2 kB result`, and what they rest on."""
    if cost.reason:
        lines = _FRAME.findall(cost.error.traceback) if cost.error else []
        return f"line {lines[-1]}: {cost.reason}" if lines else cost.reason, cost.error.traceback if cost.error else ""
    share = cost.computing or 0.0
    computing = f"computing on {share:.1f} cores" if share > _MANY_CORES else f"{percent(min(share, 1.0))} computing"
    if cost.unpicklable:
        result = "a result that cannot be pickled"
    else:
        result = f"{size(cost.result_bytes)} result"
    calls = counted(cost.calls, "call")
    tip = f"One task alone, on one thread: the median of {calls}. The result is measured as it is pickled."
    return f"{seconds(cost.task_s)}, {computing}, {result}", f"{tip} {cost.unpicklable}".rstrip()
