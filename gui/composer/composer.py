"""Composer: the workload editor as one widget, for the shell to put in its window."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from engine.wire.query_answers import CostAlone
from engine.workload import experiment_file
from engine.workload.catalogue import Catalogue
from engine.workload.toml_table import TomlTable
from gui.composer.composer_layout import ComposerLayout
from gui.composer.draft import Draft
from gui.composer.examples_menu import ExamplesMenu
from gui.composer.problems import Problem, check_opened, find_problems
from gui.composer.run_errors import RunErrors
from gui.composer.step_costs import CostsAlone, ShownCost
from gui.composer.step_model import rows_of
from gui.composer.step_palette import StepPalette
from gui.composer.workload_edits import WorkloadEdits
from gui.widgets.theme import LIGHT, Theme
from gui.workload.parts import picture_of

_STEP_PATH = re.compile(r"(workload\.(?:(?:groups|stages)\[\d+\]\.)?steps\[\d+\])(?:\.(.+))?")
_GROUP_PATH = re.compile(r"workload\.(?:groups|stages)\[(\d+)\](?:\.(\w+))?")


class Composer(WorkloadEdits):
    """Edits an experiment's title, seed and steps, valid or not; the run bar edits the model and the amount.

    Every change can be undone through `undo_stack`. `problem` is emitted whenever the first error changes, with two
    empty texts if there is none. The composer never runs what is edited in it.
    """

    problem = Signal(str, str)  # the key's path, the error
    templates_requested = Signal()
    cost_requested = Signal(int, object)  # a step's uid, and its table in the file
    example_requested = Signal(object)  # Example: the shell opens it, and sets the run bar and the permission

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self._saved = self._draft
        self._theme: Theme = LIGHT
        self._problems: tuple[Problem, ...] = ()
        self._reported = ("", "")
        self._run_errors = RunErrors()
        self.costs = CostsAlone()
        self._run_part: TomlTable = {}
        self.setAccessibleName("Workload")
        self.parts = ComposerLayout(self)
        self.palette_of_steps = StepPalette(self)
        self._connect()
        self.set_theme(self._theme)
        self._refresh()

    @property
    def dirty(self) -> bool:
        """Whether the workload differs from the one that was last set, loaded or saved."""
        return self._draft != self._saved

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All errors that prevent a run of this workload, in the order of the file."""
        return self._problems

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these kinds of steps, and check the present steps against them."""
        self._catalogue = catalogue
        self.palette_of_steps.set_catalogue(catalogue)
        self._refresh()

    def experiment(self) -> TomlTable:
        """Return title and workload, valid or not, structured like an experiment file."""
        return self._draft.to_dict()

    def set_experiment(self, data: Mapping[str, Any]) -> None:
        """Show the title, the seed and the steps of another experiment; wrong values are marked.

        Raises ExperimentError, and changes nothing, if its structure is wrong.
        """
        self._show_anew(Draft.from_dict(data), None)

    def load(self, path: Path | str) -> TomlTable:
        """Show a file's workload and return the file's whole content.

        Raises ExperimentError that names the key, and changes nothing, if the file is wrong. Only a kind of step that
        is not in the catalogue is accepted: it is shown as unknown.
        """
        data = experiment_file.read(path)
        check_opened(data, self._catalogue)
        self._show_anew(Draft.from_dict(data), Path(path))
        return data

    def save(self, path: Path | str, rest: Mapping[str, Any]) -> None:
        """Write a file: title and workload from here, model and amount from `rest`, structured like a file.

        Raises ExperimentError if it cannot be written.
        """
        mine = self.experiment()
        workload = {**rest.get("workload", {}), **mine["workload"]}
        experiment_file.write(path, {**rest, **mine, "workload": workload})
        self.path = Path(path)
        self._saved = self._draft
        self.undo_stack.setClean()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`; the application has its palette and type already."""
        self._theme = theme
        self.parts.set_theme(theme)
        self.palette_of_steps.set_theme(theme)

    def show_run_error(self, error: Mapping[str, Any]) -> bool:
        """Show a run's first error (`type`, `message`, `traceback`) at its line, if that is in a source shown here.

        Returns whether it is.
        """
        uid = self._run_errors.add(error, self._draft, self._catalogue)
        self._refresh()
        return uid is not None

    def show_note(self, text: str) -> None:
        """Show above the workload how it differs from the run on the pages; "" hides the note."""
        self.parts.note.setText(text)
        self.parts.note.setVisible(bool(text))

    def set_run_part(self, amount: TomlTable, model: TomlTable) -> None:
        """Keep the run bar's amount and model, for the picture."""
        part: TomlTable = {"workload": amount, "model": model}
        if part != self._run_part:
            self._run_part = part
            self._show_picture()
            self._show_cost()

    def begin_step_cost(self, uid: int) -> None:
        """Say that a step is being measured as it is now."""
        place = self._draft.index_of(uid)
        if place >= 0:
            self.costs.begin(self._draft.steps[place], self._python)
            self._show_cost()

    def show_step_cost(self, uid: int, cost: CostAlone) -> None:
        """Show what a step costs alone, or why that is not known."""
        if uid not in self.costs.measuring:  # refused before it began
            self.begin_step_cost(uid)
        self.costs.end(uid, cost)
        self._show_cost()

    def clear_run_errors(self) -> None:
        """Remove the errors of the last run."""
        self._run_errors.clear()
        self._refresh()

    def go_to(self, path: str) -> bool:
        """Put the focus on the field of the key `path` (`workload.steps[1].below`); False if it is not here."""
        found, group = _STEP_PATH.fullmatch(path), _GROUP_PATH.fullmatch(path)
        paths = self._draft.paths()
        if found and found[1] in paths:
            self._choose(self._draft.steps[paths.index(found[1])].uid)
            self.parts.editor.form.focus_first(found[2] or "")
        elif group and int(group[1]) < len(self._draft.groups):
            self._choose_group(int(group[1]))
            self.parts.groups.focus(group[2] or "name")
        elif path == "workload.seed":
            self.parts.more.open()
            self.parts.seed.editor.setFocus()
        elif path == "title":
            self.parts.title.setFocus()
        else:
            return False
        return True

    def open_step_palette(self) -> None:
        """Offer every kind of step."""
        parts = self.parts
        self.palette_of_steps.open_at(parts.add if self._draft.steps or self._draft.groups else parts.empty.add)

    def examples_menu(self) -> ExamplesMenu:
        """Return a menu of the examples, each by its title."""
        return ExamplesMenu(self, self.example_requested.emit)

    def open_examples(self) -> None:
        """Offer the examples."""
        anchor = self.parts.examples if self._draft.steps else self.parts.empty.examples
        self.examples_menu().popup(anchor.mapToGlobal(anchor.rect().bottomLeft()))

    def sizeHint(self) -> QSize:
        return QSize(round(340 * self._theme.scale), 600)

    def _connect(self) -> None:
        parts = self.parts
        parts.title.textEdited.connect(self._on_title_edited)
        parts.seed.edited.connect(self._on_seed_edited)
        parts.add.clicked.connect(self.open_step_palette)
        parts.empty.add.clicked.connect(self.open_step_palette)
        parts.examples.clicked.connect(self.open_examples)
        parts.empty.examples.clicked.connect(self.open_examples)
        parts.empty.templates.clicked.connect(self.templates_requested)
        for source in (parts.steps, parts.editor):
            source.moved.connect(self.move_step)
            source.duplicate_requested.connect(self.duplicate_step)
            source.remove_requested.connect(self.remove_step)
        parts.steps.selected.connect(self._choose)
        parts.steps.add_requested.connect(self.open_step_palette)
        parts.steps.edit_requested.connect(parts.editor.form.focus_first)
        parts.editor.form.edited.connect(self._on_value_edited)
        parts.editor.form.dropped.connect(self._on_value_dropped)
        self.palette_of_steps.chosen.connect(self.add_step)
        parts.add_group.clicked.connect(self.add_group)
        parts.groups.add_requested.connect(self.add_group)
        parts.groups.duplicate_requested.connect(self.duplicate_group)
        parts.groups.remove_requested.connect(self.remove_group)
        parts.groups.moved.connect(self.move_group)
        parts.groups.tabs.move_ended.connect(self._on_focus_changed)
        parts.groups.chosen.connect(self._choose_group)
        parts.groups.edited.connect(self._on_group_edited)
        parts.groups.pipeline_chosen.connect(self._on_pipeline_chosen)
        parts.editor.cost_requested.connect(self._on_cost_requested)
        parts.picture.part_chosen.connect(self._choose_group)
        parts.picture.step_chosen.connect(self._choose_step_of)

    def _begin_to_edit(self) -> None:
        self.parts.editor.form.focus_first()

    def _show_picture(self) -> None:
        """Draw the whole workload, with what the run bar adds to it."""
        workload = {**self._run_part.get("workload", {}), **self.experiment()["workload"]}
        model = self._run_part.get("model", {})
        self.parts.picture.show_picture(picture_of({"workload": workload, "model": model}, self._catalogue))
        place = self._draft.index_of(self._chosen)
        self.parts.picture.show_chosen(self._group, place - self._draft.first_of(self._group) if place >= 0 else -1)

    @property
    def _python(self) -> Hashable:
        model = self._run_part.get("model", {})
        return model.get("interpreter"), model.get("gil")

    def _show_cost(self) -> None:
        place = self._draft.index_of(self._chosen)
        shown = self.costs.of(self._draft.steps[place], self._python) if place >= 0 else ShownCost()
        self.parts.editor.cost.show_cost(shown)

    def _on_cost_requested(self, uid: int) -> None:
        place = self._draft.index_of(uid)
        if place >= 0:
            step = self._draft.steps[place]
            self.cost_requested.emit(uid, {"kind": step.kind, **step.values})

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Reduce the picture to one line if there is too little room for the rest."""
        super().resizeEvent(event)
        self.parts.fit_picture(self.height())

    def _show_anew(self, draft: Draft, path: Path | None) -> None:
        self.undo_stack.clear()
        self._run_errors.clear()
        self.costs.clear()
        self.path = path
        self._draft = self._saved = draft
        self._chosen, self._group = None, 0
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        """Update every part from the draft, the catalogue and the choice."""
        draft = self._draft
        self._problems = find_problems(draft, self._catalogue)
        shown = (*self._problems, *self._run_errors.of(draft))
        self._group = min(self._group, max(0, len(draft.groups) - 1))
        if (place := draft.index_of(self._chosen)) >= 0:
            self._group = draft.steps[place].group
        else:
            first = draft.first_of(self._group)
            self._chosen = draft.steps[first].uid if draft.count_of(self._group) else None
        rows = rows_of(draft, self._catalogue, shown, self._group)
        self.parts.show_draft(draft, rows, self._chosen, self._group, self._catalogue, shown)
        self._show_picture()
        self._show_cost()
        worst = self._problems[0] if self._problems else None
        report = (worst.path, worst.text) if worst else ("", "")
        if report != self._reported:
            self._reported = report
            self.problem.emit(*report)
