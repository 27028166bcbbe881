"""The conductor: takes commands, runs one experiment at a time, says facts; it never waits for anything but both.

One thread reads the commands, one writes the facts, others wait for what takes time; whatever they find comes to the
main thread as a call in one queue. The main thread alone knows the state, and makes every turn of a run.
"""

from __future__ import annotations

import logging
import os
import platform as host_platform
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from engine.conductor.catalogues import Catalogues, Offer
from engine.conductor.exports import export
from engine.conductor.measurements.costs import Costs
from engine.conductor.measurements.overhead import MeasurementContext, OverheadMeasurement
from engine.conductor.options import RunOptions, check_options
from engine.conductor.request_checks import check_runnable, interpreter_of, number_or_none, text_or_none, with_gil
from engine.conductor.run import ConductedRun
from engine.conductor.run_places import RUN_ID, RunPlaces
from engine.conductor.run_request import RunContext, RunRequest
from engine.conductor.scripts import Scripts
from engine.conductor.service_process import Services
from engine.interpreters import installed as interpreters
from engine.log_file import NAME, where_the_log_is
from engine.processes.guard import Guard
from engine.wire.messages import MessageReader, MessageWriter
from engine.wire.protocol import PROTOCOL_VERSION
from engine.witness.platforms import figures, this_platform
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check

_LOG: Final = logging.getLogger(NAME)
_CHECK_S: Final = 0.5
_IDLE_S: Final = 0.5


def _nothing() -> None:
    pass


