"""Creates the pages Compare, Lessons and History once the window has been painted, and shows them on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.workload.toml_table import TomlTable
from gui.widgets.requests import Request

if TYPE_CHECKING:
    from gui.commands.palette import Entry
    from gui.session.run_data import GrowingRun
    from gui.shell.against_commands import AgainstCommands
    from gui.shell.compare_commands import CompareCommands
    from gui.shell.context import WindowParts
    from gui.shell.export_commands import ExportCommands
    from gui.shell.file_commands import FileCommands
    from gui.shell.history_commands import HistoryCommands
    from gui.shell.lesson_commands import LessonCommands
    from gui.shell.two_pythons_commands import TwoPythonsCommands


class LaterPages(QObject):
    """Makes the pages of one window, connects them, and shows them. `on_request` does what a page asks for."""

    def __init__(
        self, parts: WindowParts, files: FileCommands, exports: ExportCommands, on_request: Callable[[Request], None]
    ) -> None:
        super().__init__(parts.window)
        self._parts, self._files, self._exports, self._on_request = parts, files, exports, on_request
        self.compare: CompareCommands | None = None
        self.history: HistoryCommands | None = None
        self.lessons: LessonCommands | None = None
        self.against: AgainstCommands | None = None
        self.show_references: Callable[[tuple[GrowingRun, ...]], None] = lambda _references: None
        self.two_pythons: TwoPythonsCommands | None = None
        self.watch_again: Callable[[TomlTable], None] = lambda _watched: None

    def load(self) -> Iterator[None]:
        """Make the pages, one in each step."""
        self._add_compare()
        yield
        self._add_lessons()
        yield
        self._add_history()
        yield
        self._add_against()
        yield

    @property
    def comparing(self) -> bool:
        """Whether a comparison is running."""
        return self.compare is not None and self.compare.running

    def run_against(self) -> None:
        """Ask what the loaded experiment is to be run against."""
        if self.against is not None:
            self.against.open()

    def keep_reference(self) -> None:
        """Keep the run that is shown as the reference, drawn behind every other run."""
        if self.against is not None:
            self.against.keep_reference()

    def drop_reference(self) -> None:
        """Remove the reference."""
        if self.against is not None:
            self.against.drop_reference()

    def show_lessons(self) -> None:
        """Bring the Lessons page to the front, and the keyboard to its list."""
        if self.lessons is not None:
            self._parts.window.pages.setCurrentWidget(self.lessons.page)
            self.lessons.page.list.setFocus()

    def new_lesson(self) -> None:
        """Write a lesson's file from the last run."""
        if self.lessons is not None:
            self.lessons.new_lesson()

    def open_stage(self) -> None:
        """Put the chosen lesson on the stage if the Lessons page is in front, else the loaded experiment."""
        if self.lessons is not None:
            self.lessons.open_stage()

    def lesson_entries(self) -> list[Entry]:
        """Return the palette's entries for lessons."""
        return self.lessons.entries() if self.lessons is not None else []

    def show_history(self) -> None:
        """Bring the History page to the front, and the keyboard to its list."""
        if self.history is not None:
            self._parts.window.pages.setCurrentWidget(self.history.page)
            self.history.page.list.table.setFocus()

    def run_on_two(self) -> None:
        """Ask which two Pythons to run the experiment on."""
        if self.history is not None and self.two_pythons is not None:
            self._parts.window.pages.setCurrentWidget(self.history.page)
            self.two_pythons.open()

    def _open_run(self, run_id: str) -> None:
        """Show a run of a comparison on every page, the Live page in front."""
        if self.history is not None:
            self.history.open(run_id)

    def close(self) -> None:
        """Wait for the pages' background work to end."""
        if self.history is not None:
            self.history.close()

    def _add_compare(self) -> None:
        from gui.compare.page import ComparePage
        from gui.shell.compare_commands import CompareCommands

        parts, page = self._parts, ComparePage()
        page.set_theme(parts.appearance.theme)
        page.requested.connect(self._on_request)
        page.two_wanted.connect(self.run_on_two)
        page.run_wanted.connect(self._open_run)
        parts.window.pages.addTab(page, "Compare")
        self.compare = CompareCommands(page, parts)
        parts.appearance.changed.connect(page.set_theme)
        for changed in (parts.composer.changed, parts.window.run_bar.changed, parts.document.changed):
            changed.connect(self.compare.on_edited)

    def _add_lessons(self) -> None:
        from gui.lessons.page import LessonsPage
        from gui.shell.lesson_commands import LessonCommands

        parts, page = self._parts, LessonsPage()
        page.set_theme(parts.appearance.theme)
        parts.appearance.changed.connect(page.set_theme)
        parts.window.pages.addTab(page, "Lessons")
        self.lessons = LessonCommands(page, parts, self._exports)

    def _add_against(self) -> None:
        from gui.against.bar import AgainstBar
        from gui.shell.against_commands import AgainstCommands

        parts, bar = self._parts, AgainstBar()
        bar.set_theme(parts.appearance.theme)
        parts.appearance.changed.connect(bar.set_theme)
        parts.window.add_bar(bar)
        assert self.history is not None
        self.against = AgainstCommands(bar, parts, self.show_references, self.history.put, self.history.show_pair)

    def _add_history(self) -> None:
        from gui.history.page import HistoryPage
        from gui.shell.history_commands import HistoryCommands
        from gui.shell.two_pythons_commands import TwoPythonsCommands

        parts, page = self._parts, HistoryPage()
        page.set_theme(parts.appearance.theme)
        page.requested.connect(self._on_request)
        parts.appearance.changed.connect(page.set_theme)
        parts.window.pages.addTab(page, "History")
        self.history = HistoryCommands(page, parts, self._files, self._exports)
        self.history.watch_again = self.watch_again
        self.two_pythons = TwoPythonsCommands(page.two_pythons, self.history, parts)
