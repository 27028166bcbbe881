"""What other programs did meanwhile."""

from __future__ import annotations

from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.rules.cores import caused_by_others
from engine.insight.run_figures import RunFigures


def _took_much(run: RunFigures) -> bool:
    if run.other_cores is None or not run.machine_cores:
        return False
    return run.other_cores >= 0.25 * run.machine_cores and not caused_by_others(run)


def _others(run: RunFigures) -> Said:
    return says(f"Meanwhile other programs used {run.other_cores:.1f} of the machine's {run.machine_cores} cores.")


AROUND = (Rule("other-programs", Passage.AROUND, _took_much, _others),)
