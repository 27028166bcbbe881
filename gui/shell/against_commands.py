"""Runs the loaded experiment and a variant of it in turn, and keeps a run as the reference on every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from engine.lessons.ratio import ratio_of
from engine.wire.result import NamedInterpreter
from engine.wording.versions import python_title
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.toml_table import TomlTable
from gui.against.bar import AgainstBar, AgainstRatio
from gui.against.variant import Variant
from gui.message_bar import ERROR, INFO
from gui.shell.context import WindowParts
from gui.widgets.run_names import difference_words

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

_TOPIC = "against"
LETTERS: Final = "ABC"


class AgainstCommands(QObject):
    """Runs A and B in turn, then shows A with B behind it, and C if there is a third; more rounds narrow the interval.

    While B runs, A is drawn behind it, and while C runs, both.
    It ends when a run is refused, fails, or is stopped by hand: the runs until then are in the history.
    """

    def __init__(
        self, bar: AgainstBar, parts: WindowParts, show_references: Callable[[tuple[GrowingRun, ...]], None],
        show_run: Callable[[GrowingRun], None], show_pair: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        super().__init__(bar)
        self.bar, self._parts = bar, parts
        self._show_references, self._show_run, self._show_pair = show_references, show_run, show_pair
        self.references: tuple[GrowingRun, ...] = ()
        self._experiments: list[TomlTable] = []
        self._left: list[int] = []
        self._run_id = ""
        self._rounds: list[dict[int, GrowingRun]] = []  # for each round: the run of each experiment, by its place
        bar.wanted.connect(self.start)
        bar.third_wanted.connect(self.add_third)
        bar.again_wanted.connect(self.again)
        bar.pair_wanted.connect(self._on_pair)
        bar.closed.connect(self.close)
        parts.session.ended.connect(self._on_ended)
        parts.session.refused.connect(self._on_refused)

    @property
    def runs(self) -> list[list[GrowingRun]]:
        """The runs so far of A, of B, and of C if there is a third."""
        return [
            [each[which] for each in self._rounds if which in each] for which in range(max(2, len(self._experiments)))
        ]

    def open(self) -> None:
        """Show what B may differ in."""
        catalogue = self._parts.surroundings.catalogue
        if catalogue is not None and not self._left:
            self.bar.offer(self._parts.document.experiment(), catalogue, self._parts.surroundings.interpreters)
            self.bar.show()
            self.bar.model.setFocus()

    def close(self) -> None:
        """Hide the bar; the reference stays."""
        self._left = []
        self.bar.hide()

    def keep_reference(self) -> None:
        """Keep the run that is shown as the reference, which is drawn behind every run from now on."""
        data = self._parts.session.data
        if data is not None:
            self._refer_to(data)
            text = f"“{data.title}” is the reference: it is drawn dashed behind every run until you remove it."
            self._parts.messages.show_message(INFO, text, _TOPIC, [("Remove it", self.drop_reference)])

    def drop_reference(self) -> None:
        """Remove the reference."""
        self._parts.messages.clear(_TOPIC)
        self._refer_to()

    def start(self, variant: Variant) -> None:
        """Run the experiment as it is in the window, then the variant."""
        self._begin([self._parts.document.experiment()], variant, [])

    def add_third(self, variant: Variant) -> None:
        """Run A and B once more, and then a third; the earlier runs are kept."""
        self._begin(self._experiments[:2], variant, self._rounds)

    def again(self) -> None:
        """Run all once more."""
        if self._experiments and not self._parts.session.running:
            self._rounds.append({})
            self._left = list(range(len(self._experiments)))
            self._run_next()

    def _begin(self, before: list[TomlTable], variant: Variant, rounds: list[dict[int, GrowingRun]]) -> None:
        """Run the experiments `before`, and a variant of the first of them, unless it equals one of them."""
        other = variant.of(before[0])
        if before[0]["workload"].get("until_stopped"):
            text = "Every run needs an end: choose a number of tasks or of seconds in the run bar."
            self._parts.messages.show_message(ERROR, text, _TOPIC)
        elif any(each["model"] == other["model"] and each["workload"] == other["workload"] for each in before):
            same = "B is the same as A" if len(before) == 1 else "C is the same as A or B"
            text = f"{same}: change something."
            self._parts.messages.show_message(ERROR, text, _TOPIC)
        elif self._may_run(partial(self._begin, before, variant, rounds), *before, other):
            self._parts.messages.clear(_TOPIC)
            self._experiments, self._rounds = [*before, other], rounds
            self.again()

    def _run_next(self) -> None:
        session, catalogue = self._parts.session, self._parts.surroundings.catalogue
        if not self._left or catalogue is None:
            return
        if session.running:  # the person pressed Run between the two
            self._give_up()
            return
        which = self._left.pop(0)
        experiment = self._experiments[which]
        self.bar.show_progress(f"Running {LETTERS[which]}: {self._names()[which]}…")
        card = catalogue.models.get(str(experiment["model"]["kind"]))
        named = self._named(experiment)
        session.start(experiment, card, named, trust=self._parts.question.needs_permission(experiment))
        self._run_id = session.data.run_id if session.data is not None else ""
        if session.data is not None:
            session.data.letter, session.data.step_cards = LETTERS[which], catalogue.steps

    def _named(self, experiment: TomlTable) -> NamedInterpreter | None:
        """Return the Python that an experiment asks for, as far as this machine's are known."""
        wanted, gil = experiment["model"].get("interpreter"), experiment["model"].get("gil")
        for each in self._parts.surroundings.interpreters:
            if wanted in (each.path, each.name) or (wanted is None and each.source == "app"):
                chosen = each.free_threaded and gil is not None
                return NamedInterpreter.of(each.with_gil(str(int(gil)) if chosen else None))
        return None

    def _on_ended(self, data: GrowingRun) -> None:
        if data.run_id != self._run_id:
            return
        self._run_id = ""
        if data.status != "finished":
            self._give_up()
            return
        which = len(self._experiments) - 1 - len(self._left)
        self._rounds[-1][which] = data
        if self._left:
            self._refer_to(*self._rounds[-1].values())
            QTimer.singleShot(0, self, self._run_next)
        else:
            self._show_result()

    def _show_result(self) -> None:
        self.bar.show_progress("")
        names = self._names()
        found = []
        for which in range(1, len(self._experiments)):
            pairs = [(each[0], each[which]) for each in self._rounds if 0 in each and which in each]
            ratio = ratio_of([_rate(one) for one, _ in pairs], [_rate(other) for _, other in pairs])
            if ratio is not None:
                found.append(AgainstRatio(LETTERS[which], names[which], ratio, len(pairs)))
        if len(found) < len(self._experiments) - 1:
            self.bar.show_nothing("One of them finished no task: there is nothing to compare.")
        else:
            self.bar.show_ratios(found, names[0])
        QTimer.singleShot(0, self, self._show_newest)

    def _show_newest(self) -> None:
        """Show the newest run of A on every page, and behind it those of the others."""
        first, *others = self.runs
        if not self._parts.session.running and first and all(others):
            self._show_run(first[-1])
            self._refer_to(*(each[-1] for each in others))

    def _names(self) -> list[str]:
        return difference_words(list(map(self._with_title, self._experiments)), self._parts.surroundings.catalogue)

    def _with_title(self, experiment: TomlTable) -> TomlTable:
        """Return an experiment with its Python's title in place of the path, if this machine's Pythons are known."""
        named = self._named(experiment)
        if named is None or not named.version:
            return experiment
        title = python_title(named.implementation, named.version, free_threaded=named.gil_enabled is False)
        return {**experiment, "model": {**experiment["model"], "interpreter": title}}

    def _on_pair(self, which: int) -> None:
        runs = self.runs
        if which < len(runs) and runs[0] and runs[which]:
            self._show_pair(runs[0][-1].run_id, runs[which][-1].run_id)

    def _on_refused(self, _key: str, _reason: str) -> None:
        if self._run_id:
            self._give_up()

    def _give_up(self) -> None:
        """End it, and show the result of the complete rounds."""
        self._run_id, self._left = "", []
        if any(len(each) == len(self._experiments) for each in self._rounds):
            self._show_result()
        else:
            self.bar.show_progress("")
            self.bar.show_nothing("")

    def _refer_to(self, *runs: GrowingRun) -> None:
        self.references = runs
        self._show_references(runs)

    def _may_run(self, again: Callable[[], object], *experiments: TomlTable) -> bool:
        """Whether all are valid and their code may run; if not, say why or ask for permission."""
        catalogue = self._parts.surroundings.catalogue
        if catalogue is None or self._parts.session.running:
            return False
        for experiment in experiments:
            try:
                check(experiment, catalogue)
            except ExperimentError as error:
                self._parts.messages.show_message(ERROR, str(error), _TOPIC)
                return False
        return self._parts.question.may_run(again, *experiments)


def _rate(run: GrowingRun) -> float | None:
    return run.result.throughput_per_s if run.result is not None else None
