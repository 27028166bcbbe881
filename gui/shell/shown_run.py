"""Whether the figures on screen belong to the loaded experiment, and the line that says so if they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from engine.trace.watched import is_watch
from engine.workload.catalogue import Catalogue
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.toml_table import TomlTable
from gui.shell.context import WindowParts
from gui.shell.file_commands import FileCommands
from gui.widgets.run_names import run_parts

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

WATCH_NOTE: Final = (
    "The pages show a watched program, which has no steps or tasks. These are of the experiment that Run starts."
)


class ShownRun(QObject):
    """Marks the run on screen as another experiment's as soon as the loaded experiment differs from the one it ran."""

    changed = Signal()  # `is_other`

    def __init__(self, parts: WindowParts, files: FileCommands, comparing: Callable[[], bool]) -> None:
        super().__init__(parts.window)
        self._parts, self._files, self._comparing = parts, files, comparing
        self._line = parts.window.run_bar.status.shown
        self.is_other = False
        self.watch_again: Callable[[TomlTable], None] = lambda _watched: None
        self._line.load_wanted.connect(self.load)
        self._line.clear_wanted.connect(self.clear)
        edits = (parts.composer.changed, parts.window.run_bar.changed, parts.document.changed)
        for each in (*edits, parts.session.changed, parts.surroundings.catalogue_changed):
            each.connect(self._look)

    def load(self) -> None:
        """Load the experiment of the run that is shown."""
        data = self._parts.session.data
        if data is None or self._parts.session.running:
            return
        if is_watch(data.experiment):
            self.watch_again(data.experiment)
        else:
            self._files.open_experiment(data.experiment)

    def clear(self) -> None:
        """Empty the pages; the run stays in the history."""
        self._parts.session.forget()
        self._parts.window.output.clear()

    def _look(self, _: object = None) -> None:
        data, catalogue = self._parts.session.data, self._parts.surroundings.catalogue
        running = self._parts.session.running
        is_other = data is not None and (
            (running and self._comparing()) or not belongs_to(data, self._parts.document.experiment(), catalogue)
        )
        watched = data is not None and is_watch(data.experiment)
        self._parts.composer.show_note(WATCH_NOTE if watched else "")
        words = shown_words(data, catalogue) if data is not None and is_other else ""
        if words != self._line.words.text():
            self._line.show_words(words, running=running)
        if is_other != self.is_other:
            self.is_other = is_other
            self.changed.emit()


def belongs_to(data: GrowingRun, loaded: TomlTable, catalogue: Catalogue | None) -> bool:
    """Whether a run is of the loaded experiment: it has the same steps, amount, model and interpreter.

    A different title does not count, nor does an arrival rate that was changed during the run. Before the catalogue
    with the defaults is known, a value that only one of the two has is assumed to be the default.
    """
    moved = not data.ended or any(mark.arrival_per_s is not None for mark in data.marks)
    ran, at_hand = (_essence(each, catalogue, with_rate=not moved) for each in (data.experiment, loaded))
    return ran == at_hand if catalogue is not None else _agree(ran, at_hand)


def shown_words(data: GrowingRun, catalogue: Catalogue | None) -> str:
    """Return the sentence that names a run."""
    return f"Shown: “{data.title}” · {' · '.join(run_parts(data, catalogue))} · {data.status}"


def _essence(experiment: TomlTable, catalogue: Catalogue | None, *, with_rate: bool) -> TomlTable:
    table = experiment
    if catalogue is not None:
        try:
            table = check(experiment, catalogue).to_dict()
        except ExperimentError:
            table = experiment  # invalid, so it is not what ran
    workload = dict(table.get("workload", {}))
    if not with_rate:
        workload.pop("arrival_per_s", None)
    return {"workload": workload, "model": table.get("model", {})}


def _agree(one: object, other: object) -> bool:
    """Whether two experiments say nothing that contradicts: a file leaves defaults out, a run's record has them."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_agree(one[key], other[key]) for key in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    return one == other
