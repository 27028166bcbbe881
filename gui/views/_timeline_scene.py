"""What the timeline shows at this moment, and where on the widget each part of it lies."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from gui.theme import LIGHT, Theme
from gui.views._fonts import font
from gui.views._lane_shares import LaneShares
from gui.views._phase_store import PhaseStore
from gui.views._timeline_range import TimelineRange
from gui.views._timeline_search import Found

_LEAST_LANE_PX: Final = 6
_MOST_LANE_PX: Final = 56  # at scale 1
_MEASURED: Final = 100  # names: the others are about as wide


class Scene:
    """A run's phases, the stretch of time and the lanes that are seen, and the task that is selected."""

    def __init__(self) -> None:
        self.store: PhaseStore | None = None
        self.shares: LaneShares | None = None
        self.range = TimelineRange()
        self.names: list[str] = []
        self.first_lane = 0
        self.selected: Found | None = None
        self.playhead_ns: int | None = None
        self.theme: Theme = LIGHT
        self.size = QSizeF(100, 100)
        self._body = QRectF()
        self._body_key: tuple[object, ...] = ()

    def show(self, store: PhaseStore | None, shares: LaneShares | None) -> None:
        """Show another run's phases, from the beginning."""
        self.store, self.shares = store, shares
        self.range = TimelineRange()
        self.names = []
        self.first_lane = 0
        self.selected = None
        self.playhead_ns = None

    @property
    def lane_count(self) -> int:
        """How many lanes there are."""
        return len(self.store.lanes) if self.store else 0

    @property
    def lane_px(self) -> int:
        """The height of a lane."""
        high = self.body().height() / max(self.lane_count, 1)
        return int(min(max(high, _LEAST_LANE_PX), _MOST_LANE_PX * self.theme.scale))

    @property
    def room(self) -> int:
        """How many lanes there is room for."""
        return int(self.body().height() // self.lane_px)

    @property
    def lanes_shown(self) -> int:
        """How many lanes are seen."""
        return max(0, min(self.lane_count - self.first_lane, self.room))

    def scroll_to(self, first_lane: int) -> None:
        """Show the lanes from this one on."""
        self.first_lane = min(max(first_lane, 0), max(0, self.lane_count - self.room))

    def go_to(self, found: Found) -> None:
        """Bring a task into view and select it."""
        self.selected = found
        self.range.show(found.begin_ns, found.end_ns)
        if not self.first_lane <= found.lane < self.first_lane + self.lanes_shown:
            self.scroll_to(found.lane - self.lanes_shown // 2)

    def body(self) -> QRectF:
        """Return where the lanes are: right of their names, above the times."""
        key = (len(self.names), self.theme, self.size.width(), self.size.height())
        if key != self._body_key:
            self._body_key, self._body = key, self._measure()
        return self._body

    def _measure(self) -> QRectF:
        metrics = QFontMetricsF(font(self.theme.font_pt * 0.95))
        wanted = max((metrics.horizontalAdvance(name) for name in self.names[:_MEASURED]), default=0.0)
        left = min(wanted, self.size.width() * 0.22) + 10 * self.theme.scale
        bottom = metrics.height() + 6 * self.theme.scale
        return QRectF(left, 2, max(10.0, self.size.width() - left - 2), max(10.0, self.size.height() - bottom - 2))

    def bar(self, body: QRectF, row: int, begin_ns: int, end_ns: int) -> QRectF:
        """Return where a stretch of time lies on a row."""
        scale = body.width() / self.range.length_ns
        left = body.left() + (begin_ns - self.range.begin_ns) * scale
        gap = max(1, self.lane_px // 6)
        return QRectF(left, body.top() + row * self.lane_px, (end_ns - begin_ns) * scale, self.lane_px - gap)

    def x_of(self, time_ns: int) -> float:
        """Return where a time lies from left to right."""
        body = self.body()
        return body.left() + (time_ns - self.range.begin_ns) / self.range.length_ns * body.width()

    def time_at(self, position: QPointF) -> int:
        """Return the time at a position, that at the nearer end beside the lanes."""
        return self.range.begin_ns + round(self.share_at(position) * self.range.length_ns)

    def share_at(self, position: QPointF) -> float:
        """Return where from left (0) to right (1) of the lanes a position is."""
        body = self.body()
        return min(max((position.x() - body.left()) / body.width(), 0.0), 1.0)

    def phase_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return the lane and place of the phase at a position."""
        body = self.body()
        if self.store is None or not body.contains(position):
            return None
        lane = self.first_lane + int((position.y() - body.top()) // self.lane_px)
        if lane >= min(len(self.store.tracks), self.first_lane + self.lanes_shown):
            return None
        place = self.store.tracks[lane].at(self.time_at(position))
        return None if place is None else (lane, place)
