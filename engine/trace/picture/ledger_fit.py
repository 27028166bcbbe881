"""Fits a lane's ticks to the final ledger, so that the timeline's picture and the ledger agree.

A tick's ledger is only what was known at that instant; the final figures of a lane are its row in the run's result. The
picture keeps the proportions measured around each time, but weights each state by one factor per lane, chosen so that
the lane's total time in each state equals the ledger's. The method is iterative proportional fitting, of (ticks, kinds
of piece) against states. A wait that its step reports is drawn as reported, unless the ledger says that less of it was
seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.trace.phase_track import KINDS, Floats, PieceKind
from engine.wire.protocol import LEDGER_STATES

CPU, CPU_WAIT, GIL, IO, LOCK, LOOP, TRANSPORT, IDLE = range(len(LEDGER_STATES))
IN_TASK: Final = LOOP + 1  # states that a task can be in: the first ones
_POSSIBLE: Final = 1e-2  # the weight of a state that is possible for a piece, but not its main one
_OF_THE_RUN: Final = 1e-3  # the weight of the run's own proportions beside those of a tick, which may lack a state
_OTHER_THAN_TOLD: Final = 1e-4  # the weight of other states where a step reports what it waits for
_GAP: Final = 0.1  # the weight of waiting for the GIL or the loop between tasks: mostly a worker has no task then
_MOVED: Final = 0.999  # if the ledger has less than this share of the waits that steps report, they are divided too
_ROUNDS: Final = 200
_EXACT: Final = 1e-5  # of a lane's time
_MOST_TICKS: Final = 256  # ticks used in a fit; if there are more, neighbours are merged


def _weights() -> Floats:
    weights = np.zeros((KINDS, IN_TASK))
    weights[[PieceKind.IO, PieceKind.LOCK]] = _OTHER_THAN_TOLD
    weights[PieceKind.IO, IO] = weights[PieceKind.LOCK, LOCK] = 1.0
    weights[PieceKind.COMPUTE, [CPU, CPU_WAIT, GIL]] = 1.0
    weights[PieceKind.COMPUTE, [IO, LOCK]] = _POSSIBLE
    weights[PieceKind.OPEN, [CPU, CPU_WAIT, GIL, IO, LOCK]] = 1.0
    weights[PieceKind.LOOP, [CPU, CPU_WAIT, LOOP]] = 1.0
    weights[PieceKind.LOOP, [GIL, IO, LOCK]] = _POSSIBLE
    weights[PieceKind.AWAITED, [CPU, CPU_WAIT, GIL, IO, LOCK, LOOP]] = 1.0
    return weights


# The prior weight of each state in each kind of piece, before anything was measured.
WEIGHTS: Final = _weights()


@dataclass(frozen=True, slots=True)
class LaneFit:
    """How measured proportions are weighted: `factors` has one per state, `run` the lane's shares over its whole time.

    `gap` is the share of the time between tasks that the worker spent in `gap_state`, waiting for the GIL or its loop.
    `moved`: waits that steps report are divided too. For one lane the shapes are (IN_TASK,) and (); for several lanes,
    stacked, (lanes, IN_TASK) and (lanes,).
    """

    factors: Floats
    run: Floats
    gap: Floats
    gap_state: npt.NDArray[np.int64]
    moved: npt.NDArray[np.bool_]

    def weigh(self, measured: Floats) -> Floats:
        """Return measured seconds, (..., columns, LEDGER_STATES), as weights: (..., columns, IN_TASK)."""
        here = measured[..., :IN_TASK]
        total = here.sum(axis=-1, keepdims=True)
        own = np.where(total > 0, _OF_THE_RUN * total, 1.0) * self.run[..., np.newaxis, :]
        return np.asarray((here + own) * self.factors[..., np.newaxis, :])

    @classmethod
    def neutral(cls) -> LaneFit:
        """Return the fit of a lane whose ledger says nothing about its tasks: measurements are used unweighted."""
        return cls(np.ones(IN_TASK), np.zeros(IN_TASK), np.zeros(()), np.array(GIL), np.array(False))

    @classmethod
    def stacked(cls, fits: Sequence[LaneFit]) -> LaneFit:
        """Stack the fits of several lanes into one."""
        return cls(*(np.stack([getattr(fit, name) for fit in fits]) for name in cls.__slots__))


def fit_lane(
    covered: Floats, measured: Floats, totals: Mapping[str, float | None], gaps_ns: Floats, *, is_async: bool
) -> LaneFit | None:
    """Return the fit of a lane, None where its ledger says nothing about its tasks.

    `covered` is the nanoseconds of each kind in each tick's stretch, (ticks, KINDS); `measured` the seconds of each
    state around it, (ticks, LEDGER_STATES); `totals` the lane's ledger in seconds; `gaps_ns` how much of each stretch
    lay between two tasks.
    """
    wanted = np.array([float(totals.get(state) or 0.0) * 1e9 for state in LEDGER_STATES])[:IN_TASK]
    there, gap = float(covered.sum()), float(gaps_ns.sum())
    if wanted.sum() <= 0 or there <= 0:
        return None
    # The ledger also counts phases that were not recorded: what exceeds the recorded time is not drawn.
    wanted *= min(max(wanted.sum(), there), there + gap) / wanted.sum()
    covered, measured = _fewer(covered, measured)
    return _fitted(covered, measured, wanted, gap, LOOP if is_async else GIL)


def _fitted(covered: Floats, measured: Floats, wanted: Floats, gap: float, gap_state: int) -> LaneFit:
    kinds = [kind for kind in PieceKind if covered[:, kind].any()]
    amounts = covered[:, kinds].T[:, :, np.newaxis]  # (kinds, ticks, 1)
    factors, between, run = np.ones(IN_TASK), 1.0, wanted / wanted.sum()
    no_gap = np.zeros(()), np.array(gap_state), np.array(False)
    before = LaneFit(factors, run, *no_gap).weigh(measured) * WEIGHTS[kinds][:, np.newaxis, :]
    gap_share, parts = 0.0, before
    for _ in range(_ROUNDS):
        weights = before * factors
        total = weights.sum(axis=-1, keepdims=True)
        parts = weights * np.divide(amounts, total, out=np.zeros_like(total), where=total > 0)
        found = parts.sum(axis=(0, 1))
        if gap:
            own = _GAP * factors[gap_state]
            gap_share = own / (own + between) if own + between > 0 else 0.0  # neither is wanted: all of it is tasks
            found[gap_state] += gap * gap_share
        if np.abs(found - wanted).max() <= _EXACT * wanted.sum():
            break
        factors = factors * np.divide(wanted, found, out=np.ones(IN_TASK), where=found > 0)
        if gap:
            nothing = amounts.sum() + gap - wanted.sum()
            between *= max(nothing, 0.0) / max(gap * (1 - gap_share), 1.0)
        factors, between = factors / factors.max(), between / factors.max()
    told = {PieceKind.IO: IO, PieceKind.LOCK: LOCK}
    kept = [
        parts[place, :, told[kind]].sum() / covered[:, kind].sum() for place, kind in enumerate(kinds) if kind in told
    ]
    return LaneFit(factors, run, np.array(gap_share), np.array(gap_state), np.array(min(kept, default=1.0) < _MOVED))


def _fewer(covered: Floats, measured: Floats) -> tuple[Floats, Floats]:
    """Return both arrays with neighbouring ticks merged, if there are more than _MOST_TICKS."""
    if len(covered) <= _MOST_TICKS:
        return covered, measured
    cuts = np.linspace(0, len(covered), _MOST_TICKS, endpoint=False).astype(np.int64)
    return np.add.reduceat(covered, cuts, axis=0), np.add.reduceat(measured, cuts, axis=0)
