"""What the timeline shows at the moment, and where on the widget each part of it is."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from engine.history.bookmarks import Bookmark
from engine.record.placements import PlacementReader
from engine.trace.loop_lag import LoopLag
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.gil_facts import GilFacts
from engine.trace.picture.held import Held
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.rows import Layout, Rows, TimelineRow
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.search import Found
from engine.trace.picture.time_range import TimelineRange
from gui.widgets.fonts import font
from gui.widgets.theme import LIGHT, Theme

_LEAST_LANE_PX: Final = 6
_MOST_LANE_PX: Final = 56  # at scale 1
_LEFT: Final = 0.22  # of the width, for names
_LEFT_PLAYING: Final = 0.34
_MEASURED: Final = 100  # names are measured: the others are about as wide


class SeenRow(NamedTuple):
    """A visible row, and where it is on the widget."""

    row: TimelineRow
    top: float
    height: int


class TimelineScene:
    """A run's phases, the visible stretch of time and lanes, and the selected task."""

    def __init__(self) -> None:
        self.store: PhaseStore | None = None
        self.shares: LaneShares | None = None
        self.placements: PlacementReader | None = None
        self.lag: LoopLag | None = None
        self.workers: dict[tuple[int, int], int] = {}  # the lane of each thread, by its process and its id
        self.gil = GilFacts()
        self.range = TimelineRange()
        self.names: list[str] = []
        self.rows = Rows()
        self.first_row = 0
        self.selected: Found | None = None
        self.playhead_ns: int | None = None
        self.stretch: tuple[int, int] | None = None  # the stretch that a person has marked
        self.bookmarks: list[Bookmark] = []
        self.color_by = "state"  # or `step`, `task`
        self.least_left = 0.0  # for the names, so that this scene's lanes begin at the same position as another's
        self.theme: Theme = LIGHT
        self.size = QSizeF(100, 100)
        self._body = QRectF()
        self._body_key: tuple[object, ...] = ()
        self._layout = Layout([], 100.0, 1, 1, 1)
        self._layout_key: tuple[object, ...] = ()

    def show(
        self, store: PhaseStore | None, shares: LaneShares | None, placements: PlacementReader | None = None
    ) -> None:
        """Show another run's phases, from the beginning."""
        self.store, self.shares, self.placements = store, shares, placements
        self.lag = None
        self.workers, self.gil = {}, GilFacts()
        self.range = TimelineRange()
        self.names = []
        self.rows = Rows()
        self._layout_key = ()  # the new rows' version may equal the former rows'
        self.first_row = 0
        self.selected = None
        self.playhead_ns = None
        self.stretch, self.bookmarks = None, []

    @property
    def looks(self) -> RunLooks | None:
        """What the run's threads were seen to do."""
        return self.shares.looks if self.shares is not None else None

    def held(self, pid: int) -> Held | None:
        """Return who held a process's GIL; None if that was not observed, or it has none."""
        looks = self.looks
        return looks.held(pid) if looks is not None and self.gil.enabled_in(looks, pid) is not False else None

    def zoom(self, factor: float) -> None:
        """Zoom around the selected task if it is visible, else around the middle."""
        begin_ns, end_ns = self.range.begin_ns, self.range.end_ns
        middle_ns = (self.selected.begin_ns + self.selected.end_ns) / 2 if self.selected else -1.0
        seen = begin_ns <= middle_ns <= end_ns and end_ns > begin_ns
        self.range.zoom(factor, (middle_ns - begin_ns) / (end_ns - begin_ns) if seen else 0.5)

    @property
    def lane_count(self) -> int:
        """How many lanes there are."""
        return len(self.store.lanes) if self.store else 0

    def layout(self) -> Layout:
        """Return the positions of the rows."""
        body = self.body()
        key = (self.rows.version, self.playhead_ns is None, self.theme, body.height())
        if key != self._layout_key:
            heading = QFontMetricsF(font(self.theme.font_pt * 0.9)).height() + 3 * self.theme.scale
            most = round(_MOST_LANE_PX * self.theme.scale)
            self._layout_key = key
            self._layout = Layout(self.rows.shown, body.height(), round(heading), _LEAST_LANE_PX, most)
            self.first_row = min(self.first_row, self._layout.last_first)
        return self._layout

    @property
    def lane_px(self) -> int:
        """The height of a lane."""
        return self.layout().lane_px

    @property
    def room(self) -> int:
        """How many rows fit from the first visible one on."""
        return max(1, self.layout().count_from(self.first_row, self.body().height()))

    @property
    def seen(self) -> list[SeenRow]:
        """The rows that are completely visible, and where each is."""
        layout, rows, top = self.layout(), self.rows.shown, self.body().top()
        first = self.first_row
        last = min(len(rows), first + layout.count_from(first, self.body().height()))
        above = int(layout.tops[first]) if first < len(rows) else 0
        return [
            SeenRow(rows[place], top + int(layout.tops[place]) - above, layout.heights[place])
            for place in range(first, last)
        ]

    def seen_row_of(self, lane: int) -> SeenRow | None:
        """Return the row of a lane, None if it is not visible."""
        return next((each for each in self.seen if lane in each.row.lanes), None)

    def scroll_to(self, first_row: int) -> None:
        """Show the rows from `first_row` on."""
        self.first_row = min(max(first_row, 0), self.layout().last_first)

    def go_to(self, found: Found) -> None:
        """Scroll to a task and select it."""
        self.selected = found
        self.range.show(found.begin_ns, found.end_ns)
        self.rows.reveal(found.lane)
        place = self.rows.place_of(found.lane)
        if place is not None and self.seen_row_of(found.lane) is None:
            self.scroll_to(place - self.room // 2)

    def body(self) -> QRectF:
        """Return where the lanes are: right of their names, above the times."""
        key = (
            self.rows.version,
            self.playhead_ns is None,
            self.theme,
            self.size.width(),
            self.size.height(),
            self.least_left,
        )
        if key != self._body_key:
            self._body_key, self._body = key, self._measure()
        return self._body

    def _measure(self) -> QRectF:
        metrics = QFontMetricsF(font(self.theme.font_pt * 0.95))
        names = [("▾ " if row.folded else "") + row.label + " " for row in self.rows.shown[:_MEASURED] if row.is_drawn]
        wanted, most = max((metrics.horizontalAdvance(name) for name in names), default=0.0), _LEFT
        if (
            self.playhead_ns is not None and self.store is not None
        ):  # what the worker does there is written beside its name
            steps = [metrics.horizontalAdvance(step + "  ") for step in self.store.steps.values()]
            wanted, most = wanted + max(steps, default=0.0), _LEFT_PLAYING
        left = max(min(wanted, self.size.width() * most) + 10 * self.theme.scale, self.least_left)
        ruler = metrics.height() + 6 * self.theme.scale  # above the lanes and below them
        return QRectF(left, ruler, max(10.0, self.size.width() - left - 2), max(10.0, self.size.height() - 2 * ruler))

    def bar(self, row: SeenRow, begin_ns: int, end_ns: int) -> QRectF:
        """Return the rectangle of a stretch of time on a row."""
        left = self.x_of(begin_ns)
        gap = max(1, row.height // 6)
        return QRectF(left, row.top, self.x_of(end_ns) - left, row.height - gap)

    def x_of(self, time_ns: int) -> float:
        """Return the x coordinate of a time."""
        body = self.body()
        return body.left() + (time_ns - self.range.begin_ns) / self.range.length_ns * body.width()

    def time_at(self, position: QPointF) -> int:
        """Return the time at a position; beside the lanes, the time at their nearer end."""
        return self.range.begin_ns + round(self.share_at(position) * self.range.length_ns)

    def share_at(self, position: QPointF) -> float:
        """Return where a position is between the lanes' left (0) and right (1) end."""
        body = self.body()
        return min(max((position.x() - body.left()) / body.width(), 0.0), 1.0)

    def row_at(self, position: QPointF) -> TimelineRow | None:
        """Return the row at a position, names and headings included."""
        body = self.body()
        place = self.layout().at(position.y() - body.top(), self.first_row)
        return None if place is None or position.y() > body.bottom() else self.rows.shown[place]

    def phase_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return the lane and place of the phase at a position."""
        row = self.row_at(position) if self.body().contains(position) else None
        if row is None or row.lane is None or self.store is None or row.lane >= len(self.store.tracks):
            return None
        place = self.store.tracks[row.lane].at(self.time_at(position))
        return None if place is None else (row.lane, place)
