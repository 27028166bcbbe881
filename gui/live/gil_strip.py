"""Who holds the GIL, live: a row for each process over the last tenths of a second, and how long each hold takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.trace.picture.gil_facts import GilFacts, rows_of
from engine.trace.picture.gil_rows import pace_words
from engine.trace.picture.held import Held
from engine.trace.picture.run_looks import RunLooks
from engine.wire.tick import LaneFigures
from engine.wording import figure_text as figures
from gui.plots.gil_row import gil_image, paint_numbers, say_in_row
from gui.widgets.fonts import font
from gui.widgets.theme import LIGHT, Theme

_NS_A_PIXEL: Final = 400_000  # a stretch of the usual 5 ms is wide enough for its number
_LEAST_NS: Final = 50_000_000
_MOST_ROWS: Final = 4  # processes; with more, rows would be too low to be read


class GilStrip(QWidget):
    """Draws the rows; who shows it hides it if the run has none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Who holds the GIL")
        self.words: list[str] = []  # the most important first: with little room, the last ones are left out
        self.span_ns = (0, _LEAST_NS)
        self._theme = LIGHT
        self._looks: RunLooks | None = None
        self._facts = GilFacts()
        self._pids: list[int] = []
        self._workers: dict[tuple[int, int], int] = {}
        self._names: list[str] = []
        self.hide()

    def show_run(self, folder: Path | None) -> None:
        """Show another run, or none."""
        if self._looks is not None:
            self._looks.close()
        self._looks = RunLooks(folder, threads=False) if folder is not None else None
        self._facts, self._pids, self.words = GilFacts(), [], []
        self.hide()

    @property
    def is_open(self) -> bool:
        """Whether there is a run."""
        return self._looks is not None

    @property
    def has_rows(self) -> bool:
        """Whether there is a row to show."""
        return bool(self._pids)

    def take_in(self, folder: Path, lanes: Sequence[LaneFigures], names: list[str], *, ended: bool) -> None:
        """Read the looks since the last call; `lanes` are those of the newest tick, `names` their names."""
        looks = self._looks
        if looks is None:
            return
        looks.python = {lane.tid for lane in lanes}
        while looks.refresh(final=ended):
            pass
        self._facts, self._names = GilFacts.read(folder), names
        threads = Counter((lane.pid, lane.tid) for lane in lanes)  # coroutines share a thread
        alone = ((place, lane) for place, lane in enumerate(lanes) if threads[lane.pid, lane.tid] == 1)
        self._workers = {(lane.pid, lane.tid): place for place, lane in alone}
        self._pids = rows_of([lane.pid for lane in lanes], self._facts, looks)[:_MOST_ROWS]
        newest_ns = max((held.until_ns for held in self._all_held()), default=0)
        # For an ended run, show its middle: at its end some workers have no task any more.
        shown_ns = max(_LEAST_NS, round(self.width() * _NS_A_PIXEL / self._theme.scale))
        end_ns = newest_ns if not ended else newest_ns // 2 + shown_ns
        self.span_ns = (max(0, end_ns - shown_ns), max(end_ns, shown_ns))
        self.words = self._say(ended)
        self.setAccessibleDescription(self.words[0] if self.words else "")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self._theme = theme
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size for a row for each process, and a line of text."""
        return QSize(120, round(len(self._pids) * self._pitch + self._metrics.height() * 1.15 + 6 * self._theme.scale))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows and the words."""
        painter, theme, metrics = QPainter(self), self._theme, self._metrics
        labels = self._labels()
        left = round(max(map(metrics.horizontalAdvance, labels), default=0) + 8 * theme.scale)
        for number, (pid, label) in enumerate(zip(self._pids, labels, strict=True)):
            place = QRectF(left, number * self._pitch, self.width() - left, self._pitch * 0.86)
            painter.setFont(font(theme.font_pt * 0.9))
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(0, place.top(), left, place.height()), Qt.AlignmentFlag.AlignVCenter, label)
            self._paint_row(painter, place, pid)
        painter.setFont(font(theme.font_pt * 0.9))
        painter.setPen(QColor(theme.muted))
        below = QRectF(0, len(self._pids) * self._pitch, self.width(), metrics.height() * 1.15)
        fits = [words for words in self.words if metrics.horizontalAdvance(words) <= self.width()]
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, (fits or self.words[-1:] or [""])[0])

    def _labels(self) -> list[str]:
        """Return whose GIL each row shows: a worker's name, if its process has no other worker."""
        places = [[place for (of, _), place in self._workers.items() if of == pid] for pid in self._pids]
        if len(self._pids) == 1:
            return ["GIL"]
        both = zip(self._pids, places, strict=True)
        alone = [self._names[found[0]] if len(found) == 1 else f"process {pid}" for pid, found in both]
        return [f"GIL of {each}" for each in alone]

    def _paint_row(self, painter: QPainter, place: QRectF, pid: int) -> None:
        held = self._held(pid)
        if self._looks is None or held is None:
            say_in_row(painter, self._theme, place, self._facts.words(self._looks, pid))
            return
        size = int(place.width()), int(place.height())
        painter.drawImage(place, gil_image(self._looks, held, self._workers, self.span_ns, size, self._theme))
        paint_numbers(painter, place, self.span_ns, self._looks, held, self._workers, self._names, self._theme)

    def _held(self, pid: int) -> Held | None:
        has_gil = self._facts.enabled_in(self._looks, pid) is not False
        return self._looks.held(pid) if self._looks is not None and has_gil else None

    def _all_held(self) -> list[Held]:
        return [held for held in map(self._held, self._pids) if held is not None]

    def _say(self, ended: bool) -> list[str]:
        held = self._all_held()
        if self._looks is None or not held:
            return []
        shown = figures.seconds((self.span_ns[1] - self.span_ns[0]) / 1e9)
        said = pace_words(held[0], ended=ended) if len(held) == 1 else ["each process has a GIL of its own"]
        more = [f"  ·  {shown} of the run" if ended else f"  ·  the last {shown}"]
        if self._facts.note:
            more.insert(0, f"  ·  {self._facts.note}")
        return [said[0] + "".join(more), said[0] + more[0], *said]

    @property
    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(font(self._theme.font_pt * 0.9))

    @property
    def _pitch(self) -> float:
        return self._metrics.height() * 1.75
