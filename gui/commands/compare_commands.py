"""Drives a comparison: its runs one after the other through the window's session, saved after each."""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer

from engine.comparison.comparison import Comparison
from engine.comparison.errors import SavedError
from engine.comparison.estimate import known_task_s
from engine.comparison.other_load import OtherLoad
from engine.comparison.plan import Cell
from engine.comparison.read_run import read_run
from engine.comparison.repetition import Repetition, failed_repetition
from engine.comparison.saved import Saved, SavedComparisons
from engine.history.store import HistoryError, Store
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from gui.commands.context import WindowParts
from gui.compare.page import ComparePage
from gui.message_bar import ERROR, INFO, WARNING
from gui.session.trust import code_digest

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

TRIAL_S: Final = 0.5
LOOK_MS: Final = 250  # how long the machine is watched between two runs
EDITED_MS: Final = 300


class CompareCommands(QObject):
    """Wires the page to the session. A run that is stopped by hand pauses the comparison."""

    def __init__(self, page: ComparePage, parts: WindowParts) -> None:
        super().__init__(page)
        self._page, self._document, self._session = page, parts.document, parts.session
        session, surroundings = parts.session, parts.surroundings
        self._surroundings = surroundings
        self._messages, self._trust, self._settings = parts.messages, parts.trust, parts.settings
        self._places = SavedComparisons()
        self._saved: Saved | None = None
        self._cell: Cell | None = None
        self._run_id = ""
        self._started_s = 0.0
        self._before = OtherLoad()
        self._load_before: float | None = None
        self.running = False
        self._next = _timer(self, LOOK_MS, self._run_next)
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

    def on_edited(self) -> None:
        """Take over, once the typing rests, what was changed in the experiment at hand."""
        self._edited.start()

    def start(self) -> None:
        """Begin what is picked, or say what is wrong with it."""
        self._take_experiment()
        if self._session.running or self.running:
            self._tell("A run is under way: stop it first.", False)
            return
        try:
            comparison = self._page.new_comparison()
            if not self._may_run(comparison):
                return
            self._saved = self._places.begin(self._document.title, comparison)
        except (ExperimentError, SavedError) as error:
            self._tell(str(error), False)
            return
        self.go_on()

    def stop(self) -> None:
        """Pause: the run under way is stopped and does not count, the others are kept."""
        self._next.stop()
        if self.running:
            self.running = False
            if self._cell is not None:
                self._session.stop()
            self._show()

    def go_on(self) -> None:
        """Run what is left."""
        if self._saved is None or self._session.running or self.running:
            return
        if not self._may_run(self._saved.comparison):
            return
        # The statistics take a second to load, once.
        threading.Thread(target=importlib.import_module, args=("scipy.stats",), daemon=True).start()
        self.running = True
        self._show()
        self._watch_then_run()

    def try_out(self) -> None:
        """Run the workload for a moment, one task at a time: what it takes tells how long a comparison will."""
        experiment = self._document.experiment()
        if self._session.running or self.running or not self._may_run_code(experiment):
            return
        workload = {key: value for key, value in experiment["workload"].items() if key not in ("tasks", "duration_s")}
        model = {"kind": "sequential", "workers": 1}
        trial = {**experiment, "workload": {"duration_s": TRIAL_S, **workload}, "model": model}
        self._session.start(trial, None, None, trust=True)

    def show_earlier(self, name: str) -> None:
        """Show a comparison of before, to be continued where it was not at its end."""
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

    def _watch_then_run(self) -> None:
        self._before = OtherLoad()
        self._next.start()

    def _run_next(self) -> None:
        saved = self._saved
        if saved is None or not self.running:
            return
        if self._session.running:  # somebody pressed Run meanwhile
            self._watch_then_run()
            return
        cell = saved.comparison.next_cell()
        if cell is None:
            self.running = False
            self._edited.start()  # from now on it is known what a task takes
            self._show()
            return
        self._load_before = self._before.read()
        self._cell, self._started_s = cell, time.monotonic()
        catalogue = self._surroundings.catalogue
        card = catalogue.models.get(cell.model) if catalogue is not None else None
        has_code = catalogue is not None and code_digest(cell.experiment, catalogue) is not None
        self._session.start(cell.experiment, card, None, **({"trust": True} if has_code else {}))
        data = self._session.data
        self._run_id = data.run_id if data is not None else ""

    def _on_ended(self, data: GrowingRun) -> None:
        if self._cell is None or data.run_id != self._run_id:
            self._edited.start()  # from now on it is known what a task takes
            return
        took_s = time.monotonic() - self._started_s
        if data.status == "stopped":
            self._cell = None
            self.running = False
            self._show()
        elif data.lost_reason or not data.result:
            self._add(failed_repetition(data.run_id, data.reason or "the run left nothing", took_s))
        else:
            self._add(read_run(data.result, data.folder, took_s, self._load_before))

    def _on_refused(self, key: str, reason: str) -> None:
        if self._cell is not None:
            text = f"{key}: {reason}" if key else reason
            self._add(failed_repetition(self._run_id, text, time.monotonic() - self._started_s))

    def _add(self, repetition: Repetition) -> None:
        saved, cell = self._saved, self._cell
        self._cell = None
        if saved is None or cell is None:
            return
        saved.comparison.add(cell, repetition)
        try:
            self._places.save(saved)
        except SavedError as error:
            self._tell(str(error), False)
        self._show()
        if self.running:
            self._watch_then_run()

    def _show(self) -> None:
        saved = self._saved
        if saved is not None:
            self._page.show_comparison(saved.title, saved.comparison, running=self.running)

    def _may_run(self, comparison: Comparison) -> bool:
        return self._may_run_code(*(cell.experiment for cell in comparison.cells))

    def _may_run_code(self, *experiments: dict[str, Any]) -> bool:
        """Whether the code of every experiment may run; asks where it may not."""
        catalogue = self._surroundings.catalogue
        if catalogue is None:
            return False
        digests = {code_digest(each, catalogue) for each in experiments}
        unknown = [digest for digest in digests if digest is not None and not self._trust.allows(digest)]
        if not unknown:
            return True

        def allow() -> None:
            self._messages.clear("trust")
            for digest in unknown:
                self._settings.allowed_code = self._trust.allow(digest)

        text = "This experiment carries Python code. If you know where it comes from, allow it and start again."
        self._messages.show_message(WARNING, text, "trust", [("Allow it", allow)])
        return False

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


def _task_s(experiment: dict[str, Any], catalogue: Catalogue) -> float | None:
    with contextlib.suppress(ExperimentError, HistoryError, OSError):
        whole = check(experiment, catalogue).to_dict()  # with every default, as runs are kept
        with Store() as store:
            return known_task_s(store, whole)
    return None
