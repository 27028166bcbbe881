"""One command of the window: where it applies, when it is enabled and what it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Scope(Enum):
    """Where a command's keys hold; the value is the heading under which the list of keys has them."""

    WINDOW = "Window"
    LIVE = "Live"  # anywhere on the Live page
    TIMELINE = "Timeline"  # anywhere on the Timeline page
    LANES = "Timeline, on its lanes"  # where lanes have the keyboard, also those of two runs side by side
    HISTORY = "History"  # in the list of kept runs


class When(Enum):
    """What must hold for a command to be possible; the value says why it is not, where it is not."""

    ALWAYS = ""
    CAN_RUN = "a run is under way, or the engine is still starting"
    RUNNING = "nothing is running"
    HAS_RUN = "there is no run yet, or it has not ended"
    HAS_WORKLOAD = "there is no run of a workload, or it has not ended"
    HAS_PLOTS = "the page in front has no plot"
    CAN_UNDO = "there is nothing to undo"
    CAN_REDO = "there is nothing to redo"
    ASKS_FOR_TRUST = "no code awaits permission"
    HAS_LANES = "the timeline is empty"
    HAS_LOOP = "the run has no event loop"
    HAS_PATH = "no task’s path is shown"
    ONE_RUN = "select one run first"
    TWO_RUNS = "select two runs first"
    SOME_RUNS = "select a run first"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `call` does it, given what its scope works on (`gui.commands.table` says what that is).

    `keys` are in Qt's portable notation, the one that is shown first. `title` may mark its mnemonic by &. `menu` is
    the menu it stands in; a new `section` within a menu is set off by a line. `group` makes its members exclusive,
    `checkable` gives it a mark. `label` is the text of its button where that has to be shorter than the title, `tip`
    what the button's tooltip says; a command with neither has no button.
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
        """The menu or the page where a person finds it."""
        return self.menu.replace("&", "") or self.scope.value.partition(",")[0]
