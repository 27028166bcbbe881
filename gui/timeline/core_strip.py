"""The row of cores below the lanes: when a worker's thread was seen running on each core, and how often it moved.

Threads are looked at some thirty times a second. Zoomed in, each sighting is a mark at its time; between two looks
nothing is known, and the row stays empty. Zoomed out, a column holds many looks: its bar is as high as their share.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.record.placements import NOBODY, PlacementReader
from engine.trace.picture.gil_rows import COLORS
from engine.wording import figure_text as figures
from gui.timeline.scene import TimelineScene
from gui.widgets.fonts import font
from gui.widgets.plain_text import plain_tip
from gui.widgets.theme import Theme
from gui.widgets.worker_colors import worker_colors

_MOST_PX: Final = 150  # at scale 1: with 64 cores, each has only a little
_COLUMN_PX: Final = 2
_MARK_COLUMNS: Final = 3  # the width of a sighting, if the looks are far apart
_LEVELS: Final = 10  # of a bar's height
_MOST_DRAWN: Final = 40_000  # sightings in one picture; of more, only every nth is drawn
_INK: Final = "#101418"


class CoreStrip(QWidget):
    """A row for each core on which a worker was seen, over the scene's stretch of time."""

    def __init__(self, scene: TimelineScene, parent: QWidget) -> None:
        super().__init__(parent)
        self.scene = scene
        self.wanted = True  # whether the person wants to see it, if there is anything
        self._taken: tuple[PlacementReader | None, int] = (
            None,
            0,
        )  # the reader whose placements were read, and how many
        self._cores: list[int] = []
        self._times: npt.NDArray[np.int64] = np.empty(0, np.int64)  # of sightings, with their rows and threads
        self._rows: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._threads: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._period_ns = 1
        self._image: tuple[tuple[object, ...], QImage] = ((), QImage())
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Cores: which worker's thread was seen running on each")
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._fit()
        self.update()

    def take_in(self) -> None:
        """Show what was read since the last call; nothing if the platform does not report cores."""
        reader = self.scene.placements
        taken = (reader, reader.version if reader is not None else 0)
        if taken != self._taken:
            self._taken = taken
            used = np.unique(reader.records["core"]) if reader is not None else np.empty(0, np.int16)
            self._cores = [int(core) for core in used if core >= 0]
            if reader is not None and self._cores:
                sightings = reader.sightings()
                self._times = sightings["time_ns"].astype(np.int64)
                self._rows = np.searchsorted(self._cores, sightings["core"])
                self._threads = sightings["thread"].astype(np.int64)
                self._period_ns = reader.period_ns
            self._image = ((), QImage())
            self._fit()
            self.setAccessibleDescription("; ".join(self.moves_words()))
        self.setVisible(self.wanted and bool(self._cores))
        self.update()

    @property
    def empty_words(self) -> str:
        """What the rows say where they have no mark."""
        return "" if len(self._times) else "at no look was a worker's thread running"

    def thread_name(self, number: int) -> str:
        """Return a thread's name, as in the lanes."""
        store, reader = self.scene.store, self.scene.placements
        if store is None or reader is None or number >= len(reader.threads):
            return f"thread {number}"
        thread = reader.threads[number]
        owner, lanes = store.owners.get(thread.file), store.table.of_file(thread.file)
        if owner is not None and owner.is_async:
            return owner.thread_name
        if lanes and lanes[0].lane < len(self.scene.names):
            return self.scene.names[lanes[0].lane]
        return f"thread {thread.thread}"

    def moves_words(self) -> list[str]:
        """Return a sentence for each thread on how often it moved."""
        reader = self.scene.placements
        threads = reader.threads if reader is not None else []
        return [f"{self.thread_name(each.number)} {moved_words(self.scene, each.file)}" for each in threads]

    def words_at(self, position: QPointF) -> str:
        """Return what was seen at a position."""
        body, row = self.scene.body(), int(position.y() // self._pitch)
        if self.scene.placements is None or not body.left() <= position.x() <= body.right():
            return ""
        if not 0 <= row < len(self._cores):
            return ""
        time_ns = self.scene.time_at(QPointF(position.x(), body.top()))
        core = f"Core {self._cores[row]} at {time_ns / 1e9:.3f} s: "
        place = self._nearest(row, time_ns, self._mark_ns(body.width() / _COLUMN_PX))
        if place is None:
            ends = time_ns > max(self.scene.placements.until_ns, int(self._times[-1]) if len(self._times) else 0)
            return core + ("not looked at" if ends else "no worker was seen running")
        thread = int(self._threads[place])
        moved = moved_words(self.scene, self.scene.placements.threads[thread].file)
        return f"{core}{self.thread_name(thread)}, which {moved}"

    def _nearest(self, row: int, time_ns: int, mark_ns: float) -> int | None:
        """Return the sighting whose mark is at a time in a row, None if there is none."""
        first, last = np.searchsorted(self._times, [time_ns - mark_ns / 2, time_ns + mark_ns / 2])
        places = first + np.flatnonzero(self._rows[first:last] == row)
        return int(places[np.argmin(np.abs(self._times[places] - time_ns))]) if len(places) else None

    def _mark_ns(self, columns: float) -> float:
        """Return how long a sighting's mark is: at most the time between two looks."""
        column_ns = self.scene.range.length_ns / max(1.0, columns)
        return float(min(self._period_ns, _MARK_COLUMNS * column_ns))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Describe what is at the pointer."""
        self.setToolTip(plain_tip(self.words_at(event.position())))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows."""
        scene, painter = self.scene, QPainter(self)
        painter.fillRect(self.rect(), QColor(scene.theme.panel))
        if scene.placements is None or not self._cores:
            return
        body = scene.body()
        place = QRectF(body.left(), 0, body.width(), len(self._cores) * self._pitch)
        painter.drawImage(place, self._drawn(int(body.width())))
        self._paint_names(painter, body)
        if not len(self._times):
            painter.drawText(place.adjusted(6, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.empty_words)
        if scene.playhead_ns is not None and scene.range.begin_ns <= scene.playhead_ns <= scene.range.end_ns:
            x = scene.x_of(scene.playhead_ns)
            painter.fillRect(
                QRectF(x - scene.theme.scale, 0, 2 * scene.theme.scale, place.height()), scene.theme.accent
            )

    @property
    def _pitch(self) -> float:
        theme = self.scene.theme
        least = QFontMetricsF(font(theme.font_pt * 0.85)).height() * 1.15
        return min(least, _MOST_PX * theme.scale / max(1, len(self._cores)))

    def _fit(self) -> None:
        self.setFixedHeight(max(1, round(len(self._cores) * self._pitch)))

    def columns(self, width_px: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return which thread was seen in each column of pixels on each core, and in which share of the looks.

        Shapes (cores, columns). If several share a column, it is the thread that was seen most often.
        """
        count, cores = max(1, width_px // _COLUMN_PX), len(self._cores)
        who = np.full((cores, count), NOBODY, np.int64)
        shares = np.zeros((cores, count))
        begin_ns, length_ns = self.scene.range.begin_ns, self.scene.range.length_ns
        column_ns, mark_ns = length_ns / count, self._mark_ns(count)
        first, last = np.searchsorted(self._times, [begin_ns - mark_ns, begin_ns + length_ns + mark_ns])
        step = max(1, (last - first) // _MOST_DRAWN)
        drawn = slice(int(first), int(last), int(step))
        left = np.floor((self._times[drawn] - mark_ns / 2 - begin_ns) / column_ns + 0.5).astype(np.int64)
        wide = max(1, round(mark_ns / column_ns))
        places = (left[:, None] + np.arange(wide)).ravel()
        rows, threads = np.repeat(self._rows[drawn], wide), np.repeat(self._threads[drawn], wide)
        inside = (places >= 0) & (places < count)
        kinds = int(threads.max(initial=0)) + 1
        keys, often = np.unique((rows[inside] * count + places[inside]) * kinds + threads[inside], return_counts=True)
        order = np.argsort(often, kind="stable")  # the one that was seen most often is written last, and stays
        cells = keys // kinds
        who.flat[cells[order]] = (keys % kinds)[order]
        np.add.at(shares.reshape(-1), cells, often * step)
        looks = max(1.0, column_ns / self._period_ns)
        return who, np.minimum(shares / looks, 1.0)

    def _drawn(self, width_px: int) -> QImage:
        scene = self.scene
        key = (scene.range.begin_ns, scene.range.end_ns, width_px, scene.theme, self._taken)
        if self._image[0] != key:
            seen, shares = self.columns(width_px)
            levels = np.ceil(shares * _LEVELS).astype(np.int64)
            heights = np.arange(_LEVELS, -_LEVELS // 5, -1)  # from the top; the last are the gap to the next core
            filled = (heights[None, :, None] <= levels[:, None, :]) & (heights > 0)[None, :, None]
            pixels = np.where(filled, self._color_places(seen)[:, None, :], np.uint8(COLORS))
            pixels[:, heights <= 0] = COLORS + 1
            pixels = np.ascontiguousarray(pixels.reshape(-1, pixels.shape[2]))
            height, width = pixels.shape
            image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
            colors = [*worker_colors(scene.theme)[:COLORS], scene.theme.window, scene.theme.panel]
            image.setColorTable([QColor(color).rgb() for color in colors])
            self._image = key, image.convertToFormat(QImage.Format.Format_RGB32)
        return self._image[1]

    def _color_places(self, seen: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Return the index of each thread's colour, which is its worker's; COLORS where no thread was seen."""
        store, reader = self.scene.store, self.scene.placements
        lanes = {each.file: each.lane for each in reversed(store.lanes)} if store is not None else {}
        threads = reader.threads if reader is not None else []
        places = [lanes.get(each.file, each.number) % COLORS for each in threads] or [0]
        return np.where(seen >= 0, np.array(places, np.uint8)[np.clip(seen, 0, len(places) - 1)], np.uint8(COLORS))

    def _paint_names(self, painter: QPainter, body: QRectF) -> None:
        theme = self.scene.theme
        small = font(min(theme.font_pt * 0.85, max(6.0 * theme.scale, self._pitch * 0.6)))
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        for row, core in enumerate(self._cores):
            top = row * self._pitch
            painter.setPen(QColor(theme.muted))
            if self._pitch >= metrics.height() * 0.8 or not row:
                painter.drawText(QRectF(0, top, body.left() - 6 * theme.scale, self._pitch), flags, f"Core {core}")


def moved_words(scene: TimelineScene, file: str) -> str:
    """Return how often a lane file's thread moved between cores: by the system's count, else by the looks."""
    reader = scene.placements
    thread = next((each for each in reader.threads if each.file == file), None) if reader is not None else None
    if reader is None or thread is None:
        return ""
    if thread.moves is not None:
        return f"moved between cores {figures.counted(thread.moves, 'time')}"
    return f"was seen to move between cores {figures.counted(reader.seen_moves(thread.number), 'time')}"
