"""The current experiment: assembled from the composer and the run bar, with its file and unsaved changes."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from engine.workload.experiment import FORMAT
from engine.workload.group import parts_key, parts_of
from engine.workload.toml_table import TomlTable


class WorkloadEditor(Protocol):
    """What the document asks of the composer."""

    def experiment(self) -> TomlTable:
        """Return title and workload as edited."""
        ...

    def set_experiment(self, data: TomlTable) -> None:
        """Show title and workload."""
        ...

    def set_run_part(self, amount: TomlTable, model: TomlTable) -> None:
        """Keep the run bar's amount and model, for the picture of the workload."""
        ...

    def set_workers(self, workers: int) -> None:
        """Remember how many workers are chosen, for the first group that is made."""
        ...


class RunChoices(Protocol):
    """What the document asks of the run bar."""

    def model_part(self) -> TomlTable:
        """Return the model's table."""
        ...

    def set_model_part(self, part: TomlTable) -> None:
        """Show the model's table."""
        ...

    def amount_part(self) -> TomlTable:
        """Return the amount and the arrival rate."""
        ...

    def set_group_workers(self, together: int | None, *, side_by_side: bool) -> None:
        """Show how many workers groups or stages have together (None: there are none), and whether they are groups."""
        ...

    def set_amount_part(self, workload: TomlTable) -> None:
        """Show the amount and the arrival rate."""
        ...


class ChoiceHistory(Protocol):
    """What the document asks of the run bar's undo history."""

    def take(self) -> None:
        """Remember the run bar's present values, which the next change is compared with."""
        ...

    def record(self) -> None:
        """Record the run bar's changes, if there are any."""
        ...


class Document(QObject):
    """One experiment, structured like its file. `path` is None until it has been saved.

    `is_example` says that it came with the app: before changes to it are discarded, the window does not ask as it does
    about a person's own work.
    """

    changed = Signal()  # its title, its path, or whether it differs from the file

    def __init__(self, editor: WorkloadEditor, choices: RunChoices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._choices = choices
        self.history: ChoiceHistory | None = None
        self._saved: TomlTable = {}
        self.path: Path | None = None
        self.is_example = False
        self._seen: tuple[str, bool] = ("", False)

    def experiment(self) -> TomlTable:
        """Return the experiment as it is in the window, valid or not."""
        edited = self._editor.experiment()
        workload = {**self._choices.amount_part(), **edited.get("workload", {})}
        model = self._choices.model_part()
        key = parts_key(workload)
        if key is not None:  # each group or stage has its own number of workers
            model = {name: value for name, value in model.items() if name != "workers"}
        if key == "groups":
            workload.pop("arrival_per_s", None)
        return {"format": FORMAT, "title": edited.get("title", "Untitled"), "workload": workload, "model": model}

    @property
    def title(self) -> str:
        """The experiment's title."""
        return str(self._editor.experiment().get("title") or "Untitled")

    @property
    def dirty(self) -> bool:
        """Whether it differs from what was opened or saved last."""
        return bool(self._saved) and self.experiment() != self._saved

    def show(self, data: TomlTable, path: Path | None, *, example: bool = False) -> None:
        """Put another experiment in the window."""
        self.is_example = example
        self._put(data)
        self.set_saved(path)

    def _put(self, data: TomlTable) -> None:
        self._editor.set_experiment(data)
        self._choices.set_amount_part(data.get("workload", {}))
        self._tell_groups()
        self._choices.set_model_part(data.get("model", {}))
        self._tell_groups()
        if self.history is not None:
            self.history.take()

    @property
    def saved(self) -> TomlTable:
        """The experiment as it was opened or saved last."""
        return self._saved

    def restore(self, data: TomlTable, saved: TomlTable, path: Path | None) -> None:
        """Show an experiment with unsaved changes; `saved` is the saved form, at `path`."""
        self.show(saved, path)
        self._put(data)
        self.on_edited()

    def set_saved(self, path: Path | None) -> None:
        """Treat what is in the window as saved at `path`."""
        self.path = path
        self.is_example = self.is_example and path is None
        self._saved = self.experiment()
        self._seen = ("", False)
        self.on_edited()

    def _tell_groups(self) -> None:
        workload = self._editor.experiment().get("workload", {})
        groups = parts_of(workload)
        together = sum(int(group.get("workers", 1)) for group in groups) if groups else None
        self._choices.set_group_workers(together, side_by_side="groups" in workload)
        if together is None:
            self._editor.set_workers(int(self._choices.model_part().get("workers", 1)))
        self._editor.set_run_part(self._choices.amount_part(), self._choices.model_part())

    def on_edited(self) -> None:
        """Emit `changed` if the title has changed, or whether there are unsaved changes."""
        self._tell_groups()
        if self.history is not None:
            self.history.record()
        seen = (self.title, self.dirty)
        if seen != self._seen:
            self._seen = seen
            self.changed.emit()
