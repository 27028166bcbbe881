"""Arranges the timeline's rows: workers under their threads and processes, in groups that can be folded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.record.lane_table import Lane
from engine.wording import figure_text as figures


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a lane file: its thread's and its process's names, and whether coroutines share it."""

    thread_name: str
    process_name: str
    is_async: bool


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A process, or a thread whose event loop runs coroutines: its short and long titles, and its lanes."""

    key: str
    short: str
    title: str
    lanes: tuple[int, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A worker's lane, a group's heading, or the row of a process's GIL; a folded heading stands for all its lanes.

    `gil` is that process's id.
    """

    label: str
    lane: int | None = None
    group: RowGroup | None = None
    folded: bool = False
    gil: int | None = None

    @property
    def lanes(self) -> tuple[int, ...]:
        """The lanes that are drawn in this row."""
        if self.lane is not None:
            return (self.lane,)
        return self.group.lanes if self.group is not None and self.folded else ()

    @property
    def is_drawn(self) -> bool:
        """Whether the row shows more than text."""
        return bool(self.lanes) or self.gil is not None


class Gil(NamedTuple):
    """The position of a process's GIL row: it stands at the first of the process's lanes."""

    pid: int
    lane: int
    label: str


class Rows:
    """Every row in the order in which they stand, and which groups are folded."""

    def __init__(self) -> None:
        self.groups: list[RowGroup] = []
        self.shown: list[TimelineRow] = []
        self.version = 0
        self._labels: list[str] = []
        self._order: list[RowGroup | int | Gil] = []
        self._folded: set[str] = set()
        self._row_of: dict[int, int] = {}

    def set_lanes(
        self,
        lanes: Sequence[Lane],
        names: Sequence[str],
        owners: Mapping[str, Owner],
        processes: Mapping[int, str],
        gils: Collection[int] = (),
    ) -> None:
        """Set the lanes, their names, the owners of their files, and the system's name of each process.

        `gils` are the processes whose GIL has a row.
        """
        self._order = _ordered(lanes, names, owners, processes, gils)
        self.groups = [each for each in self._order if isinstance(each, RowGroup)]
        self._labels = _labels(lanes, names, owners)
        self._build()

    def toggle(self, group: RowGroup) -> None:
        """Fold a group, or unfold it."""
        self._folded ^= {group.key}
        self._build()

    def fold_all(self) -> None:
        """Fold every group; if all are, unfold them."""
        keys = {group.key for group in self.groups}
        self._folded = set() if keys <= self._folded else keys
        self._build()

    def place_of(self, lane: int) -> int | None:
        """Return the index of the row in which a lane is drawn."""
        return self._row_of.get(lane)

    def reveal(self, lane: int) -> None:
        """Unfold the groups that hide a lane."""
        hiding = {group.key for group in self.groups if lane in group.lanes} & self._folded
        if hiding:
            self._folded -= hiding
            self._build()

    def _build(self) -> None:
        rows: list[TimelineRow] = []
        hidden: set[int] = set()
        for each in self._order:
            if isinstance(each, Gil):
                if each.lane not in hidden:
                    rows.append(TimelineRow(each.label, gil=each.pid))
            elif isinstance(each, int):
                if each not in hidden:
                    rows.append(TimelineRow(self._labels[each], lane=each))
            elif each.lanes[0] not in hidden:
                folded = each.key in self._folded
                rows.append(TimelineRow(each.short, group=each, folded=folded))
                if folded:
                    hidden.update(each.lanes)
        self.shown = rows
        self._row_of = {lane: place for place, row in enumerate(rows) for lane in row.lanes}
        self.version += 1


