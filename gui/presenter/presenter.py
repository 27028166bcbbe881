"""Presenter mode: full screen, everything large, the pages alone, walked through with a clicker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from gui.main_window import MainWindow

_NEXT: Final = (Qt.Key.Key_PageDown,)
_PREVIOUS: Final = (Qt.Key.Key_PageUp,)


class Presenter(QObject):
    """While `active`, the side panes are pages too, so that a clicker reaches them, and the rest is hidden.

    Clickers send PageUp, PageDown, F5 (which runs) and Esc: that stops a run first, and then leaves.
    """

    changed = Signal(bool)

    def __init__(self, window: MainWindow, is_running: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window = window
        self._is_running = is_running
        self.active = False
        self._hidden: list[QDockWidget] = []
        self._borrowed: list[tuple[QWidget, str]] = []
        self._page: QWidget | None = None  # that was in front before
        self._state, self._size = window.windowState(), window.size()

    def toggle(self) -> None:
        """Enter or leave."""
        self.leave() if self.active else self.enter()

    def enter(self) -> None:
        """Go full screen with the pages alone."""
        window = self._window
        self.active = True
        self._state, self._size = window.windowState(), window.size()
        self._hidden = [dock for dock in window.docks() if dock.isVisible()]
        for dock in self._hidden:
            dock.hide()
        self._page = window.pages.currentWidget()
        while (view := window.side.widget(0)) is not None:
            self._borrowed.append((view, window.side.tabText(0)))
            window.pages.addTab(*self._borrowed[-1])
        window.menuBar().hide()
        window.run_bar.set_presenting(True)
        window.showFullScreen()
        window.setFocus()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self.changed.emit(True)

    def leave(self) -> None:
        """Put everything back where it was."""
        window = self._window
        self.active = False
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        # First the small type: docks and a window as large as large type needs would not shrink again.
        self.changed.emit(False)
        front = window.pages.currentWidget()
        for view, title in self._borrowed:
            window.side.addTab(view, title)
        if any(view is front for view, _ in self._borrowed):  # it stays in front, where it is at home
            window.side.setCurrentWidget(front)
            if self._page is not None:
                window.pages.setCurrentWidget(self._page)
        self._borrowed = []
        for dock in self._hidden:
            dock.show()
        window.menuBar().show()
        window.run_bar.set_presenting(False)
        window.setWindowState(self._state)
        if not self._state & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
            QTimer.singleShot(0, window, partial(window.resize, self._size))  # once all parts know their small type

    def step(self, pages: int) -> None:
        """Go `pages` on (or back, where negative), and round at the ends."""
        tabs = self._window.pages
        if tabs.count():
            tabs.setCurrentIndex((tabs.currentIndex() + pages) % tabs.count())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the clicker's keys before any widget does."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if watched is not self._window.windowHandle() or event.modifiers():
            return False
        if event.key() in _NEXT or event.key() in _PREVIOUS:
            self.step(1 if event.key() in _NEXT else -1)
            return True
        if event.key() == Qt.Key.Key_Escape and not self._is_running():
            self.leave()
            return True
        return False
