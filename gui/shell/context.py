"""The parts of one window that its commands work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.composer import Composer
    from gui.document import Document
    from gui.main_window import MainWindow
    from gui.message_bar import MessageBar
    from gui.session.conductor_process import ConductorProcess
    from gui.session.run_session import RunSession
    from gui.session.surroundings import SurroundingsQuery
    from gui.session.trust import Trust
    from gui.settings import Settings
    from gui.shell.code_question import CodeQuestion
    from gui.stage.opener import StageOpener
    from gui.widgets.appearance import Appearance


@dataclass(frozen=True, slots=True)
class WindowParts:
    """Everything of one window that a command may need; made once, by the workbench."""

    window: MainWindow
    composer: Composer
    document: Document
    session: RunSession
    surroundings: SurroundingsQuery
    conductor: ConductorProcess
    settings: Settings
    trust: Trust
    question: CodeQuestion
    appearance: Appearance
    stage: StageOpener

    @property
    def messages(self) -> MessageBar:
        """The messages between the run bar and the pages."""
        return self.window.messages
