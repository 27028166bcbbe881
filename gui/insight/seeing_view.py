"""The pane What you are seeing: a few plain sentences from the run's own figures, and what to try next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.insight.before_after import before_after, is_worse
from engine.insight.insight import insight
from engine.insight.rule import Suggestion
from engine.insight.run_figures import RunFigures
from engine.insight.watch_sentences import looking_words
from engine.insight.whereabouts import whereabouts_text
from engine.trace.watched import is_watch
from engine.wire.codec import plain
from engine.wire.facts import CostsKnown, OverheadMeasured, WorkersLocated
from engine.wording.figure_text import observer_cost_words, seconds
from engine.wording.worker_names import worker_title
from engine.workload.group import group_names
from gui.insight.behind_sentences import BehindSentences
from gui.insight.run_facts import run_figures
from gui.insight.sentences import as_written, say, sentence_label
from gui.insight.trials import Trials
from gui.widgets.button_style import PushButton
from gui.widgets.counters import CounterPanel
from gui.widgets.fonts import font
from gui.widgets.requests import AskCosts, GoBack, RunModel
from gui.widgets.theme import Theme
from gui.widgets.view import View, ViewDescriptor
from gui.widgets.view_data import RunData

_REWORD_S = 0.5  # sentences that change more often cannot be read


class Seeing(View):
    """The sentences, the first one larger; below, a suggestion as a button and the run's notes.

    After a suggestion was tried, the first sentence says what it changed, and a button leads back.
    """

    empty_text = "Press Run (F5): sentences about the run appear here."

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What you are seeing")
        page = QWidget()
        self.lead, self.more, self.notes, self.watching = (sentence_label(page) for _ in range(4))
        self.front_name, self.of_behind = sentence_label(page), BehindSentences(page)
        for empty in (self.notes, self.watching, self.front_name):
            empty.hide()
        self.counters = CounterPanel(page)
        self.where_title, self.where = sentence_label(page), sentence_label(page)
        self.where.setAccessibleName("Where every worker is")
        for empty in (self.where_title, self.where):
            empty.hide()
        self.button, self.back = PushButton("", page), PushButton("", page)
        self.button.clicked.connect(self._on_suggestion)
        self.back.clicked.connect(self._on_back)
        self.trials = Trials()
        self._costs: dict[str, object] = {}
        self._suggestion: Suggestion | None = None
        self._said_s = -1.0
        self._layout = QVBoxLayout(page)
        for widget in (self.lead, self.counters, self.front_name, self.more, self.of_behind):
            self._layout.addWidget(widget)
        for button in (self.back, self.button):  # one below the other: the pane may be narrow
            self._layout.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (self.where_title, self.where, self.notes, self.watching):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        self._scroll = QScrollArea(self.body)
        self._scroll.setAccessibleName("What you are seeing")  # it can be scrolled with keys
        self._scroll.setWidget(page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self.body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

    @property
    def words(self) -> str:
        """All sentences as one text."""
        labels = (self.lead, self.front_name, self.more)
        said = " ".join(each for each in (*(each.text() for each in labels), *self.of_behind.texts) if each)
        return as_written(said.replace("\n\n", " ").replace("\n", " "))

    def has_content(self, data: RunData) -> bool:
        """Whether there is anything to say."""
        return data.latest is not None or data.stage == "ended"

    def on_run(self, data: RunData | None) -> None:
        """Forget the previous run's sentences."""
        self._said_s = -1.0
        self.trials.on_run(data)
        self.counters.show_counts({})

    def on_refresh(self, data: RunData) -> None:
        """Update the sentences, not more often than can be read."""
        now_s = data.latest.t_s if data.latest is not None else 0.0
        if data.stage != "ended" and 0 <= now_s - self._said_s < _REWORD_S:
            return
        self._said_s = now_s
        of_behind = [None if is_watch(each.experiment) else self._figures(each) for each in self.behind]
        self._say_behind(of_behind)
        if is_watch(data.experiment):
            self._say_watch(data)
            return
        figures = self._figures(data)
        said, trial = insight(figures), self.trials.current
        against = "\n".join(self._against(data, figures, of_behind)) if trial is None else ""
        changed = before_after(trial.figures, figures) if trial is not None else ()
        sentences = [each for each in (against, *changed, *said.sentences) if each]
        say(self.lead, sentences[0] if sentences else "")
        say(self.more, "\n\n".join(sentences[1:]))
        result = data.result
        self.counters.show_counts(result.counters if result is not None else {})
        say(self.notes, "\n\n".join(result.notes if result is not None else ()))
        cost = result.observer_cost if result is not None else None
        say(self.watching, f"Overhead: {observer_cost_words(plain(cost))}" if cost else "")
        # If the trial made it worse, offer only the way back.
        worse = trial is not None and is_worse(trial.figures, figures)
        self._show_where(data)
        self._show_buttons(said.suggestion if data.stage == "ended" and not worse else None)

    def _against(self, data: RunData, figures: RunFigures, of_behind: Sequence[RunFigures | None]) -> Iterator[str]:
        """Yield how many tasks a second this run and each one behind it did, the earlier letter or run first."""
        names = self.names
        for place, (behind, theirs) in enumerate(zip(self.behind, of_behind, strict=True)):
            if names is None or behind.stage != "ended" or theirs is None:
                continue
            pair = [(names.front.label, figures), (names.behind[place].label, theirs)]
            if not (data.letter and behind.letter and data.letter < behind.letter):
                pair.reverse()
            [(first, before), (second, after)] = pair
            yield from before_after(before, after, (first, second))[:1]

    def _say_behind(self, of_behind: Sequence[RunFigures | None]) -> None:
        """Show the runs' names, and sentences about those behind; nothing if there are none."""
        names = self.names
        say(self.front_name, names.front.whole if names is not None else "")
        runs = []
        for place, (behind, figures) in enumerate(zip(self.behind, of_behind, strict=True)):
            known = behind.result or behind.latest
            watched = (known.insight if known is not None else None) or ()
            said = watched if figures is None else insight(figures).sentences
            runs.append((names.behind[place].whole if names is not None else "", said))
        self.of_behind.show_runs(runs)

    def _say_watch(self, data: RunData) -> None:
        """Show sentences about a watched program: about its last seconds, or about all of it once it has ended."""
        result, latest = data.result, data.latest
        said = (result.insight if result is not None else latest.insight if latest is not None else None) or ()
        waiting = "The first sentences appear after a second." if result is None else ""
        say(self.lead, said[0] if said else waiting)
        say(self.more, "\n\n".join(said[1:]))
        reason = result.reason if result is not None else None
        say(self.notes, f"{reason[:1].upper()}{reason[1:]}." if reason else "")
        known = result or latest
        seen = known.witness if known is not None else None
        say(self.watching, looking_words(plain(seen)) if seen is not None else "")
        self._show_where(data)
        self._show_buttons(None)

    def _show_where(self, data: RunData) -> None:
        """Show where every worker was when the person last asked."""
        located = data.located
        if located is None:
            say(self.where_title, "")
            say(self.where, "")
            return
        kind = data.model_card.worker_kind if data.model_card else "worker"
        groups = group_names(data.experiment["workload"])
        if is_watch(data.experiment):
            self._say_threads(located)
            return
        titles = [worker_title(each.lane, kind, each.name, groups) for each in located.workers]
        say(self.where_title, f"Where every worker was, at {seconds(located.t_s)}:")
        say(self.where, whereabouts_text([plain(each) for each in located.workers], titles) or "No worker has a task.")

    def _say_threads(self, located: WorkersLocated) -> None:
        """Show where every thread of a watched program was."""
        say(self.where_title, f"Where every thread was, at {seconds(located.t_s)}:")
        told = whereabouts_text([plain(each) for each in located.workers])
        say(self.where, "\n".join(each for each in (told, *located.reasons) if each))

    def show_costs(self, costs: CostsKnown) -> None:
        """Keep what a model costs here: whether to suggest it may depend on that."""
        if not costs.reason:
            self._costs[costs.model] = plain(costs)
        self._version, self._said_s = -1, -1.0
        self.refresh()

    def show_observer_cost(self, measured: OverheadMeasured) -> None:
        """Show the progress of the overhead measurement; its outcome is in the run's result."""
        if measured.cost or measured.reason:
            say(self.watching, "")
        else:
            say(self.watching, f"Measuring overhead: {measured.done} of {measured.of} pairs of runs")

    def on_theme(self, theme: Theme) -> None:
        """Restyle the texts."""
        margin = round(12 * min(theme.scale, 1.5))
        self._layout.setContentsMargins(margin, margin, margin, margin)
        self._layout.setSpacing(margin)
        self.counters.set_theme(theme)
        self.lead.setFont(font(theme.font_pt * 1.3, QFont.Weight.DemiBold))
        self.more.setFont(font(theme.font_pt * 1.15))
        self.front_name.setFont(font(theme.font_pt, QFont.Weight.DemiBold))
        self.of_behind.set_theme(theme, margin)
        for each in (self.notes, self.watching, self.where_title):
            each.setFont(font(theme.font_pt))
        code = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        code.setPointSizeF(theme.font_pt)
        self.where.setFont(code)
        for button in (self.button, self.back):
            button.setFont(font(theme.font_pt * 1.05))
        for label, color in (
            (self.lead, theme.text),
            (self.more, theme.text),
            (self.front_name, theme.text),
            (self.where_title, theme.muted),
            (self.where, theme.text),
            (self.notes, theme.muted),
            (self.watching, theme.muted),
        ):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(color))
            label.setPalette(palette)
        palette = self._scroll.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.panel))
        self._scroll.setPalette(palette)
        self._said_s = -1.0

    def _figures(self, data: RunData) -> RunFigures:
        more = {"model_costs": self._costs} if self._costs else {}
        figures = run_figures(data, **more)
        self.trials.learn(data, figures)
        return replace(figures, alone_task_cpu_s=self.trials.alone_task_cpu_s(data, figures))

    def _show_buttons(self, suggestion: Suggestion | None) -> None:
        self._suggestion = suggestion
        self.button.setVisible(suggestion is not None)
        if suggestion is not None:
            self.button.setText(suggestion.label)
        trial = self.trials.current
        over = self.data is not None and self.data.stage == "ended"
        self.back.setVisible(trial is not None and over)
        if trial is not None:
            self.back.setText(f"Back to {trial.figures.who}")

    def _on_suggestion(self) -> None:
        suggestion, data = self._suggestion, self.data
        if suggestion is None or data is None:
            return
        if suggestion.measure:
            self.button.setText("Measuring: some seconds…")
            self.requested.emit(AskCosts(suggestion.measure, "if unknown"))
            return
        self.trials.begin(data, self._figures(data), suggestion)
        self.requested.emit(RunModel(suggestion.kind, suggestion.workers, suggestion.start_method))

    def _on_back(self) -> None:
        if self.trials.current is not None:
            self.requested.emit(GoBack(self.trials.current.before))


VIEW = ViewDescriptor("seeing", "What you are seeing", "right", Seeing, order=10)
