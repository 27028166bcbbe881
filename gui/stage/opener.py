"""Opens the stage with a lesson, or with the loaded experiment alone, on another screen than the window's."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from engine.history.data_folder import data_folder
from engine.lessons.progress import ProgressStore
from gui.widgets.theme import LIGHT, Theme

if TYPE_CHECKING:  # imported only when a stage is opened: it takes as long to import as the window
    from engine.lessons.lesson import Lesson
    from gui.session.run_session import RunSession
    from gui.session.surroundings import SurroundingsQuery
    from gui.stage.notes_window import NotesWindow
    from gui.stage.player import LessonPlayer
    from gui.stage.runs import StageRuns
    from gui.stage.stage import Stage

OWN: Final = "own"


class StageOpener(QObject):
    """Opens at most one stage at a time. `stage` and `notes` are None while there is none."""

    changed = Signal(bool)  # whether there is a stage
    problem = Signal(str)

    def __init__(self, window: QWidget, session: RunSession, surroundings: SurroundingsQuery) -> None:
        super().__init__(window)
        self._window = window
        self._session, self._surroundings = session, surroundings
        self.stage: Stage | None = None
        self.notes: NotesWindow | None = None
        self.theme = LIGHT
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            for changed in (application.screenAdded, application.screenRemoved):
                changed.connect(self._on_screens)

    @functools.cached_property
    def runs(self) -> StageRuns:
        """The runs that lessons and stages have made."""
        from gui.stage.runs import StageRuns

        return StageRuns(self._session, self._surroundings)

    @property
    def active(self) -> bool:
        """Whether there is a stage."""
        return self.stage is not None

    def open_lesson(self, lesson: Lesson, *, trusted: bool, store: ProgressStore | None = None) -> Stage:
        """Put a lesson on the stage, at the scene where it was interrupted."""
        from gui.stage.player import LessonPlayer

        return self._open(LessonPlayer(lesson, self.runs, store or progress_store(), trusted=trusted))

    def open_run(self, experiment: dict[str, object], *, trusted: bool) -> Stage:
        """Put the loaded experiment on the stage, without a lesson."""
        from engine.lessons.lesson import Lesson, LessonExperiment, ReplayScene
        from gui.stage.player import LessonPlayer
        from gui.stage.scenes.own_run_scene import OwnRunScene

        title = str(experiment.get("title") or "Untitled")
        scenes = tuple(
            OwnRunScene(title, "", "", OWN, charts)
            for charts in (
                (("ledger", ""),),
                (("throughput", ""),),
                (("cores", ""),),
                (("lanes", ""),),
                (("gil", ""),),
                (("latency", ""),),
                (("processes", ""),),
            )
        )
        slow = ReplayScene(f"{title}, in slow motion", "", "", OWN)
        lesson = Lesson("", title, "", Path(), (*scenes, slow), {OWN: LessonExperiment(OWN, title, experiment)})
        player = LessonPlayer(lesson, self.runs, None, trusted=trusted)
        player.change_model(OWN)  # sets the label, model and workers, which the next runs have too
        return self._open(player)

    def close(self) -> None:
        """Leave the stage, if there is one."""
        if self.stage is not None:
            self.stage.leave()

    def set_theme(self, theme: Theme) -> None:
        """Draw with another theme."""
        self.theme = theme
        if self.stage is not None:
            self.stage.set_theme(theme)

    def _open(self, player: LessonPlayer) -> Stage:
        from gui.stage.stage import Stage

        self.close()
        player.problem.connect(self.problem)
        self.stage = stage = Stage(player, self.theme)
        player.setParent(stage)
        stage.left.connect(self._on_left)
        stage.notes_wanted.connect(self._toggle_notes)
        self._place(stage)
        if self._other_screen() is not None:
            self._toggle_notes()
        stage.showFullScreen()
        stage.activateWindow()
        self.changed.emit(True)
        return stage

    def _place(self, stage: Stage) -> None:
        """Put the stage on the projector if there is one, else on the window's screen.

        A desktop's window manager would do this; without one it must be done here.
        """
        stage.setGeometry((self._other_screen() or self._window.screen()).geometry())

    def _on_screens(self, _screen: QScreen) -> None:
        """Bring the stage to where it can be seen, after a projector was plugged in or unplugged."""
        if self.stage is not None:  # Qt moves its windows first
            QTimer.singleShot(0, self.stage, functools.partial(self._place, self.stage))

    def _other_screen(self) -> QScreen | None:
        """Return a screen that the window is not on: the projector's."""
        return next((each for each in QGuiApplication.screens() if each is not self._window.screen()), None)

    def _toggle_notes(self) -> None:
        if self.notes is not None:
            self.notes.close()
            self.notes.deleteLater()
            self.notes = None
        elif self.stage is not None:
            from gui.stage.notes_window import NotesWindow

            self.notes = NotesWindow(self.stage.player)
            self.notes.stage_key.connect(self.stage.take_key)
            self.notes.show()
            self.stage.activateWindow()

    def _on_left(self) -> None:
        stage, self.stage = self.stage, None
        if self.notes is not None:
            self.notes.close()
            self.notes.deleteLater()
            self.notes = None
        if stage is not None:
            stage.hide()
            stage.deleteLater()
            self._window.activateWindow()
            self.changed.emit(False)


def progress_store() -> ProgressStore | None:
    """Return the store of this person's progress; None for a user without a home folder."""
    try:
        return ProgressStore(data_folder())
    except FileNotFoundError:
        return None
