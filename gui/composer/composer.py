"""Composer: the workload editor as one widget, for the shell to put in its window."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication, QWidget

from engine.workload import experiment_file
from engine.workload.catalogue import Catalogue
from engine.workload.toml_table import TomlTable
from gui.composer.composer_layout import ComposerLayout
from gui.composer.draft import Draft, StepDraft, changed_uid
from gui.composer.examples_menu import ExamplesMenu
from gui.composer.group_edits import with_added_group, with_duplicated_group
from gui.composer.problems import Problem, check_opened, find_problems
from gui.composer.run_errors import RunErrors
from gui.composer.step_model import rows_of
from gui.composer.step_palette import StepPalette
from gui.undo.change import Change
from gui.widgets.theme import LIGHT, Theme

_STEP_PATH = re.compile(r"(workload\.(?:(?:groups|stages)\[\d+\]\.)?steps\[\d+\])(?:\.(.+))?")
_GROUP_PATH = re.compile(r"workload\.(?:groups|stages)\[(\d+)\](?:\.(\w+))?")


class Composer(QWidget):
    """Edits an experiment's title, seed and steps, right or wrong; the model and the amount are the run bar's.

    Every change can be undone through `undo_stack`. `problem` tells the first thing that is wrong whenever that has
    changed, and two empty texts once nothing is. Nothing that is edited here is ever run here.
    """

    changed = Signal()
    problem = Signal(str, str)  # the key's path, what is wrong with it
    example_requested = Signal(object)  # Example: opening it, run bar and trust included, is the shell's

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.path: Path | None = None
        self._draft = self._saved = Draft()
        self._catalogue: Catalogue | None = None
        self._theme: Theme = LIGHT
        self._problems: tuple[Problem, ...] = ()
        self._reported = ("", "")
        self._run_errors = RunErrors()
        self._chosen: int | None = None
        self._group = 0  # the place of the one in front
        self._burst = 0
        self._workers = 1
        self.setAccessibleName("Workload")
        self.parts = ComposerLayout(self)
        self.palette_of_steps = StepPalette(self)
        self._connect()
        self.set_theme(self._theme)
        self._refresh()

    @property
    def dirty(self) -> bool:
        """Whether what is shown differs from what was set, loaded or saved last."""
        return self._draft != self._saved

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that keeps this workload from running, in the order of the file."""
        return self._problems

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these kinds of steps, and judge the steps at hand by them."""
        self._catalogue = catalogue
        self.palette_of_steps.set_catalogue(catalogue)
        self._refresh()

    def experiment(self) -> TomlTable:
        """Return title and workload as they stand, right or wrong, in the shape of an experiment file."""
        return self._draft.to_dict()

    def set_experiment(self, data: Mapping[str, Any]) -> None:
        """Show the title, the seed and the steps of another experiment; values may be wrong, and are then marked.

        Raises ExperimentError, and shows what it did before, if it has not the shape of one.
        """
        self._show_anew(Draft.from_dict(data), None)

    def load(self, path: Path | str) -> TomlTable:
        """Show a file's workload and return all that the file says.

        Raises ExperimentError that names the key, and shows what it did before, if the file is wrong. Only a kind of
        step that is not in the catalogue is let through: it is shown as unknown.
        """
        data = experiment_file.read(path)
        check_opened(data, self._catalogue)
        self._show_anew(Draft.from_dict(data), Path(path))
        return data

    def save(self, path: Path | str, rest: Mapping[str, Any]) -> None:
        """Write a file: title and workload from here, model and amount from `rest`, an experiment in its file's shape.

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
        """Show a run's first error (`type`, `message`, `traceback`) at its line, if that is in source that stands here.

        Returns whether it is.
        """
        uid = self._run_errors.add(error, self._draft, self._catalogue)
        self._refresh()
        return uid is not None

    def show_note(self, text: str) -> None:
        """Say above the workload how it stands to what the pages show; "": nothing needs to be said."""
        self.parts.note.setText(text)
        self.parts.note.setVisible(bool(text))

    def set_workers(self, workers: int) -> None:
        """Say how many workers the run bar has: the first group takes them over."""
        self._workers = workers

    def clear_run_errors(self) -> None:
        """Take back the errors of the last run."""
        self._run_errors.clear()
        self._refresh()

    def go_to(self, path: str) -> bool:
        """Put the focus where the key `path` (`workload.steps[1].below`) is edited; False if that is not here."""
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

    def add_step(self, kind: str) -> None:
        """Add a step of that kind behind the chosen one, choose it and begin to edit it. Raises KeyError."""
        if self._catalogue is None:
            raise KeyError(kind)
        card = self._catalogue.steps[kind]
        step = replace(StepDraft.of_card(card), group=self._group)
        at = self._draft.index_of(self._chosen)
        place = at + 1 if at >= 0 else self._draft.first_of(self._group) + self._draft.count_of(self._group)
        self._change(f"Add {card.title}", self._draft.with_step(place, step))
        self.parts.editor.form.focus_first()

    def add_steps(self, kind: str, steps: Sequence[Mapping[str, object]], text: str) -> None:
        """Add steps of one kind with these values behind the chosen one: one change, which Undo calls `text`."""
        at = self._draft.index_of(self._chosen)
        place = at + 1 if at >= 0 else self._draft.first_of(self._group) + self._draft.count_of(self._group)
        draft = self._draft
        for number, values in enumerate(steps):
            draft = draft.with_step(place + number, StepDraft(kind, values, group=self._group))
        if steps:
            self._change(text, draft)

    def move_step(self, uid: int, target: int) -> None:
        """Put a step in another place of its group."""
        source = self._draft.index_of(uid)
        if source < 0:
            return
        group = self._draft.steps[source].group
        place = self._draft.first_of(group) + target
        if 0 <= target < self._draft.count_of(group) and source != place:
            self._chosen = uid
            self._change("Move step", self._draft.with_moved(source, place))

    def duplicate_step(self, uid: int) -> None:
        """Put a copy of a step behind it and choose the copy."""
        place = self._draft.index_of(uid)
        if place >= 0:
            step = self._draft.steps[place]
            copy = StepDraft(step.kind, step.values, group=step.group)
            self._change("Duplicate step", self._draft.with_step(place + 1, copy))

    def remove_step(self, uid: int) -> None:
        """Take a step out."""
        place = self._draft.index_of(uid)
        if place >= 0:
            self._change("Remove step", self._draft.without_step(place))

    def add_group(self) -> None:
        """Add a group behind the one in front; the steps that stood alone become the first group's."""
        sleep = self._catalogue.steps.get("sleep") if self._catalogue else None
        step = StepDraft.of_card(sleep) if sleep else None
        self._change_groups("Add group", *with_added_group(self._draft, self._group, self._workers, step))

    def duplicate_group(self, place: int) -> None:
        """Put a copy of a group behind it."""
        self._change_groups("Duplicate group", *with_duplicated_group(self._draft, place))

    def remove_group(self, place: int) -> None:
        """Take a group out with its steps; the last one's steps stay, and stand alone."""
        self._change_groups("Remove group", self._draft.without_group(place), max(0, place - 1))

    def move_group(self, source: int, target: int) -> None:
        """Put a group in another place."""
        self._change_groups("Move group", self._draft.with_group_moved(source, target), target)

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
        parts.groups.chosen.connect(self._choose_group)
        parts.groups.edited.connect(self._on_group_edited)
        parts.groups.pipeline_chosen.connect(self._on_pipeline_chosen)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self) -> None:
        # What is typed after the focus has been elsewhere is another change, to be undone on its own.
        self._burst += 1

    def _on_title_edited(self, title: str) -> None:
        self._change("Edit title", self._draft.with_title(title), ("title", self._burst))

    def _on_seed_edited(self, seed: object) -> None:
        self._change("Edit seed", self._draft.with_seed(seed), ("seed", self._burst))

    def _on_value_edited(self, uid: int, name: str, value: object) -> None:
        place = self._draft.index_of(uid)
        if place >= 0:
            lines = value.count("\n") if isinstance(value, str) else 0
            topic = (uid, name, lines, self._burst)
            self._change(f"Edit {name}", self._draft.with_value(place, name, value), topic)

    def _on_value_dropped(self, uid: int, name: str) -> None:
        place = self._draft.index_of(uid)
        if place >= 0:
            self._change(f"Remove {name}", self._draft.without_value(place, name))

    def _on_group_edited(self, place: int, name: str, value: object) -> None:
        topic = ("group", place, name, self._burst)
        self._change("Edit group", self._draft.with_group_value(place, name, value), topic)

    def _on_pipeline_chosen(self, is_pipeline: bool) -> None:
        self._change_groups("Change groups", self._draft.as_pipeline(is_pipeline), self._group)

    def _change_groups(self, text: str, after: Draft, group: int) -> None:
        self._group = group
        self._chosen = None
        self._change(text, after)

    def _choose_group(self, place: int) -> None:
        if place != self._group and 0 <= place < len(self._draft.groups):
            self._group, self._chosen = place, None
            self._refresh()

    def _change(self, text: str, after: Draft, topic: Hashable = None) -> None:
        show: Callable[[Draft], None] = self._show
        self.undo_stack.push(Change(text, self._draft, after, show, topic))

    def _show(self, draft: Draft) -> None:
        """Show another draft and choose the step in which it differs, so that an undo is seen."""
        differs = changed_uid(self._draft, draft)
        if differs is not None:
            self._chosen = differs
        self._draft = draft
        self._refresh()
        self.changed.emit()

    def _show_anew(self, draft: Draft, path: Path | None) -> None:
        self.undo_stack.clear()
        self._run_errors.clear()
        self.path = path
        self._draft = self._saved = draft
        self._chosen, self._group = None, 0
        self._refresh()
        self.changed.emit()

    def _choose(self, uid: int) -> None:
        if uid != self._chosen:
            self._chosen = uid
            self._refresh()

    def _refresh(self) -> None:
        """Bring every part up to the draft, the catalogue and the choice."""
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
        worst = self._problems[0] if self._problems else None
        report = (worst.path, worst.text) if worst else ("", "")
        if report != self._reported:
            self._reported = report
            self.problem.emit(*report)
