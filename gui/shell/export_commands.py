"""The commands of the File menu that export a run, a plot or a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from engine.wire.codec import plain
from engine.wire.facts import Exported
from gui.message_bar import ERROR, INFO
from gui.shell.context import WindowParts
from gui.widgets.background import Background
from gui.widgets.dialog_look import dress
from gui.widgets.requests import SaveText

if TYPE_CHECKING:
    from gui.plots.slide_picture import PictureFormat
    from gui.session.run_data import GrowingRun


class ExportCommands(QObject):
    """Has the conductor write runs and scripts, and writes plots itself; a message reports the outcome."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._window = parts.window
        self._document = parts.document
        self._session = parts.session
        self._surroundings = parts.surroundings
        self._settings = parts.settings
        self._appearance = parts.appearance
        self._background = Background(self)

    def export_csv(self) -> None:
        """Export the last run as CSV."""
        if self._session.data is not None:
            self.export_run_csv(self._session.data.run_id, self._session.data.title)

    def export_trace(self) -> None:
        """Export the last run's trace."""
        if self._session.data is not None:
            self.export_run_trace(self._session.data.run_id, self._session.data.title)

    def export_html(self) -> None:
        """Ask for a file and write the last run into it as a hand-out: one HTML file."""
        from engine.handout.run_handout import export_html  # imports numpy, which would delay the window's first paint

        data = self._session.data
        if data is None or data.folder is None:
            self.on_export_failed("the run's folder is gone")
            return
        name = f"{self._export_name(data.run_id, data.title)}.html"
        path, _ = QFileDialog.getSaveFileName(self._window, "Export a hand-out", name, "HTML (*.html)")
        if path:
            self._settings.folder = str(Path(path).parent)
            self.write_handout(partial(export_html, data.folder, path), path)

    def write_handout(self, write: Callable[[], None], path: str) -> None:
        """Write a hand-out in the background, and say where it is."""
        self._background.do(write, lambda _done: self._on_handout(path), self._on_no_handout)

    def _on_handout(self, path: str) -> None:
        self._window.messages.show_message(INFO, f"Wrote {path}", "export")

    def _on_no_handout(self, error: Exception) -> None:
        self.on_export_failed(str(error))

    def close(self) -> None:
        """Wait for files that are being written."""
        self._background.close()

    def export_run_csv(self, run_id: str, title: str) -> None:
        """Ask for a new folder and export a run into it; the proposed name differs for every run."""
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
        """Ask for a file and save the experiment as it is in the window, as a Python file that runs on its own."""
        experiment = self._document.experiment()
        name = str(Path(self._settings.folder, file_name(str(experiment.get("title", ""))) + ".py"))
        path, _ = QFileDialog.getSaveFileName(self._window, "Save as script", name, "Python (*.py)")
        if path:
            self._settings.folder = str(Path(path).parent)
            self._surroundings.save_script(experiment, path)

    def on_script_saved(self, path: str) -> None:
        """Say where the script is, and how to run it."""
        self._window.messages.show_message(INFO, f"Saved {path}. Run it with: python {Path(path).name}", "export")

    def on_script_failed(self, key: str, reason: str) -> None:
        """Say why there is no script."""
        where = f"{key}: " if key else ""
        self._window.messages.show_message(ERROR, f"No script was saved: {where}{reason}", "export")

    def on_exported(self, exported: Exported) -> None:
        """Say where the export is."""
        where = exported.csv or exported.trace
        self._window.messages.show_message(INFO, f"Exported to {where}", "export")

    def on_export_failed(self, reason: str) -> None:
        """Say why there is no export."""
        self._window.messages.show_message(ERROR, f"The export failed: {reason}", "export")

    def save_plot(self) -> None:
        """Ask which plot of the page in front to save, and where, and save it."""
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
        """Ask where to and how large, and save this plot."""
        from gui.plots.slide_picture import FORMATS, format_of

        title, _ = plot
        proposed = Path(self._settings.folder, f"{file_name(self._document.title)}-{file_name(title)}.png")
        filters = ";;".join(each.filter for each in FORMATS)
        path, chosen = QFileDialog.getSaveFileName(self._window, f"Save {title}", str(proposed), filters)
        wanted = self._sized(format_of(chosen)) if path else None
        if wanted is not None:
            self.write_plot(plot, Path(path), wanted)

    def _sized(self, wanted: PictureFormat) -> PictureFormat | None:
        """Return a format with its size, after asking for it if it is a custom one; None if none was given."""
        from gui.plots.slide_picture import own_size

        if not wanted.own:
            return wanted
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle("Size of the picture")
        dialog.setLabelText("Width x height, in pixels:")
        dialog.setTextValue(self._settings.picture_size)
        dialog.adjustSize()  # it makes its parts only now
        dress(dialog)
        if not dialog.exec():
            return None
        try:
            size = own_size(dialog.textValue())
        except ValueError as error:
            self._window.messages.show_message(ERROR, str(error), "export")
            return None
        self._settings.picture_size = f"{size.width()} x {size.height()}"
        return replace(wanted, size=size)

    def save_text(self, asked: SaveText) -> None:
        """Ask where to, and save a text."""
        proposed = str(Path(self._settings.folder, asked.name))
        path, _ = QFileDialog.getSaveFileName(self._window, f"Save {asked.name}", proposed, asked.kinds)
        if path:
            self.write_text(asked.text, Path(path))

    def write_text(self, text: str, path: Path) -> bool:
        """Save a text to `path`."""
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            self._window.messages.show_message(ERROR, f"{path}: {error.strerror}", "export")
            return False
        self._settings.folder = str(path.parent)
        self._window.messages.show_message(INFO, f"Saved {path}", "export")
        return True

    def write_plot(self, plot: tuple[str, QWidget], path: Path, wanted: PictureFormat | None = None) -> bool:
        """Save this plot to `path`, light and with its caption."""
        from gui.plots.slide_picture import format_of, save_picture

        wanted = wanted or format_of("")
        ending = path.suffix.lower()
        target = (
            path if ending and not (ending == ".png" and wanted.suffix == ".svg") else path.with_suffix(wanted.suffix)
        )
        try:
            save_picture(plot[1], target, wanted, self.caption(), self._appearance.theme)
        except (OSError, ValueError) as error:
            text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._window.messages.show_message(ERROR, text, "export")
            return False
        self._settings.folder = str(target.parent)
        self._window.messages.show_message(INFO, f"Saved {target}", "export")
        return True

    def caption(self) -> str:
        """Return the caption of a picture of the page in front: experiment, model, Python and machine."""
        view = self._window.front_view()
        own = getattr(view, "caption", None)
        if own is not None:
            return str(own())
        data = self._session.data
        return "" if data is None else run_caption(data)

    def _export_name(self, run_id: str, title: str) -> str:
        return str(Path(self._settings.folder, f"{file_name(title)}-{run_id}"))


def file_name(title: str) -> str:
    """Return `title` as part of a file's name: `Fetch and parse` -> `fetch-and-parse`."""
    words = "".join(each if each.isalnum() else " " for each in title.lower()).split()
    return "-".join(words)[:60] or "experiment"


def _near_pointer(window: QWidget) -> QPoint:
    pointer = QCursor.pos()
    inside = window.geometry().contains(pointer)
    return pointer if inside else window.mapToGlobal(window.rect().center())


def run_caption(data: GrowingRun) -> str:
    """Return a run in a line: `Count primes: Threads × 4, 2 cores, Linux, CPython 3.13.0`."""
    from engine.lessons.run_pictures import machine_words

    model = data.experiment.get("model") or {}
    kind = data.model_card.title if data.model_card is not None else str(model.get("kind", ""))
    workers = data.result.workers if data.result is not None else model.get("workers")
    what = f"{data.title}: {kind}" + (f" × {workers}" if workers else "")
    return ", ".join([what, machine_words(plain(data.result))] if data.result is not None else [what])
