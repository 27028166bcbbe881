"""Marks and searches in the timeline: a stretch with its figures, bookmarks with notes, and the search field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from engine.history.bookmarks import Bookmark, read_bookmarks, write_bookmarks
from engine.trace.picture.query import next_match, query_of
from engine.trace.picture.search import Found
from engine.trace.picture.stretch import stretch_csv, stretch_of
from gui.timeline.bookmark_bar import BookmarkBar
from gui.timeline.pane import TimelinePane
from gui.timeline.stretch_bar import StretchBar
from gui.widgets.requests import SaveText

_SETTLE_MS: Final = 120  # after the last change of a stretch: computing its figures takes longer than a frame
_NEAR: Final = 0.01  # of the visible time: a bookmark this near is the one that is meant


class Marking(QObject):
    """Works on a pane and the bars below it; emits `told` with a sentence if something was not found or not kept."""

    requested = Signal(object)  # a request of `gui.widgets.requests`
    told = Signal(str)

    def __init__(self, pane: TimelinePane, bar: StretchBar, bookmark_bar: BookmarkBar) -> None:
        super().__init__(pane)
        self._pane, self._scene = pane, pane.scene
        self.bar, self.bookmark_bar = bar, bookmark_bar
        self._edited: Bookmark | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.show_stretch)
        pane.canvas.stretch_marked.connect(self._on_marked)
        pane.canvas.bookmark_pressed.connect(self._edit)
        bar.zoom_wanted.connect(self._on_zoom)
        bar.csv_wanted.connect(self._on_csv)
        bar.closed.connect(lambda: self.mark(None))
        bookmark_bar.noted.connect(self._on_noted)
        bookmark_bar.removed.connect(self._on_removed)
        bookmark_bar.closed.connect(self._close_bookmark)

    def open_run(self) -> None:
        """Read the bookmarks of the run that the pane has opened, and forget the previous marks."""
        store = self._scene.store
        self._scene.bookmarks = read_bookmarks(store.folder) if store is not None else []
        self._edited = None
        self.bookmark_bar.hide()
        self.mark(None)

    def mark(self, stretch: tuple[int, int] | None) -> None:
        """Mark a stretch and show its figures; None removes the mark."""
        self._scene.stretch = stretch
        self._pane.canvas.update()
        self.show_stretch()

    def mark_seen(self) -> None:
        """Mark the visible part; if it is marked already, remove the mark."""
        seen = self._pane.visible_range
        self.mark(None if self._scene.stretch == seen else seen)

    def show_stretch(self) -> None:
        """Compute the figures of the marked stretch."""
        scene = self._scene
        if scene.stretch is None or scene.store is None or scene.shares is None:
            self.bar.show_stretch(None)
        else:
            self.bar.show_stretch(stretch_of(scene.store, scene.shares, *scene.stretch))

    def bookmark(self) -> None:
        """Set a bookmark at the playhead, or in the middle of the visible part; if there is one already, edit it."""
        scene = self._scene
        if scene.store is None:
            return
        time_ns = scene.playhead_ns
        if time_ns is None:
            time_ns = (scene.range.begin_ns + scene.range.end_ns) // 2
        near = [each for each in scene.bookmarks if abs(each.time_ns - time_ns) < _NEAR * scene.range.length_ns]
        if near:
            self._edit(min(near, key=lambda each: abs(each.time_ns - time_ns)))
            return
        made = Bookmark(max(0, time_ns))
        self._keep([*scene.bookmarks, made])
        self._edit(made)

    def next_bookmark(self) -> None:
        """Scroll to the next bookmark; after the last, to the first."""
        scene = self._scene
        middle_ns = (scene.range.begin_ns + scene.range.end_ns) // 2
        after = self._edited.time_ns if self._edited is not None else middle_ns
        found = next((each for each in scene.bookmarks if each.time_ns > after), None)
        found = found or next(iter(scene.bookmarks), None)
        if found is None:
            self.told.emit("There is no bookmark yet: B sets one.")
            return
        half = scene.range.length_ns // 2
        self._pane.show_range((found.time_ns - half, found.time_ns + half))
        self._edit(found)

    def find(self, text: str, *, back: bool, go_to: Callable[[Found], None]) -> None:
        """Go to the next phase that matches a text, or say that there is none."""
        scene, query = self._scene, query_of(text)
        if scene.store is None or query.is_empty:
            return
        from_ns = scene.selected.begin_ns if scene.selected is not None else scene.range.begin_ns - 1
        found = next_match(scene.store, scene.shares, query, from_ns, back=back)
        if found is None:
            self.told.emit(f"Nothing in this run is “{text.strip()}”.")
        else:
            go_to(found)

    def _on_marked(self, stretch: tuple[int, int]) -> None:
        self._scene.stretch = stretch
        self._pane.canvas.update()
        self._settle.start()

    def _on_zoom(self) -> None:
        if self._scene.stretch is not None:
            self._pane.show_range(self._scene.stretch)

    def _on_csv(self) -> None:
        scene = self._scene
        if scene.stretch is not None and scene.store is not None:
            text = stretch_csv(scene.store, *scene.stretch)
            self.requested.emit(SaveText("stretch.csv", text, "CSV (*.csv)"))

    def _edit(self, bookmark: Bookmark) -> None:
        self._edited = bookmark
        self.bookmark_bar.show_bookmark(bookmark)

    def _on_noted(self, note: str) -> None:
        before = self._edited
        if before is not None and before.note != note:
            self._edited = replace(before, note=note)
            self._keep([self._edited if each == before else each for each in self._scene.bookmarks])

    def _on_removed(self) -> None:
        self._keep([each for each in self._scene.bookmarks if each != self._edited])
        self._close_bookmark()

    def _close_bookmark(self) -> None:
        self._edited = None
        self.bookmark_bar.hide()
        self._pane.canvas.setFocus()

    def _keep(self, bookmarks: list[Bookmark]) -> None:
        scene = self._scene
        scene.bookmarks = sorted(bookmarks)
        self._pane.canvas.update()
        if scene.store is not None:
            try:
                write_bookmarks(scene.store.folder, scene.bookmarks)
            except OSError as error:
                self.told.emit(f"The bookmark could not be kept: {error.strerror}.")
