"""Each core's use over time as a picture: a band as high as the core was busy, with the run's share in its own colour.

How busy a core was and how much processor time the run had are the system's figures; how that time is divided among
the cores comes from looks at the run's threads. Without looks the run's share is not known.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from engine.record.placements import PlacementReader
from gui.widgets.view_data import Floats

LEVELS: Final = 24  # levels of a band's height
_GAP: Final = 2  # levels that stay empty between two bands
_MANY: Final = 16  # with more cores than this, bands have no room for fine levels
_FEW_LEVELS: Final = 6


class RunShares:
    """Computes each core's part of a run's processor time, from looks at its threads while they are written."""

    def __init__(self) -> None:
        self._reader: PlacementReader | None = None
        self._folder: Path | None = None

    def of(self, folder: Path | None, top_s: float, columns: int, cores: int) -> Floats | None:
        """Return each core's part (0 to 1) of the run's processor time in each of `columns` bins of 0..`top_s`.

        Shape (cores, columns); None if its threads were not looked at.
        """
        if folder != self._folder:
            self._folder = folder
            self._reader = PlacementReader(folder) if folder is not None else None
        if self._reader is None:
            return None
        self._reader.refresh()
        seen = self._reader.sightings()
        seen = seen[seen["core"] < cores]
        if not len(seen):
            return None
        places = np.minimum((seen["time_ns"] / 1e9 / max(top_s, 1e-9) * columns).astype(np.int64), columns - 1)
        counts = np.zeros((cores, columns))
        np.add.at(counts, (seen["core"].astype(np.int64), places), 1)
        together = counts.sum(axis=0)
        return np.where(together > 0, counts / np.maximum(together, 1), 0.0)


def run_use(busy: Floats, run_cores: Floats, shares: Floats) -> Floats:
    """Return how busy the run itself kept each core: its use, divided by `shares`, and at most the core's whole use.

    `busy` and `shares` have the shape (cores, columns), `run_cores` (columns,).
    """
    return np.minimum(np.nan_to_num(shares * run_cores), np.nan_to_num(busy))


def band_picture(busy: Floats, run: Floats | None, colors: tuple[str, str, str]) -> npt.NDArray[np.ubyte]:
    """Return the picture of all bands, from the first core down: rows of RGB.

    `colors` are those of the run, of other programs, and of the background. If the run's share is not known, the use
    by all programs has the run's colour.
    """
    cores, columns = busy.shape
    levels = LEVELS if cores <= _MANY else _FEW_LEVELS
    gap = _GAP if cores <= _MANY else 1
    heights = np.arange(levels + gap, 0, -1)[None, :, None]  # from the top of a band
    whole = np.rint(np.nan_to_num(busy) * levels)[:, None, :]
    own = whole if run is None else np.rint(run * levels)[:, None, :]
    kinds = np.where(heights <= own, 0, np.where(heights <= whole, 1, 2)).reshape(cores * (levels + gap), columns)
    table = np.array([[c.red(), c.green(), c.blue()] for c in map(QColor, colors)], np.ubyte)
    return table[kinds]
