"""The pane What you are seeing: a few plain sentences from the run's own figures, and what to try next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

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
from gui.insight.run_facts import run_figures
from gui.insight.trials import Trials
from gui.widgets.counters import CounterPanel
from gui.widgets.fonts import font
from gui.widgets.plain_text import PlainLabel
from gui.widgets.requests import AskCosts, GoBack, RunModel
from gui.widgets.theme import Theme
from gui.widgets.view import View, ViewDescriptor
from gui.widgets.view_data import RunData

_REWORD_S = 0.5  # sentences that change more often cannot be read
_NO_BREAK, _JOINER = "\u00a0", "\u2060"
_KEPT_TOGETHER = {" %": f"{_NO_BREAK}%", "I/O": f"I/{_JOINER}O"}  # no line begins with a percent sign, or a lone O


class Seeing(View):
    """The sentences, the first one larger; below, a suggestion as a button and the run's notes.

    After a suggestion was tried, the first sentence says what it changed, and a button leads back.
    """

    empty_text = "Press Run (F5): sentences about the run appear here."

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What you are seeing")
        page = QWidget()
        self.lead, self.more, self.notes, self.watching = (_label(page) for _ in range(4))
        self.front_name, self.behind_name, self.of_behind = (_label(page) for _ in range(3))
        for empty in (self.notes, self.watching, self.front_name, self.behind_name, self.of_behind):
            empty.hide()
        self.counters = CounterPanel(page)
        self.where_title, self.where = _label(page), _label(page)
        self.where.setAccessibleName("Where every worker is")
        for empty in (self.where_title, self.where):
            empty.hide()
        self.button, self.back = QPushButton(page), QPushButton(page)
        self.button.clicked.connect(self._on_suggestion)
        self.back.clicked.connect(self._on_back)
        self.trials = Trials()
        self._costs: dict[str, object] = {}
        self._suggestion: Suggestion | None = None
        self._said_s = -1.0
        self._layout = QVBoxLayout(page)
        for widget in (self.lead, self.counters, self.front_name, self.more, self.behind_name, self.of_behind):
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
        labels = (self.lead, self.front_name, self.more, self.behind_name, self.of_behind)
        said = " ".join(each.text() for each in labels if each.text())
        return said.replace("\n\n", " ").replace(_NO_BREAK, " ").replace(_JOINER, "")

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
        behind = self.behind
        of_behind = self._figures(behind) if behind is not None and not is_watch(behind.experiment) else None
        self._say_behind(of_behind)
        if is_watch(data.experiment):
            self._say_watch(data)
            return
        figures = self._figures(data)
        said, trial = insight(figures), self.trials.current
        changed = before_after(trial.figures, figures) if trial is not None else self._against(data, figures, of_behind)
        sentences = (*changed, *said.sentences)
        _say(self.lead, sentences[0] if sentences else "")
        _say(self.more, "\n\n".join(sentences[1:]))
        result = data.result
        self.counters.show_counts(result.counters if result is not None else {})
        _say(self.notes, "\n\n".join(result.notes if result is not None else ()))
        cost = result.observer_cost if result is not None else None
        _say(self.watching, f"Overhead: {observer_cost_words(plain(cost))}" if cost else "")
        # If the trial made it worse, offer only the way back.
        worse = trial is not None and is_worse(trial.figures, figures)
        self._show_where(data)
        self._show_buttons(said.suggestion if data.stage == "ended" and not worse else None)

    def _against(self, data: RunData, figures: RunFigures, of_behind: RunFigures | None) -> tuple[str, ...]:
        """Return how many tasks a second this run and the one behind it did, the earlier letter or run first."""
        behind, names = self.behind, self.names
        if behind is None or names is None or behind.stage != "ended" or of_behind is None:
            return ()
        pair = [(names.front_label, figures), (names.behind_label, of_behind)]
        if not (data.letter and behind.letter and data.letter < behind.letter):
            pair.reverse()
        [(first, before), (second, after)] = pair
        return before_after(before, after, (first, second))[:1]

    def _say_behind(self, figures: RunFigures | None) -> None:
        """Show both runs' names, and sentences about the one behind; nothing if there is none."""
        behind, names = self.behind, self.names
        _say(self.front_name, names.front if names is not None else "")
        _say(self.behind_name, names.behind if names is not None else "")
        said: Sequence[str] = ()
        if behind is not None:
            known = behind.result or behind.latest
            watched = (known.insight if known is not None else None) or ()
            said = watched if figures is None else insight(figures).sentences
        _say(self.of_behind, "\n\n".join(said))

    def _say_watch(self, data: RunData) -> None:
        """Show sentences about a watched program: about its last seconds, or about all of it once it has ended."""
        result, latest = data.result, data.latest
        said = (result.insight if result is not None else latest.insight if latest is not None else None) or ()
        waiting = "The first sentences appear after a second." if result is None else ""
        _say(self.lead, said[0] if said else waiting)
        _say(self.more, "\n\n".join(said[1:]))
        reason = result.reason if result is not None else None
        _say(self.notes, f"{reason[:1].upper()}{reason[1:]}." if reason else "")
        known = result or latest
        seen = known.witness if known is not None else None
        _say(self.watching, looking_words(plain(seen)) if seen is not None else "")
        self._show_where(data)
        self._show_buttons(None)

    def _show_where(self, data: RunData) -> None:
        """Show where every worker was when the person last asked."""
        located = data.located
        if located is None:
            _say(self.where_title, "")
            _say(self.where, "")
            return
        kind = data.model_card.worker_kind if data.model_card else "worker"
        groups = group_names(data.experiment["workload"])
        if is_watch(data.experiment):
            self._say_threads(located)
            return
        titles = [worker_title(each.lane, kind, each.name, groups) for each in located.workers]
        _say(self.where_title, f"Where every worker was, at {seconds(located.t_s)}:")
        _say(self.where, whereabouts_text([plain(each) for each in located.workers], titles) or "No worker has a task.")

    def _say_threads(self, located: WorkersLocated) -> None:
        """Show where every thread of a watched program was."""
        _say(self.where_title, f"Where every thread was, at {seconds(located.t_s)}:")
        told = whereabouts_text([plain(each) for each in located.workers])
        _say(self.where, "\n".join(each for each in (told, *located.reasons) if each))

    def show_costs(self, costs: CostsKnown) -> None:
        """Keep what a model costs here: whether to suggest it may depend on that."""
        if not costs.reason:
            self._costs[costs.model] = plain(costs)
        self._version, self._said_s = -1, -1.0
        self.refresh()

    def show_observer_cost(self, measured: OverheadMeasured) -> None:
        """Show the progress of the overhead measurement; its outcome is in the run's result."""
        if measured.cost or measured.reason:
            _say(self.watching, "")
        else:
            _say(self.watching, f"Measuring overhead: {measured.done} of {measured.of} pairs of runs")

    def on_theme(self, theme: Theme) -> None:
        """Restyle the texts."""
        margin = round(12 * min(theme.scale, 1.5))
        self._layout.setContentsMargins(margin, margin, margin, margin)
        self._layout.setSpacing(margin)
        self.counters.set_theme(theme)
        self.lead.setFont(font(theme.font_pt * 1.3, QFont.Weight.DemiBold))
        for text in (self.more, self.of_behind):
            text.setFont(font(theme.font_pt * 1.15))
        for name in (self.front_name, self.behind_name):
            name.setFont(font(theme.font_pt, QFont.Weight.DemiBold))
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
            (self.behind_name, theme.muted),
            (self.of_behind, theme.muted),
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


def _say(label: QLabel, words: str) -> None:
    kept = words
    for text, whole in _KEPT_TOGETHER.items():
        kept = kept.replace(text, whole)
    if kept != label.text():
        label.setText(kept)
        label.setVisible(bool(words))


def _label(parent: QWidget) -> QLabel:
    label = PlainLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


VIEW = ViewDescriptor("seeing", "What you are seeing", "right", Seeing, order=10)
