"""The commands on kept runs: open, show side by side, edit, export, delete and restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from engine.history.data_folder import data_folder
from engine.history.differences import kept_run
from engine.history.discarded import KEPT_DAYS, Discarded
from engine.history.past_run import PastRun
from engine.history.referenced import ComparedRuns, compared_runs
from engine.history.run_notes import RunNotes
from engine.history.store import Store
from engine.record.run_folder import RunFolder
from engine.trace.watched import is_watch
from engine.wording.under_way import stop_first
from engine.workload.catalogue import Catalogue
from engine.workload.toml_table import TomlTable
from gui.history.notes_form import NotesForm
from gui.history.overlay_reading import OverlayLine, read_line
from gui.history.page import HistoryPage
from gui.history.run_model import search_text, started_text
from gui.history.side_run import SideRun
from gui.message_bar import ERROR, INFO, WARNING
from gui.session.kept_run import model_card, read_run
from gui.session.run_data import GrowingRun
from gui.shell.context import WindowParts
from gui.shell.export_commands import ExportCommands
from gui.shell.file_commands import FileCommands
from gui.widgets.background import Background
from gui.widgets.run_requests import (
    DeleteRuns,
    DescribeRun,
    EditRun,
    ExportRunCsv,
    ExportRunTrace,
    OpenRun,
    OverlayRuns,
    RestoreRuns,
    RunsRequest,
    ShowPair,
    StarRuns,
)

_TOPIC = "history"
_MOST_OFFERED = 20  # deleted runs in a menu
_Listed = tuple[list[PastRun], list[ComparedRuns], list[str]]


class HistoryCommands(QObject):
    """Connects the History page with the session. Reads and writes the disk in a background thread."""

    def __init__(self, page: HistoryPage, parts: WindowParts, files: FileCommands, exports: ExportCommands) -> None:
        super().__init__(page)
        self.page, self._window, self._session, self._files = page, parts.window, parts.session, files
        self._exports = exports
        self._folder = data_folder()
        self._background = Background(self)
        self.watch_again: Callable[[TomlTable], None] = lambda _watched: None
        self._listed = 0
        self._told: set[str] = set()  # sentences about damaged runs that were shown already
        self._model_titles: dict[str, str] = {}
        page.list.requested.connect(self._on_requested)
        page.turned.connect(self._window.page_changed)
        self._window.page_changed.connect(self._on_page_changed)
        self._session.ended.connect(self.refresh)
        parts.surroundings.catalogue_changed.connect(self._on_catalogue)
        if parts.surroundings.catalogue is not None:
            self._on_catalogue(parts.surroundings.catalogue)
        self._do(lambda store: Discarded(store).purge(), self.refresh)

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        titles = {key: card.title for key, card in catalogue.models.items()}
        self._model_titles = titles
        self.page.list.runs.runs.set_model_titles(titles)

    def refresh(self, _: object = None) -> None:
        """Read the index anew, and show it."""
        self._listed += 1
        self._do(_read_runs, partial(self._show, self._listed), self._on_unreadable)

    def open(self, run_id: str) -> None:
        """Show a run on every page."""
        if self._session.running:
            self._tell(ERROR, stop_first("open another"))
            return
        self._do(lambda store: read_run(store.folder_of(run_id)), self._show_run)

    def bring_back(self, run_id: str) -> None:
        """Show the run that was shown when the window was closed, unless it is no longer kept."""

        def show(data: GrowingRun) -> None:
            if self._session.data is None:
                self.put(data)
                self._window.put_output_away()

        self._do(lambda store: read_run(store.folder_of(run_id)), show, lambda _error: None)

    def show_pair(self, one: str, other: str) -> None:
        """Show two runs side by side."""

        def show(runs: list[SideRun]) -> None:
            self._window.pages.setCurrentWidget(self.page)
            self.page.show_pair(*runs)

        self._do(lambda store: [_side_run(store, run_id) for run_id in (one, other)], show)

    def edit(self, run_id: str) -> None:
        """Put a run's experiment into the window."""
        self._do(lambda store: RunFolder(store.folder_of(run_id)).experiment(), self._edit)

    def delete(self, run_ids: Sequence[str]) -> None:
        """Delete runs, and offer to restore them."""
        ids = list(run_ids)

        def discard(store: Store) -> None:
            for run_id in ids:
                Discarded(store).discard(run_id)

        self._do(discard, lambda _: self._on_deleted(ids))

    def restore(self, run_ids: Sequence[str]) -> None:
        """Restore deleted runs."""

        def restore(store: Store) -> None:
            for run_id in run_ids:
                Discarded(store).restore(run_id)

        self._do(restore, lambda _: self._on_restored(run_ids))

    def overlay(self, run_ids: Sequence[str]) -> None:
        """Show runs in one chart."""
        titles = self._model_titles

        def read(store: Store) -> list[OverlayLine]:
            runs = [store.find(run_id) for run_id in run_ids]
            return [
                read_line(RunFolder(store.folder_of(run.run_id)), run, titles.get(run.model, run.model)) for run in runs
            ]

        self._do(read, self.page.show_overlay)

    def star(self, run_ids: Sequence[str]) -> None:
        """Give runs a star, or remove the stars if all have one."""

        def star(store: Store) -> None:
            runs = [store.find(run_id) for run_id in run_ids]
            starred = not all(run.starred for run in runs)
            for run in runs:
                store.say_of(run.run_id, replace(run.notes, starred=starred))

        self._do(star, self.refresh)

    def describe(self, run_id: str) -> None:
        """Ask for a run's name, tags and note, and keep them."""
        run = self._run(run_id)
        if run is not None:
            form = NotesForm(run, self.page.theme, self.page)
            form.said.connect(self.say_of)
            form.open()

    def say_of(self, run_id: str, notes: RunNotes) -> None:
        """Save a run's name, tags and note."""
        self._do(lambda store: store.say_of(run_id, notes), self.refresh)

    def close(self) -> None:
        """Wait for background work to end."""
        self._background.close()

    def _on_page_changed(self) -> None:
        if self._window.pages.currentWidget() is self.page:  # another program may have run something meanwhile
            self.refresh()

    def _on_requested(self, request: RunsRequest) -> None:
        match request:
            case OpenRun():
                self.open(request.run_id)
            case ShowPair():
                self.show_pair(*request.run_ids)
            case EditRun():
                self.edit(request.run_id)
            case ExportRunCsv():
                self._exports.export_run_csv(*self._named(request.run_id))
            case ExportRunTrace():
                self._exports.export_run_trace(*self._named(request.run_id))
            case DeleteRuns():
                self.delete(request.run_ids)
            case OverlayRuns():
                self.overlay(request.run_ids)
            case StarRuns():
                self.star(request.run_ids)
            case DescribeRun():
                self.describe(request.run_id)
            case RestoreRuns():
                self._do(lambda store: Discarded(store).listed(), self._offer_deleted)

    def _offer_deleted(self, runs: list[PastRun]) -> None:
        """Offer deleted runs in a menu at the button."""
        if not runs:
            self._tell(INFO, f"No run was deleted in the last {KEPT_DAYS} days.")
            return
        menu = QMenu(self.page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for run in runs[:_MOST_OFFERED]:
            text = f"{started_text(run)}  {run.shown_title}".replace("&", "&&")
            menu.addAction(text, partial(self.restore, [run.run_id]))
        menu.addSeparator()
        menu.addAction(f"All {len(runs)}", partial(self.restore, [run.run_id for run in runs]))
        menu.popup(self.page.list.buttons["restore"].mapToGlobal(QPoint(0, 0)))

    def _show(self, number: int, found: _Listed) -> None:
        if number != self._listed:  # a newer list is on its way
            return
        runs, compared, problems = found
        self.page.list.show_runs(runs, compared)
        new = [each for each in problems if each not in self._told]
        self._told.update(new)
        if new:
            more = f" ({len(new) - 1} more)" if len(new) > 1 else ""
            self._tell(WARNING, f"{new[0]}{more}")

    def _on_unreadable(self, error: Exception) -> None:
        self.page.list.show_problem(str(error))

    def _edit(self, experiment: TomlTable) -> None:
        if is_watch(experiment):
            self.watch_again(experiment)
        elif self._files.open_experiment(experiment):
            self._window.composer_dock.show()

    def _show_run(self, data: GrowingRun) -> None:
        if self._session.running:
            return
        self.put(data)
        self._window.pages.setCurrentIndex(0)
        self._tell(INFO, f"This is the run “{data.title}” of the history, {data.run_id}.")

    def put(self, data: GrowingRun) -> None:
        """Show a run that has ended on every page, with what it printed. Not while one is under way."""
        self._session.show(data)
        output = self._window.output
        output.clear()
        if data.output:
            output.append(data.output)
        output.show_end(data)

    def _on_deleted(self, ids: list[str]) -> None:
        self.refresh()
        text = "Deleted a run." if len(ids) == 1 else f"Deleted {len(ids)} runs."
        undo = ("Undo", lambda: self.restore(ids))
        self._window.messages.show_message(INFO, text, _TOPIC, [undo])

    def _on_restored(self, ids: Sequence[str]) -> None:
        self.refresh()

    def _named(self, run_id: str) -> tuple[str, str]:
        run = self._run(run_id)
        return run_id, "run" if run is None else run.shown_title

    def _run(self, run_id: str) -> PastRun | None:
        return next((run for run in self.page.list.runs.runs.runs if run.run_id == run_id), None)

    def _do(
        self,
        work: Callable[[Store], Any],
        then: Callable[[Any], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        folder = self._folder
        self._background.do(lambda: _with_store(folder, work), then, failed or self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self._tell(ERROR, str(error))
        self.refresh()

    def _tell(self, level: str, text: str) -> None:
        self._window.messages.show_message(level, text, _TOPIC)


def _with_store(folder: Path, work: Callable[[Store], Any]) -> Any:
    with Store(folder, reading=True) as store:
        return work(store)


def _side_run(store: Store, run_id: str) -> SideRun:
    path = store.folder_of(run_id)
    card = model_card(path)
    kept = kept_run(RunFolder(path))
    return SideRun(kept, path) if card is None else SideRun(kept, path, card.worker_kind, card.is_async)


def _read_runs(store: Store) -> _Listed:
    """Return the runs that can be read, the comparisons they belong to, and sentences about what cannot be read."""
    store.recover()
    runs = store.runs()
    for run in runs:
        search_text(run)  # computed here, in the background thread, and cached
    return runs, compared_runs(store.folder), store.problems
