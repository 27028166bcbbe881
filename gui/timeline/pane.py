"""A reusable timeline of one run; its visible range and playhead can be read and set from outside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QScrollBar, QWidget

from engine.record.placements import PlacementReader
from engine.record.run_folder import RunFolder, RunFolderError
from engine.trace.loop_lag import LoopLag
from engine.trace.phase_store import PhaseStore
from engine.trace.picture.gil_facts import GilFacts, rows_of
from engine.trace.picture.lane_shares import LaneShares
from engine.trace.picture.loop_turns import LoopTurns
from engine.trace.picture.run_fit import RunFit, lane_ledgers
from engine.trace.picture.run_looks import RunLooks
from engine.trace.picture.search import Found
from engine.trace.picture.thread_store import ThreadStore, WatchShares, thread_title
from engine.trace.watched import is_watch
from engine.wording.worker_names import worker_title
from engine.workload.group import group_names
from engine.workload.toml_table import TomlTable
from gui.timeline.canvas import TimelineCanvas
from gui.timeline.core_strip import CoreStrip
from gui.timeline.minimap import Minimap
from gui.timeline.reference_strip import ReferenceStrip
from gui.timeline.scene import TimelineScene
from gui.timeline.spoken_scene import SpokenScene
from gui.widgets.header import MOST_BEHIND
from gui.widgets.run_names import ShownName
from gui.widgets.theme import Theme

_PAUSE_MS: Final = 50
_SETTLED_AT_ONCE: Final = 10_000  # phases: a tenth of a frame


class TimelinePane(QWidget):
    """Shows the lanes of the run in a folder, during the run and afterwards. All times are ns since that run's start.

    Call `open_run`, then `take_in` whenever there may be new data. To show the same stretch in two panes, connect each
    one's `range_changed` with the other's `show_range`, and `playhead_changed` with `set_playhead`: the setters do
    not emit these signals again.
    """

    range_changed = Signal(object)  # (begin_ns, end_ns): changed by the person, or because the run has grown
    playhead_changed = Signal(object)  # ns; None: there is none
    selected = Signal()  # another task was selected, or none: see `scene.selected`
    changed = Signal()  # other lanes or times are visible

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = TimelineScene()
        self.canvas = TimelineCanvas(self.scene, self)
        self.lanes = QScrollBar(Qt.Orientation.Vertical, self)
        self.lanes.setAccessibleName("Workers")
        self.complete = False
        self._fit: RunFit | None = None
        self.shows_gil = True  # whether the person wants to see its rows
        self._kind = "worker"
        self._groups: tuple[str, ...] = ()
        self._told = (0, 0)
        self._known: tuple[object, ...] = ()
        self.cores = CoreStrip(self.scene, self)
        self.references = [ReferenceStrip(self.scene, self) for _ in range(MOST_BEHIND)]
        self.minimap = Minimap(self.scene, self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.minimap, 0, 0)
        layout.addWidget(self.canvas, 1, 0)
        layout.addWidget(self.lanes, 1, 1)
        layout.addWidget(self.cores, 2, 0)
        for place, strip in enumerate(self.references):
            layout.addWidget(strip, 3 + place, 0)
        layout.setRowStretch(1, 1)
        self.minimap.changed.connect(self.canvas.moved)
        self.canvas.changed.connect(self._on_moved)
        self.canvas.selected.connect(self.selected)
        self.canvas.playhead_moved.connect(self._on_playhead_moved)
        self.lanes.valueChanged.connect(self._on_scrolled)
        self.range_changed.connect(SpokenScene(self.scene, self.canvas, lambda: self.visible_range).start)

    def open_run(
        self, folder: Path, experiment: TomlTable, *, is_async: bool, worker_kind: str, zero_ns: int = 0
    ) -> None:
        """Show the run in a folder, which may still be empty; times count from `zero_ns` on."""
        self.close_run()
        if is_watch(experiment):
            self._open_watch(folder, zero_ns)
            return
        self._kind, self._known = worker_kind, ()
        self._groups = tuple(group_names(experiment["workload"]))
        store = PhaseStore(folder, experiment, is_async=is_async, zero_ns=zero_ns)
        shares = LaneShares(folder, zero_ns)
        shares.looks = RunLooks(folder, zero_ns)
        shares.turns = LoopTurns(folder)
        self.scene.show(store, shares, PlacementReader(folder, zero_ns))
        self.scene.lag = LoopLag(store) if is_async else None

    def _open_watch(self, folder: Path, zero_ns: int) -> None:
        """Show the threads of a watched program, whose looks are recorded in a folder."""
        self._kind, self._known, self._groups = "thread", (), ()
        looks = RunLooks(folder, zero_ns, watched=True)
        shares = WatchShares(folder, zero_ns)
        shares.looks = looks
        self.scene.show(ThreadStore(folder, looks, zero_ns), shares)

    def close_run(self) -> None:
        """Show nothing."""
        if self.scene.store is not None:
            self.scene.store.close()
        if self.scene.shares is not None:
            self.scene.shares.close_seen()
        self.scene.show(None, None)
        self.complete, self._fit = False, None
        self.canvas.update()

    @property
    def is_open(self) -> bool:
        """Whether there is a run."""
        return self.scene.store is not None

    @property
    def phase_count(self) -> int:
        """How many phases were read until now."""
        return self.scene.store.phase_count if self.scene.store else 0

    def take_in(self, *, ended: bool) -> bool:
        """Read what was recorded since the last call, up to a bound; return whether there may be more to read now.

        Data that has accumulated while the page was hidden is read in pieces, so that the window stays responsive.
        """
        scene = self.scene
        if scene.store is None or scene.shares is None or self.complete:
            return False
        more = scene.shares.refresh()
        more |= scene.shares.refresh_seen(final=ended)
        more |= scene.store.refresh(final=ended)
        if scene.placements is not None:
            scene.placements.refresh()
        if ended and not more:
            self.complete = True
            scene.store.close()
            if not isinstance(scene.store, ThreadStore):
                self._fit = self._fit_of(scene.store, scene.shares)
            QTimer.singleShot(_PAUSE_MS, self, self._work_out)
        return more

    def show_whole(self, folder: Path, experiment: TomlTable, *, is_async: bool, worker_kind: str) -> None:
        """Show a run that has ended; it is filled in gradually while the window stays responsive."""
        self.open_run(folder, experiment, is_async=is_async, worker_kind=worker_kind)
        self._fill_in()

    def draw(self, now_ns: int, *, ended: bool) -> None:
        """Draw what was read; the run's present time is `now_ns`."""
        store = self.scene.store
        if store is None:
            return
        if longest_ns := self._references_end_ns:  # all on the same axis, whichever took longest
            self.scene.range.least_ns = longest_ns
        self.scene.range.grow(max(now_ns, store.end_ns), ended=ended)
        self._set_rows(store)
        if self.scene.lag is not None and (self.complete or not ended):
            self.scene.lag.refresh(complete=self.complete)
        self.cores.take_in()
        self._show_scroll()
        self.canvas.update()
        self.minimap.update()
        self._update_references()
        self._tell_range()

    @property
    def visible_range(self) -> tuple[int, int]:
        """The visible stretch of the run: begin and end."""
        return self.scene.range.begin_ns, self.scene.range.end_ns

    def show_range(self, visible: tuple[int, int]) -> None:
        """Show this stretch, and stop following the run."""
        self.scene.range.follow = False
        self.scene.range.set(*visible)
        self._told = self.visible_range
        self.canvas.moved()

    def make_room(self, run_ns: int) -> None:
        """Allow showing as much time as another run took, even if this one took less."""
        self.scene.range.least_ns = max(run_ns, 1)
        self.scene.range.grow(self.scene.range.run_ns, ended=self.complete)

    def show_references(self, shown: Sequence[tuple[Path | None, ShownName]]) -> None:
        """Show the runs in these folders below the lanes, over as much time as the longest of all took."""
        wanted = [*shown, *[(None, ShownName("", ""))] * MOST_BEHIND]
        others = [strip.show_reference(*each) for strip, each in zip(self.references, wanted, strict=False)]
        if any(others):
            self.make_room(self._references_end_ns)

    @property
    def _references_end_ns(self) -> int:
        return max(each.end_ns for each in self.references)

    def _update_references(self) -> None:
        for each in self.references:
            each.update()

    @property
    def playhead_ns(self) -> int | None:
        """The time that is marked in all lanes."""
        return self.scene.playhead_ns

    def set_playhead(self, time_ns: int | None) -> None:
        """Mark a time in all lanes, or none."""
        if time_ns != self.scene.playhead_ns:
            self.scene.playhead_ns = time_ns
            self.canvas.hide_words()
            self.canvas.update()
            self.cores.update()

    def go_to(self, found: Found) -> None:
        """Scroll to a task and select it."""
        self.scene.go_to(found)
        self.selected.emit()
        self.canvas.moved()

    def set_theme(self, theme: Theme) -> None:
        """Draw with `theme`."""
        self.canvas.set_theme(theme)
        self.cores.set_theme(theme)
        self.minimap.set_theme(theme)
        for each in self.references:
            each.set_theme(theme)

    def _fill_in(self) -> None:
        more = self.take_in(ended=True)
        self.draw(0, ended=True)
        if more:
            QTimer.singleShot(0, self, self._fill_in)

    def _work_out(self) -> None:
        """Compute in small pieces what is not needed at once: who held the loops, and lanes without looks."""
        store, lag = self.scene.store, self.scene.lag
        if store is None or not self.complete:
            return
        found = lag is not None and lag.go_on()
        found |= self._fit is not None and self._fit.go_on()
        if found:
            self.canvas.update()
        if found or store.settle_some(_SETTLED_AT_ONCE):
            QTimer.singleShot(_PAUSE_MS, self, self._work_out)

    def _fit_of(self, store: PhaseStore, shares: LaneShares) -> RunFit:
        """Return the correction that makes the picture agree with the ledger of the run's result."""
        try:
            ledgers = lane_ledgers(RunFolder(store.folder).result())
        except RunFolderError:
            ledgers = []  # the result is damaged: make the picture without it
        return RunFit(store, shares, ledgers, [group.lanes for group in self.scene.rows.groups])

    def fold_all(self) -> None:
        """Fold every process and thread to a row of its own, or unfold them."""
        self.scene.rows.fold_all()
        self.canvas.moved()

    def show_gil(self, wanted: bool) -> None:
        """Show or hide the rows of the GIL."""
        self.shows_gil, self._known = wanted, ()
        if self.scene.store is not None:
            self._set_rows(self.scene.store)
        self.canvas.moved()

    def color_by(self, what: str) -> None:
        """Colour the lanes by `state`, `step` or `task`."""
        self.scene.color_by = what
        self.canvas.moved()

    def show_cores(self, wanted: bool) -> None:
        """Show or hide the row of cores, if the run has one."""
        self.cores.wanted = wanted
        self.cores.take_in()

    def _set_rows(self, store: PhaseStore) -> None:
        scene, processes = self.scene, self.scene.shares.processes if self.scene.shares else {}
        owners = tuple(store.owners.values()) if len(store.owners) < 3 else None
        tables = scene.looks.tables if scene.looks is not None else None
        names = tuple(scene.shares.names.values()) if isinstance(scene.shares, WatchShares) else ()
        known = (len(store.lanes), len(processes), owners, tables, self.complete, names)
        if known != self._known:
            self._known = known
            self._see_gil(store)
            scene.names = self._names_of(store)
            gils = rows_of([lane.pid for lane in store.lanes], scene.gil, scene.looks) if self.shows_gil else []
            scene.rows.set_lanes(store.lanes, scene.names, store.owners, processes, gils)

    def _names_of(self, store: PhaseStore) -> list[str]:
        if isinstance(store, ThreadStore):
            names = self.scene.shares.names if isinstance(self.scene.shares, WatchShares) else {}
            return [thread_title(lane, names.get((lane.pid, lane.thread), "")) for lane in store.lanes]
        return [worker_title(lane.lane, self._kind, lane.worker, self._groups) for lane in store.lanes]

    def _see_gil(self, store: PhaseStore) -> None:
        """Find out which threads are workers', and what is known about the run's GIL."""
        scene = self.scene
        scene.gil = GilFacts.read(store.folder)
        scene.workers = {
            (lane.pid, lane.thread): lane.lane for lane in store.lanes if not store.owners[lane.file].is_async
        }
        if scene.looks is not None and not isinstance(store, ThreadStore):  # a watched program's threads may be native
            scene.looks.python = {lane.thread for lane in store.lanes}

    def _show_scroll(self) -> None:
        last = self.scene.layout().last_first
        self.lanes.setVisible(last > 0)
        self.lanes.setPageStep(self.scene.room)
        self.lanes.setMaximum(last)
        self.lanes.setValue(self.scene.first_row)

    def _tell_range(self) -> None:
        if self.visible_range != self._told:
            self._told = self.visible_range
            self.range_changed.emit(self._told)

    def _on_moved(self) -> None:
        self._show_scroll()
        self.cores.update()
        self.minimap.update()
        self._update_references()
        self._tell_range()
        self.changed.emit()

    def _on_playhead_moved(self, time_ns: int | None) -> None:
        self.set_playhead(time_ns)
        self.playhead_changed.emit(time_ns)

    def _on_scrolled(self, first_row: int) -> None:
        self.scene.scroll_to(first_row)
        self.canvas.update()
