"""Every command of the window, in one table: menus, shortcuts, buttons and the palette are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class When(Enum):
    """What must hold for a command to be possible; the value says why it is not, where it is not."""

    ALWAYS = ""
    CAN_RUN = "a run is under way, or the engine is still starting"
    RUNNING = "nothing is running"
    HAS_RUN = "there is no run yet, or it has not ended"
    HAS_PLOTS = "the page in front has no plot"
    CAN_UNDO = "there is nothing to undo"
    CAN_REDO = "there is nothing to redo"
    ASKS_FOR_TRUST = "no code waits for leave to run"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `callback` names a method as `target.method`; `shortcut` is in Qt's portable notation.

    `title` has its mnemonic marked by &. `menu` is the menu it stands in, empty for the palette alone; a new `section`
    within a menu is set off by a line. `group` makes its members exclusive, `checkable` gives it a mark.
    """

    id: str
    title: str
    callback: str
    shortcut: str = ""
    enabled_when: When = When.ALWAYS
    menu: str = ""
    section: int = 0
    icon: str = ""
    checkable: bool = False
    group: str = ""

    @property
    def plain_title(self) -> str:
        """The title without the mnemonic's mark."""
        return self.title.replace("&&", "\0").replace("&", "").replace("\0", "&")


MENUS: Final = ("&File", "&Edit", "&Run", "&View", "&Help")

COMMANDS: Final = (
    Command("new", "&New", "files.new", "Ctrl+N", menu="&File", icon="file-plus"),
    Command("open", "&Open…", "files.open", "Ctrl+O", menu="&File", icon="folder-open"),
    Command("save", "&Save", "files.save", "Ctrl+S", menu="&File", section=1, icon="save"),
    Command("save-as", "Save &as…", "files.save_as", "Ctrl+Shift+S", menu="&File", section=1),
    Command("save-script", "Save as s&cript…", "files.save_script", "Ctrl+Alt+S", When.CAN_RUN, "&File", 1, "code"),
    Command("export-csv", "&Export CSV…", "files.export_csv", "Ctrl+E", When.HAS_RUN, "&File", 2, "table"),
    Command("export-trace", "Export t&race…", "files.export_trace", "", When.HAS_RUN, "&File", 2, "layers"),
    Command("save-plot", "Save &plot as PNG or SVG…", "files.save_plot", "Ctrl+Shift+E", When.HAS_PLOTS, "&File", 2,
            "image"),
    Command("quit", "&Quit", "files.quit", "Ctrl+Q", menu="&File", section=3),
    Command("undo", "&Undo", "edits.undo", "Ctrl+Z", When.CAN_UNDO, "&Edit", icon="undo"),
    Command("redo", "&Redo", "edits.redo", "Ctrl+Shift+Z", When.CAN_REDO, "&Edit", icon="redo"),
    Command("run", "&Run", "runs.run", "F5", When.CAN_RUN, "&Run", icon="play"),
    Command("stop", "&Stop", "runs.stop", "Esc", When.RUNNING, "&Run", icon="square"),
    Command("two-pythons", "Run on &two Pythons…", "pages.run_on_two", "Shift+F5", When.CAN_RUN, "&Run", icon="layers"),
    Command("trust", "&Let this experiment's code run", "runs.trust", "", When.ASKS_FOR_TRUST, "&Run", 1, "check"),
    Command("observer-cost", "Measure the cost of &watching", "runs.observer_cost", "", When.HAS_RUN, "&Run", 1,
            "gauge"),
    Command("interpreters", "Look for &interpreters again", "runs.search_interpreters", menu="&Run", section=2),
    Command("add-interpreter", "&Add an interpreter…", "runs.add_interpreter", menu="&Run", section=2, icon="plus"),
    Command("palette", "&Command palette…", "looks.palette", "Ctrl+Shift+P", menu="&View", icon="command"),
    Command("presenter", "&Presenter mode", "looks.toggle_presenter", "F11", menu="&View", icon="presentation",
            checkable=True),
    Command("next-page", "&Next page", "looks.next_page", "Ctrl+PgDown", menu="&View", section=1),
    Command("previous-page", "Pre&vious page", "looks.previous_page", "Ctrl+PgUp", menu="&View", section=1),
    Command("history", "&History", "pages.show_history", "Ctrl+H", menu="&View", section=1, icon="history"),
    Command("theme-system", "Theme: follow the &system", "looks.theme_system", menu="&View", section=2,
            icon="sun-moon", checkable=True, group="theme"),
    Command("theme-light", "Theme: l&ight", "looks.theme_light", menu="&View", section=2, icon="sun", checkable=True,
            group="theme"),
    Command("theme-dark", "Theme: &dark", "looks.theme_dark", menu="&View", section=2, icon="moon", checkable=True,
            group="theme"),
    Command("zoom-in", "&Larger", "looks.zoom_in", "Ctrl++", menu="&View", section=3),
    Command("zoom-out", "S&maller", "looks.zoom_out", "Ctrl+-", menu="&View", section=3),
    Command("zoom-reset", "&Original size", "looks.zoom_reset", "Ctrl+0", menu="&View", section=3),
    Command("shortcuts", "&Keyboard shortcuts", "help.shortcuts", "F1", menu="&Help", icon="keyboard"),
    Command("documentation", "&Documentation", "help.documentation", menu="&Help", icon="book-open"),
    Command("about", "&About Gilscope", "help.about", menu="&Help", section=1, icon="info"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WindowState:
    """What decides which commands are possible."""

    can_run: bool = False
    running: bool = False
    has_run: bool = False
    has_plots: bool = False
    can_undo: bool = False
    can_redo: bool = False
    asks_for_trust: bool = False

    def holds(self, when: When) -> bool:
        """Whether the condition is met."""
        return when is When.ALWAYS or bool(getattr(self, when.name.lower()))
