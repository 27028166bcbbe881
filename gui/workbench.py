"""The workbench: makes every part of the window and connects them; the only place that does."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from engine.wire.facts import CostsKnown, OverheadMeasured
from engine.workload.catalogue import Catalogue, ModelCard
from gui.commands.actions import CommandActions
from gui.commands.scopes import WindowTargets
from gui.composer import Composer
from gui.document import Document
from gui.main_window import MainWindow
from gui.repainter import Repainter
from gui.run_bar.run_bar import RunBar
from gui.run_bar.run_bar_changes import RunBarChanges
from gui.session.conductor_process import ConductorProcess
from gui.session.run_session import RunSession
from gui.session.surroundings import SurroundingsQuery
from gui.session.trust import Trust
from gui.settings import Settings
from gui.shell.code_question import CodeQuestion
from gui.shell.context import WindowParts
from gui.shell.drafts import Drafts
from gui.shell.edit_commands import EditCommands
from gui.shell.export_commands import ExportCommands
from gui.shell.file_commands import FileCommands
from gui.shell.first_steps import FirstSteps
from gui.shell.help_commands import HelpCommands
from gui.shell.last_session import LastSession
from gui.shell.later_pages import LaterPages
from gui.shell.menus import WindowMenus
from gui.shell.palette_entries import PaletteEntries
from gui.shell.python_file_commands import PythonFileCommands
from gui.shell.run_commands import RunCommands
from gui.shell.shown_run import ShownRun
from gui.shell.step_cost_commands import StepCostCommands
from gui.shell.view_commands import ViewCommands
from gui.shell.watch_commands import WatchCommands
from gui.stage.opener import StageOpener
from gui.view_requests import ViewRequests
from gui.widgets.appearance import Appearance
from gui.window_state import WindowState

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun
    from gui.widgets.view import ViewDescriptor


class Workbench(QObject):
    """Every part of one window, around a conductor that may have been started already."""

    def __init__(self, application: QApplication, conductor: ConductorProcess, settings: Settings) -> None:
        super().__init__(application)
        self.conductor = conductor
        self.application = application
        self._loading: Iterator[None] = iter(())
        self._card: ModelCard | None = None
        self._has_loaded = self._opens_file = False
        self.settings = settings
        self.appearance = Appearance(application, settings.theme, settings.zoom)
        self._make_parts()
        self._make_commands()
        self._connect_conductor()
        self._connect_parts()
        self._set_theme()
        self.window.restore(settings)
        application.aboutToQuit.connect(self.close)

    def open(self, path: Path | None = None) -> None:
        """Show the window, and then load the slower parts."""
        self._opens_file = path is not None
        if path is not None or not self.left.open_experiment():
            self.files.open_first(path)
        self.drafts.restore(show=path is None)
        self.window.show()
        # Painted first: the views import the plotting library, which takes a while.
        self._loading = self._load()
        QTimer.singleShot(0, self, self._load_more)

    def load_views(self) -> None:
        """Make every view that is not made yet, now."""
        for _ in self._loading:
            pass

    def _load_more(self) -> None:
        if next(self._loading, self) is not self:
            QTimer.singleShot(1, self, self._load_more)

    def _load(self) -> Iterator[None]:
        """Make the remaining parts in steps; between two of them the window's event loop runs."""
        yield
        self._tint_commands()  # only now: menus are closed, so their icons are not visible yet
        yield
        for library in ("numpy", "pyqtgraph", "gui.widgets.view"):
            importlib.import_module(library)
            yield
        from gui.live.live_view import Live
        from gui.widgets.view import discover

        for descriptor in discover().values():
            if descriptor.place != "panel":
                self._add_view(descriptor)
                yield
        yield from self.pages.load()
        if isinstance(live := self.window.pages.widget(0), Live):
            self.first_steps.on_loaded(live, opens_file=self._opens_file)
        if not self._opens_file:
            self.left.open_pages(self.pages.history)
        self._has_loaded = True
        self.state.update()

    def _add_view(self, descriptor: ViewDescriptor) -> None:
        view = descriptor.factory()
        if (order := getattr(view, "grid", None)) is not None:
            order.set_order(self.settings.live_cards)
        view.set_theme(self.appearance.theme)
        view.requested.connect(self.requests.take)
        view.show_model(self._card)
        (self.window.add_side if descriptor.place == "right" else self.window.add_page)(view, descriptor.title)
        self.repainter.add(view)

    def close(self) -> None:
        """End the engine with everything it started, and remember the window's layout and content."""
        self.composer.undo_stack.blockSignals(True)  # it says once more that it changes when it is deleted
        self.stage.close()
        self.window.remember(self.settings)
        if self._has_loaded:
            self.left.remember()
        self.drafts.close()
        self.settings.sync()
        self.pages.close()
        self.exports.close()
        self.conductor.close()

    def show_uncaught(self, sentence: str, details: str) -> None:
        """Show a message about an error in the window itself."""
        copy = ("Copy details", lambda: QGuiApplication.clipboard().setText(details))
        self.window.messages.show_message("error", sentence, "uncaught", [copy])

    def _make_parts(self) -> None:
        send = self.conductor.send
        self.session = RunSession(send, self)
        self.surroundings = SurroundingsQuery(send, self)
        self.trust = Trust(self.settings.allowed_code)
        self.composer = Composer()
        self.run_bar = RunBar()
        self.window = MainWindow(self.composer, self.run_bar)
        self.document = Document(self.composer, self.run_bar, self)
        self.changes = self.document.history = RunBarChanges(self.run_bar, self.composer.undo_stack, self)
        self.stage = StageOpener(self.window, self.session, self.surroundings)
        self.repainter = Repainter(self._show_figures, self)
        messages = self.window.messages
        self.question = CodeQuestion(self, messages, self.surroundings, self.settings, self.trust)

    def _make_commands(self) -> None:
        self.parts = WindowParts(
            window=self.window,
            composer=self.composer,
            document=self.document,
            session=self.session,
            surroundings=self.surroundings,
            conductor=self.conductor,
            settings=self.settings,
            trust=self.trust,
            question=self.question,
            appearance=self.appearance,
            stage=self.stage,
        )
        self.files = FileCommands(self.parts)
        self.left = LastSession(self.parts)
        self.drafts = Drafts(self.parts)
        self.exports = ExportCommands(self.parts)
        self.runs = RunCommands(self.parts)
        self.view = ViewCommands(self.parts)
        self.edits = EditCommands(self.composer.undo_stack, lambda: self.session.running, self.window)
        self.help = HelpCommands(self.parts)
        self.first_steps = self.help.first_steps = FirstSteps(self.parts, self.files, self._do)
        self.requests = ViewRequests(self.parts, self.runs, self.exports, self.repainter, self._do)
        self.pages = LaterPages(self.parts, self.files, self.exports, self.requests.take)
        self.shown = ShownRun(self.parts, self.files, lambda: self.pages.comparing)
        self.watches = WatchCommands(self.parts, self.files.open_path)
        self.python_files = PythonFileCommands(self.parts)
        self.watches.make_steps = self.python_files.ask
        self.step_costs = StepCostCommands(self.parts)
        self.pages.watch_again = self.shown.watch_again = self.watches.watch_again
        targets = WindowTargets(
            self.files,
            self.exports,
            self.edits,
            self.runs,
            self.view,
            self.pages,
            self.help,
            self.watches,
            self.python_files,
        )
        self.actions = CommandActions(self.window, targets)
        self.state = WindowState(self.parts, self.actions, self.edits, self.shown, self.pages)
        self.shown.changed.connect(self.state.show_status)
        self.run_bar.set_actions(self.actions["run"], self.actions["stop"])
        self.menus = WindowMenus(self.window, self.actions, self.files)
        self.palette_entries = PaletteEntries(self.parts, self.actions, self.menus, self.files)
        self.view.list_entries = lambda: self.state.updated(self.palette_entries.all)
        self.view.numbered_entries = self.palette_entries.numbered
        self.view.open_stage = self.pages.open_stage
        self.pages.show_references = self.repainter.show_references
        self.palette_entries.more.append(self.pages.lesson_entries)
        self.actions[f"theme-{self.appearance.choice}"].setChecked(True)

    def _connect_conductor(self) -> None:
        conductor, session, surroundings, runs = self.conductor, self.session, self.surroundings, self.runs
        conductor.ready.connect(surroundings.on_ready)
        conductor.ready.connect(runs.on_ready)
        conductor.ready.connect(self._on_engine_changed)
        conductor.fact.connect(session.take)
        conductor.fact.connect(surroundings.take)
        conductor.lost.connect(runs.on_lost)  # before the session loses its run: the message says what is kept
        conductor.lost.connect(session.lose)
        conductor.lost.connect(self.step_costs.on_lost)
        conductor.lost.connect(self._on_engine_changed)
        conductor.gave_up.connect(runs.on_gave_up)
        session.changed.connect(self._on_session_changed)
        session.ended.connect(runs.on_ended)
        session.refused.connect(runs.on_refused)
        session.stop_unanswered.connect(runs.on_stop_unanswered)
        session.printed.connect(self.window.output.append)
        session.exported.connect(self.exports.on_exported)
        session.export_failed.connect(self.exports.on_export_failed)
        session.observer_cost_changed.connect(self._on_observer_cost)
        surroundings.catalogue_changed.connect(self._on_catalogue)
        surroundings.interpreters_changed.connect(self.run_bar.set_interpreters)
        surroundings.failed.connect(runs.on_engine_error)
        surroundings.costs_changed.connect(self._on_costs)
        surroundings.step_measured.connect(self.step_costs.on_measured)
        surroundings.script_saved.connect(self.exports.on_script_saved)
        surroundings.script_failed.connect(self.exports.on_script_failed)

    def _connect_parts(self) -> None:
        window, run_bar, document = self.window, self.run_bar, self.document
        window.may_close = self.files.may_close
        window.page_changed.connect(self._on_page_changed)
        window.output.filled.connect(self._on_output_filled)
        self.appearance.changed.connect(self._set_theme)
        self.appearance.changed.connect(self._tint_commands)
        self.composer.changed.connect(document.on_edited)
        self.composer.changed.connect(self.question.forget)
        self.composer.changed.connect(self._fit_composer)
        self.question.changed.connect(self.state.update)
        for action in window.menuBar().actions():
            menu = action.menu()
            if isinstance(menu, QMenu):
                menu.aboutToShow.connect(self.state.update)
        self.composer.example_requested.connect(self.files.open_example)
        self.composer.cost_requested.connect(self.step_costs.measure)
        self.composer.templates_requested.connect(self.files.new_from_template)
        self.composer.undo_stack.indexChanged.connect(self.state.update)
        self.changes.shown.connect(self._follow_interpreter)
        run_bar.changed.connect(document.on_edited)
        run_bar.changed.connect(self._show_model)
        run_bar.interpreter.chosen.connect(self.runs.choose_interpreter)
        run_bar.interpreter.add_requested.connect(self.runs.add_interpreter)
        run_bar.interpreter.free_threaded_requested.connect(self.runs.free_threaded)
        run_bar.amount.rate_changed.connect(self._on_rate_changed)
        run_bar.live.rate_changed.connect(self._on_rate_changed)
        run_bar.live.switch_interval_changed.connect(self._on_switch_interval_changed)
        document.changed.connect(self._on_document_changed)

    def _on_engine_changed(self) -> None:
        self.state.show_status()
        self.state.update()

    def _on_session_changed(self) -> None:
        if self.repainter.data is not self.session.data:
            self.repainter.show_run(self.session.data)
        self.run_bar.set_running(self.session.running)
        self.state.show_live_controls()
        self.repainter.wake()
        self._on_engine_changed()

    def _on_catalogue(self, catalogue: Catalogue) -> None:
        self.composer.set_catalogue(catalogue)
        self.run_bar.set_catalogue(catalogue)
        self.files.on_catalogue()
        self._show_model()
        self._on_engine_changed()

    def _on_costs(self, costs: CostsKnown) -> None:
        for view in self.repainter.views:
            view.show_costs(costs)

    def _on_observer_cost(self, measured: OverheadMeasured) -> None:
        self.runs.on_observer_cost(measured)
        for view in self.repainter.views:
            view.show_observer_cost(measured)
        self.repainter.wake()

    def _on_document_changed(self) -> None:
        path = self.document.path
        name = f"{self.document.title} — {path.name}" if path else self.document.title
        self.window.setWindowTitle(f"{name}[*] — Gilscope")
        self.window.setWindowModified(self.document.dirty)
        self._follow_interpreter()
        self._show_model()
        self._fit_composer()

    def _follow_interpreter(self) -> None:
        """Ask the run bar's interpreter what it can do; one that a file or an undo names may not be allowed yet."""
        interpreter = self.run_bar.interpreter.value()
        if interpreter != self.surroundings.interpreter:
            self.surroundings.choose(interpreter, allowed=self.trust.allows_interpreter(interpreter))

    def _show_model(self) -> None:
        card = self.run_bar.model.card
        if card is not self._card:
            self._card = card
            for view in self.repainter.views:
                view.show_model(card)

    def _fit_composer(self) -> None:
        workload = self.composer.experiment().get("workload", {})
        parts = [workload, *workload.get("groups", ()), *workload.get("stages", ())]
        self.window.make_room_for_code(any("source" in step for part in parts for step in part.get("steps", ())))

    def _on_page_changed(self) -> None:
        self.repainter.wake()
        self.state.update()

    def _on_output_filled(self) -> None:
        if not self.stage.active:
            self.window.show_output(by_itself=True)

    def _on_rate_changed(self, rate: float) -> None:
        self.session.control(arrival_per_s=rate)

    def _on_switch_interval_changed(self, interval_s: float) -> None:
        self.session.control(switch_interval_s=interval_s)

    def _do(self, command: str) -> None:
        self.state.do(command)

    def _show_figures(self, data: GrowingRun | None) -> None:
        self.state.show_figures(data)

    def _set_theme(self) -> None:
        theme = self.appearance.theme
        self.window.set_theme(theme)
        self.composer.set_theme(theme)
        self.stage.set_theme(theme)
        for view in self.repainter.views:
            view.set_theme(theme)
        self.repainter.wake()

    def _tint_commands(self) -> None:
        self.actions.set_theme(self.appearance.theme)
