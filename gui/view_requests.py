"""Does what views ask for by their signal `requested`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from gui.repainter import Repainter
from gui.shell.context import WindowParts
from gui.shell.export_commands import ExportCommands
from gui.shell.run_commands import RunCommands
from gui.widgets.requests import (
    Animate,
    AskCosts,
    DoCommand,
    GoBack,
    KeepCards,
    OpenUrl,
    Request,
    RunModel,
    SampleFunctions,
    SavePlot,
    SaveText,
)

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun


class ViewRequests:
    """Hands each request to the part of the window that can do it; `do` carries out a command by its id."""

    def __init__(
        self,
        parts: WindowParts,
        runs: RunCommands,
        exports: ExportCommands,
        repainter: Repainter,
        do: Callable[[str], None],
    ) -> None:
        self._parts, self._runs, self._exports, self._repainter, self._do = parts, runs, exports, repainter, do
        self._run_bar = parts.window.run_bar

    def take(self, request: Request) -> None:
        """Do what a view asks for."""
        match request:
            case SavePlot(title, widget):
                self._exports.save_one_plot((title, widget))
            case RunModel(kind, workers, start_method):
                part = {**self._run_bar.model_part(), "kind": kind, "workers": workers}
                self._run_bar.set_model_part({**part, "start_method": start_method} if start_method else part)
                self._parts.document.on_edited()
                self._runs.run()
            case GoBack(data):
                self._runs.go_back(cast("GrowingRun", data))
            case AskCosts(model, measure):
                self._parts.surroundings.ask_costs(model, measure)
            case SampleFunctions(on):
                self._parts.session.sample_stacks(on=on)
            case Animate():
                self._repainter.wake()
            case SaveText():
                self._exports.save_text(request)
            case DoCommand(command):
                self._do(command)
            case KeepCards(keys):
                self._parts.settings.live_cards = list(keys)
            case OpenUrl(url):
                QDesktopServices.openUrl(QUrl(url))
