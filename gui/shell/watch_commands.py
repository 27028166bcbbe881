"""The commands that watch a program: start one, attach to a running one, or handle a file dropped on the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from engine.wire.interpreter import Interpreter
from engine.wire.watch_messages import RunningPython, WatchTarget
from engine.wording.under_way import stop_first
from engine.workload.toml_table import TomlTable
from gui.message_bar import ERROR, INFO
from gui.shell.context import WindowParts
from gui.watch.dropped_file import PYTHON_FILES
from gui.watch.program_dialog import ProgramDialog
from gui.watch.recent_programs import read_programs, watched_target, with_program
from gui.watch.running_dialog import RunningDialog
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainMessageBox

_TOPIC: Final = "watch"


class WatchCommands(QObject):
    """Asks what to watch, and starts the watch. `make_steps` makes steps of a Python file's functions;
    `open_experiment` opens an experiment file that was dropped."""

    def __init__(self, parts: WindowParts, open_experiment: Callable[[Path], object]) -> None:
        super().__init__(parts.window)
        self._window, self._session, self._settings = parts.window, parts.session, parts.settings
        self._surroundings = parts.surroundings
        self._open_experiment = open_experiment
        self.make_steps: Callable[[Path], object] | None = None
        self.dialog: ProgramDialog | RunningDialog | None = None
        self._surroundings.interpreters_changed.connect(self._on_interpreters)
        self._surroundings.pythons_changed.connect(self._on_pythons)
        self._window.dropped.connect(self.drop)

    def watch_program(self) -> None:
        """Ask which program to start and watch."""
        self.ask_program()

    def ask_program(self, target: WatchTarget | None = None) -> None:
        """Ask the same, with the fields filled in from `target`."""
        recent = read_programs(self._settings.recent_watches)
        dialog = ProgramDialog(self._window, recent, self._settings.folder)
        dialog.offer(self._surroundings.interpreters)
        if target is not None:
            dialog.show_target(target)
        dialog.chosen.connect(self.watch)
        self._open(dialog)

    def watch_again(self, experiment: TomlTable) -> None:
        """Ask whether to watch the program of a kept watch again."""
        target = watched_target(experiment)
        if target is not None and target.pid is None:
            self.ask_program(target)
        else:
            text = "This program was not started by Gilscope: File > Watch a running program… lists running ones."
            self._window.messages.show_message(INFO, text, _TOPIC)

    def watch_running(self) -> None:
        """Ask which running program to watch."""
        dialog = RunningDialog(self._window, self._surroundings.ask_pythons)
        dialog.chosen.connect(self.watch)
        self._open(dialog)

    def watch(self, target: WatchTarget) -> None:
        """Watch a program, and show it on the Live page; not during a run."""
        if self._session.running:
            self._window.messages.show_message(ERROR, stop_first("watch a program"), _TOPIC)
            return
        name = target.module or Path(target.script).name
        title = f"Process {target.pid}" if target.pid is not None else name
        if target.pid is None:
            self._settings.recent_watches = with_program(self._settings.recent_watches, target)
            self._settings.folder = target.folder or self._settings.folder
        self._window.messages.clear("run")
        self._window.output.clear()
        self._session.watch(target, title)
        if self._session.data is not None and self._window.pages.currentIndex() > 1:
            self._window.pages.setCurrentIndex(0)
        if target.pid is not None:
            text = f"Watching process {target.pid}. Stop ends the watch, and leaves the program running."
            self._window.messages.show_message(INFO, text, _TOPIC)

    def drop(self, path: Path) -> None:
        """Ask what to do with a file that was dropped on the window: a Python file, or an experiment's."""
        if path.suffix.lower() not in PYTHON_FILES:
            self._open_experiment(path)
            return
        box = PlainMessageBox(self._window)
        box.setWindowTitle(path.name)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(f"What do you want to do with {path.name}?")
        box.setInformativeText("Watch it: it is run unchanged, as a program, and observed from outside.")
        watch = box.addButton("&Watch it", QMessageBox.ButtonRole.AcceptRole)
        steps = None
        if self.make_steps is not None:
            steps = box.addButton("Make &steps of its functions", QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(watch)
        dress(box)
        box.exec()
        if box.clickedButton() is watch:
            self.ask_program(WatchTarget(script=str(path), folder=str(path.parent)))
        elif steps is not None and box.clickedButton() is steps and self.make_steps is not None:
            self.make_steps(path)

    def _open(self, dialog: ProgramDialog | RunningDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._on_closed)
        dialog.open()

    def _on_closed(self) -> None:
        self.dialog = None

    def _on_interpreters(self, found: tuple[Interpreter, ...]) -> None:
        if isinstance(self.dialog, ProgramDialog):
            self.dialog.offer(found)

    def _on_pythons(self, found: tuple[RunningPython, ...]) -> None:
        if isinstance(self.dialog, RunningDialog):
            self.dialog.show_processes(found)
