"""Asks whether an experiment's code may run: once per content, in the same words whatever starts the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from engine.workload.code_permission import Needed
from engine.workload.toml_table import TomlTable
from gui.message_bar import WARNING, MessageBar
from gui.session.surroundings import SurroundingsQuery
from gui.session.trust import Trust, question
from gui.settings import Settings

_TOPIC: Final = "trust"


class CodeQuestion(QObject):
    """Asks one question at a time. Remembers what was allowed, and then tries again what had asked."""

    changed = Signal()  # of `asks`

    def __init__(
        self, parent: QObject, messages: MessageBar, surroundings: SurroundingsQuery, settings: Settings, trust: Trust
    ) -> None:
        super().__init__(parent)
        self._messages, self._surroundings = messages, surroundings
        self._settings, self._trust = settings, trust
        self._missing: list[Needed] = []
        self._again: Callable[[], object] | None = None

    @property
    def asks(self) -> bool:
        """Whether the question is shown in the window."""
        return self._again is not None

    def may_run(self, again: Callable[[], object], *experiments: TomlTable) -> bool:
        """Whether the code of these checked experiments may run; if not, ask, and call `again` once it may."""
        catalogue = self._surroundings.catalogue
        if catalogue is None:
            return False
        missing = {each.digest: each for one in experiments for each in self._trust.missing(one, catalogue)}
        if not missing:
            return True
        self._missing = list(missing.values())
        self._messages.show_message(
            WARNING,
            f"{question(self._missing)} Run it only if you know where it comes from.",
            _TOPIC,
            [("Run it", self.allow), ("Don’t", self.forget)],
        )
        self._set_again(again)
        return False

    def needs_permission(self, experiment: TomlTable) -> bool:
        """Whether the engine needs the person's permission to run what is in an experiment."""
        catalogue = self._surroundings.catalogue
        return catalogue is not None and self._trust.needs(experiment, catalogue)

    def allow(self) -> None:
        """Let that code run, now and whenever an experiment has the same code."""
        missing, again = self._missing, self._again
        self.forget()
        if again is not None:
            self._settings.allowed_code = self._trust.allow(missing)
            again()

    def forget(self) -> None:
        """Withdraw the question."""
        self._messages.clear(_TOPIC)
        self._missing = []
        self._set_again(None)

    def _set_again(self, again: Callable[[], object] | None) -> None:
        asked, self._again = self.asks, again
        if asked != self.asks:
            self.changed.emit()
