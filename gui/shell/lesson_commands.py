"""The commands of the Lessons page and the stage, and the question whether a lesson's code may run."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from engine.handout.lesson_handout import LessonHandout
from engine.lessons.from_run import lesson_from_run
from engine.lessons.lesson import Lesson
from engine.lessons.progress import LessonProgress
from engine.lessons.shelf import all_lessons, own_folder
from engine.record.atomic_file import write_atomically
from engine.record.atomic_folder import atomic_file
from engine.workload.catalogue import Catalogue
from engine.workload.code_permission import Needed
from engine.workload.experiment import check
from gui.commands.palette import Entry
from gui.lessons.page import LessonsPage
from gui.message_bar import ERROR, INFO, WARNING
from gui.shell.context import WindowParts
from gui.shell.export_commands import ExportCommands, file_name
from gui.stage.opener import progress_store

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun


class LessonCommands(QObject):
    """Connects the page with the stage. Asks for permission before a user's own lesson with code, once per content."""

    def __init__(self, page: LessonsPage, parts: WindowParts, exports: ExportCommands) -> None:
        super().__init__(page)
        self.page = page
        self._parts, self._exports = parts, exports
        self._store = progress_store()
        page.open_wanted.connect(self.open_lesson)
        page.restart_wanted.connect(self.restart)
        page.handout_wanted.connect(self.write_handout)
        page.refresh_wanted.connect(self.refresh)
        parts.surroundings.catalogue_changed.connect(self._on_catalogue)
        parts.stage.changed.connect(self._on_stage)
        parts.stage.problem.connect(partial(parts.messages.show_message, WARNING, topic="lesson"))
        self.refresh()

    def refresh(self) -> None:
        """Read the lessons again: the person may have written one meanwhile."""
        self._list(self._parts.surroundings.catalogue)

    def open_stage(self) -> None:
        """Put the chosen lesson on the stage if the page is in front, else the loaded experiment."""
        chosen = self.page.chosen()
        if self._parts.window.pages.currentWidget() is self.page and chosen is not None:
            self.open_lesson(chosen)
            return
        experiment, catalogue = self._parts.document.experiment(), self._parts.surroundings.catalogue
        trust = self._parts.trust
        trusted = (
            catalogue is not None and trust.needs(experiment, catalogue) and not trust.missing(experiment, catalogue)
        )
        self._parts.stage.open_run(experiment, trusted=trusted)

    def open_lesson(self, lesson: Lesson) -> None:
        """Put a lesson on the stage at the scene where it was interrupted; ask first if it contains code of its own."""
        self._parts.messages.clear("lesson")
        if not lesson.shipped and self._asks(lesson):
            return
        self._parts.stage.open_lesson(lesson, trusted=True)

    def restart(self, lesson: Lesson) -> None:
        """Put a lesson on the stage from its beginning, without earlier predictions and runs."""
        if self._store is not None:
            self._store.forget(lesson.name)
        self.open_lesson(lesson)

    def new_lesson(self) -> None:
        """Ask for a file and write a lesson into it that begins with the last run; then list it."""
        data, folder = self._parts.session.data, own_folder()
        if data is None or data.result is None:
            return
        with contextlib.suppress(OSError):  # the dialog then opens elsewhere
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
        first = str((folder or Path.home()) / f"{file_name(data.title)}.toml")
        path, _ = QFileDialog.getSaveFileName(self._parts.window, "New lesson from this run", first, "Lesson (*.toml)")
        if path:
            self.write_lesson(Path(path), data)

    def write_lesson(self, path: Path, data: GrowingRun) -> None:
        """Write a lesson that begins with a run, and list it."""
        messages = self._parts.messages
        rate = data.result.throughput_per_s if data.result is not None else None
        most = data.model_card.max_workers if data.model_card is not None else None
        try:
            write_atomically(path, lesson_from_run(data.experiment, rate, most))
        except OSError as error:
            messages.show_message(ERROR, f"{path}: cannot be written: {error.strerror or error}", "lesson")
            return
        listed = "" if path.parent == own_folder() else " It is listed here only if it is in your lessons folder."
        messages.show_message(INFO, f"Wrote {path}: edit its texts, then open it here.{listed}", "lesson")
        self.refresh()

    def write_handout(self, lesson: Lesson) -> None:
        """Ask for a file and write a lesson with its predictions and runs into it, as one HTML file."""
        name = str(Path(self._parts.settings.folder, f"{lesson.name}.html"))
        path, _ = QFileDialog.getSaveFileName(self._parts.window, "Write a hand-out", name, "HTML (*.html)")
        if path:
            self._parts.settings.folder = str(Path(path).parent)
            progress = self._store.load(lesson.name) if self._store is not None else None
            catalogue = self._parts.surroundings.catalogue
            cards = catalogue.models.values() if catalogue is not None else ()
            sources = {card.key: card.source for card in cards}
            self._exports.write_handout(partial(_write, lesson, progress, sources, Path(path)), path)

    def entries(self) -> list[Entry]:
        """Return the palette's entries: one for each lesson."""
        return [
            Entry(
                f"Lesson: {each.title}", "Lessons", partial(self.open_lesson, each), words=f"{each.name} {each.about}"
            )
            for each in self.page.lessons()
        ]

    def _asks(self, lesson: Lesson) -> bool:
        """Return whether the lesson's code needs permission; if so, ask."""
        missing = self._missing(lesson)
        if missing:
            self._parts.messages.show_message(
                WARNING,
                f"The lesson “{lesson.title}” contains code of its own. Open it only if you know where it comes from.",
                "lesson",
                [("Open it", partial(self.allow, lesson)), ("Don’t", partial(self._parts.messages.clear, "lesson"))],
            )
        return bool(missing)

    def allow(self, lesson: Lesson) -> None:
        """Let a lesson's code run, now and whenever a lesson has the same code, and open the lesson."""
        own = self._parts.trust.own
        self._parts.settings.allowed_code = self._parts.trust.allow(self._missing(lesson))
        self._parts.trust.own = own
        self.open_lesson(lesson)

    def _missing(self, lesson: Lesson) -> list[Needed]:
        """Return the code and programs of a lesson's experiments that were not allowed yet."""
        catalogue, trust = self._parts.surroundings.catalogue, self._parts.trust
        if catalogue is None:
            return []
        own, trust.own = trust.own, False  # a lesson's code was not typed here
        try:
            found = (check(each.data, catalogue).to_dict() for each in lesson.experiments.values())
            return [needed for experiment in found for needed in trust.missing(experiment, catalogue)]
        finally:
            trust.own = own

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        self._list(catalogue)

    def _list(self, catalogue: Catalogue | None) -> None:
        self.page.show_lessons(all_lessons(catalogue), self._progress())

    def _progress(self) -> dict[str, int]:
        return self._store.scenes() if self._store is not None else {}

    def _on_stage(self, opened: bool) -> None:
        if not opened:
            self.page.show_progress(self._progress())


def _write(lesson: Lesson, progress: LessonProgress | None, sources: Mapping[str, str], path: Path) -> None:
    with atomic_file(path) as beside:
        beside.write_text(LessonHandout(lesson, progress, sources).html(), encoding="utf-8")
