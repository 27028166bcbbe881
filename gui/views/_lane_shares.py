"""What each worker's computing time was made of, from sample to sample: running, or waiting for a core or the GIL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.conductor.protocol import LEDGER_STATES

Floats = npt.NDArray[np.float64]
_MOST_LANES: Final = 64  # a tick has no more
_TOTAL: Final = _MOST_LANES  # the place of all lanes' sum
_AT_ONCE: Final = 4_000_000  # bytes


class LaneShares:
    """The ledger of every tick, as the run's folder keeps it; `refresh` reads what was added since."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "samples.jsonl"
        self._offset = 0
        self._times = np.empty(64)
        self._seconds = np.zeros((64, _MOST_LANES + 1, len(LEDGER_STATES)))
        self.count = 0

    def refresh(self) -> None:
        """Take in the ticks that were written since the last call."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(_AT_ONCE)
        except OSError:
            return
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        for line in data[:whole].splitlines():
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue  # a tick that cannot be read is as one that never came

    def of(self, lane: int, times_ns: npt.NDArray[np.int64]) -> Floats:
        """Return what part of a lane's time each state had around each time: shape (times, states), rows add up to 1.

        A lane beyond those that ticks tell of has the shares of all lanes together. Without a tick all is `cpu`.
        """
        shares = np.zeros((len(times_ns), len(LEDGER_STATES)))
        shares[:, 0] = 1.0
        if not self.count:
            return shares
        seconds = self._seconds[: self.count, lane if lane < _MOST_LANES else _TOTAL]
        spent = np.clip(np.diff(seconds, axis=0, prepend=0.0), 0.0, None)
        place = np.searchsorted(self._times[: self.count], times_ns / 1e9, side="left")
        found = spent[np.minimum(place, self.count - 1)]
        total = found.sum(axis=1)
        known = total > 0
        shares[known] = found[known] / total[known, None]
        return shares

    def _take(self, tick: dict[str, Any]) -> None:
        if self.count == len(self._times):
            self._times = np.concatenate([self._times, np.empty_like(self._times)])
            self._seconds = np.concatenate([self._seconds, np.zeros_like(self._seconds)])
        row = self._seconds[self.count]
        # A lane that this tick does not tell of has had no time since the one before.
        row[:] = self._seconds[self.count - 1] if self.count else 0.0
        for lane in tick["lanes"][:_MOST_LANES]:
            row[int(lane["lane"])] = _states(lane["ledger_s"])
        row[_TOTAL] = _states(tick["ledger_s"])
        self._times[self.count] = float(tick["t_s"])
        self.count += 1


def _states(ledger: dict[str, Any] | None) -> list[float]:
    return [float((ledger or {}).get(state) or 0.0) for state in LEDGER_STATES]