class ConductorServer:
    """One conductor over a pair of pipes. `adopter` is this process's id where orphans come to it, else None."""

    def __init__(self, reader: MessageReader, writer: MessageWriter, *, adopter: int | None) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._writer = writer
        self._ending = False
        self._guard = Guard()
        self._catalogues = Catalogues(self._guard)
        self._places = RunPlaces(self._guard)
        self._platform = this_platform()
        self._services = Services(self._guard, lambda: self._calls.put(self._on_service))
        self._context = RunContext(
            self._platform,
            self._guard,
            self._services,
            self._catalogues.plugins,
            adopter,
            writer.say,
            writer.say_line,
            self._calls.put,
            lambda request: self._places.keep(request.run_id, request.options),
        )
        self._scripts = Scripts(self._catalogues, self._guard, writer.say)
        self._costs = Costs(self._catalogues, self._guard, writer.say, self._run_is_on)
        self._overhead = OverheadMeasurement(
            MeasurementContext(
                self._guard,
                self._services,
                self._catalogues,
                self._places.folder_of,
                writer.say,
                self._calls.put,
                self._run_is_on,
            )
        )
        self._run: ConductedRun | None = None
        self._pending: str | None = None  # the run that waits for its interpreter's catalogue
        self._searching = False
        self._next_check_s = 0.0
        self._commands: dict[str, Callable[[dict[str, Any]], None]] = {
            "hello": self._on_hello,
            "catalogue": self._on_catalogue,
            "interpreters": self._on_interpreters,
            "start": self._on_start,
            "stop": self._on_stop,
            "control": self._on_control,
            "export": self._on_export,
            "script": self._scripts.on_command,
            "costs": self._costs.on_command,
            "observer_cost": self._overhead.on_command,
        }
        reader.start(
            lambda message: self._calls.put(partial(self._on_message, message)),
            lambda reason: self._calls.put(partial(self._complain, reason)),
            lambda: self._calls.put(self.end),
        )

    def serve(self) -> None:
        """Work until the commands end; then end everything that was started."""
        self._writer.say(
            {
                "type": "ready",
                "protocol": PROTOCOL_VERSION,
                "pid": os.getpid(),
                "cores": os.cpu_count(),
                "platform": host_platform.platform(),
                "python": host_platform.python_version(),
                "figures": figures(self._platform),
            }
        )
        self._catalogues.ask(None, lambda _: None)  # it will be asked for soon
        try:
            while not self._ending and not self._writer.broken:
                self._turn()
        finally:
            self._close()

    def end(self) -> None:
        """Leave `serve` after this turn. May be called from a signal handler, as `wake` may."""
        self._ending = True
        self.wake()

    def wake(self) -> None:
        """End the wait for the next call. Every signal has to: one that comes as a wait's time is over makes
        CPython's SimpleQueue (3.11 at least) wait without end."""
        self._calls.put(_nothing)

    def _turn(self) -> None:
        now_s = time.monotonic()
        next_s = now_s + _IDLE_S
        if self._run is not None:
            next_s = min(next_s, self._guarded(lambda: self._run.turn(now_s) if self._run else next_s) or next_s)
        if now_s >= self._next_check_s:
            self._next_check_s = now_s + _CHECK_S
            self._guarded(self._check)
        try:
            self._guarded(self._calls.get(timeout=max(0.0, next_s - time.monotonic())))
            while True:
                self._guarded(self._calls.get_nowait())
        except queue.Empty:
            pass

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """Make a call; what it raises is said, and ends nothing but the run it belongs to."""
        try:
            return call()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            self._complain(f"internal error: {reason}. {where_the_log_is()}".rstrip())
            _LOG.exception("internal error")
            import traceback

            traceback.print_exc()
            if self._run is not None:
                self._run.fail(f"internal error: {reason}")
            return None

    def _check(self) -> None:
        self._guard.check()
        for name in self._services.check():
            if self._run is not None:
                self._run.service_died(name)

    def _close(self) -> None:
        self._costs.interrupt()
        self._overhead.interrupt()
        if self._run is not None:
            self._guarded(self._run.abandon)
        self._guarded(self._services.close)
        self._guarded(self._places.close)
        self._guarded(self._catalogues.close)
        self._guarded(self._guard.close)
        self._writer.close()

    # --- commands

    def _on_message(self, message: dict[str, Any]) -> None:
        handler = self._commands.get(message["type"])
        if handler is None:
            self._complain(f"there is no command {message['type']!r}; one of {', '.join(self._commands)}")
            return
        try:
            handler(message)
        except ExperimentError as error:
            self._complain(error.problem, error.path)

    def _on_hello(self, message: dict[str, Any]) -> None:
        if message.get("protocol") != PROTOCOL_VERSION:
            self._complain(f"this is protocol {PROTOCOL_VERSION}, not {message.get('protocol')!r}")

    def _on_catalogue(self, message: dict[str, Any]) -> None:
        name = text_or_none(message, "interpreter")
        self._catalogues.ask(name, lambda answer: self._calls.put(partial(self._say_catalogue, name, answer)))

    def _say_catalogue(self, name: str | None, answer: Offer | ExperimentError) -> None:
        if isinstance(answer, ExperimentError):
            self._complain(answer.problem, answer.path)
        else:
            self._writer.say(
                {
                    "type": "catalogue",
                    "interpreter": {**answer.interpreter.to_json(), "asked": name},
                    "catalogue": answer.catalogue.to_json(),
                }
            )

    def _on_interpreters(self, message: dict[str, Any]) -> None:
        if self._searching:
            return  # what it finds is said to all
        self._searching = True
        refresh = message.get("refresh") is True
        threading.Thread(target=self._search, args=(refresh,), name="interpreters", daemon=True).start()

    def _search(self, refresh: bool) -> None:
        def report(found: list[interpreters.Interpreter], complete: bool) -> None:
            listed = [each.to_json() for each in found]
            self._writer.say({"type": "interpreters", "interpreters": listed, "complete": complete})

        try:
            interpreters.search(report, refresh=refresh)
        except Exception as error:
            self._calls.put(partial(self._complain, f"the search for interpreters failed: {error}"))
        finally:
            self._searching = False

    def _on_start(self, message: dict[str, Any]) -> None:
        start_ns = time.perf_counter_ns()
        run_id = message.get("run_id")
        if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
            self._refuse(str(run_id), "run_id", "must be letters, digits, dots, dashes and underscores")
            return
        if self._run_is_on():
            self._refuse(run_id, "", "another run is on; stop it first")
            return
        try:
            options = check_options(message.get("options"))
            name = interpreter_of(message.get("experiment"))
        except ExperimentError as error:
            self._refuse(run_id, error.path, error.problem)
            return
        self._pending = run_id
        self._costs.interrupt()
        self._overhead.interrupt()
        go_on = partial(self._on_offer, run_id, message.get("experiment"), options, start_ns)
        self._catalogues.ask(name, lambda answer: self._calls.put(lambda: go_on(answer)))

    def _on_offer(
        self, run_id: str, data: object, options: RunOptions, start_ns: int, answer: Offer | ExperimentError
    ) -> None:
        if self._pending != run_id:
            return  # it was stopped meanwhile
        self._pending = None
        try:
            if isinstance(answer, ExperimentError):
                raise answer
            experiment = check(data, answer.catalogue)
            check_runnable(experiment, answer.catalogue, options)
            interpreter = with_gil(answer.interpreter, experiment.model.gil)
            folder = self._places.folder_for(run_id, options)
            request = RunRequest(run_id, experiment, options, interpreter, answer.catalogue, folder, start_ns)
            self._run = ConductedRun(request, self._context)
        except ExperimentError as error:
            self._refuse(run_id, error.path, error.problem)
        except OSError as error:
            self._places.give_up(run_id)
            self._refuse(run_id, "", f"the run's folder cannot be made: {error}")
        except Exception as error:  # somebody waits for the run, whatever went wrong
            self._places.give_up(run_id)
            self._refuse(run_id, "", f"internal error: {type(error).__name__}: {error}")
            raise
        else:
            kind, workers = experiment.model.kind, experiment.model.workers
            _LOG.info("run %s: %s with %s workers on %s", run_id, kind, workers, interpreter.path)
            self._run.begin()

    def _on_stop(self, message: dict[str, Any]) -> None:
        run_id = message.get("run_id")
        if self._pending is not None and self._pending == run_id:
            self._pending = None
            self._refuse(run_id, "", "stopped before it began")
        elif self._run is not None and self._run.request.run_id == run_id:
            self._run.stop()

    def _on_control(self, message: dict[str, Any]) -> None:
        run = self._run
        if run is None or run.over or run.request.run_id != message.get("run_id"):
            self._complain("there is no such run to control")
            return
        run.control(
            arrival_per_s=number_or_none(message, "arrival_per_s", 0.001, 1_000_000),
            switch_interval_s=number_or_none(message, "switch_interval_s", 0.000001, 10),
        )

    def _on_export(self, message: dict[str, Any]) -> None:
        run_id = str(message.get("run_id"))
        csv, trace = text_or_none(message, "csv"), text_or_none(message, "trace")
        folder = self._places.folder_of(run_id)
        if folder is None:
            self._writer.say({"type": "export_failed", "run_id": run_id, "reason": "there is no such run"})
            return
        threading.Thread(
            target=export, args=(run_id, folder, csv, trace, self._writer.say), name="export", daemon=True
        ).start()

    # --- others

    def _on_service(self) -> None:
        if self._run is not None:
            self._run.proceed()

    def _run_is_on(self) -> bool:
        return self._pending is not None or (self._run is not None and not self._run.ended)

    def _refuse(self, run_id: str, key: str, reason: str) -> None:
        _LOG.info("run %s was refused: %s: %s", run_id, key, reason)
        self._writer.say({"type": "refused", "run_id": run_id, "key": key, "reason": reason})

    def _complain(self, reason: str, key: str = "") -> None:
        _LOG.warning("%s: %s", key, reason)
        self._writer.say({"type": "error", "key": key, "reason": f"{key}: {reason}" if key else reason})
