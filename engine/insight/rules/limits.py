"""Steps with a limit: how long workers waited for their turn."""

from __future__ import annotations

from engine.insight.parts import LimitFigures
from engine.insight.rule import Passage, Rule, Said, says
from engine.insight.run_figures import RunFigures
from engine.wording import figure_text as text

_MUCH = 0.05  # of the workers' time
_FULL = 0.2


def _waited(run: RunFigures, share: float) -> list[LimitFigures]:
    total = run.worker_s
    return [limit for limit in run.limits if total > 0 and (limit.waited_s or 0.0) >= share * total]


def _turns(run: RunFigures) -> Said:
    return says(
        *(
            f"At most {limit.limit:,} at a time may be in {limit.title}: waiting for a turn there took "
            f"{text.percent((limit.waited_s or 0.0) / run.worker_s)} of the workers' time."
            for limit in _waited(run, _MUCH)
        )
    )


BESIDE = (Rule("limit", Passage.BESIDE, lambda run: bool(_waited(run, _MUCH)), _turns),)
ADVICE = (
    Rule(
        "limit-full",
        Passage.ADVICE,
        lambda run: bool(_waited(run, _FULL)),
        lambda run: says(
            "More workers would only wait for their turn too; a higher limit helps, if the protected resource can "
            "take it."
        ),
    ),
)
