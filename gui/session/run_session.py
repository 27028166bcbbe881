"""The run's state machine: idle, starting, warming up, measuring, draining, ended; and what it measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.record.run_folder import new_run_id
from engine.wire.protocol import RUN_STAGES
from engine.workload.catalogue import ModelCard

if TYPE_CHECKING:
    from gui.session.run_data import GrowingRun

UNANSWERED_STOP_MS = 4_000


class RunSession(QObject):
    """At most one run at a time. Commands are methods; facts come in by `take` and up as signals.

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

    def __init__(self, send: Callable[[dict[str, Any]], bool], parent: QObject | None = None) -> None:
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
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "state": self._on_state,
            "tick": self._on_tick,
            "output": self._on_output,
            "ended": self._on_ended,
            "refused": self._on_refused,
            "exported": self.exported.emit,
            "export_failed": self._on_export_failed,
            "observer_cost": self._on_observer_cost,
        }

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.stage not in ("idle", "ended")

    def start(
        self,
        experiment: dict[str, Any],
        card: ModelCard | None = None,
        interpreter: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Ask for a run; `options` are the protocol's run options. Not while one is under way."""
        if self.running:
            raise RuntimeError("a run is under way")
        # Not before there is a run: the window is painted sooner without numpy.
        from gui.session.run_data import GrowingRun

        data = GrowingRun(new_run_id(), experiment, card, interpreter)
        command = {"type": "start", "run_id": data.run_id, "experiment": experiment, "options": options}
        if not self._send(command):
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
        self._stop_limit.start()
        self._send({"type": "stop", "run_id": self.data.run_id})
        self.changed.emit()

    def control(self, **values: float) -> None:
        """Change `arrival_per_s` or `switch_interval_s` of the run under way."""
        if self.running and self.data is not None:
            self._send({"type": "control", "run_id": self.data.run_id, **values})

    def measure_observer_cost(self, *, trust: bool) -> bool:
        """Ask what it costs the last run to be watched, and return whether that is measured now.

        It takes half a minute; a run that begins ends it.
        """
        if self.data is not None and not self.running and not self.measuring_cost:
            self.measuring_cost = self._send({"type": "observer_cost", "run_id": self.data.run_id, "trust": trust})
        return self.measuring_cost

    def stop_observer_cost(self) -> None:
        """End that."""
        if self.data is not None:
            self._send({"type": "observer_cost", "run_id": self.data.run_id, "stop": True})

    def export(self, run_id: str | None = None, *, csv: str | None = None, trace: str | None = None) -> None:
        """Ask for the CSV folder, the trace, or both, of the last run or of another that was kept."""
        if run_id is None and self.data is not None and not self.running:
            run_id = self.data.run_id
        if run_id is None:
            self.export_failed.emit("there is no run to export yet")
        elif not self._send({"type": "export", "run_id": run_id, "csv": csv, "trace": trace}):
            self.export_failed.emit("the engine is not running")
        else:
            self._exporting.add(run_id)

    def show(self, data: GrowingRun) -> None:
        """Show a run of before as if it had just ended. Not while one is under way."""
        if self.running:
            raise RuntimeError("a run is under way")
        self.data = data
        self._enter("ended")

    def take(self, message: dict[str, Any]) -> None:
        """Take in a message of the conductor's; one that is about another run changes nothing."""
        kind, run_id = message["type"], message.get("run_id")
        handler = self._handlers.get(kind)
        about_export = kind in ("exported", "export_failed") and run_id in self._exporting
        if handler is not None and (about_export or (self.data is not None and run_id == self.data.run_id)):
            handler(message)

    def lose(self, reason: str) -> None:
        """Take in that the conductor is gone."""
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

    def _on_state(self, message: dict[str, Any]) -> None:
        # `ended` is only entered with the result, which the `ended` message brings.
        if self.data is None or not self.running or message["stage"] not in RUN_STAGES[:-1]:
            return
        self.data.take_state(message)
        self._enter(message["stage"])

    def _on_tick(self, message: dict[str, Any]) -> None:
        if self.data is not None and self.running:
            self.data.take_tick(message)

    def _on_output(self, message: dict[str, Any]) -> None:
        if self.data is not None:
            self.data.take_output(message)
            self.printed.emit(message["text"])

    def _on_ended(self, message: dict[str, Any]) -> None:
        if self.data is not None and self.running:
            self.data.take_ended(message)
            self._enter("ended")
            self.ended.emit(self.data)

    def _on_refused(self, message: dict[str, Any]) -> None:
        if self.running:
            self.data = None
            self._enter("idle")
            self.refused.emit(str(message.get("key") or ""), str(message["reason"]))

    def _on_observer_cost(self, message: dict[str, Any]) -> None:
        self.measuring_cost = not (message["cost"] or message["reason"])
        if message["cost"] and self.data is not None and self.data.result is not None:
            self.data.result["observer_cost"] = message["cost"]
            self.data.version += 1
        self.observer_cost_changed.emit(message)

    def _on_export_failed(self, message: dict[str, Any]) -> None:
        self.export_failed.emit(str(message["reason"]))
