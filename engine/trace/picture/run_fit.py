"""Fits every lane of a run that has ended to its ledger, a few at a time, so that the window stays responsive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.trace.phase_store import PhaseStore
from engine.trace.phase_track import PhaseTrack
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.ledger_fit import LaneFit, fit_lane
from engine.trace.picture.phase_sum import PhaseSum
from engine.wire.protocol import LEDGER_STATES
from engine.wire.result import RunResult

_TOTALS = Sequence[Mapping[str, float | None]]


class RunFit:
    """Adds `fits` to a run's shares: for each lane, then for groups of lanes that are drawn as one.

    `ledgers` are the lanes' ledgers in the result, in the order of their numbers. A run recorded by an older version
    has none, and is drawn from its ticks alone.
    """

    def __init__(
        self, store: PhaseStore, shares: LaneShares, ledgers: _TOTALS, groups: Sequence[tuple[int, ...]] = ()
    ) -> None:
        self._store, self._shares, self._ledgers = store, shares, ledgers
        self._left = self._all([group for group in groups if len(group) > 1])

    def go_on(self, most: int = 4) -> bool:
        """Fit some more; return whether any was left."""
        done = 0
        for _ in self._left:
            done += 1
            if done >= most:
                break
        return done > 0

    def _all(self, groups: Sequence[tuple[int, ...]]) -> Iterator[None]:
        count = min(len(self._store.tracks), len(self._ledgers))
        for lane in range(count):
            self._fit(self._store.tracks[lane], (lane,), self._ledgers[lane], self._is_async(lane))
            yield
        for lanes in groups:
            if lanes[-1] < count:
                self._fit(self._store.sum_of(lanes), lanes, self._mean(lanes), is_async=False)
                yield

    def _fit(
        self,
        track: PhaseTrack | PhaseSum,
        lanes: tuple[int, ...],
        ledger: Mapping[str, float | None],
        is_async: bool,
    ) -> None:
        ends = self._shares.times_ns[:-1]
        edges = np.concatenate([[min(0, int(ends[0]) if len(ends) else 0)], ends, [2 * self._store.end_ns + 1]])
        edges = np.maximum.accumulate(edges)
        covered = np.diff(track.covered(edges), axis=0)
        mixed = self._shares.of_many(lanes, edges)
        measured = np.zeros((len(covered), len(LEDGER_STATES))) if mixed is None else mixed.spent
        gaps = np.zeros(len(covered))
        if isinstance(track, PhaseTrack) and track.count:
            begin_ns, end_ns = self._store.span_ns(lanes[0])
            gaps = np.maximum(np.diff(np.clip(edges, begin_ns, end_ns)) - covered.sum(axis=1), 0.0)
        fit = fit_lane(covered, measured, ledger, gaps, is_async=is_async)
        self._shares.fits[lanes] = fit or LaneFit.neutral()

    def _mean(self, lanes: tuple[int, ...]) -> dict[str, float]:
        """Return the mean of some lanes' ledgers, without the time that is drawn between their tasks."""
        mean = {
            state: sum(float(self._ledgers[lane].get(state) or 0.0) for lane in lanes) / len(lanes)
            for state in LEDGER_STATES
        }
        for lane in lanes:
            fit = self._shares.fits.get((lane,))
            if fit is not None:
                mean[LEDGER_STATES[int(fit.gap_state)]] -= self._between_s(lane, fit) / len(lanes)
        return mean

    def _between_s(self, lane: int, fit: LaneFit) -> float:
        """Return for how long a worker waited between its tasks."""
        track = self._store.tracks[lane]
        begin_ns, end_ns = self._store.span_ns(lane)
        return max(end_ns - begin_ns - track.length_ns, 0.0) * float(fit.gap) / 1e9

    def _is_async(self, lane: int) -> bool:
        return self._store.owners[self._store.lanes[lane].file].is_async


def lane_ledgers(result: RunResult | None) -> list[Mapping[str, float | None]]:
    """Return each lane's ledger from a result, by lane number; empty where the result has no lanes."""
    return [lane.ledger_s for lane in result.lanes or ()] if result is not None else []
