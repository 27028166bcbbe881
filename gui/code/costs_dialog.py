"""The dialog that measures what every model costs on this machine and lists it; it can be stopped after any model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.wire.facts import CostsKnown
from engine.wording import figure_text as figures
from engine.workload.catalogue import ModelCard
from gui.code.model_card import UNKNOWN
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainLabel, plain_tip

COLUMNS: Final = ("Model", "A worker’s start and end", "Memory of a worker", "Overhead of a task", "Measured")
_NOISE: Final = "lost in noise"


class CostsAsker(Protocol):
    """Asks the engine what a model costs; the answer comes by `show_costs`."""

    def __call__(self, model: str, *, measure: bool) -> None: ...


class CostsDialog(QDialog):
    """Measures one model after another, never two at a time: they would disturb each other's figures."""

    def __init__(self, parent: QWidget | None, models: Mapping[str, ModelCard], python: str, ask: CostsAsker) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the models cost here")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._models, self._ask = dict(models), ask
        self._left: list[str] = []  # the model that is being measured first
        self._of = 0
        self.table = QTableWidget(len(self._models), len(COLUMNS))
        self.table.setAccessibleName("Costs of the models")
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.words = PlainLabel(f"Under {python}. Each model takes some seconds; other programs disturb the figures.")
        self.words.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("How many models are measured")
        self.progress.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.measure = self.buttons.addButton("&Measure all", QDialogButtonBox.ButtonRole.AcceptRole)
        self.stop = self.buttons.addButton("&Stop", QDialogButtonBox.ButtonRole.ActionRole)
        self.stop.setEnabled(False)
        self.measure.clicked.connect(self.start)
        self.stop.clicked.connect(self.end)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (self.words, self.table, self.progress, self.buttons):
            layout.addWidget(part)
        dress(self, {self.measure: "gauge", self.stop: "square"})
        for row, card in enumerate(self._models.values()):
            self._fill(row, card.title, *[""] * 3, card.unavailable_reason or UNKNOWN)
        for key in self._possible():
            self._ask(key, measure=False)
        self.resize(self.fontMetrics().averageCharWidth() * 120, self.fontMetrics().height() * 30)

    @property
    def measuring(self) -> bool:
        """Whether models are being measured, one after another."""
        return bool(self._left)

    def start(self) -> None:
        """Measure every model that can run here, including models that were measured before."""
        self._left = self._possible()
        self._of = len(self._left)
        if self._left:
            self._next()

    def end(self) -> None:
        """Stop after the present model, whose figures are kept."""
        del self._left[1:]
        self.stop.setEnabled(False)
        if self._left:
            self._say(f"Stopping after {self._models[self._left[0]].title}…")

    def show_costs(self, costs: CostsKnown) -> None:
        """Show a model's costs, and measure the next model if this one was being measured."""
        card = self._models.get(costs.model)
        if card is None:
            return
        # What was measured before is asked for first, and may be told after the measurement has begun.
        awaited = bool(self._left) and costs.model == self._left[0] and costs.again
        if awaited or costs.model not in self._left:
            self._show(list(self._models).index(costs.model), card, costs)
        if awaited:
            del self._left[0]
            self._next()

    def on_lost(self) -> None:
        """Stop: the engine is not running, and no answer comes any more."""
        if self._left:
            key = self._left[0]
            self._left.clear()
            self._fill(list(self._models).index(key), self._models[key].title, *[""] * 3, UNKNOWN)
            self._next()
            self._say("The engine is not running.")

    def reject(self) -> None:
        """Close; nothing further is measured."""
        self.end()
        super().reject()

    def _possible(self) -> list[str]:
        return [key for key, card in self._models.items() if not card.unavailable_reason]

    def _next(self) -> None:
        measuring = self.measuring
        self.measure.setEnabled(not measuring)
        self.stop.setEnabled(measuring)
        self.progress.setVisible(measuring)
        self.progress.setRange(0, self._of)
        done = self._of - len(self._left)
        self.progress.setValue(done)
        if measuring:
            key = self._left[0]
            card = self._models[key]
            self._say(f"{done + 1} of {self._of}: {card.title}…")
            self._fill(list(self._models).index(key), card.title, *[""] * 3, "measuring…")
            self._ask(key, measure=True)
        else:
            self._say("Measured: starting and ending a worker, its memory, and the overhead of a task.")

    def _say(self, text: str) -> None:
        self.words.setText(text)

    def _show(self, row: int, card: ModelCard, costs: CostsKnown) -> None:
        if costs.reason:
            self._fill(row, card.title, "", "", "", costs.reason)
            return
        if card.max_workers == 1:
            self._fill(row, card.title, "–", "–", "–", "the others are compared with it")
            return
        start = _text(costs.create_worker_s, figures.seconds)
        if costs.forkserver_worker_s is not None:
            start += f" (fork server: {figures.seconds(costs.forkserver_worker_s)})"
        memory, overhead = _text(costs.worker_bytes, figures.size), _text(costs.task_overhead_s, figures.seconds)
        self._fill(row, card.title, start, memory, overhead, (costs.measured_at or "")[:16].replace("T", " "))

    def _fill(self, row: int, *texts: str) -> None:
        for column, text in enumerate(texts):
            item = self.table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                self.table.setItem(row, column, item)
            item.setText(text)
            item.setToolTip(plain_tip(text))


def _text(value: float | None, write: Callable[[float], str]) -> str:
    return _NOISE if value is None else write(value)
