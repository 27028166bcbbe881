"""The Compare page: what to compare above, then Start and Stop, the verdict, the chart, the table and the laws."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.comparison.comparison import Comparison
from engine.comparison.estimate import estimate, estimate_text
from engine.comparison.plan import Cell, cells_of
from engine.wire.interpreter import Interpreter
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.toml_table import TomlTable
from gui.compare.axes_form import AxesForm
from gui.compare.result import Result
from gui.compare.rows import flowing, muted
from gui.widgets.button_style import PushButton, button_style
from gui.widgets.plain_text import PlainLabel
from gui.widgets.theme import Theme


class ComparePage(QWidget):
    """Does not know the session: it asks for runs by signals, and the shell gives it the comparison to show."""

    start_wanted = Signal()
    stop_wanted = Signal()
    continue_wanted = Signal()
    two_wanted = Signal()  # one run each on two Pythons, side by side
    try_wanted = Signal()  # a short run that measures how long a task takes
    earlier_wanted = Signal(str)  # the id of a saved comparison
    requested = Signal(object)  # a request of `gui.widgets.requests`
    run_wanted = Signal(str)  # the id of a run to open
    told = Signal(str, bool)  # a sentence about an export; whether it is good news

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Compare")
        self.form = AxesForm()
        self.estimate = PlainLabel()
        self.start_button = PushButton("Start")
        self.stop_button = PushButton("Stop")
        self.continue_button = PushButton("Continue")
        self.try_button = PushButton("How long will it take?")
        self.choose_button = PushButton("Compare something else")
        self.two_button = PushButton("On two Pythons, side by side…")
        self.earlier = QToolButton()
        self.progress = QProgressBar()
        self.result = Result()
        self.list_earlier: Callable[[], list[tuple[str, str]]] = list  # id and title, newest first
        self.task_s: float | None = None
        self.comparison: Comparison | None = None
        self.running = False
        self._choosing = False
        self._catalogue: Catalogue | None = None
        self._experiment: TomlTable = {}
        self._lay_out()
        self._connect()
        self._show_state()

    # --- what comes in

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these models and steps."""
        self._catalogue = catalogue
        self.form.set_catalogue(catalogue)
        self.result.set_model_titles({key: card.title for key, card in catalogue.models.items()})
        self._show_estimate()

    def set_interpreters(self, found: Sequence[Interpreter], _complete: bool = True) -> None:
        """Offer these interpreters."""
        self.form.set_interpreters(found)

    def set_experiment(self, experiment: TomlTable, task_s: float | None) -> None:
        """Set the experiment that is compared, and how long one of its tasks takes, as far as it is known."""
        self._experiment, self.task_s = experiment, task_s
        self.form.set_experiment(experiment)
        self._show_estimate()

    def show_comparison(self, title: str, comparison: Comparison | None, *, running: bool) -> None:
        """Show a comparison as it is now."""
        self.comparison, self.running = comparison, running
        self._choosing = False
        self.result.show_comparison(title, comparison, running=running)
        self._show_state()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self.form.set_theme(theme)
        self.result.set_theme(theme)
        for button in (self.start_button, self.continue_button):
            button.setStyleSheet(button_style(theme, theme.accent))
        plain = (self.stop_button, self.try_button, self.choose_button, self.two_button, self.earlier)
        for each in (self.start_button, self.continue_button, *plain):
            each.setFixedHeight(round(30 * theme.scale))
        muted(theme, self.estimate)

    # --- what goes out

    def cells(self) -> list[Cell]:
        """Return the cells that the axes make of the loaded experiment. Raises ExperimentError."""
        if self._catalogue is None:
            raise ExperimentError("", "the engine is still starting")
        return cells_of(self._experiment, self.form.axes(), self._catalogue)

    def new_comparison(self) -> Comparison:
        """Return the chosen comparison, not started yet. Raises ExperimentError."""
        return Comparison(self.cells(), *self.form.bounds())

    def caption(self) -> str:
        """Return a picture's caption: the experiment, and on which machine its runs were made."""
        return self.result.caption()

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the chart, which can be saved as a picture."""
        return self.result.plots()

    # --- what is shown

    def _show_estimate(self) -> None:
        try:
            cells = self.cells()
        except ExperimentError as error:
            self.estimate.setText(str(error))
            self.start_button.setEnabled(False)
            return
        repeats, _, budget_s = self.form.bounds()
        known = estimate(cells, repeats, budget_s, self.task_s)
        if not self.running:
            self.estimate.setText(estimate_text(len(cells), known) if self.form.isVisibleTo(self) else self._left())
        self.try_button.setVisible(known.high_s is None and self.form.isVisibleTo(self))
        self.start_button.setEnabled(not self.running)

    def _show_state(self) -> None:
        comparison = self.comparison
        some = comparison is not None and comparison.runs_done() > 0
        choosing = not self.running and (not some or self._choosing)
        self.form.setVisible(choosing)
        self.start_button.setVisible(choosing)
        self.try_button.setVisible(False)
        self.choose_button.setVisible(some and not choosing and not self.running)
        self.stop_button.setVisible(self.running)
        paused = comparison is not None and not self.running and not comparison.complete
        self.continue_button.setVisible(paused)
        self.progress.setVisible(self.running)
        if self.running and comparison is not None:
            self._show_progress(comparison)
        else:
            self._show_estimate()
        self.estimate.setVisible(self.running or choosing or paused)

    def _left(self) -> str:
        """Return how far a stopped comparison came."""
        comparison = self.comparison
        if comparison is None or comparison.complete:
            return ""
        done = comparison.runs_done()
        return f"Stopped after {done} of at most {done + comparison.runs_left()} runs"

    def _on_choose(self) -> None:
        self._choosing = True
        self._show_state()

    def _show_progress(self, comparison: Comparison) -> None:
        done, left = comparison.runs_done(), comparison.runs_left()
        self.progress.setMaximum(max(1, done + left))
        self.progress.setValue(done)
        cell, eta_s = comparison.next_cell(), comparison.eta_s()
        parts = [f"{done} of at most {done + left} runs"]
        parts += [] if eta_s is None else [f"about {max(1, round(eta_s))} s left"]
        parts += [] if cell is None else [f"now {cell.label}"]
        self.estimate.setText(" · ".join(parts))

    def _fill_earlier(self) -> None:
        menu = self.earlier.menu()
        assert isinstance(menu, QMenu)
        menu.clear()
        for name, title in self.list_earlier():
            menu.addAction(title).triggered.connect(lambda _=False, name=name: self.earlier_wanted.emit(name))
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)

    def _connect(self) -> None:
        self.form.changed.connect(self._show_estimate)
        self.start_button.clicked.connect(self.start_wanted)
        self.stop_button.clicked.connect(self.stop_wanted)
        self.continue_button.clicked.connect(self.continue_wanted)
        self.try_button.clicked.connect(self.try_wanted)
        self.choose_button.clicked.connect(self._on_choose)
        self.two_button.clicked.connect(self.two_wanted)
        self.result.requested.connect(self.requested)
        self.result.told.connect(self.told)
        self.result.run_wanted.connect(self.run_wanted)

    def _lay_out(self) -> None:
        self.estimate.setWordWrap(True)
        self.estimate.setTextFormat(Qt.TextFormat.PlainText)
        self.estimate.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.estimate.setAccessibleName("Runs and time")
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(8)
        self.earlier.setText("Earlier comparisons")
        self.earlier.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.earlier)
        menu.aboutToShow.connect(self._fill_earlier)
        self.earlier.setMenu(menu)
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(self.form)
        buttons = (self.start_button, self.continue_button, self.stop_button, self.try_button, self.choose_button)
        layout.addWidget(flowing(*buttons, self.two_button, self.earlier))
        layout.addWidget(self.estimate)
        layout.addWidget(self.progress)
        layout.addWidget(self.result, 1)
        area = QScrollArea()
        area.setAccessibleName("Compare")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
