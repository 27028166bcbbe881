"""The result of a comparison: verdict, chart, table, scaling laws and the machine it was measured on."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QThread, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from engine.comparison.advice import what_to_use
from engine.comparison.comparison import Comparison
from engine.comparison.csv_files import export_csv
from engine.comparison.environment import cautions, sentences
from engine.comparison.judged import Judged
from engine.comparison.judgement import judge
from engine.comparison.measures import MEASURES, line_of
from engine.comparison.table import fit_lines, markdown, sentence
from engine.record.atomic_folder import ExportError
from engine.wording import figure_text as figures
from gui.compare.chart import Chart
from gui.compare.heat_map import HeatMap
from gui.compare.lines import Line
from gui.compare.rows import flowing, muted
from gui.compare.table import ResultTable
from gui.widgets.plain_text import PlainLabel
from gui.widgets.requests import SavePlot
from gui.widgets.theme import Theme

LAWS: Final = (("No scaling law", ""), ("Amdahl’s law", "amdahl"), ("Universal Scalability Law", "usl"))
_INVITATION: Final = (
    "Which model, how many workers, which Python? Choose them above and press Start: all combinations are run in turn, "
    "repeatedly, until it is clear which is fastest, or that no winner can be named."
)


class Result(QWidget):
    """Shows a comparison as it grows; rows selected in the table are highlighted in the chart."""

    requested = Signal(object)  # a request of `gui.widgets.requests`
    told = Signal(str, bool)  # a sentence about an export; whether it is good news
    run_wanted = Signal(str)  # a run to open

    def __init__(self) -> None:
        super().__init__()
        self.verdict = PlainLabel(_INVITATION)
        self.use = PlainLabel()
        self.care = PlainLabel()
        self.measure = QComboBox()
        self.law = QComboBox()
        self.chart = Chart()
        self.heat_map = HeatMap()
        self.standing_out = PlainLabel()
        self.table = ResultTable()
        self.notes = PlainLabel()
        self.title = "Comparison"
        self.comparison: Comparison | None = None
        self._titles: Mapping[str, str] = {}  # of models
        self._judged: Judged | None = None
        self._lay_out()
        self.measure.currentIndexChanged.connect(self._show_chart)
        self.law.currentIndexChanged.connect(self._show_chart)
        self.table.itemSelectionChanged.connect(self._show_chart)
        self.chart.run_picked.connect(self.run_wanted)
        self.heat_map.hovered.connect(self.chart.bring_out)
        self.heat_map.picked.connect(self._on_square)
        self.show_comparison("Comparison", None, running=False)

    def show_comparison(self, title: str, comparison: Comparison | None, *, running: bool) -> None:
        """Show a comparison as it is now."""
        self.title, self.comparison = title, comparison
        some = comparison is not None and comparison.runs_done() > 0
        self._judged = judge(comparison) if comparison is not None and some else None
        self.table.show_judged(self._judged, self._titles)
        for part in (*self._parts, self.care):
            part.setVisible(some)
        if self._judged is not None and comparison is not None:
            self._show_words(self._judged, complete=comparison.complete)
        else:
            self.use.hide()
            self.verdict.show()
            if running:
                self.verdict.setText("Running…")
        self._show_chart()

    def set_model_titles(self, titles: Mapping[str, str]) -> None:
        """Name models by these titles, by their keys, from now on."""
        self._titles = self.chart.titles = titles
        if self._judged is not None and self.comparison is not None:
            self.table.show_judged(self._judged, titles)
            self._show_words(self._judged, complete=self.comparison.complete)
            self._show_chart()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme` from now on."""
        self.chart.set_theme(theme)
        self.heat_map.set_theme(theme)
        self.table.set_theme(theme)
        bold = QFont(self.font())
        bold.setPointSizeF(theme.font_pt * 1.15)
        bold.setWeight(QFont.Weight.DemiBold)
        self.verdict.setFont(bold)
        self.use.setFont(bold)
        self.care.setStyleSheet(f"color: {theme.danger};")
        for label in (self.standing_out, self.notes):
            muted(theme, label)
        self.chart.setMinimumHeight(round(230 * min(theme.scale, 1.5)))
        self.table.setMinimumHeight(round(190 * min(theme.scale, 1.5)))

    def plots(self) -> list[tuple[str, QWidget]]:
        """Return the chart, which can be saved as a picture."""
        return [(self.chart.measure.title, self.chart)] if self.chart.lines else []

    def caption(self) -> str:
        """Return the caption of the chart's picture: what was compared, and where."""
        if self.comparison is None:
            return ""
        own = f"Python {platform.python_version()}"
        pythons = dict.fromkeys(cell.interpreter or own for cell in self.comparison.cells)
        runs = figures.counted(self.comparison.runs_done(), "run")
        cores = figures.counted(QThread.idealThreadCount(), "core")
        return ", ".join([self.title, runs, *pythons, cores, platform.system()])

    def export_csv_to(self, folder: Path) -> bool:
        """Write repetitions.csv, summary.csv and fits.csv into `folder`."""
        if self.comparison is None:
            return False
        try:
            export_csv(self.comparison, folder)
        except ExportError as error:
            self.told.emit(str(error), False)
            return False
        self.told.emit(f"Exported to {folder}", True)
        return True

    def markdown(self) -> str:
        """Return the comparison as Markdown."""
        return "" if self._judged is None else markdown(self.title, self._judged)

    def _show_words(self, judged: Judged, *, complete: bool) -> None:
        verdict = str(judged["verdict"])
        self.verdict.setText(sentence(verdict if complete else f"so far: {verdict}"))
        use = what_to_use(self.comparison, self._titles) if self.comparison is not None else ""
        self.use.setText(use)
        self.use.setVisible(bool(use))
        self.verdict.setVisible(not use)  # it would repeat `use`
        careful = cautions(judged["environment"])
        self.care.setText("\n".join(f"{each}." for each in careful))
        self.care.setVisible(bool(careful))
        base = self._titled(str(judged["baseline"] or ""))
        against = [f"Speed-up and efficiency are against {base}."] if base else []
        fits = [self._titled(line) for line in fit_lines(judged)]
        self.notes.setText("\n".join([*fits, *against, *sentences(judged["environment"])]))

    def _titled(self, words: str) -> str:
        """Return words that begin with a model's key with its title instead."""
        found = (key for key in self._titles if words.startswith((f"{key} x ", f"{key}:", f"{key},", f"{key};")))
        key = next(found, "")
        return self._titles.get(key, "") + words[len(key) :]

    def _show_chart(self) -> None:
        comparison, law = self.comparison, self.law.currentData()
        fits = [fit for fit in self._judged["fits"] if fit["law"] == law] if self._judged is not None else []
        chosen = set()
        if comparison is not None:
            chosen = {line_of(comparison.cells[place]) for place in self.table.chosen()}
        measure = MEASURES[max(0, self.measure.currentIndex())]
        self.chart.show_measure(comparison, measure, chosen, fits)
        self.heat_map.show_lines(self.chart.lines, self.chart.counts, measure)
        behind = len(self.chart.background)
        words = "The lines of the selected rows" if chosen else "The best lines"
        self.standing_out.setText(
            f"{words} are highlighted; {behind} of {len(self.chart.lines)} lines are not. Select rows for others."
        )
        self.standing_out.setVisible(behind > 0)

    def _on_square(self, line: Line, workers: int) -> None:
        """Open the run whose value is nearest the median."""
        value = line.median[workers]
        found = zip(line.runs[workers], line.run_ids[workers], strict=True)
        self.run_wanted.emit(min(found, key=lambda each: abs(each[0] - value))[1])

    def _on_export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export CSV: the folder to make", "comparison")
        if path:
            self.export_csv_to(Path(path))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.markdown())
        self.told.emit("The table is on the clipboard, as Markdown.", True)

    def _on_save(self) -> None:
        self.requested.emit(SavePlot(*self.plots()[0]))

    def _export_button(self) -> QToolButton:
        made = QToolButton()
        made.setText("Export")
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(made)
        for title, call in (
            ("&Chart as a picture…", self._on_save),
            ("C&SV of every run and the summary…", self._on_export),
            ("Copy as &Markdown", self._on_copy),
        ):
            menu.addAction(title).triggered.connect(call)
        made.setMenu(menu)
        return made

    def _lay_out(self) -> None:
        for label in (self.use, self.verdict, self.care, self.standing_out, self.notes):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.use.setAccessibleName("What should I use?")
        self.verdict.setAccessibleName("Verdict")
        self.notes.setAccessibleName("Scaling laws and environment")
        self.measure.addItems([measure.title for measure in MEASURES])
        self.measure.setAccessibleName("What the chart shows")
        for title, key in LAWS:
            self.law.addItem(title, key)
        self.law.setAccessibleName("The scaling law that the chart draws")
        self.law.setToolTip("Fitted to the throughput, with five or more numbers of workers")
        tools = flowing(
            self.measure,
            self.law,
            self._export_button(),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.use)
        layout.addWidget(self.verdict)
        layout.addWidget(self.care)
        pictures = QWidget()
        beside = QHBoxLayout(pictures)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(8)
        beside.addWidget(self.chart, 3)
        beside.addWidget(self.heat_map, 2)
        self._parts: list[QWidget] = [tools, pictures, self.standing_out, self.table, self.notes]
        for part, share in zip(self._parts, (0, 3, 0, 2, 0), strict=True):
            layout.addWidget(part, share)
        layout.addStretch(0)
