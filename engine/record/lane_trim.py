"""Frees the unused space at the end of lane files, once nobody writes them any more.

A writer grows its file by chunks, so up to half of the file stays empty. Readers are safe: they map only the header,
and read only published records, and both stay. A writer is not safe, because it maps the chunk. So this is only for a
run all of whose processes are gone.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from engine.record import lane_file
from engine.record.lane_file import Slot
from engine.record.run_folder import LANES

PAGE: Final = 4096  # files are cut at a multiple of this


def trim_lanes(run_folder: Path) -> int:
    """Truncate every lane file of a run after its last record; return how many bytes that freed.

    A file that cannot be cut (some systems do not, while it is mapped) stays as it is.
    """
    freed = 0
    for path in (run_folder / LANES).glob("*.lane"):
        with contextlib.suppress(OSError):
            freed += _trim(path)
    return freed


def _trim(path: Path) -> int:
    with open(path, "rb") as file:
        data = file.read(len(Slot) * 8)
    if len(data) < len(Slot) * 8:
        return 0  # its writer was killed before the header was there
    head = memoryview(data).cast("q")
    if head[Slot.MAGIC] != lane_file.MAGIC or head[Slot.RECORD_SIZE] != lane_file.RECORD_SIZE:
        return 0
    used = lane_file.HEADER_SIZE + max(0, head[Slot.PUBLISHED]) * lane_file.RECORD_SIZE
    end, size = -(-used // PAGE) * PAGE, path.stat().st_size
    if size <= end:
        return 0
    os.truncate(path, end)
    return size - end
