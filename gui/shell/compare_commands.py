"""Carries out the steps of a comparison's driver: starts its runs in the window's session and saves after each."""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer

from engine.comparison.comparison import Comparison
from engine.comparison.driver import (
    ComparisonDriver,
    RunOutcome,
    Save,
    StartCell,
    Step,
    StopCell,
    WatchMachine,
    trial_of,
)
from engine.comparison.errors import SavedError
from engine.comparison.estimate import known_task_s
from engine.comparison.other_load import OtherLoad
from engine.comparison.plan import Cell
from engine.comparison.read_run import read_run
from engine.comparison.saved import Saved, SavedComparisons
from engine.history.store import HistoryError, Store
from engine.wording.under_way import stop_first
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.toml_table import TomlTable
from gui.compare.page import ComparePage
from gui.message_bar import ERROR, INFO
from gui.shell.context import WindowParts

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

EDITED_MS: Final = 300


class CompareCommands(QObject):
    """Connects the page with the session. A run that is stopped by hand pauses the comparison."""

    def __init__(self, page: ComparePage, parts: WindowParts) -> None:
        super().__init__(page)
        self._page, self._document, self._session = page, parts.document, parts.session
        session, surroundings = parts.session, parts.surroundings
        self._surroundings = surroundings
        self._messages, self._question = parts.messages, parts.question
        self._places = SavedComparisons()
        self._saved: Saved | None = None
        self._driver: ComparisonDriver | None = None
        self._run_id = ""
        self._load = OtherLoad()
        self._watched = _timer(self, 0, self._on_watched)
        self._edited = _timer(self, EDITED_MS, self._take_experiment)
        page.start_wanted.connect(self.start)
        page.stop_wanted.connect(self.stop)
        page.continue_wanted.connect(self.go_on)
        page.try_wanted.connect(self.try_out)
        page.earlier_wanted.connect(self.show_earlier)
        page.told.connect(self._tell)
        page.list_earlier = self._list_earlier
        session.ended.connect(self._on_ended)
        session.refused.connect(self._on_refused)
        surroundings.catalogue_changed.connect(page.set_catalogue)
        surroundings.catalogue_changed.connect(self.on_edited)
        surroundings.interpreters_changed.connect(page.set_interpreters)
        if surroundings.catalogue is not None:
            page.set_catalogue(surroundings.catalogue)
        page.set_interpreters(surroundings.interpreters)
        self._take_experiment()

    @property
    def running(self) -> bool:
        """Whether a comparison is running."""
        return self._driver is not None and self._driver.driving

    def on_edited(self) -> None:
        """Take over changes of the loaded experiment, once the typing has paused."""
        self._edited.start()

    def start(self) -> None:
        """Start the chosen comparison, or say what is wrong with it."""
        self._take_experiment()
        if self._session.running or self.running:
            self._tell(stop_first(), False)
            return
        try:
            comparison = self._page.new_comparison()
            if not self._may_run(self.start, comparison):
                return
            self._saved = self._places.begin(self._document.title, comparison)
        except (ExperimentError, SavedError) as error:
            self._tell(str(error), False)
            return
        self.go_on()

    def stop(self) -> None:
        """Pause: the current run is stopped and does not count, the others are kept."""
        self._watched.stop()
        self._do(self._driver.stop() if self._driver is not None else [])
        self._show()

    def go_on(self) -> None:
        """Make the remaining runs."""
        if self._saved is None or self._session.running or self.running:
            return
        if not self._may_run(self.go_on, self._saved.comparison):
            return
        # The statistics take a second to load, once.
        threading.Thread(target=importlib.import_module, args=("scipy.stats",), daemon=True).start()
        self._driver = ComparisonDriver(self._saved.comparison, read_run)
        self._do(self._driver.begin())
        self._show()

    def try_out(self) -> None:
        """Run the workload for a moment, one task at a time, to estimate how long a comparison will take."""
        experiment = self._document.experiment()
        if self._session.running or self.running or not self._question.may_run(self.try_out, experiment):
            return
        self._session.start(trial_of(experiment), None, None, trust=True)

    def show_earlier(self, name: str) -> None:
        """Show an earlier comparison; if it was not finished it can be continued."""
        if self.running:
            return
        try:
            self._saved = self._places.load(name)
        except SavedError as error:
            self._tell(str(error), False)
            return
        gone = self._places.runs_gone(self._saved)
        if gone:
            self._tell(f"{gone} of its runs are no longer in the history: their figures are kept here.", True)
        self._show()

    def _do(self, steps: Sequence[Step]) -> None:
        """Carry out the driver's steps."""
        for step in steps:
            if isinstance(step, WatchMachine):
                self._load = OtherLoad()
                self._watched.start(round(step.seconds * 1000))
            elif isinstance(step, StartCell):
                self._start_run(step.cell)
            elif isinstance(step, StopCell):
                self._session.stop()
            elif isinstance(step, Save):
                self._save()
            else:
                self._edited.start()  # from now on it is known what a task takes

    def _on_watched(self) -> None:
        if self._driver is None:
            return
        if self._session.running:  # the person pressed Run meanwhile
            self._do(self._driver.postponed())
        else:
            self._do(self._driver.watched(self._load.read(), time.monotonic()))

    def _start_run(self, cell: Cell) -> None:
        catalogue = self._surroundings.catalogue
        card = catalogue.models.get(cell.model) if catalogue is not None else None
        self._session.start(cell.experiment, card, None, trust=self._question.needs_permission(cell.experiment))
        data = self._session.data
        self._run_id = data.run_id if data is not None else ""

    def _on_ended(self, data: GrowingRun) -> None:
        if self._driver is None or self._driver.cell is None or data.run_id != self._run_id:
            self._edited.start()  # from now on it is known what a task takes
            return
        result = None if data.lost_reason else data.result
        stopped = data.status == "stopped"
        self._take(RunOutcome(data.run_id, result or None, data.folder, data.reason or "", stopped))

    def _on_refused(self, key: str, reason: str) -> None:
        if self._driver is not None and self._driver.cell is not None:
            self._take(RunOutcome(self._run_id, reason=f"{key}: {reason}" if key else reason))

    def _take(self, outcome: RunOutcome) -> None:
        if self._driver is not None:
            self._do(self._driver.ended(outcome, time.monotonic()))
        self._show()

    def _save(self) -> None:
        if self._saved is not None:
            try:
                self._places.save(self._saved)
            except SavedError as error:
                self._tell(str(error), False)

    def _show(self) -> None:
        saved = self._saved
        if saved is not None:
            self._page.show_comparison(saved.title, saved.comparison, running=self.running)

    def _may_run(self, again: Callable[[], object], comparison: Comparison) -> bool:
        return self._question.may_run(again, *(cell.experiment for cell in comparison.cells))

    def _take_experiment(self) -> None:
        self._edited.stop()
        experiment = self._document.experiment()
        catalogue = self._surroundings.catalogue
        self._page.set_experiment(experiment, _task_s(experiment, catalogue) if catalogue is not None else None)

    def _list_earlier(self) -> list[tuple[str, str]]:
        return self._places.listed()

    def _tell(self, text: str, good: bool) -> None:
        self._messages.show_message(INFO if good else ERROR, text, "compare")


def _timer(parent: QObject, milliseconds: int, call: Any) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer


def _task_s(experiment: TomlTable, catalogue: Catalogue) -> float | None:
    with contextlib.suppress(ExperimentError, HistoryError, OSError):
        whole = check(experiment, catalogue).to_dict()  # with every default, as runs are kept
        with Store() as store:
            return known_task_s(store, whole)
    return None
