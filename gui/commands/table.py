"""Every command of the window, in one table: menus, keys, buttons, the palette and F1's list are made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gui.commands.command import Command, Scope, When
from gui.widgets.run_requests import (
    DeleteRuns,
    DescribeRun,
    EditRun,
    ExportRunCsv,
    ExportRunTrace,
    OpenRun,
    OverlayRuns,
    ShowPair,
    StarRuns,
)

if TYPE_CHECKING:
    from gui.commands.scopes import (
        LanesTarget,
        LiveTarget,
        PairTarget,
        ProcessesTarget,
        RunListTarget,
        TimelineTarget,
        WindowTargets,
    )

_PLAYHEAD_STEP: Final = 0.01  # of the visible time
MENUS: Final = ("&File", "&Edit", "&Run", "&View", "&Help")


def _keys(text: str) -> tuple[str, ...]:
    return tuple(text.split(", ")) if text else ()


def _menu(
    menu: str,
    section: int,
    id: str,  # noqa: A002
    title: str,
    call: Callable[[WindowTargets], object],
    keys: str = "",
    when: When = When.ALWAYS,
    icon: str = "",
    **more: Any,
) -> Command:
    return Command(id, title, call, _keys(keys), when, Scope.WINDOW, menu, section, icon, **more)


def _live(id: str, title: str, call: Callable[[LiveTarget], object], keys: str) -> Command:  # noqa: A002
    return Command(f"live-{id}", title, call, _keys(keys), When.ALWAYS, Scope.LIVE)


def _timeline(
    id: str,  # noqa: A002
    title: str,
    call: Callable[[TimelineTarget], object],
    keys: str = "",
    when: When = When.HAS_LANES,
    **more: Any,
) -> Command:
    return Command(f"timeline-{id}", title, call, _keys(keys), when, Scope.TIMELINE, **more)


def _lanes(
    id: str,  # noqa: A002
    title: str,
    call: Callable[[LanesTarget], object],
    keys: str,
    **more: Any,
) -> Command:
    return Command(f"timeline-{id}", title, call, _keys(keys), When.HAS_LANES, Scope.LANES, **more)


def _history(
    id: str,  # noqa: A002
    title: str,
    call: Callable[[RunListTarget], object],
    keys: str,
    when: When,
    tip: str,
    label: str = "",
) -> Command:
    return Command(f"history-{id}", title, call, _keys(keys), when, Scope.HISTORY, label=label, tip=tip)


def _pair(id: str, title: str, call: Callable[[PairTarget], object], keys: str) -> Command:  # noqa: A002
    return Command(f"pair-{id}", title, call, _keys(keys), scope=Scope.PAIR)


def _processes(id: str, title: str, call: Callable[[ProcessesTarget], object], keys: str) -> Command:  # noqa: A002
    return Command(f"processes-{id}", title, call, _keys(keys), scope=Scope.PROCESSES)


COMMANDS: Final[tuple[Command, ...]] = (
    _menu("&File", 0, "new", "&New", lambda on: on.files.new(), "Ctrl+N", icon="file-plus"),
    _menu("&File", 0, "new-from-template", "New fro&m template…", lambda on: on.files.new_from_template(),
          "Ctrl+Shift+N", icon="layers"),
    _menu("&File", 0, "open", "&Open…", lambda on: on.files.open(), "Ctrl+O", icon="folder-open"),
    _menu("&File", 0, "open-python", "Open P&ython file…", lambda on: on.python_files.open(), "", When.CAN_RUN, "code"),
    _menu("&File", 0, "watch-program", "&Watch a program…", lambda on: on.watches.watch_program(), "Ctrl+Shift+O",
          When.CAN_RUN, "activity"),
    _menu("&File", 0, "watch-running", "Watch a runnin&g program…", lambda on: on.watches.watch_running(), "",
          When.CAN_RUN),
    _menu("&File", 1, "save", "&Save", lambda on: on.files.save(), "Ctrl+S", icon="save"),
    _menu("&File", 1, "save-as", "Save &as…", lambda on: on.files.save_as(), "Ctrl+Shift+S"),
    _menu("&File", 1, "new-lesson", "New &lesson from this run…", lambda on: on.pages.new_lesson(), "",
          When.HAS_WORKLOAD, "graduation-cap"),
    _menu("&File", 1, "save-script", "Save as s&cript…", lambda on: on.exports.save_script(), "Ctrl+Alt+S",
          When.CAN_RUN, "code"),
    _menu("&File", 2, "export-csv", "&Export CSV…", lambda on: on.exports.export_csv(), "Ctrl+E",
          When.HAS_RUN, "table"),
    _menu("&File", 2, "export-trace", "Export t&race…", lambda on: on.exports.export_trace(), "",
          When.HAS_RUN, "layers"),
    _menu("&File", 2, "export-html", "Export &hand-out…", lambda on: on.exports.export_html(), "", When.HAS_RUN,
          "book-open"),
    _menu("&File", 2, "save-plot", "Save &plot as PNG or SVG…", lambda on: on.exports.save_plot(), "Ctrl+Shift+E",
          When.HAS_PLOTS, "image"),
    _menu("&File", 3, "quit", "&Quit", lambda on: on.files.quit(), "Ctrl+Q"),
    _menu("&Edit", 0, "undo", "&Undo", lambda on: on.edits.undo(), "Ctrl+Z", When.CAN_UNDO, "undo"),
    _menu("&Edit", 0, "redo", "&Redo", lambda on: on.edits.redo(), "Ctrl+Shift+Z", When.CAN_REDO, "redo"),
    _menu("&Run", 0, "run", "&Run", lambda on: on.runs.run(), "F5", When.CAN_RUN, "play"),
    _menu("&Run", 0, "stop", "&Stop", lambda on: on.runs.stop(), "Esc", When.RUNNING, "square"),
    _menu("&Run", 0, "two-pythons", "Run on &two Pythons…", lambda on: on.pages.run_on_two(), "Shift+F5",
          When.CAN_RUN, "layers"),
    _menu("&Run", 0, "run-against", "Run agai&nst…", lambda on: on.pages.run_against(), "Ctrl+F5", When.CAN_RUN,
          "layers"),
    _menu("&Run", 0, "keep-reference", "&Keep as reference", lambda on: on.pages.keep_reference(), "Ctrl+K",
          When.HAS_WORKLOAD),
    _menu("&Run", 0, "drop-reference", "Remove the referen&ce", lambda on: on.pages.drop_reference()),
    _menu("&Run", 1, "trust", "A&llow this experiment’s code to run", lambda on: on.runs.trust(), "",
          When.ASKS_FOR_TRUST, "check"),
    _menu("&Run", 1, "locate-workers", "&Where is every worker now?", lambda on: on.runs.locate_workers(), "Ctrl+J",
          When.RUNNING, "search"),
    _menu("&Run", 1, "observer-cost", "&Measure overhead", lambda on: on.runs.observer_cost(), "", When.HAS_WORKLOAD,
          "gauge"),
    _menu("&Run", 1, "measure-models", "What the models cost &here…", lambda on: on.runs.measure_models(), "",
          When.CAN_RUN, "gauge"),
    _menu("&Run", 2, "interpreters", "Look for &interpreters again", lambda on: on.runs.search_interpreters()),
    _menu("&Run", 2, "add-interpreter", "A&dd an interpreter…", lambda on: on.runs.add_interpreter(), icon="plus"),
    _menu("&Run", 2, "free-threaded", "Get a &free-threaded Python…", lambda on: on.runs.free_threaded(),
          icon="download"),
    _menu("&Run", 2, "remove-interpreter", "Remo&ve an added interpreter…", lambda on: on.runs.remove_interpreter(),
          icon="x"),
    _menu("&View", 0, "palette", "&Command palette…", lambda on: on.view.palette(), "Ctrl+Shift+P", icon="command"),
    _menu("&View", 0, "stage", "Put on the s&tage", lambda on: on.view.toggle_stage(), "F11", icon="presentation"),
    _menu("&View", 1, "lessons", "L&essons", lambda on: on.pages.show_lessons(), "Ctrl+L", icon="graduation-cap"),
    _menu("&View", 1, "next-page", "&Next page", lambda on: on.view.next_page(), "Ctrl+PgDown"),
    _menu("&View", 1, "previous-page", "Pre&vious page", lambda on: on.view.previous_page(), "Ctrl+PgUp"),
    _menu("&View", 1, "history", "&History", lambda on: on.pages.show_history(), "Ctrl+H", icon="history"),
    _menu("&View", 2, "theme-system", "Theme: follow the &system", lambda on: on.view.theme_system(),
          icon="sun-moon", checkable=True, group="theme"),
    _menu("&View", 2, "theme-light", "Theme: l&ight", lambda on: on.view.theme_light(), icon="sun", checkable=True,
          group="theme"),
    _menu("&View", 2, "theme-dark", "Theme: &dark", lambda on: on.view.theme_dark(), icon="moon", checkable=True,
          group="theme"),
    _menu("&View", 2, "theme-contrast", "Theme: hi&gh contrast", lambda on: on.view.theme_contrast(),
          icon="half-circle", checkable=True, group="theme"),
    _menu("&View", 3, "zoom-in", "&Larger", lambda on: on.view.zoom_in(), "Ctrl++"),
    _menu("&View", 3, "zoom-out", "S&maller", lambda on: on.view.zoom_out(), "Ctrl+-"),
    _menu("&View", 3, "zoom-reset", "&Original size", lambda on: on.view.zoom_reset(), "Ctrl+0"),
    _menu("&Help", 0, "shortcuts", "&Keyboard shortcuts", lambda on: on.help.shortcuts(), "F1", icon="keyboard"),
    _menu("&Help", 0, "documentation", "&Documentation", lambda on: on.help.documentation(), icon="book-open"),
    _menu("&Help", 0, "getting-started", "&Getting started", lambda on: on.help.getting_started(), icon="play"),
    _menu("&Help", 1, "about", "&About Gilscope", lambda on: on.help.about(), icon="info"),

    _live("card-1", "Enlarge the first card, or show all", lambda on: on.enlarge(0), "1"),
    _live("card-2", "Enlarge the second card, or show all", lambda on: on.enlarge(1), "2"),
    _live("card-3", "Enlarge the third card, or show all", lambda on: on.enlarge(2), "3"),
    _live("card-4", "Enlarge the fourth card, or show all", lambda on: on.enlarge(3), "4"),
    _live("all", "Show all cards", lambda on: on.show_all(), "0"),
    _live("before", "Show or hide the run before", lambda on: on.toggle_before(), "B"),
    _live("turn", "Move every card by one place", lambda on: on.turn_cards(), "M"),

    _timeline("follow", "Follow the run", lambda on: on.follow(),
              icon="timeline-follow", label="Follow", checkable=True,
              tip="Move along with the run, while it goes on"),
    _timeline("space", "Follow the run, or play the replay", lambda on: on.follow_or_play(), "Space"),
    _lanes("fit", "Show the whole run", lambda on: on.show_whole(), "Home", icon="timeline-fit", label="Whole run",
           tip="Show the whole run"),
    _lanes("zoom-in", "Zoom in: show less time", lambda on: on.zoom(0.5), "+, =", icon="timeline-closer", label="+",
           tip="Zoom in: show less time"),
    _lanes("zoom-out", "Zoom out: show more time", lambda on: on.zoom(2.0), "-",
           icon="timeline-wider", label="−", tip="Zoom out: show more time"),
    _timeline("replay", "Replay in slow motion, or close the replay", lambda on: on.replay(), "R",
              icon="timeline-slow", label="Replay",
              tip="Play the visible part in slow motion, or close the replay"),
    _timeline("fold", "Fold or unfold processes and threads", lambda on: on.fold(), "F",
              icon="timeline-fold", label="Fold",
              tip="Fold every process and thread to a row of its own, or unfold them"),
    _timeline("cores", "Show or hide the cores", lambda on: on.show_cores(), "C",
              icon="cpu", label="Cores", checkable=True,
              tip="Show which core each worker's thread was on, if this platform reports it"),
    _timeline("gil", "Show or hide the GIL", lambda on: on.show_gil(), "I",
              icon="timeline-gil", label="GIL", checkable=True,
              tip="Show who holds each process's GIL, if this platform shows it"),
    _timeline("failure", "Next error", lambda on: on.find_failure(), "E", icon="triangle-alert", label="Next error",
              tip="Go to the next task that failed"),
    _timeline("slow", "Next slow task", lambda on: on.find_slow(), "S", icon="clock", label="Next slow task",
              tip="Go to the next task that took longer than p99"),
    _timeline("hold", "Next loop hold", lambda on: on.find_hold(), "L", When.HAS_LOOP,
              icon="timeline-hold", label="Next loop hold",
              tip="Go to the next task that held the event loop while others were ready"),
    _timeline("go", "Go to the task with this number", lambda on: on.go_to_number(), "G",
              icon="timeline-go", label="Go", tip="Go to the task with this number"),
    _timeline("bookmark", "Set a bookmark, or edit the one there", lambda on: on.bookmark(), "B",
              icon="timeline-bookmark", label="Bookmark", tip="Mark the playhead, or the middle, with a note"),
    _timeline("next-bookmark", "Next bookmark", lambda on: on.next_bookmark(), "N"),
    _timeline("stretch", "Mark the visible part as a stretch, with its figures", lambda on: on.mark_seen(), "X",
              icon="timeline-stretch", label="Stretch",
              tip="Figures of the visible part; Shift and drag, or drag in the upper ruler, to mark another stretch"),
    _timeline("find", "Find a step, task, state or duration", lambda on: on.focus_find(), "Ctrl+F, /"),
    _timeline("find-next", "Find the next one", lambda on: on.find_next(back=False), "F3"),
    _timeline("find-before", "Find the previous one", lambda on: on.find_next(back=True), "Shift+F3"),
    _timeline("color", "Colour by state, step or task in turn", lambda on: on.next_color(), "K"),
    _timeline("close-path", "Close the task’s path", lambda on: on.close_path(), "Esc", When.HAS_PATH),
    _lanes("earlier", "Earlier, or one phase back in a replay", lambda on: on.go(-1), "Left"),
    _lanes("later", "Later, or one phase on in a replay", lambda on: on.go(1), "Right"),
    _lanes("page-earlier", "Most of a page earlier", lambda on: on.pan(-0.9), "PgUp"),
    _lanes("page-later", "Most of a page later", lambda on: on.pan(0.9), "PgDown"),
    _lanes("up", "Workers above", lambda on: on.scroll_lanes(-1), "Up"),
    _lanes("down", "Workers below", lambda on: on.scroll_lanes(1), "Down"),
    _lanes("task-before", "Select the previous task", lambda on: on.select_beside(0, -1), "Ctrl+Left"),
    _lanes("task-after", "Select the next task", lambda on: on.select_beside(0, 1), "Ctrl+Right"),
    _lanes("task-above", "Select the task above", lambda on: on.select_beside(-1, 0), "Ctrl+Up"),
    _lanes("task-below", "Select the task below", lambda on: on.select_beside(1, 0), "Ctrl+Down"),
    _lanes("path", "Show the selected task’s path", lambda on: on.path_asked.emit(), "Return, Enter"),

    _history("open", "Open the run", lambda on: on.ask(OpenRun), "Return", When.ONE_RUN,
             "Show this run on every page, as if it had just ended", "Open"),
    _history("pair", "Show two runs side by side", lambda on: on.ask(ShowPair), "B", When.TWO_RUNS,
             "Look at two runs side by side, what differed between them first", "Side by side"),
    _history("overlay", "Overlay the runs in one chart", lambda on: on.ask(OverlayRuns), "O", When.SOME_RUNS,
             "Draw all selected runs in one chart: throughput, cores in use or memory over time", "Overlay"),
    _history("star", "Star the runs, or remove their stars", lambda on: on.ask(StarRuns), "S", When.SOME_RUNS,
             "A run with a star is kept when others are removed to make room", "Star"),
    _history("describe", "Name, tags and note of the run…", lambda on: on.ask(DescribeRun), "F2", When.ONE_RUN,
             "Give this run a name of its own, tags to find it by, and a note", "Notes…"),
    _history("edit", "Open the run’s experiment", lambda on: on.ask(EditRun), "Ctrl+Return", When.ONE_RUN,
             "Put this run's experiment into the window, to run it again", "Open experiment"),
    _history("csv", "Export the run’s CSV…", lambda on: on.ask(ExportRunCsv), "", When.ONE_RUN,
             "Write this run's samples and phases as CSV files", "CSV…"),
    _history("trace", "Export the run’s trace…", lambda on: on.ask(ExportRunTrace), "", When.ONE_RUN,
             "Write this run as a trace for Perfetto and Chrome's tracing page", "Trace…"),
    _history("delete", "Delete the runs", lambda on: on.ask(DeleteRuns), "Del", When.SOME_RUNS,
             "Delete the selected runs; they can be restored for a week", "Delete"),
    _history("restore", "Restore deleted runs…", lambda on: on.ask_restore(), "", When.ALWAYS,
             "List the runs that were deleted in the last week, to restore them", "Deleted…"),

    _pair("earlier", "Both runs’ playhead earlier", lambda on: on.move_playhead(-_PLAYHEAD_STEP), ","),
    _pair("later", "Both runs’ playhead later", lambda on: on.move_playhead(_PLAYHEAD_STEP), "."),

    _processes("copy", "Copy the processes", lambda on: on.copy("\t"), "Ctrl+C"),
    _processes("copy-csv", "Copy the processes as CSV", lambda on: on.copy(","), "Ctrl+Shift+C"),
)  # fmt: skip


def commands_of(*scopes: Scope) -> tuple[Command, ...]:
    """Return the commands of some scopes, in the table's order."""
    return tuple(command for command in COMMANDS if command.scope in scopes)
