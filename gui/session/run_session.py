"""The run's state machine: idle, starting, warming up, measuring, draining, ended; and the run's data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.record.run_folder import new_run_id
from engine.trace.watched import is_watch, watch_table
from engine.wire.commands import (
    Command,
    ControlRun,
    ExportRun,
    LocateWorkers,
    MeasureRunOverhead,
    RunOptions,
    SampleStacks,
    StartRun,
    StartWatch,
    StopRun,
)
from engine.wire.facts import (
    Ended,
    Exported,
    ExportFailed,
    Fact,
    OutputText,
    OverheadMeasured,
    Refused,
    RunFact,
    StageEntered,
    WorkersLocated,
)
from engine.wire.protocol import RUN_STAGES
from engine.wire.result import NamedInterpreter
from engine.wire.tick import Tick
from engine.wire.watch_messages import FunctionsSampled, WatchTarget
from engine.wording.under_way import UNDER_WAY
from engine.workload.catalogue import ModelCard
from engine.workload.toml_table import TomlTable

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

UNANSWERED_STOP_MS = 2_500
UNANSWERED_WATCH_MS = 12_000  # a program that is watched has twice three seconds to end by itself


class RunSession(QObject):
    """Has at most one run at a time. Methods send commands; `take` receives facts, which signals pass on.

    `stage` is `idle` or one of the protocol's RUN_STAGES. `data` is the last run, also after its end.
    """

    changed = Signal()  # stage, stopping, or data is another object
    ended = Signal(object)  # GrowingRun
    refused = Signal(str, str)  # key (may be empty), reason
    printed = Signal(str)  # what the workload printed
    exported = Signal(object)  # the protocol's message
    export_failed = Signal(str)
    stop_unanswered = Signal()
    observer_cost_changed = Signal(object)  # the protocol's `observer_cost`

    def __init__(self, send: Callable[[Command], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._send = send
        self.data: GrowingRun | None = None
        self.stage = "idle"
        self.stopping = False
        self.measuring_cost = False
        self._exporting: set[str] = set()
        self._stop_limit = QTimer(self)
        self._stop_limit.setSingleShot(True)
        self._stop_limit.setInterval(UNANSWERED_STOP_MS)
        self._stop_limit.timeout.connect(self.stop_unanswered)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.stage not in ("idle", "ended")

    def start(
        self,
        experiment: TomlTable,
        card: ModelCard | None = None,
        interpreter: NamedInterpreter | None = None,
        *,
        trust: bool = False,
        history: bool = True,
    ) -> None:
        """Ask for a run; see `engine.wire.commands.RunOptions`. Not while one is under way."""
        if self.running:
            raise RuntimeError(UNDER_WAY)
        # Imported only for a run: it imports numpy, which would delay the window's first paint.
        from gui.session.run_data import GrowingRun

        data = GrowingRun(new_run_id(), experiment, card, interpreter)
        if not self._send(StartRun(data.run_id, experiment, RunOptions(trust=trust, history=history))):
            self.refused.emit("", "the engine is not running")
            return
        self.data = data
        self.measuring_cost = False
        self._enter("starting")

    def watch(self, target: WatchTarget, title: str) -> None:
        """Ask for a program to be watched, called `title` until more is known. Not while a run is under way."""
        if self.running:
            raise RuntimeError(UNDER_WAY)
        from gui.session.run_data import GrowingRun

        data = GrowingRun(new_run_id(), watch_table(title, {"pid": target.pid} if target.pid is not None else {}))
        if not self._send(StartWatch(data.run_id, target)):
            self.refused.emit("", "the engine is not running")
            return
        self.data = data
        self.measuring_cost = False
        self._enter("starting")

    def stop(self) -> None:
        """Ask the run to end; what was measured stays."""
        if not self.running or self.data is None or self.stopping:
            return
        self.stopping = True
        self._stop_limit.start(UNANSWERED_WATCH_MS if is_watch(self.data.experiment) else UNANSWERED_STOP_MS)
        self._send(StopRun(self.data.run_id))
        self.changed.emit()

    def control(self, *, arrival_per_s: float | None = None, switch_interval_s: float | None = None) -> None:
        """Change the run under way."""
        if self.running and self.data is not None:
            self._send(ControlRun(self.data.run_id, arrival_per_s, switch_interval_s))

    def locate_workers(self) -> None:
        """Ask where every worker is now; the answer is in `data.located`."""
        if self.running and self.data is not None:
            self._send(LocateWorkers(self.data.run_id))

    def sample_stacks(self, *, on: bool) -> None:
        """Start or stop sampling the stacks of the watched program; the results are in `data.functions`."""
        if self.running and self.data is not None:
            self._send(SampleStacks(self.data.run_id, on))

    def measure_observer_cost(self, *, trust: bool) -> bool:
        """Ask for the overhead of observing the last run, and return whether it is being measured now.

        It takes half a minute; a run that begins ends it.
        """
        if self.data is not None and not self.running and not self.measuring_cost:
            self.measuring_cost = self._send(MeasureRunOverhead(self.data.run_id, trust=trust))
        return self.measuring_cost

    def stop_observer_cost(self) -> None:
        """Stop measuring the overhead."""
        if self.data is not None:
            self._send(MeasureRunOverhead(self.data.run_id, stop=True))

    def export(self, run_id: str | None = None, *, csv: str | None = None, trace: str | None = None) -> None:
        """Ask for the CSV folder, the trace, or both, of the last run or of another that was kept."""
        if run_id is None and self.data is not None and not self.running:
            run_id = self.data.run_id
        if run_id is None:
            self.export_failed.emit("there is no run to export yet")
        elif not self._send(ExportRun(run_id, csv, trace)):
            self.export_failed.emit("the engine is not running")
        else:
            self._exporting.add(run_id)

    def show(self, data: GrowingRun) -> None:
        """Show an earlier run as if it had just ended. Not during a run."""
        if self.running:
            raise RuntimeError(UNDER_WAY)
        self.data = data
        self._enter("ended")

    def take(self, fact: Fact) -> None:
        """Process a fact from the conductor; one that is about another run changes nothing."""
        if isinstance(fact, (Exported, ExportFailed)) and fact.run_id in self._exporting:
            self._on_export(fact)
        elif isinstance(fact, RunFact) and self.data is not None and fact.run_id == self.data.run_id:
            self._take(fact, self.data)

    def _take(self, fact: RunFact, data: GrowingRun) -> None:
        match fact:
            case Tick():
                if self.running:
                    data.take_tick(fact)
            case StageEntered():
                self._on_state(fact, data)
            case OutputText():
                data.take_output(fact.text, fact.dropped)
                self.printed.emit(fact.text)
            case Ended():
                self._on_ended(fact, data)
            case Refused():
                self._on_refused(fact)
            case WorkersLocated():
                data.take_located(fact)
            case FunctionsSampled():
                data.take_functions(fact)
            case OverheadMeasured():
                self._on_overhead(fact, data)
            case Exported() | ExportFailed():
                self._on_export(fact)

    def lose(self, reason: str) -> None:
        """End the run because the conductor is gone."""
        self.measuring_cost = False
        if self.running and self.data is not None:
            self.data.lose(f"The engine ended unexpectedly ({reason}).")
            self._enter("ended")
            self.ended.emit(self.data)

    def forget(self) -> None:
        """Go back to idle, with no run to show."""
        if not self.running:
            self.data = None
            self._enter("idle")

    def _enter(self, stage: str) -> None:
        self.stage = stage
        if not self.running:
            self.stopping = False
            self._stop_limit.stop()
        self.changed.emit()

    def _on_state(self, fact: StageEntered, data: GrowingRun) -> None:
        # `ended` is only entered with the result, which the `Ended` fact brings.
        if self.running and fact.stage in RUN_STAGES[:-1]:
            data.enter(fact.stage, fact.t_s, fact.folder)
            self._enter(fact.stage)

    def _on_ended(self, fact: Ended, data: GrowingRun) -> None:
        if self.running:
            data.end(fact.result, fact.folder)
            self._enter("ended")
            self.ended.emit(data)

    def _on_refused(self, fact: Refused) -> None:
        if self.running:
            self.data = None
            self._enter("idle")
            self.refused.emit(fact.key, fact.reason)

    def _on_overhead(self, fact: OverheadMeasured, data: GrowingRun) -> None:
        self.measuring_cost = not (fact.cost or fact.reason)
        if fact.cost and data.result is not None:
            data.result = replace(data.result, observer_cost=fact.cost)
            data.version += 1
        self.observer_cost_changed.emit(fact)

    def _on_export(self, fact: Exported | ExportFailed) -> None:
        if isinstance(fact, Exported):
            self.exported.emit(fact)
        else:
            self.export_failed.emit(fact.reason)
