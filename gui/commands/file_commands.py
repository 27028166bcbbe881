"""The commands of the File menu: new, open, save, export, save a plot, quit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from engine.workload import experiment_file
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check
from gui.commands.context import WindowParts
from gui.message_bar import ERROR, INFO
from gui.samples import Example, first_example, list_examples, new_experiment

EXPERIMENTS = "Experiments (*.toml);;All files (*)"
PICTURES = "Pictures (*.png *.svg)"


class FileCommands(QObject):
    """Opening keeps the experiment at hand unless the new one can be read whole."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._window = parts.window
        self._document = parts.document
        self._session = parts.session
        self._surroundings = parts.surroundings
        self._settings = parts.settings
        self._trust = parts.trust
        self._waiting: Path | None = None

    def new(self) -> None:
        """Start an experiment from scratch."""
        if self._may_leave():
            self._trust.own = True
            self._document.show(new_experiment(self._settings.last_model), None)

    def open(self) -> None:
        """Ask for a file and open it."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open an experiment", self._settings.folder, EXPERIMENTS)
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> bool:
        """Open `path`; a file that is wrong changes nothing but the message that names the place."""
        data = self._read(path)
        if data is None or not self._open(data, path):
            return False
        self._remember(path)
        return True

    def open_example(self, example: Example) -> bool:
        """Open an example as an experiment of the person's own: saving asks where to."""
        data = self._read(example.path)
        return data is not None and self._open(data)

    def open_first(self, path: Path | None) -> None:
        """Show what the window opens with: `path` as soon as it can be checked, or the first example at once."""
        if path is not None and self._surroundings.catalogue is None:
            self._waiting = path
        elif path is None or not self.open_path(path):
            self._show_first_example()

    def on_catalogue(self) -> None:
        """Open what waited to be checked."""
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

    def open_experiment(self, data: dict[str, Any]) -> bool:
        """Open an experiment that ran before, as one that has no file yet."""
        try:
            if self._surroundings.catalogue is not None:
                check(data, self._surroundings.catalogue)
        except ExperimentError as error:
            self._window.messages.show_message(ERROR, str(error), "file")
            return False
        return self._open(data)

    def export_csv(self) -> None:
        """Export the last run as CSV."""
        if self._session.data is not None:
            self.export_run_csv(self._session.data.run_id, self._session.data.title)

    def export_trace(self) -> None:
        """Export the last run's trace."""
        if self._session.data is not None:
            self.export_run_trace(self._session.data.run_id, self._session.data.title)

    def export_run_csv(self, run_id: str, title: str) -> None:
        """Ask for a folder to make and export a run into it: by default one of its own for every run."""
        name = self._export_name(run_id, title)
        path, _ = QFileDialog.getSaveFileName(self._window, "Export CSV: the folder to make", name)
        if path:
            self._settings.folder = str(Path(path).parent)
            self._session.export(run_id, csv=path)

    def export_run_trace(self, run_id: str, title: str) -> None:
        """Ask for a file and export a run's trace, for Perfetto and Chrome's tracing page, into it."""
        name = f"{self._export_name(run_id, title)}.json"
        path, _ = QFileDialog.getSaveFileName(self._window, "Export the trace", name, "Trace (*.json)")
        if path:
            self._settings.folder = str(Path(path).parent)
            self._session.export(run_id, trace=path)

    def save_script(self) -> None:
        """Ask for a file and save the experiment, as it stands, as a Python file that runs on its own."""
        experiment = self._document.experiment()
        name = str(Path(self._settings.folder, file_name(str(experiment.get("title", ""))) + ".py"))
        path, _ = QFileDialog.getSaveFileName(self._window, "Save as script", name, "Python (*.py)")
        if path:
            self._settings.folder = str(Path(path).parent)
            self._surroundings.save_script(experiment, path)

    def on_script_saved(self, path: str) -> None:
        """Say where the script is, and how it is run."""
        self._window.messages.show_message(INFO, f"Saved {path}. Run it with: python {Path(path).name}", "export")

    def on_script_failed(self, key: str, reason: str) -> None:
        """Say why there is no script."""
        where = f"{key}: " if key else ""
        self._window.messages.show_message(ERROR, f"No script was saved: {where}{reason}", "export")

    def on_exported(self, message: dict[str, Any]) -> None:
        """Say where the export is."""
        where = message.get("csv") or message.get("trace")
        self._window.messages.show_message(INFO, f"Exported to {where}", "export")

    def on_export_failed(self, reason: str) -> None:
        """Say why there is no export."""
        self._window.messages.show_message(ERROR, f"The export failed: {reason}", "export")

    def save_plot(self) -> None:
        """Ask which plot of the page in front, and where to, and save it."""
        view = self._window.front_view()
        plots = view.plots() if view is not None else []
        if len(plots) == 1:
            self.save_one_plot(plots[0])
        elif plots:
            menu = QMenu(self._window)
            menu.setAccessibleName("Which plot")
            for plot in plots:
                menu.addAction(plot[0]).triggered.connect(lambda _=False, plot=plot: self.save_one_plot(plot))
            menu.popup(_near_pointer(self._window))

    def save_one_plot(self, plot: tuple[str, QWidget]) -> None:
        """Ask where to, and save this plot."""
        title, _ = plot
        proposed = Path(self._settings.folder, f"{file_name(self._document.title)}-{file_name(title)}.png")
        path, _ = QFileDialog.getSaveFileName(self._window, f"Save {title}", str(proposed), PICTURES)
        if path:
            self.write_plot(plot, Path(path))

    def write_plot(self, plot: tuple[str, QWidget], path: Path) -> bool:
        """Save this plot to `path`."""
        from gui.plots.plot_export import save_plot

        target = path if path.suffix else path.with_suffix(".png")
        try:
            save_plot(plot[1], target)
        except (OSError, ValueError) as error:
            text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._window.messages.show_message(ERROR, text, "export")
            return False
        self._settings.folder = str(target.parent)
        self._window.messages.show_message(INFO, f"Saved {target}", "export")
        return True

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    def may_close(self) -> bool:
        """Ask about unsaved changes; False if the person wants to stay."""
        return self._may_leave()

    def _open(self, data: dict[str, Any], path: Path | None = None) -> bool:
        if not self._may_leave():
            return False
        self._trust.own = False
        self._document.show(data, path)
        self._window.messages.clear("file")
        return True

    def _may_leave(self) -> bool:
        if not self._document.dirty:
            return True
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"“{self._document.title}” has changes that are not saved.")
        box.setInformativeText("Save them first?")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        if answer == buttons.Save:
            return self.save()
        return answer == buttons.Discard

    def _export_name(self, run_id: str, title: str) -> str:
        return str(Path(self._settings.folder, f"{file_name(title)}-{run_id}"))

    def _show_first_example(self) -> None:
        self._trust.own = True
        self._document.show(first_example(), None)

    def _read(self, path: Path) -> dict[str, Any] | None:
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
            action.setToolTip(example.problem or str(example.path))
            action.triggered.connect(lambda _=False, example=example: self.open_example(example))
        if menu.isEmpty():
            menu.addAction("None are installed").setEnabled(False)

    def fill_recent(self, menu: QMenu) -> None:
        """Put the recent files into `menu`."""
        menu.clear()
        for path in self._settings.recent_files:
            action = menu.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.open_path(path))
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)


def file_name(title: str) -> str:
    """Return `title` as part of a file's name: `Fetch and parse` -> `fetch-and-parse`."""
    words = "".join(each if each.isalnum() else " " for each in title.lower()).split()
    return "-".join(words)[:60] or "experiment"


def _near_pointer(window: QWidget) -> QPoint:
    pointer = QCursor.pos()
    inside = window.geometry().contains(pointer)
    return pointer if inside else window.mapToGlobal(window.rect().center())
