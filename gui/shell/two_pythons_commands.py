"""Runs the current experiment on two Pythons in turn, and shows both runs side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from engine.wording.under_way import stop_first
from engine.workload.toml_table import TomlTable
from gui.history.two_pythons import Python, TwoPythons
from gui.message_bar import ERROR
from gui.shell.context import WindowParts
from gui.shell.history_commands import HistoryCommands

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

_TOPIC = "two pythons"


class TwoPythonsCommands(QObject):
    """Runs one after the other, until one is refused, fails, or is stopped by hand; runs are in the history."""

    def __init__(self, bar: TwoPythons, history: HistoryCommands, parts: WindowParts) -> None:
        super().__init__(bar)
        self._bar, self._history, self._document = bar, history, parts.document
        session, surroundings = parts.session, parts.surroundings
        self._session, self._surroundings = session, surroundings
        self._messages, self._trust, self._settings = parts.messages, parts.trust, parts.settings
        self._question = parts.question
        self._experiment: TomlTable = {}
        self._left: list[Python] = []
        self._done: list[str] = []
        self._run_id = ""
        bar.wanted.connect(self.start)
        bar.closed.connect(bar.hide)
        session.ended.connect(self._on_ended)
        session.refused.connect(self._on_refused)
        surroundings.interpreters_changed.connect(self._offer)
        self._offer()

    def open(self) -> None:
        """Show which Pythons can be chosen."""
        self._offer()
        self._bar.show()
        self._bar.choices[0].setFocus()

    def start(self, one: Python, other: Python) -> None:
        """Run the window's experiment on both."""
        experiment = self._document.experiment()
        if self._session.running:
            self._messages.show_message(ERROR, stop_first(), _TOPIC)
        elif experiment["workload"].get("until_stopped"):
            text = "Both runs need an end: choose a number of tasks or of seconds in the run bar."
            self._messages.show_message(ERROR, text, _TOPIC)
        elif self._may_run(experiment, one, other):
            self._messages.clear(_TOPIC)
            self._experiment, self._left, self._done = experiment, [one, other], []
            self._run_next()

    def _run_next(self) -> None:
        if not self._left:
            return
        if self._session.running:  # the person pressed Run between the two
            self._give_up()
            return
        python, catalogue = self._left.pop(0), self._surroundings.catalogue
        model = self._experiment["model"]
        experiment = {**self._experiment, "model": python.model_part(model)}
        self._bar.show_progress(f"Running on {python.title}, {len(self._done) + 1} of 2…")
        has_code = self._question.needs_permission(experiment)
        card = catalogue.models.get(model["kind"]) if catalogue is not None else None
        self._session.start(experiment, card, None, trust=has_code)
        self._run_id = self._session.data.run_id if self._session.data is not None else ""

    def _on_ended(self, data: GrowingRun) -> None:
        if data.run_id != self._run_id:
            return
        self._run_id = ""
        if data.status != "finished":
            self._give_up()
            return
        self._done.append(data.run_id)
        if self._left:
            QTimer.singleShot(0, self, self._run_next)
        else:
            self._bar.show_progress("")
            self._bar.hide()
            self._history.show_pair(*self._done)

    def _on_refused(self, _key: str, _reason: str) -> None:
        if self._run_id:
            self._give_up()

    def _give_up(self) -> None:
        self._run_id, self._left = "", []
        self._bar.show_progress("")

    def _may_run(self, experiment: TomlTable, one: Python, other: Python) -> bool:
        """Whether the experiment's code may run; if not, ask for permission."""
        for python in (one, other):  # the person has just chosen them
            name = python.model_part(experiment["model"]).get("interpreter")
            self._settings.allowed_code = self._trust.allow_interpreter(name)
        code = {**experiment, "model": {**experiment["model"], "interpreter": None}}
        return self._question.may_run(partial(self.start, one, other), code)

    def _offer(self, *_: object) -> None:
        self._bar.offer(self._surroundings.interpreters, self._document.experiment().get("model") or {})
