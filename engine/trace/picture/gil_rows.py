"""Paints a process's GIL row: who held it in each column of pixels, and the row's texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.trace.gil_holder import NOBODY, UNKNOWN, gil_figures
from engine.trace.picture.held import Held
from engine.trace.picture.run_looks import RunLooks
from engine.wording import figure_text as figures

Ints = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.uint8]
COLORS: Final = 8  # workers' colours; more workers reuse them from the first
OTHER: Final = COLORS  # a thread that belongs to no worker
FREE: Final = COLORS + 1  # nobody holds it
NOT_KNOWN: Final = COLORS + 2
HATCH: Final = COLORS + 3  # the lines over what is not known
BLANK: Final = COLORS + 4  # nobody looked
_COLUMN_PX: Final = 2
_HATCH_PX: Final = 8
_STACKED_PX: Final = 9  # a row lower than this shows only the holder of most of each column
_LATELY_NS: Final = 2_000_000_000
_MOST_NUMBERED: Final = 300  # with more stretches than this in view, none is given a number

Workers = Mapping[tuple[int, int], int]  # the lane of a thread, by its process and its id


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch in which a worker held the GIL, with the worker's lane."""

    begin_ns: int
    end_ns: int
    lane: int


def color_of(looks: RunLooks, workers: Workers, holder: int) -> int:
    """Return the colour of a holder, as a place in the row's table of colours."""
    lane = lane_of(looks, workers, holder)
    return OTHER if lane is None else lane % COLORS


def lane_of(looks: RunLooks, workers: Workers, holder: int) -> int | None:
    """Return the lane of a holder, None for a thread that belongs to no worker."""
    thread = looks.thread(holder)
    return None if thread is None else workers.get((thread.pid, thread.tid))


def paint_gil(
    looks: RunLooks, held: Held, workers: Workers, begin_ns: int, end_ns: int, width_px: int, height_px: int
) -> Pixels:
    """Return a row as pixels, which are indices into the table of colours: shape (height, width).

    Each holder gets its share of a column's height; a column without looks is BLANK, not interpolated.
    """
    columns = max(1, width_px // _COLUMN_PX)
    edges = np.linspace(begin_ns, end_ns, columns + 1).astype(np.int64)
    order = sorted(held.holders, key=lambda holder: (color_of(looks, workers, holder), holder))
    what = [*order, NOBODY, UNKNOWN]
    shares = np.array([held.shares(each, edges) for each in what])
    shares /= np.maximum(shares.sum(axis=0), np.where(shares.sum(axis=0) > 0.5, 1e-9, 1.0))
    colors = np.array([*(color_of(looks, workers, each) for each in order), FREE, NOT_KNOWN, BLANK], np.uint8)
    if height_px < _STACKED_PX:
        most = np.where(shares.sum(axis=0) > 0, shares.argmax(axis=0), len(what))
        pixels = np.repeat(colors[most][np.newaxis], height_px, axis=0)
    else:
        bounds = np.rint(np.cumsum(shares, axis=0) * height_px)
        rows = np.arange(height_px)[np.newaxis, :, np.newaxis]
        pixels = colors[(rows >= bounds[:, np.newaxis, :]).sum(axis=0)]
    pixels = np.repeat(pixels, _COLUMN_PX, axis=1)
    across, down = np.arange(pixels.shape[1])[np.newaxis], np.arange(height_px)[:, np.newaxis]
    lines = (across + down) % _HATCH_PX < _HATCH_PX // 4
    pixels[lines & (pixels == NOT_KNOWN)] = HATCH
    return np.ascontiguousarray(pixels)


def stretches(
    looks: RunLooks, held: Held, workers: Workers, begin_ns: int, end_ns: int, least_ns: float
) -> list[Stretch]:
    """Return the workers' visible stretches of at least `least_ns`; none where there are very many."""
    segments = held.segments
    first = int(np.searchsorted(segments.end_ns, begin_ns, side="right"))
    last = int(np.searchsorted(segments.start_ns, end_ns, side="left"))
    if last - first > _MOST_NUMBERED:
        return []
    found = []
    for place in range(first, last):
        lane = lane_of(looks, workers, int(segments.holder[place]))
        begin, end = int(segments.start_ns[place]), int(segments.end_ns[place])
        if lane is not None and min(end, end_ns) - max(begin, begin_ns) >= least_ns:
            found.append(Stretch(max(begin, begin_ns), min(end, end_ns), lane))
    return found


def holder_words(looks: RunLooks, held: Held, workers: Workers, names: list[str], time_ns: int) -> str:
    """Return in words who held it at a time, and for how long."""
    found = held.stretch_at(time_ns)
    if found is None:
        return "Nobody looked at this time: not known who held the GIL"
    holder, begin, end = found
    length = figures.seconds((end - begin) / 1e9)
    if holder == NOBODY:
        return f"Nobody held the GIL for {length}"
    if holder == UNKNOWN:
        return f"Not known who held the GIL for {length}: several threads were seen to run"
    return f"{holder_name(looks, workers, names, holder)} held the GIL for {length}"


def holder_at(looks: RunLooks, held: Held, workers: Workers, names: list[str], time_ns: int) -> str:
    """Return who held it at a time, in a word or two."""
    holder = int(held.at(np.array([time_ns], np.int64))[0])
    if holder in (NOBODY, UNKNOWN):
        return "nobody" if holder == NOBODY else "not known"
    lane, thread = lane_of(looks, workers, holder), looks.thread(holder)
    if lane is not None and lane < len(names):
        return names[lane]
    return (thread.name or f"thread {thread.tid}") if thread is not None else "another thread"


def pace_words(held: Held, *, ended: bool) -> list[str]:
    """Return how long the GIL is held at a time and how often it is handed over, lately or in the whole run.

    The list holds ever shorter wordings, for ever less room.
    """
    segments = held.segments
    if not ended:
        segments = segments.clipped(held.until_ns - _LATELY_NS, held.until_ns)
    found = gil_figures(segments)
    if not found.span_ns:
        return ["not seen yet"]
    over = f"{figures.number(round(found.handovers / (found.span_ns / 1e9)))} handovers/s"
    if found.shorter_than_ns is not None:
        short = f"held for less than {figures.seconds(found.shorter_than_ns / 1e9)} at a time"
        return [f"{short}: too short to be seen, over {over}", f"{short}, over {over}", f"over {over}"]
    if found.stretch_p50_ns is None:
        return [over]
    at_a_time = f"{figures.seconds(found.stretch_p50_ns / 1e9)} at a time"
    return [
        f"held for {at_a_time} (median), {over}",
        f"held for {at_a_time}, {over}",
        f"{at_a_time}, {over}",
        at_a_time,
    ]


def holder_name(looks: RunLooks, workers: Workers, names: list[str], holder: int) -> str:
    """Return what a holder is called: a worker's name, or that of its thread."""
    lane, thread = lane_of(looks, workers, holder), looks.thread(holder)
    if lane is not None and lane < len(names):
        return names[lane]
    return f"Thread {thread.name or 'without a name'} ({thread.tid})" if thread is not None else "Another thread"
