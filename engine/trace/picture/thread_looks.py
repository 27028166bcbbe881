"""What one thread was seen to do, look by look."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
States = npt.NDArray[np.uint8]
_MOST_PIECES: Final = 64  # arrays of one thread's: each takes as much memory as a hundred looks
_NEAR_NS: Final = 6_000_000  # a look tells of so much time around it, at most
_LEAST_LOOKS: Final = 3  # looks that a stretch needs to be divided into pieces in their order
_LONGEST_GAP_NS: Final = 15_000_000


class SeenPiece(NamedTuple):
    """A stretch in one state, which is an index into LEDGER_STATES."""

    state: int
    begin_ns: int
    end_ns: int


class SeenStates(Protocol):
    """What a worker was doing, instant by instant, from whatever source knows it."""

    def near(self, times_ns: Ints) -> npt.NDArray[np.int16]:
        """Return its state at each time, as a place among LEDGER_STATES; -1 where that is not known."""
        ...

    def pieces(self, begin_ns: int, end_ns: int) -> list[SeenPiece]:
        """Return its states in a stretch, in their order; nothing where they are not known well enough."""
        ...


@dataclass(slots=True)
class ThreadLooks:
    """One thread's looks: their times, and the state seen, as an index into LEDGER_STATES.

    For a watched program also the LookState seen, and the index into the table of details.
    """

    _times: list[Ints] = field(default_factory=list)
    _states: list[States] = field(default_factory=list)
    _did: list[States] = field(default_factory=list)
    _details: list[npt.NDArray[np.uint16]] = field(default_factory=list)

    def add(self, times_ns: Ints, states: States) -> None:
        """Add the next looks."""
        self._times.append(times_ns)
        self._states.append(states)
        if len(self._times) > _MOST_PIECES:
            self._join()

    def add_details(self, did: States, details: npt.NDArray[np.uint16]) -> None:
        """Add the LookStates and details of the same looks."""
        self._did.append(did.copy())  # alone: a part of the looks would keep them all
        self._details.append(details.copy())
        if len(self._did) > _MOST_PIECES:
            self._join_details()

    @property
    def did(self) -> States:
        """The LookState seen at each look; only for a watched program."""
        self._join_details()
        return self._did[0]

    @property
    def details(self) -> npt.NDArray[np.uint16]:
        """Each look's index into the table of details; only for a watched program."""
        self._join_details()
        return self._details[0]

    @property
    def times_ns(self) -> Ints:
        """When each look was."""
        self._join()
        return self._times[0]

    @property
    def states(self) -> States:
        """The state seen at each look."""
        self._join()
        return self._states[0]

    def near(self, times_ns: Ints) -> npt.NDArray[np.int16]:
        """Return what was seen nearest to each time, as a place among LEDGER_STATES; -1 where nobody looked then."""
        seen = self.times_ns
        after = np.minimum(np.searchsorted(seen, times_ns), len(seen) - 1)
        before = np.maximum(after - 1, 0)
        nearest = np.where(times_ns - seen[before] < seen[after] - times_ns, before, after)
        known = np.abs(seen[nearest] - times_ns) <= _NEAR_NS
        return np.where(known, self.states[nearest].astype(np.int16), np.int16(-1))

    def pieces(self, begin_ns: int, end_ns: int) -> list[SeenPiece]:
        """Return what it was seen to do in a stretch, in its order; nothing where nobody looked often enough.

        It changes in the middle between two looks.
        """
        first, last = np.searchsorted(self.times_ns, [begin_ns, end_ns]).tolist()
        times, states = self.times_ns[first:last], self.states[first:last]
        gaps = np.diff(np.concatenate([[begin_ns], times, [end_ns]]))
        if len(times) < _LEAST_LOOKS or gaps.max() > _LONGEST_GAP_NS:
            return []
        cuts = np.flatnonzero(np.diff(states)) + 1
        turns = [begin_ns, *((times[cuts - 1] + times[cuts]) // 2).tolist(), end_ns]
        seen = states[np.concatenate([[0], cuts]).astype(np.int64)].tolist()
        return [SeenPiece(state, *span) for state, span in zip(seen, pairwise(turns), strict=True)]

    def _join(self) -> None:
        if len(self._times) > 1:
            self._times, self._states = [np.concatenate(self._times)], [np.concatenate(self._states)]

    def _join_details(self) -> None:
        if len(self._did) > 1:
            self._did, self._details = [np.concatenate(self._did)], [np.concatenate(self._details)]
