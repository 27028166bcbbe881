"""The window's one timer: repaints what is visible and has changed, at most thirty times a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

from engine.trace.watched import is_watch

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun
    from gui.widgets.view import View

INTERVAL_MS: Final = 33  # while a view moves
WATCHING_MS: Final = 66  # else: new data comes ten times a second


class Repainter(QObject):
    """Knows every view. Its timer runs while a run goes on or a view moves, and otherwise once after each `wake`.

    A view that raises is not drawn again until the data changes: so its error is reported once, not thirty times a
    second.
    """

    def __init__(self, on_frame: Callable[[GrowingRun | None], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.views: list[View] = []
        self.data: GrowingRun | None = None
        self.references: tuple[GrowingRun, ...] = ()
        self.before: GrowingRun | None = None  # what was shown when the run that is shown began
        self._on_frame = on_frame
        self._drawn: dict[View, tuple[str, int]] = {}
        self._told: tuple[str, int] | None = ("", -1)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.draw)

    def add(self, view: View) -> None:
        """Draw this view too."""
        self.views.append(view)
        view.show_run(self.data)
        view.show_references(self.references)
        view.show_before(self.before)
        self.wake()

    def show_run(self, data: GrowingRun | None) -> None:
        """Show another run, or none, in every view."""
        self.before = _run_before(self.data, data)
        self.data = data
        self._drawn.clear()
        self._told = ("", -1)
        for view in self.views:
            view.show_run(data)
            view.show_before(self.before)
        self.wake()

    def show_references(self, references: tuple[GrowingRun, ...]) -> None:
        """Show these runs behind the one that is shown, in every view that can."""
        self.references = references
        for view in self.views:
            view.show_references(references)
        self.wake()

    def wake(self) -> None:
        """Arrange that views which have changed or become visible are drawn."""
        self._timer.start()

    def draw(self) -> None:
        """Draw what is visible and has changed since the last time."""
        data = self.data
        moving = [view for view in self.views if view.is_animated and view.isVisible()]
        if (data is None or data.ended) and not moving:
            self._timer.stop()
        elif self._timer.interval() != (wanted := INTERVAL_MS if moving else WATCHING_MS):
            self._timer.setInterval(wanted)
        state = (data.run_id, data.version) if data is not None else None
        if state != self._told:
            self._told = state
            self._on_frame(data)
        if data is None or state is None:
            return
        for view in self.views:
            if view.isVisible() and self._drawn.get(view) != state:
                self._drawn[view] = state
                view.refresh()
        for view in moving:
            view.on_frame()
        # Plots ask for the frame to be painted as soon as possible: by then, new and resized widgets are laid out.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


def _run_before(shown: GrowingRun | None, data: GrowingRun | None) -> GrowingRun | None:
    """Return the run behind one that begins: the one that ended before it. A kept run that is opened has none."""
    if shown is None or data is None or data.ended or not shown.ended or not len(shown.samples):
        return None
    return None if is_watch(shown.experiment) or is_watch(data.experiment) else shown
