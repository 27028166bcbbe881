"""One command of the window: where it applies, when it is enabled and what it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from engine.wording.under_way import UNDER_WAY


class Scope(Enum):
    """Where a command's keys work; the value is their heading in the list of keys."""

    WINDOW = "Window"
    LIVE = "Live"  # anywhere on the Live page
    TIMELINE = "Timeline"  # anywhere on the Timeline page
    LANES = "Timeline, on its lanes"  # wherever lanes have the focus, also in two runs side by side
    HISTORY = "History"  # in the list of kept runs
    PAIR = "Two runs side by side"  # anywhere on their timelines
    PROCESSES = "Processes"  # in the tree of processes and threads


class When(Enum):
    """What must hold for a command to be enabled; the value is the reason that is shown when it is disabled."""

    ALWAYS = ""
    CAN_RUN = f"{UNDER_WAY}, or the engine is still starting"
    RUNNING = "nothing is running"
    HAS_RUN = "there is no run yet, or it has not ended"
    HAS_WORKLOAD = "there is no run of a workload, or it has not ended"
    HAS_PLOTS = "the page in front has no plot"
    CAN_UNDO = "there is nothing to undo"
    CAN_REDO = "there is nothing to redo"
    ASKS_FOR_TRUST = "no code awaits permission"
    HAS_LANES = "the Timeline page shows no run yet"
    HAS_LOOP = "the run has no event loop"
    HAS_PATH = "no task’s path is shown"
    ONE_RUN = "select one run first"
    TWO_RUNS = "select two runs first"
    SOME_RUNS = "select a run first"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `call` does it, given its scope's target (see `gui.commands.scopes`).

    `keys` are in Qt's portable notation; the first is the one that is shown. `title` may mark its mnemonic by &. A
    line separates the `section`s of a `menu`. Of the commands of a `group` one is checked at a time, `checkable` gives
    it a check mark. `label` is the text of its button if that has to be shorter than the title, `tip` the button's
    tooltip; a command with neither has no button.
    """

    id: str
    title: str
    call: Callable[[Any], object]
    keys: tuple[str, ...] = ()
    enabled_when: When = When.ALWAYS
    scope: Scope = Scope.WINDOW
    menu: str = ""
    section: int = 0
    icon: str = ""
    checkable: bool = False
    group: str = ""
    label: str = ""
    tip: str = ""

    @property
    def plain_title(self) -> str:
        """The title without the mnemonic's mark."""
        return self.title.replace("&&", "\0").replace("&", "").replace("\0", "&")

    @property
    def place(self) -> str:
        """The menu or the page that has the command."""
        return self.menu.replace("&", "") or self.scope.value.partition(",")[0]
