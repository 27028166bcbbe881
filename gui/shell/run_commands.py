"""The commands of the Run menu, and the messages about a run and the engine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from engine.interpreters.additions import add_path, added_paths, remove_path
from engine.interpreters.free_threaded import GUIDE, sentences, ways
from engine.wire.codec import plain
from engine.wire.facts import OverheadMeasured
from engine.wire.result import NamedInterpreter
from engine.wording.figure_text import observer_cost_words
from engine.wording.versions import python_title
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.toml_table import TomlTable
from gui.message_bar import ERROR, INFO, WARNING
from gui.output_panel import describe_error
from gui.shell.context import WindowParts

if TYPE_CHECKING:
    from gui.code.costs_dialog import CostsDialog
    from gui.session.run_data import GrowingRun


def _open(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


class RunCommands(QObject):
    """Starts the window's experiment if it is valid and allowed, and reports how the run ended."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._window = parts.window
        self._messages = parts.messages
        self._composer = parts.composer
        self._document = parts.document
        self._session = parts.session
        self._surroundings = parts.surroundings
        self._conductor = parts.conductor
        self._settings = parts.settings
        self._trust = parts.trust
        self._question = parts.question
        self._costs: CostsDialog | None = None  # while it is open

    def run(self) -> None:
        """Run the window's experiment; if it is wrong say so, and if it has new code ask first."""
        catalogue = self._surroundings.catalogue
        if self._session.running or catalogue is None:
            return
        self._messages.clear("run")
        experiment = self._document.experiment()
        try:
            check(experiment, catalogue)
        except ExperimentError as error:
            self.on_refused(error.path, error.problem)
            return
        if self._question.may_run(self._run_allowed, experiment):
            self._start(experiment, trust=self._question.needs_permission(experiment))

    def go_back(self, data: GrowingRun) -> None:
        """Show an earlier run again, and choose its model. Not during a run."""
        if not self._session.running:
            self._window.run_bar.set_model_part(dict(data.experiment["model"]))
            self._document.on_edited()
            self._session.show(data)

    def stop(self) -> None:
        """Stop the run; what was measured stays."""
        self._session.stop()

    def locate_workers(self) -> None:
        """Ask where every worker is, and show the pane with the answer."""
        self._window.show_side("What you are seeing")
        self._session.locate_workers()

    def trust(self) -> None:
        """Allow the code that the window asks about, now and whenever an experiment has the same code."""
        self._question.allow()

    def choose_interpreter(self, name: str | None) -> None:
        """Use an interpreter that the person has chosen; choosing it allows it to run."""
        self._settings.allowed_code = self._trust.allow_interpreter(name)
        self._surroundings.choose(name)

    def observer_cost(self) -> None:
        """Measure the overhead of observing the last run, or stop measuring it."""
        data, catalogue = self._session.data, self._surroundings.catalogue
        if self._session.measuring_cost:
            self._session.stop_observer_cost()
        elif data is not None and catalogue is not None:
            trust = self._trust.needs(data.experiment, catalogue)
            if self._session.measure_observer_cost(trust=trust and not self._trust.missing(data.experiment, catalogue)):
                text = "Measuring overhead: running it for half a minute, alternately recorded and not recorded…"
                self._messages.show_message(INFO, text, "observer-cost", [("Stop", self._session.stop_observer_cost)])

    def on_observer_cost(self, measured: OverheadMeasured) -> None:
        """Say how large the overhead is, or why it is not known."""
        if measured.cost:
            words = f"Overhead: {observer_cost_words(plain(measured.cost))}"
            self._messages.show_message(INFO, words, "observer-cost")
        elif measured.reason:
            text = f"Overhead was not measured: {measured.reason}"
            self._messages.show_message(INFO, text, "observer-cost")

    def search_interpreters(self) -> None:
        """Look for interpreters again."""
        self._surroundings.search_again()
        self._messages.show_message(INFO, "Looking for the Pythons of this machine…", "interpreters")

    def free_threaded(self) -> None:
        """Say how to install a free-threaded Python on this machine, with a button that copies each way."""
        found = ways()
        copies = [(f"Copy for {way.by}", partial(_copy, " && ".join(way.commands))) for way in found]
        guide = ("Guide", partial(_open, GUIDE))
        text = (
            f"A free-threaded Python (without a GIL), {'; '.join(sentences(found))}. Then look for interpreters again."
        )
        again = ("Look again", self.search_interpreters)
        self._messages.show_message(INFO, text, "free-threaded", [*copies, guide, again])

    def measure_models(self) -> None:
        """Show what every model costs under the chosen interpreter, and measure it when asked."""
        from gui.code.costs_dialog import CostsDialog

        surroundings = self._surroundings
        catalogue, found = surroundings.catalogue, surroundings.interpreter_found
        if catalogue is None or found is None:
            return

        def ask(model: str, *, measure: bool) -> None:
            surroundings.ask_costs(model, "again" if measure else "no")

        python = found.interpreter
        title = python_title(python.implementation, python.version, free_threaded=python.gil_enabled is False)
        self._costs = dialog = CostsDialog(self._window, catalogue.models, title, ask)
        dialog.finished.connect(self._forget_costs)
        surroundings.costs_changed.connect(dialog.show_costs)
        dialog.open()

    def _forget_costs(self) -> None:
        self._costs = None

    def add_interpreter(self) -> None:
        """Ask for a Python's executable, and offer it from now on."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Choose a Python executable", self._settings.folder)
        if path:
            self.add_interpreter_path(path)

    def add_interpreter_path(self, path: str) -> None:
        """Offer the Python at `path` from now on, and choose it."""
        try:
            absolute = add_path(path)
        except (OSError, ValueError) as error:
            self._messages.show_message(ERROR, f"The interpreter could not be added: {error}", "interpreters")
            return
        self._window.run_bar.interpreter.set_value(absolute)
        self._window.run_bar.changed.emit()
        self.choose_interpreter(absolute)
        self._surroundings.search_again(refresh=False)

    def remove_interpreter(self) -> None:
        """Ask which of the Pythons that were added by hand to remove from the list."""
        try:
            paths = added_paths()
        except (OSError, ValueError) as error:
            self._messages.show_message(ERROR, str(error), "interpreters")
            return
        if not paths:
            self._messages.show_message(INFO, "No interpreter was added by hand.", "interpreters")
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Which interpreter to remove")
        for path in paths:
            menu.addAction(path).triggered.connect(lambda _=False, path=path: self.remove_interpreter_path(path))
        menu.popup(self._window.run_bar.interpreter.mapToGlobal(self._window.run_bar.interpreter.rect().bottomLeft()))

    def remove_interpreter_path(self, path: str) -> None:
        """Remove the Python at `path` from the list, unless Gilscope finds it by itself."""
        try:
            remove_path(path)
        except (OSError, ValueError) as error:
            self._messages.show_message(ERROR, f"The interpreter could not be removed: {error}", "interpreters")
            return
        self._messages.show_message(INFO, f"Removed {path}.", "interpreters")
        self._surroundings.search_again(refresh=False)

    def on_refused(self, key: str, reason: str) -> None:
        """Name the wrong key, and offer to go there."""
        text = f"{key}: {reason}" if key else f"Not started: {reason}"
        show = (
            [("Show", lambda: self._go_to(key))] if key.startswith(("workload.steps", "workload.seed", "title")) else []
        )
        self._messages.show_message(ERROR, text, "run", show)

    def on_ended(self, data: GrowingRun) -> None:
        """Show a run's errors, notes, and the reason why it failed: the status badge has no room for them."""
        self._window.output.show_end(data)
        errors = data.result.errors if data.result is not None else None
        first = errors.first if errors is not None else None
        if first is not None:
            self._composer.show_run_error(plain(first))
        show = [("Show output", self._show_output)] if data.output or first else []
        if data.lost_reason:
            return  # the message about the engine says it
        if data.status == "failed":
            self._messages.show_message(ERROR, data.reason or "The run failed.", "run", show)
        elif errors is not None and first is not None:
            text = describe_error(first, errors.count or 1)
            self._messages.show_message(WARNING, text, "run", show)

    def on_stop_unanswered(self) -> None:
        """Offer to end an engine that does not answer."""
        end = [("End the engine", self._conductor.kill)]
        self._messages.show_message(WARNING, "The engine does not answer. What was measured is kept.", "run", end)

    def on_lost(self, reason: str) -> None:
        """Say that the engine ended, and that it starts again."""
        kept = " What was measured until then is kept." if self._session.running else ""
        text = f"The engine ended unexpectedly ({reason}) and is being started again.{kept}"
        self._messages.show_message(WARNING, text, "engine")
        if self._costs is not None:
            self._costs.on_lost()

    def on_gave_up(self, reason: str) -> None:
        """Say that there is no engine, and offer to try once more."""
        again = [("Start it again", self._conductor.start_again)]
        self._messages.show_message(ERROR, reason, "no engine", again)

    def on_ready(self) -> None:
        """Remove the message that there is no engine."""
        self._messages.clear("no engine")

    def on_engine_error(self, reason: str) -> None:
        """Show an error that the engine reports."""
        self._messages.show_message(ERROR, reason, "engine error")

    def _run_allowed(self) -> None:
        self._surroundings.choose(self._document.experiment()["model"].get("interpreter"))
        self.run()

    def _start(self, experiment: TomlTable, *, trust: bool) -> None:
        model = experiment["model"]
        self._settings.last_model = model
        self._window.output.clear()
        self._window.put_output_away()
        self._composer.clear_run_errors()
        card = self._window.run_bar.model.card
        # With the priority of a command-line run: a lower one cost 7 % of the throughput beside other programs.
        found = self._surroundings.interpreter_found
        # While a newly chosen interpreter is still being queried, `found` is about the previous one.
        is_it = found is not None and found.asked == model.get("interpreter")
        named = NamedInterpreter.of(found.interpreter) if found is not None and is_it else None
        self._session.start(experiment, card, named, trust=trust)
        if self._session.data is not None and self._surroundings.catalogue is not None:
            self._session.data.step_cards = self._surroundings.catalogue.steps

    def _go_to(self, key: str) -> None:
        self._window.composer_dock.show()
        self._composer.go_to(key)

    def _show_output(self) -> None:
        self._window.show_output()
        self._window.output.text.setFocus()
