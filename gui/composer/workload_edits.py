"""The changes that a person can make to a workload, each on the undo stack; the composer shows the result."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication, QWidget

from engine.workload.catalogue import Catalogue
from gui.composer.draft import Draft, StepDraft, changed_uid
from gui.composer.group_edits import with_added_group, with_duplicated_group
from gui.undo.change import Change


class WorkloadEdits(QWidget):
    """A draft, the chosen step and group, and every change that a person can make.

    A subclass shows them: it overrides `_refresh`, called after each change, and `_begin_to_edit`, after a step was
    added.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._draft = Draft()
        self._catalogue: Catalogue | None = None
        self._chosen: int | None = None
        self._group = 0  # the index of the group in front
        self._burst = 0
        self._workers = 1
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    def set_workers(self, workers: int) -> None:
        """Remember how many workers the run bar has, for the first group that is made."""
        self._workers = workers

    def add_step(self, kind: str) -> None:
        """Add a step of that kind after the chosen one, choose it and begin to edit it. Raises KeyError."""
        if self._catalogue is None:
            raise KeyError(kind)
        card = self._catalogue.steps[kind]
        step = replace(StepDraft.of_card(card), group=self._group)
        at = self._draft.index_of(self._chosen)
        place = at + 1 if at >= 0 else self._draft.first_of(self._group) + self._draft.count_of(self._group)
        self._change(f"Add {card.title}", self._draft.with_step(place, step))
        self._begin_to_edit()

    def add_steps(self, kind: str, steps: Sequence[Mapping[str, object]], text: str) -> None:
        """Add steps of one kind with these values after the chosen one, as one change, which Undo calls `text`."""
        at = self._draft.index_of(self._chosen)
        place = at + 1 if at >= 0 else self._draft.first_of(self._group) + self._draft.count_of(self._group)
        draft = self._draft
        for number, values in enumerate(steps):
            draft = draft.with_step(place + number, StepDraft(kind, values, group=self._group))
        if steps:
            self._change(text, draft)

    def move_step(self, uid: int, target: int) -> None:
        """Move a step within its group."""
        source = self._draft.index_of(uid)
        if source < 0:
            return
        group = self._draft.steps[source].group
        place = self._draft.first_of(group) + target
        if 0 <= target < self._draft.count_of(group) and source != place:
            self._chosen = uid
            self._change("Move step", self._draft.with_moved(source, place))

    def duplicate_step(self, uid: int) -> None:
        """Add a copy of a step after it and choose the copy."""
        place = self._draft.index_of(uid)
        if place >= 0:
            step = self._draft.steps[place]
            copy = StepDraft(step.kind, step.values, group=step.group)
            self._change("Duplicate step", self._draft.with_step(place + 1, copy))

    def remove_step(self, uid: int) -> None:
        """Remove a step."""
        place = self._draft.index_of(uid)
        if place >= 0:
            self._change("Remove step", self._draft.without_step(place))

    def add_group(self) -> None:
        """Add a group after the one in front; if there was none, the steps become those of a first group."""
        sleep = self._catalogue.steps.get("sleep") if self._catalogue else None
        step = StepDraft.of_card(sleep) if sleep else None
        self._change_groups("Add group", *with_added_group(self._draft, self._group, self._workers, step))

    def duplicate_group(self, place: int) -> None:
        """Add a copy of a group after it."""
        self._change_groups("Duplicate group", *with_duplicated_group(self._draft, place))

    def remove_group(self, place: int) -> None:
        """Remove a group with its steps; if it is the only group, its steps remain without one."""
        self._change_groups("Remove group", self._draft.without_group(place), max(0, place - 1))

    def move_group(self, source: int, target: int) -> None:
        """Move a group. The moves of one drag, past one neighbour after the other, are undone together."""
        after = self._draft.with_group_moved(source, target)
        self._change_groups("Move group", after, target, ("move group", self._burst))

    def _on_focus_changed(self) -> None:
        # After the focus has been elsewhere, or a drag has ended, what follows is a new change, undone separately.
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

    def _change_groups(self, text: str, after: Draft, group: int, topic: Hashable = None) -> None:
        self._group = group
        self._chosen = None
        self._change(text, after, topic)

    def _choose_group(self, place: int) -> None:
        if place != self._group and 0 <= place < len(self._draft.groups):
            self._group, self._chosen = place, None
            self._refresh()

    def _change(self, text: str, after: Draft, topic: Hashable = None) -> None:
        show: Callable[[Draft], None] = self._show
        self.undo_stack.push(Change(text, self._draft, after, show, topic))

    def _show(self, draft: Draft) -> None:
        """Show another draft and choose the step in which it differs, so that the person sees what was undone."""
        differs = changed_uid(self._draft, draft)
        if differs is not None:
            self._chosen = differs
        self._draft = draft
        self._refresh()
        self.changed.emit()

    def _choose(self, uid: int) -> None:
        if uid != self._chosen:
            self._chosen = uid
            self._refresh()

    def _choose_step_of(self, group: int, place: int) -> None:
        """Choose a step by its group and its place in it."""
        if 0 <= place < self._draft.count_of(group):
            self._choose(self._draft.steps[self._draft.first_of(group) + place].uid)

    def _refresh(self) -> None:
        raise NotImplementedError

    def _begin_to_edit(self) -> None:
        raise NotImplementedError
