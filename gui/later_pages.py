"""The pages that are no views of a run: Compare and History; made after the window is painted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from gui.commands.compare_commands import CompareCommands
    from gui.commands.history_commands import HistoryCommands
    from gui.commands.two_pythons_commands import TwoPythonsCommands
    from gui.workbench import Workbench


class LaterPages(QObject):
    """Makes the pages of one workbench and connects them, and leads to them."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self._bench = bench
        self.compare: CompareCommands | None = None
        self.history: HistoryCommands | None = None
        self.two_pythons: TwoPythonsCommands | None = None

    def load(self) -> Iterator[None]:
        """Make the pages, one at a step."""
        self._add_compare()
        yield
        self._add_history()
        yield

    @property
    def comparing(self) -> bool:
        """Whether runs of a comparison follow each other."""
        return self.compare is not None and self.compare.running

    def show_history(self) -> None:
        """Bring the History page to the front, and the keyboard to its list."""
        if self.history is not None:
            self._bench.window.pages.setCurrentWidget(self.history.page)
            self.history.page.list.table.setFocus()

    def run_on_two(self) -> None:
        """Bring up the choice of two Pythons to run the experiment on."""
        if self.history is not None and self.two_pythons is not None:
            self._bench.window.pages.setCurrentWidget(self.history.page)
            self.two_pythons.open()

    def close(self) -> None:
        """Let what the pages are doing come to its end."""
        if self.history is not None:
            self.history.close()

    def _add_compare(self) -> None:
        from gui.commands.compare_commands import CompareCommands
        from gui.compare.page import ComparePage

        bench, page = self._bench, ComparePage()
        page.set_theme(bench.appearance.theme)
        page.requested.connect(bench.on_view_request)
        page.two_wanted.connect(self.run_on_two)
        bench.window.pages.addTab(page, "Compare")
        self.compare = CompareCommands(
            page, bench.document, bench.session, bench.surroundings, bench.window.messages, bench.trust, bench.settings
        )
        bench.appearance.changed.connect(page.set_theme)
        for changed in (bench.composer.changed, bench.run_bar.changed, bench.document.changed):
            changed.connect(self.compare.on_edited)

    def _add_history(self) -> None:
        from gui.commands.history_commands import HistoryCommands
        from gui.commands.two_pythons_commands import TwoPythonsCommands
        from gui.history.page import HistoryPage

        bench, page = self._bench, HistoryPage()
        page.set_theme(bench.appearance.theme)
        page.requested.connect(bench.on_view_request)
        bench.appearance.changed.connect(page.set_theme)
        bench.window.pages.addTab(page, "History")
        self.history = HistoryCommands(page, bench.window, bench.session, bench.files)
        self.two_pythons = TwoPythonsCommands(
            page.two_pythons,
            self.history,
            bench.document,
            bench.session,
            bench.surroundings,
            bench.window.messages,
            bench.trust,
            bench.settings,
        )
