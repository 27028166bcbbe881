"""Fits what a lane's ticks told of its time to what the ledger says in the end, so that picture and ledger agree.

The ledger of a tick is that instant's knowledge, and the last word on a lane is its row of the run's result. What is
drawn of a lane keeps the proportions that were measured around each time, each state weighted by one factor a lane, so
that all of the lane's time together is the ledger's: iterative proportional fitting, of (ticks, kinds of piece) against
states. Waits of known length are as they were recorded.
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
_POSSIBLE: Final = 1e-2  # the weight of a state that a piece may be in, though it is not what it is mostly
_OF_THE_RUN: Final = 1e-3  # the weight of the run's own proportions beside those of a tick, which may lack a state
_GAP_LOOP: Final = 0.1  # between tasks a coroutine mostly has none, and may wait for the loop to give it one
_ROUNDS: Final = 200
_EXACT: Final = 1e-5  # of a lane's time
_MOST_TICKS: Final = 256  # fitted to; of more, neighbours are taken together


def _weights() -> Floats:
    weights = np.zeros((KINDS, IN_TASK))
    weights[PieceKind.COMPUTE, [CPU, CPU_WAIT, GIL]] = 1.0
    weights[PieceKind.COMPUTE, [IO, LOCK]] = _POSSIBLE
    weights[PieceKind.OPEN, [CPU, CPU_WAIT, GIL, IO, LOCK]] = 1.0
    weights[PieceKind.LOOP, [CPU, CPU_WAIT, LOOP]] = 1.0
    weights[PieceKind.LOOP, [GIL, IO, LOCK]] = _POSSIBLE
    weights[PieceKind.AWAITED, [CPU, CPU_WAIT, GIL, IO, LOCK, LOOP]] = 1.0
    return weights


# How much of each state each kind of piece may be, before anything was measured; none for waits of known length.
WEIGHTS: Final = _weights()
_DIVIDED: Final = [PieceKind.COMPUTE, PieceKind.OPEN, PieceKind.LOOP, PieceKind.AWAITED]


@dataclass(frozen=True, slots=True)
class LaneFit:
    """How measured proportions are weighted: `factors` a state, `run` the lane's own shares of its whole time.

    `gap_loop` is the share of the time between its tasks in which a coroutine waited for its event loop. Of one lane
    the shapes are (IN_TASK,) and (); of several lanes, stacked, (lanes, IN_TASK) and (lanes,).
    """

    factors: Floats
    run: Floats
    gap_loop: Floats

    def weigh(self, measured: Floats) -> Floats:
        """Return measured seconds, (..., columns, LEDGER_STATES), as weights: (..., columns, IN_TASK)."""
        here = measured[..., :IN_TASK]
        total = here.sum(axis=-1, keepdims=True)
        own = np.where(total > 0, _OF_THE_RUN * total, 1.0) * self.run[..., np.newaxis, :]
        return np.asarray((here + own) * self.factors[..., np.newaxis, :])

    @classmethod
    def stacked(cls, fits: Sequence[LaneFit]) -> LaneFit:
        """Return several lanes' as one."""
        return cls(
            np.stack([fit.factors for fit in fits]),
            np.stack([fit.run for fit in fits]),
            np.stack([fit.gap_loop for fit in fits]),
        )


def fit_lane(
    covered: Floats, measured: Floats, totals: Mapping[str, float | None], gaps_ns: npt.NDArray[np.float64] | None
) -> LaneFit | None:
    """Return the fit of a lane, None where its ledger tells nothing of its tasks.

    `covered` is the nanoseconds of each kind in each tick's stretch, (ticks, KINDS); `measured` the seconds of each
    state around it, (ticks, LEDGER_STATES); `totals` the lane's ledger in seconds; `gaps_ns` how much of each stretch
    lay between a coroutine's tasks, None for a thread.
    """
    wanted = np.array([float(totals.get(state) or 0.0) * 1e9 for state in LEDGER_STATES])[:IN_TASK]
    wanted[IO] = max(wanted[IO] - covered[:, PieceKind.IO].sum(), 0.0)
    wanted[LOCK] = max(wanted[LOCK] - covered[:, PieceKind.LOCK].sum(), 0.0)
    there = covered[:, _DIVIDED].sum()
    if wanted.sum() <= 0 or there <= 0:
        return None
    covered, measured, gaps_ns = _fewer(covered, measured, gaps_ns)
    gap = 0.0 if gaps_ns is None else float(gaps_ns.sum())
    # What is left over has no place in the picture: the ledger counts phases too that were not recorded.
    wanted *= min(1.0, (there + gap) / wanted.sum()) if gaps_ns is not None else there / wanted.sum()
    run = wanted / wanted.sum()
    return _fitted(covered, measured, wanted, run, gap)


def _fitted(covered: Floats, measured: Floats, wanted: Floats, run: Floats, gap: float) -> LaneFit:
    kinds = [kind for kind in _DIVIDED if covered[:, kind].any()]
    amounts = covered[:, kinds].T[:, :, np.newaxis]  # (kinds, ticks, 1)
    factors, between = np.ones(IN_TASK), 1.0
    plain = LaneFit(factors, run, np.zeros(()))
    before = plain.weigh(measured) * WEIGHTS[kinds][:, np.newaxis, :]
    gap_loop = 0.0
    for _ in range(_ROUNDS):
        weights = before * factors
        total = weights.sum(axis=-1, keepdims=True)
        found = (weights * np.divide(amounts, total, out=np.zeros_like(total), where=total > 0)).sum(axis=(0, 1))
        if gap:
            gap_loop = _GAP_LOOP * factors[LOOP] / (_GAP_LOOP * factors[LOOP] + between)
            found[LOOP] += gap * gap_loop
        if np.abs(found - wanted).max() <= _EXACT * wanted.sum():
            break
        factors = factors * np.divide(wanted, found, out=np.ones(IN_TASK), where=found > 0)
        if gap:
            nothing = amounts.sum() + gap - wanted.sum()
            between *= max(nothing, 0.0) / max(gap * (1 - gap_loop), 1.0)
        factors, between = factors / factors.max(), between / factors.max()
    return LaneFit(factors, run, np.array(gap_loop))


def _fewer(
    covered: Floats, measured: Floats, gaps_ns: npt.NDArray[np.float64] | None
) -> tuple[Floats, Floats, npt.NDArray[np.float64] | None]:
    """Return the same with neighbours taken together, where there are very many."""
    if len(covered) <= _MOST_TICKS:
        return covered, measured, gaps_ns
    cuts = np.linspace(0, len(covered), _MOST_TICKS, endpoint=False).astype(np.int64)
    together = [np.add.reduceat(each, cuts, axis=0) for each in (covered, measured)]
    return together[0], together[1], None if gaps_ns is None else np.add.reduceat(gaps_ns, cuts)
