"""The commands of the File menu for the current experiment: new, open, save, quit."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from engine.workload import experiment_file
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from engine.workload.toml_table import TomlTable
from gui.message_bar import ERROR, INFO
from gui.samples import Example, first_example, list_examples, new_experiment
from gui.shell.context import WindowParts
from gui.shell.export_commands import file_name
from gui.templates.template_gallery import TemplateGallery, list_templates
from gui.widgets.dialog_look import dress
from gui.widgets.plain_text import PlainMessageBox, plain_tip, wrapped_tip

EXPERIMENTS = "Experiments (*.toml);;All files (*)"


class FileCommands(QObject):
    """Opening a file replaces the loaded experiment only if the new one can be read completely."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._window = parts.window
        self._document = parts.document
        self._composer = parts.composer
        self._surroundings = parts.surroundings
        self._settings = parts.settings
        self._trust = parts.trust
        self._appearance = parts.appearance
        self.gallery: TemplateGallery | None = None
        self._waiting: Path | None = None

    def new(self) -> None:
        """Start an experiment from scratch."""
        self._replace(new_experiment(self._settings.last_model), None, own=True)

    def new_from_template(self) -> None:
        """Show the templates; the one that is chosen is opened as an experiment of the person's own."""
        catalogue, theme = self._surroundings.catalogue, self._appearance.theme
        gallery = self.gallery = TemplateGallery(self._window, catalogue, theme, list_templates())
        gallery.chosen.connect(self.open_example)
        gallery.finished.connect(self._on_gallery_closed)
        gallery.open()

    def open(self) -> None:
        """Ask for a file and open it."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open an experiment", self._settings.folder, EXPERIMENTS)
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> bool:
        """Open `path`; a wrong file changes nothing, and a message names the place of the error."""
        data = self._read(path)
        if data is None or not self._replace(data, path, own=False):
            return False
        self._remember(path)
        return True

    def open_example(self, example: Example) -> bool:
        """Open an example as an experiment of the person's own: saving asks where to."""
        data = self._read(example.path)
        return data is not None and self._replace(data, None, own=False, example=True)

    def open_first_example(self) -> bool:
        """Open the example that a first start shows."""
        return self._replace(first_example(), None, own=True, example=True)

    def open_new(self, data: TomlTable) -> bool:
        """Open an experiment that was just made, as the person's own; False if they cancel."""
        return self._replace(data, None, own=True, example=True)

    def open_first(self, path: Path | None) -> None:
        """Show the window's first experiment: `path` as soon as it can be checked, or the first example at once."""
        if path is not None and self._surroundings.catalogue is None:
            self._waiting = path
        elif path is None or not self.open_path(path):
            self._show_first_example()

    def on_catalogue(self) -> None:
        """Open the file that could not be checked until now."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.open_first(waiting)

    def save(self) -> bool:
        """Save to the experiment's own file, or ask for one."""
        return self.save_as() if self._document.path is None else self._write(self._document.path)

    def save_as(self) -> bool:
        """Ask for a file and save to it."""
        proposed = self._document.path or Path(self._settings.folder, f"{file_name(self._document.title)}.toml")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the experiment", str(proposed), EXPERIMENTS)
        if not path:
            return False
        target = Path(path)
        return self._write(target if target.suffix else target.with_suffix(".toml"))

    def open_experiment(self, data: TomlTable) -> bool:
        """Open an experiment that ran before, as one without a file; changes to it are treated as an example's."""
        try:
            if self._surroundings.catalogue is not None:
                check(data, self._surroundings.catalogue)
        except ExperimentError as error:
            self._window.messages.show_message(ERROR, str(error), "file")
            return False
        return self._replace(data, None, own=False, example=True)

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    def may_close(self) -> bool:
        """Ask about unsaved changes; False if the person cancels."""
        return self._may_leave() if not self._has_own_steps() else self._ask_to_save()

    def _on_gallery_closed(self) -> None:
        self.gallery = None

    def _replace(self, data: TomlTable, path: Path | None, *, own: bool, example: bool = False) -> bool:
        """Put another experiment into the window; `own` says that its code is the person's own typing."""
        document = self._document
        left = document.experiment() if document.dirty and document.is_example else None
        title, was_own = document.title, self._trust.own
        if not self._may_leave():
            return False
        self._trust.own = own
        document.show(data, path, example=example)
        self._composer.clear_run_errors()  # they are about the previous experiment, as are messages about its run
        for topic in ("file", "run"):
            self._window.messages.clear(topic)
        if left is not None:

            def bring_back(left: TomlTable = left) -> None:
                self._replace(left, None, own=was_own)

            text = f"Your changes to “{title}” were put aside."
            self._window.messages.show_message(INFO, text, "file", [("Bring them back", bring_back)])
        return True

    def _may_leave(self) -> bool:
        """Ask about changes that are not saved. Those of an example can be brought back, and are not asked about."""
        if not self._document.dirty or self._document.is_example:
            return True
        return self._ask_to_save()

    def _has_own_steps(self) -> bool:
        """Whether an example's title or steps were changed: a window that closes cannot bring them back."""
        document = self._document
        return document.is_example and document.dirty and self._composer.dirty

    def _ask_to_save(self) -> bool:
        buttons = QMessageBox.StandardButton
        box = PlainMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"“{self._document.title}” has changes that are not saved.")
        box.setInformativeText("Save them first?")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        dress(box)
        answer = box.exec()
        if answer == buttons.Save:
            return self.save()
        return answer == buttons.Discard

    def _show_first_example(self) -> None:
        self._trust.own = True
        self._document.show(first_example(), None, example=True)

    def _read(self, path: Path) -> TomlTable | None:
        try:
            data = experiment_file.read(path)
            if self._surroundings.catalogue is not None:
                check(data, self._surroundings.catalogue)
        except ExperimentError as error:
            text = str(error) if error.path == str(path) else f"{path.name}: {error}"
            self._window.messages.show_message(ERROR, text, "file")
            return None
        return data

    def _write(self, path: Path) -> bool:
        try:
            experiment_file.write(path, self._document.experiment())
        except ExperimentError as error:
            self._window.messages.show_message(ERROR, str(error), "file")
            return False
        self._document.set_saved(path)
        self._remember(path)
        self._window.messages.show_message(INFO, f"Saved {path}", "file")
        return True

    def _remember(self, path: Path) -> None:
        self._settings.folder = str(path.resolve().parent)
        self._settings.add_recent_file(path)

    def fill_examples(self, menu: QMenu) -> None:
        """Put the examples into `menu`."""
        menu.clear()
        for example in list_examples():
            action = menu.addAction(example.title)
            action.setToolTip(wrapped_tip(*example.tip.splitlines()))
            action.triggered.connect(lambda _=False, example=example: self.open_example(example))
        if menu.isEmpty():
            menu.addAction("None are installed").setEnabled(False)

    def fill_recent(self, menu: QMenu) -> None:
        """Put the recent files into `menu`."""
        menu.clear()
        for path in self._settings.recent_files:
            action = menu.addAction(path.name)
            action.setToolTip(plain_tip(str(path)))
            action.triggered.connect(lambda _=False, path=path: self.open_path(path))
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)
