"""Each core's use over time as a picture: as high as the core was busy, the run's share of it in its own colour.

How busy a core is comes from the system, and how much processor time the run had too; on which cores it had it is seen
in looks at its threads. A run whose threads were not looked at has no share of its own here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from engine.record.placements import PlacementReader
from gui.widgets.view_data import Floats

LEVELS: Final = 24  # of a band's height
_GAP: Final = 2  # levels that stay empty between two bands
_MANY: Final = 16  # cores, past which bands have no room for fine levels
_FEW_LEVELS: Final = 6


class RunShares:
    """Which part of a run's processor time each core gave, from looks at its threads as they are written."""

    def __init__(self) -> None:
        self._reader: PlacementReader | None = None
        self._folder: Path | None = None

    def of(self, folder: Path | None, top_s: float, columns: int, cores: int) -> Floats | None:
        """Return each core's part of what the run used in each of `columns` bins of 0..`top_s`: 0 to 1.

        Shape (cores, columns); None where its threads were not looked at.
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
    """Return how busy the run itself kept each core: what it used, spread as it was seen, at most what was used there.

    `busy` and `shares` have the shape (cores, columns), `run_cores` (columns,).
    """
    return np.minimum(np.nan_to_num(shares * run_cores), np.nan_to_num(busy))


def band_picture(busy: Floats, run: Floats | None, colors: tuple[str, str, str]) -> npt.NDArray[np.ubyte]:
    """Return the picture of all bands, from the first core down: rows of RGB.

    `colors` are those of the run, of other programs, and of what is behind. Where the run's share is not known, what
    all programs use has the run's colour.
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
