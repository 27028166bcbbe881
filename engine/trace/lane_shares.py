"""What each worker's computing time was made of, from sample to sample: running, or waiting for a core or the GIL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.wire.protocol import LEDGER_STATES

Floats = npt.NDArray[np.float64]
_MOST_LANES: Final = 64  # a tick has no more
_TOTAL: Final = _MOST_LANES  # the place of all lanes' sum
_AT_ONCE: Final = 4_000_000  # bytes


class LaneShares:
    """The ledger of every tick, as the run's folder keeps it; `refresh` reads what was added since."""

    def __init__(self, folder: Path, zero_ns: int = 0) -> None:
        self._zero_ns = zero_ns  # what times count from, after the run's start
        self._path = folder / "samples.jsonl"
        self._offset = 0
        self._times = np.empty(64)
        self._spent = np.zeros((64, _MOST_LANES + 1, len(LEDGER_STATES)))  # between a tick and the one before
        self._until = np.zeros((_MOST_LANES + 1, len(LEDGER_STATES)))  # until the newest
        self.count = 0
        self.processes: dict[int, str] = {}  # what the system calls each

    def refresh(self) -> bool:
        """Take in ticks that were written since the last call, up to a bound; return whether there may be more."""
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
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue  # a tick that cannot be read is as one that never came
        return len(data) == _AT_ONCE and whole > 0

    def places(self, times_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the place of the tick that tells of each time, for `of`."""
        found = np.searchsorted(self._times[: self.count], (times_ns + self._zero_ns) / 1e9, side="left")
        return np.minimum(found, max(self.count - 1, 0))

    def of(self, lane: int, places: npt.NDArray[np.int64]) -> Floats | None:
        """Return the seconds of a lane in each state around each place: shape (places, states); None without a tick.

        A lane beyond those that ticks tell of has the seconds of all lanes together.
        """
        if not self.count:
            return None
        return np.asarray(self._spent[places, lane if lane < _MOST_LANES else _TOTAL])

    def of_each(self, lanes: list[int], places: npt.NDArray[np.int64]) -> Floats | None:
        """Return the same of several lanes: shape (lanes, places, states)."""
        if not self.count:
            return None
        mine = np.minimum(np.array(lanes, np.int64), _TOTAL)
        return np.asarray(self._spent[places[None, :], mine[:, None]])

    def of_many(self, lanes: tuple[int, ...], places: npt.NDArray[np.int64]) -> Floats | None:
        """Return the same of some lanes together."""
        if not self.count:
            return None
        if lanes[-1] >= _MOST_LANES:
            return self.of(_TOTAL, places)
        return np.asarray(self._spent[places][:, list(lanes)].sum(axis=1))

    def _take(self, tick: dict[str, Any]) -> None:
        if self.count == len(self._times):
            self._times = np.concatenate([self._times, np.empty_like(self._times)])
            self._spent = np.concatenate([self._spent, np.zeros_like(self._spent)])
        until = self._until.copy()  # a lane that this tick does not tell of has had no time since the one before
        for lane in tick["lanes"][:_MOST_LANES]:
            until[int(lane["lane"])] = _states(lane["ledger_s"])
        until[_TOTAL] = _states(tick["ledger_s"])
        self._spent[self.count] = np.clip(until - self._until, 0.0, None)
        self._until = until
        self._times[self.count] = float(tick["t_s"])
        for process in tick.get("processes") or ():
            self.processes[int(process["pid"])] = str(process["name"])
        self.count += 1


def _states(ledger: dict[str, Any] | None) -> list[float]:
    return [float((ledger or {}).get(state) or 0.0) for state in LEDGER_STATES]
