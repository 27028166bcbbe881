"""Divides each worker's computing time, sample by sample, into running and waiting for a core or the GIL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from engine.record.lane_table import Lane
from engine.record.samples import read_tick
from engine.trace.picture.ledger_fit import LaneFit
from engine.trace.picture.loop_turns import LoopTurns
from engine.trace.picture.rows import Owner
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.thread_looks import SeenStates
from engine.wire.protocol import LEDGER_STATES
from engine.wire.tick import Tick

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MOST_LANES: Final = 64  # a tick has no more
_TOTAL: Final = _MOST_LANES  # the place of all lanes' sum
_AT_ONCE: Final = 4_000_000  # bytes


class Mixed(NamedTuple):
    """A lane's seconds in each state around given times: shape (..., columns, states).

    Once the run has ended, `fit` weights them so that they agree with the ledger.
    """

    spent: Floats
    fit: LaneFit | None = None


class LaneOwners(Protocol):
    """The part of a PhaseStore used here: its lanes, and who owns their files."""

    @property
    def lanes(self) -> list[Lane]: ...
    @property
    def owners(self) -> Mapping[str, Owner]: ...


class LaneShares:
    """The ledger of every tick, as the run's folder keeps it; `refresh` reads what was added since."""

    def __init__(self, folder: Path, zero_ns: int = 0) -> None:
        self._zero_ns = zero_ns  # what times count from, after the run's start
        self._path = folder / "samples.jsonl"
        self._offset = 0
        self._times = np.empty(64)
        # Running sums of the seconds spent up to each tick; the first row is the run's beginning.
        self._until = np.zeros((65, _MOST_LANES + 1, len(LEDGER_STATES)))
        self._newest = np.zeros((_MOST_LANES + 1, len(LEDGER_STATES)))  # as the newest tick has it
        self.count = 0
        self.looks: RunLooks | None = None  # what its threads were seen to do, instant by instant
        self.turns: LoopTurns | None = None  # the same for its coroutines, as their loops recorded it
        self.fits: dict[tuple[int, ...], LaneFit] = {}  # by lane or group of lanes, once the run has ended
        self.processes: dict[int, str] = {}  # the system's name of each

    def refresh(self) -> bool:
        """Read ticks written since the last call, up to a bound; return whether there may be more."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(_AT_ONCE)
        except OSError:
            return False
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        for line in data[:whole].splitlines():
            try:
                self._take(read_tick(line))
            except (ValueError, RecursionError):
                continue  # an unreadable tick is skipped
        return len(data) == _AT_ONCE and whole > 0

    @property
    def version(self) -> tuple[int, ...]:
        """Changes whenever something new was read or fitted."""
        seen = [each.version for each in (self.looks, self.turns) if each is not None]
        return self.count, len(self.fits), *seen

    def seen(self, store: LaneOwners, lane: int) -> SeenStates | None:
        """Return what a lane's worker was doing, instant by instant; None if neither looks nor its loop show it."""
        each = store.lanes[lane]
        if store.owners[each.file].is_async:
            return self.turns.of(each.pid, each.thread, each.number) if self.turns is not None else None
        return self.looks.of(each.pid, each.thread) if self.looks is not None else None

    def refresh_seen(self, *, final: bool) -> bool:
        """Read new looks and loop records; return whether there may be more at once."""
        more = self.looks is not None and self.looks.refresh(final=final)
        if self.turns is not None and self.looks is not None and self.looks.start_ns is not None:
            more |= self.turns.refresh(self.looks.start_ns, self.looks)
        return more

    def close_seen(self) -> None:
        """Close their files; what was read stays."""
        for each in (self.looks, self.turns):
            if each is not None:
                each.close()

    def places(self, times_ns: Ints) -> Ints:
        """Return the index of the tick that covers each time, for `of`."""
        found = np.searchsorted(self._times[: self.count], (times_ns + self._zero_ns) / 1e9, side="left")
        return np.minimum(found, max(self.count - 1, 0))

    @property
    def times_ns(self) -> Ints:
        """When each tick was; a tick covers the time since the one before."""
        return np.round(self._times[: self.count] * 1e9).astype(np.int64) - self._zero_ns

    def of(self, lane: int, places: Ints) -> Mixed | None:
        """Return a lane's seconds by state around each tick in `places`; None without a tick.

        A lane beyond those listed in ticks gets the sums over all lanes.
        """
        return self._mixed((lane,), places, places)

    def between(self, lane: int, edges_ns: Ints) -> Mixed | None:
        """Return a lane's seconds by state in each column between edges."""
        return self._mixed((lane,), *self._around(edges_ns))

    def of_each(self, lanes: Sequence[int], edges_ns: Ints) -> Mixed | None:
        """Return the same for several lanes, each by itself."""
        if not self.count:
            return None
        first, last = self._around(edges_ns)
        mine = np.minimum(np.array(lanes, np.int64), _TOTAL)[:, np.newaxis]
        spent = self._until[last + 1, mine] - self._until[first, mine]
        fits = [self.fits[(lane,)] for lane in lanes if (lane,) in self.fits]
        whole = len(fits) == len(lanes)  # else they are still being worked out
        return Mixed(spent, LaneFit.stacked(fits) if whole else None)

    def of_many(self, lanes: tuple[int, ...], edges_ns: Ints) -> Mixed | None:
        """Return the same for some lanes together."""
        return self._mixed(lanes, *self._around(edges_ns))

    def _around(self, edges_ns: Ints) -> tuple[Ints, Ints]:
        """Return the first and last tick that cover each column; for a narrow column, the tick around its middle."""
        middle = self.places((edges_ns[:-1] + edges_ns[1:]) // 2)
        ends = self.places(edges_ns)
        wide = ends[1:] > ends[:-1] + 1
        return np.where(wide, ends[:-1], middle), np.where(wide, ends[1:] - 1, middle)

    def _mixed(self, lanes: tuple[int, ...], first: Ints, last: Ints) -> Mixed | None:
        if not self.count:
            return None
        if len(lanes) == 1 or lanes[-1] >= _MOST_LANES:
            mine = min(lanes[-1], _TOTAL)
            spent = self._until[last + 1, mine] - self._until[first, mine]
        else:
            chosen = self._until[:, list(lanes)].sum(axis=1)
            spent = chosen[last + 1] - chosen[first]
        return Mixed(spent, self.fits.get(lanes))

    def _take(self, tick: Tick) -> None:
        if self.count == len(self._times):
            self._times = np.concatenate([self._times, np.empty_like(self._times)])
            self._until = np.concatenate([self._until, np.zeros_like(self._until[1:])])
        newest = self._newest.copy()  # a lane missing from this tick has had no time since the one before
        for lane in tick.lanes[:_MOST_LANES]:
            newest[lane.lane] = _states(lane.ledger_s)
        newest[_TOTAL] = _states(tick.ledger_s)
        self._until[self.count + 1] = self._until[self.count] + np.clip(newest - self._newest, 0.0, None)
        self._newest = newest
        self._times[self.count] = tick.t_s
        for process in tick.processes:
            self.processes[process.pid] = process.name
        self.count += 1


def _states(ledger: Mapping[str, float | None]) -> list[float]:
    return [ledger.get(state) or 0.0 for state in LEDGER_STATES]