class Layout:
    """The geometry of rows that share `room_px`: `tops`, in pixels below the first row's top, and `heights`."""

    def __init__(
        self, rows: Sequence[TimelineRow], room_px: float, heading_px: int, least_px: int, most_px: int
    ) -> None:
        lanes = sum(row.is_drawn for row in rows)
        room = room_px - (len(rows) - lanes) * heading_px
        self.lane_px = int(min(max(room / max(lanes, 1), least_px), most_px))
        folded_px = max(self.lane_px, round(heading_px * 1.4))
        heights = [heading_px if not row.is_drawn else folded_px if row.folded else self.lane_px for row in rows]
        self.heights = heights
        ends = np.concatenate([[0], np.cumsum(heights, dtype=np.int64)])
        self.tops: npt.NDArray[np.int64] = ends[:-1]
        self.total_px = int(ends[-1])
        self.last_first = int(np.searchsorted(self.tops, self.total_px - room_px)) if self.total_px > room_px else 0

    def count_from(self, first: int, room_px: float) -> int:
        """Return how many rows fit, counted from row `first`."""
        if first >= len(self.heights):
            return 0
        ends = self.tops[first:] + self.heights[first:] - self.tops[first]
        return int(np.searchsorted(ends, room_px, side="right"))

    def at(self, y: float, first: int) -> int | None:
        """Return the row at `y` pixels below the top of the first visible row."""
        if not len(self.tops) or y < 0:
            return None
        place = int(np.searchsorted(self.tops, y + self.tops[min(first, len(self.tops) - 1)], side="right")) - 1
        return place if y + self.tops[first] < self.total_px else None


def _ordered(
    lanes: Sequence[Lane],
    names: Sequence[str],
    owners: Mapping[str, Owner],
    processes: Mapping[int, str],
    gils: Collection[int],
) -> list[RowGroup | int | Gil]:
    """Return headings, rows of GILs and lanes in their order."""
    name_of = {lane.lane: name for lane, name in zip(lanes, names, strict=True)}
    by_process: dict[int, dict[str, list[Lane]]] = {}
    for lane in lanes:
        by_process.setdefault(lane.pid, {}).setdefault(lane.file, []).append(lane)
    single = len(by_process) > 1 and all(len(lanes) == 1 for files in by_process.values() for lanes in files.values())
    single = single and all(len(files) == 1 for files in by_process.values())
    order: list[RowGroup | int | Gil] = []
    for pid, files in by_process.items():
        theirs = tuple(lane.lane for each in files.values() for lane in each)
        if not single:  # where each process is one worker, its row says which process it is
            order.append(_process_group(pid, files, owners, processes, theirs))
        if pid in gils:
            order.append(Gil(pid, theirs[0], f"GIL of {name_of[theirs[0]]}" if single else "GIL"))
        for file, each in files.items():
            if len(files) > 1 and owners[file].is_async:
                order.append(_thread_group(each, owners[file]))
            order += [lane.lane for lane in each]
    return order


def _process_group(
    pid: int,
    files: Mapping[str, list[Lane]],
    owners: Mapping[str, Owner],
    processes: Mapping[int, str],
    lanes: tuple[int, ...],
) -> RowGroup:
    owner = owners[next(iter(files))]
    given = owner.process_name if owner.process_name not in ("", "MainProcess") else ""
    names = ", ".join(name for name in (given, processes.get(pid, "")) if name)
    title = f"Process {pid or 'not known'}" + (f"  {names}" if names else "")
    if len(files) == 1 and owner.is_async:
        first = next(iter(files.values()))[0]
        title += f"  ·  thread {owner.thread_name} ({first.thread}): {figures.counted(len(lanes), 'coroutine')}"
    else:
        title += f"  ·  {figures.counted(len(files), 'thread')}"
    return RowGroup(f"{pid}", f"Process {pid}", title, lanes)


def _thread_group(lanes: Sequence[Lane], owner: Owner) -> RowGroup:
    thread, count = lanes[0].thread, figures.counted(len(lanes), "coroutine")
    title = f"Thread {owner.thread_name} ({thread}): {count}"
    return RowGroup(lanes[0].file, f"Thread {thread}", title, tuple(lane.lane for lane in lanes), depth=1)


def _labels(lanes: Sequence[Lane], names: Sequence[str], owners: Mapping[str, Owner]) -> list[str]:
    """Return each lane's name, with the system's thread id where the lane has a thread of its own.

    A coroutine has none.
    """
    labels = []
    for lane, name in zip(lanes, names, strict=True):
        labels.append(name if owners[lane.file].is_async or not lane.thread else f"{name} · {lane.thread}")
    return labels
