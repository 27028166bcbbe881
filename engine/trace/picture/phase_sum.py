"""Adds up the phases of many lanes: the time that they spend in each kind over any stretch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.trace.phase_track import KINDS, Floats, Ints, PhaseTrack, PieceKind, settle


class PhaseSum:
    """Has the interface of a single track, and answers with the mean over its lanes at a cost independent of their
    number.

    Up to an instant, pieces cover the sum of (instant - start) over all that have begun, minus the sum of (instant -
    end) over all that have ended: two sorted arrays with running sums for each kind.
    """

    def __init__(self, tracks: Sequence[PhaseTrack]) -> None:
        self.lanes = max(1, len(tracks))
        self.count = sum(track.count for track in tracks)
        self._kinds: list[tuple[PieceKind, Ints, Floats, Ints, Floats]] = []
        pieces: dict[PieceKind, tuple[list[Ints], list[Ints]]] = {kind: ([], []) for kind in PieceKind}
        settle(tracks)
        for track in tracks:
            track.add_pieces(pieces)
        for kind, (starts, ends) in pieces.items():
            if starts:
                begun, ended = np.sort(np.concatenate(starts)), np.sort(np.concatenate(ends))
                self._kinds.append((kind, begun, _running(begun), ended, _running(ended)))

    def covered(self, edges: Ints) -> Floats:
        """Return the nanoseconds of each kind until each of `edges`, a lane's mean: shape (edges, KINDS)."""
        sums = np.zeros((len(edges), KINDS))
        for kind, begun, begun_sum, ended, ended_sum in self._kinds:
            in_it, past = np.searchsorted(begun, edges, side="right"), np.searchsorted(ended, edges, side="right")
            sums[:, kind] = (in_it - past) * edges - (begun_sum[in_it] - ended_sum[past])
        return sums / self.lanes


def _running(times: Ints) -> Floats:
    return np.concatenate([[0.0], np.cumsum(times, dtype=np.float64)])
