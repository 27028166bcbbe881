"""What the window's state allows and shows: which commands are enabled, the run bar's status, and its live controls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from engine.trace.watched import is_watch
from engine.wording.under_way import UNDER_WAY
from gui.commands.actions import CommandActions
from gui.commands.command import When
from gui.message_bar import INFO
from gui.shell.context import WindowParts
from gui.shell.edit_commands import EditCommands
from gui.shell.later_pages import LaterPages
from gui.shell.shown_run import ShownRun

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

_T = TypeVar("_T")


class WindowState:
    """Follows the session and the engine when it is told that something has changed."""

    def __init__(
        self, parts: WindowParts, actions: CommandActions, edits: EditCommands, shown: ShownRun, pages: LaterPages
    ) -> None:
        self._parts, self._actions, self._edits, self._shown, self._pages = parts, actions, edits, shown, pages
        self._session, self._window = parts.session, parts.window
        self._status, self._live = parts.window.run_bar.status, parts.window.run_bar.live

    @property
    def is_ready(self) -> bool:
        """Whether the engine runs and has said what can be run."""
        return self._parts.conductor.is_ready and self._parts.surroundings.catalogue is not None

    def update(self) -> None:
        """Enable the commands that are possible now."""
        session = self._session
        front = self._window.front_view()
        holds = {
            When.CAN_RUN: self.is_ready and not session.running,
            When.RUNNING: session.running,
            When.HAS_RUN: session.data is not None and not session.running,
            When.HAS_WORKLOAD: session.data is not None
            and not session.running
            and not is_watch(session.data.experiment),
            When.HAS_PLOTS: front is not None and bool(front.plots()),
            When.CAN_UNDO: self._edits.can_undo,
            When.CAN_REDO: self._edits.can_redo,
            When.ASKS_FOR_TRUST: self._parts.question.asks,
        }
        self._actions.allow(holds.__getitem__)

    def updated(self, entries: Callable[[], _T]) -> _T:
        """Return `entries()`, after enabling the commands that are possible now."""
        self.update()
        return entries()

    def do(self, command: str) -> None:
        """Do a command by its id, or say why it cannot be done now."""
        self.update()
        action = self._actions[command]
        if action.isEnabled():
            action.trigger()
        else:
            why = UNDER_WAY if self._session.running else "the engine is still starting"
            self._window.messages.show_message(INFO, f"Not possible now: {why}.", "not now")

    def show_status(self) -> None:
        """Show the run's stage in the run bar."""
        session = self._session
        stage, data = session.stage, session.data
        if self._shown.is_other and not session.running:  # the status is the loaded experiment's, which has not run
            stage, data = "idle", None
        self._status.show_state(stage, stopping=session.stopping, engine_ready=self.is_ready, data=data)

    def show_figures(self, data: GrowingRun | None) -> None:
        """Show a run's newest figures in the run bar."""
        is_other = self._shown.is_other and not self._session.running
        self._status.refresh(None if is_other else data)

    def show_live_controls(self) -> None:
        """Show the controls that change a run while it goes on."""
        data = self._session.data
        # Not for a comparison's runs: they are not to be changed, and the page would jump with each of them.
        left_alone = self._session.stopping or self._pages.comparing or (data is not None and is_watch(data.experiment))
        if data is None or not self._session.running or left_alone:
            self._live.show_run(None, {}, has_gil=False)
        else:
            has_gil = data.interpreter is None or data.interpreter.gil_enabled is not False
            self._live.show_run(data.run_id, data.experiment, has_gil=has_gil)
