"""Groups a run's workers by what they mostly did: if they are alike, a sentence may give their mean for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.insight.parts import WorkerFigures
from engine.insight.run_figures import STATES, RunFigures

_SPREAD = 0.25  # of a worker's time: workers whose shares differ by at most this are alike
_APART = 0.35  # workers whose shares differ by more do different things


@dataclass(frozen=True, slots=True)
class AlikeWorkers:
    """Workers that did mostly the same: `state` is the state that took most of their time."""

    state: str
    workers: tuple[WorkerFigures, ...]

    def total_s(self, *states: str) -> float:
        """Return their time in `states`."""
        return sum(each.ledger_s.get(state) or 0.0 for each in self.workers for state in states)

    def share(self, *states: str) -> float:
        """Return the part of their time in `states`."""
        total = sum(each.total_s for each in self.workers)
        return self.total_s(*states) / total if total > 0 else 0.0


def are_alike(run: RunFigures, *states: str) -> bool:
    """Whether every worker is known, and their shares of time in `states` are close together."""
    workers = run.working
    if len(run.by_worker) < run.workers or not workers:
        return False
    shares = [each.share(*states) for each in workers]
    return max(shares) - min(shares) <= _SPREAD


def kinds(run: RunFigures) -> tuple[AlikeWorkers, ...]:
    """Return the workers grouped by the state that took most of their time, largest group first; empty if unknown."""
    by_state: dict[str, list[WorkerFigures]] = {}
    for each in run.working:
        if each.total_s > 0:
            by_state.setdefault(max(STATES, key=each.share), []).append(each)
    return tuple(
        AlikeWorkers(state, tuple(found)) for state, found in sorted(by_state.items(), key=lambda pair: -len(pair[1]))
    )


def differ(run: RunFigures) -> bool:
    """Whether some workers did something quite different from the others."""
    found = kinds(run)
    return len(found) > 1 and any(_far(found, state) for state in (kind.state for kind in found))


def _far(found: Sequence[AlikeWorkers], state: str) -> bool:
    shares = [kind.share(state) for kind in found]
    return max(shares) - min(shares) > _APART
