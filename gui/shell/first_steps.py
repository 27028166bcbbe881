"""Getting started: the three things to try at a first start, and what their buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from gui.message_bar import INFO
from gui.samples import own_code_experiment
from gui.shell.context import WindowParts

if TYPE_CHECKING:
    from gui.live.live_view import Live
    from gui.shell.file_commands import FileCommands

_OWN_CODE: Final = "Put your code into `task`, under Workload at the left, and press Run (F5). Each task calls it once."


class FirstSteps(QObject):
    """Shows them at the first start, and whenever they are asked for. `trigger` does a command of the window."""

    def __init__(self, parts: WindowParts, files: FileCommands, trigger: Callable[[str], None]) -> None:
        super().__init__(parts.window)
        self._parts, self._files, self._trigger = parts, files, trigger
        self.live: Live | None = None

    def on_loaded(self, live: Live, *, opens_file: bool) -> None:
        """Show them if they were never shown, and there is nothing else to look at."""
        self.live = live
        live.welcome.chosen.connect(self.choose)
        settings = self._parts.settings
        if not settings.welcomed and not settings.last_session and not opens_file and self._parts.session.data is None:
            self.show()

    def show(self) -> None:
        """Show them on the Live page."""
        if self.live is not None:
            self._parts.settings.welcomed = True
            self._parts.window.pages.setCurrentWidget(self.live)
            self.live.show_welcome(True)

    def choose(self, command: str) -> None:
        """Do one of the three, by its command."""
        match command:
            case "try-gil":
                if self._files.open_first_example():
                    self._trigger("run")
            case "try-own-code":
                if self._files.open_new(own_code_experiment()):
                    self._hide()
                    self._parts.messages.show_message(INFO, _OWN_CODE, "first-steps", [("Run", self._run)])
            case _:
                self._trigger(command)

    def _hide(self) -> None:
        if self.live is not None:
            self.live.show_welcome(False)

    def _run(self) -> None:
        self._trigger("run")
