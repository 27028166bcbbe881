"""The conductor: takes commands, runs one experiment at a time and reports facts; its main thread never blocks.

One thread reads the commands, one writes the facts, and others do what takes time; each posts its result as a call to
the main thread's queue. Only the main thread holds the state and drives the run.
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
from engine.conductor.measurements.step_cost import StepMeasurements
from engine.conductor.request_checks import check_number, check_runnable, check_start, interpreter_of, with_gil
from engine.conductor.run import ConductedRun
from engine.conductor.run_places import RunPlaces
from engine.conductor.run_request import CheckedRun, RunContext
from engine.conductor.scripts import Scripts
from engine.conductor.service_process import Services
from engine.conductor.watching.watches import Watches
from engine.interpreters import installed as interpreters
from engine.log_file import NAME, where_the_log_is
from engine.processes.guard import Guard
from engine.wire.commands import (
    COMMANDS,
    Command,
    ControlRun,
    ExportRun,
    Hello,
    LocateWorkers,
    MeasureRunOverhead,
    MeasureStep,
    QueryCatalogue,
    QueryCosts,
    QueryInterpreters,
    QueryPythons,
    RunOptions,
    SampleStacks,
    SaveScript,
    StartRun,
    StartWatch,
    StopRun,
)
from engine.wire.decoders import WrongShapeError
from engine.wire.facts import CatalogueFound, ExportFailed, Failure, InterpretersFound, Ready, Refused
from engine.wire.interpreter import Interpreter
from engine.wire.messages import MessageReader, MessageWriter
from engine.wire.protocol import PROTOCOL_VERSION, message_of, parsed
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
        self._step_costs = StepMeasurements(self._catalogues, self._guard, writer.say, self._run_is_on)
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
        self._watches = Watches(self._context, self._places, self._run_is_on)
        self._pending: str | None = None  # the run that waits for its interpreter's catalogue
        self._searching = False
        self._next_check_s = 0.0
        reader.start(
            lambda line: self._calls.put(partial(self._on_line, line)),
            lambda reason: self._calls.put(partial(self._complain, reason)),
            lambda: self._calls.put(self.end),
        )

    def serve(self) -> None:
        """Work until the commands end; then end everything that was started."""
        self._writer.say(
            Ready(
                protocol=PROTOCOL_VERSION,
                pid=os.getpid(),
                cores=os.cpu_count(),
                platform=host_platform.platform(),
                python=host_platform.python_version(),
                figures=figures(self._platform),
            )
        )
        self._catalogues.ask(None, lambda _: None)  # read it early: a client will ask for it soon
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
        """End the wait for the next call. Every signal handler must call this: a signal that arrives at a timeout makes
        CPython's SimpleQueue (3.11 at least) wait without end."""
        self._calls.put(_nothing)

    def _turn(self) -> None:
        now_s = time.monotonic()
        next_s = now_s + _IDLE_S
        if self._run is not None:
            next_s = min(next_s, self._guarded(lambda: self._run.turn(now_s) if self._run else next_s) or next_s)
        next_s = min(next_s, self._guarded(lambda: self._watches.turn(now_s)) or next_s)
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
        """Make a call; report an exception, and end only the run or the watch that is on."""
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
            self._watches.fail(f"internal error: {reason}")
            return None

    def _check(self) -> None:
        self._guard.check()
        for name in self._services.check():
            if self._run is not None:
                self._run.service_died(name)

    def _close(self) -> None:
        self._interrupt_measurements()
        if self._run is not None:
            self._guarded(self._run.abandon)
        self._guarded(self._watches.abandon)
        self._guarded(self._services.close)
        self._guarded(self._places.close)
        self._guarded(self._catalogues.close)
        self._guarded(self._guard.close)
        self._writer.close()

    def _interrupt_measurements(self) -> None:
        self._costs.interrupt()
        self._step_costs.interrupt()
        self._overhead.interrupt()

    # --- commands

    def _on_line(self, line: bytes) -> None:
        try:
            values = parsed(line)
        except (ValueError, RecursionError) as error:
            self._complain(f"not a command: {error}: {line[:80].decode('utf-8', 'replace')}")
            return
        kind = values["type"]
        if kind not in COMMANDS:
            self._complain(f"there is no command {kind!r}; one of {', '.join(COMMANDS)}")
            return
        try:
            command = message_of(values, COMMANDS)
            if isinstance(command, (StartWatch, QueryPythons, SampleStacks)):
                self._on_watch(command)
            else:
                self._on_command(command)
        except WrongShapeError as error:
            key = error.key.removeprefix(f"{kind}.")
            if kind in (StartRun.TYPE, StartWatch.TYPE):  # the client waits for an answer about the run
                self._refuse(str(values.get("run_id")), key, error.problem)
            else:
                self._complain(error.problem, key)
        except ExperimentError as error:
            self._complain(error.problem, error.path)

    def _on_command(self, command: Command) -> None:
        match command:
            case Hello():
                self._on_hello(command)
            case QueryCatalogue():
                self._on_catalogue(command.interpreter or None, command.trust)
            case QueryInterpreters():
                self._on_interpreters(command.refresh)
            case StartRun():
                self._on_start(command)
            case StopRun():
                self._on_stop(command.run_id)
            case ControlRun():
                self._on_control(command)
            case LocateWorkers():
                self._on_locate(command.run_id)
            case ExportRun():
                self._on_export(command)
            case SaveScript():
                self._scripts.save(command)
            case QueryCosts() | MeasureStep() | MeasureRunOverhead():
                self._on_measurement(command)

    def _on_watch(self, command: StartWatch | QueryPythons | SampleStacks) -> None:
        if isinstance(command, QueryPythons):
            self._watches.list_pythons()
        elif isinstance(command, SampleStacks):
            if not self._watches.sample(command.run_id, on=command.on):
                self._complain("there is no such watch whose stacks could be sampled")
        else:
            self._interrupt_measurements()
            self._watches.start(command)

    def _on_measurement(self, command: QueryCosts | MeasureStep | MeasureRunOverhead) -> None:
        if isinstance(command, QueryCosts):
            self._costs.answer(command)
        elif isinstance(command, MeasureStep):
            self._step_costs.measure(command)
        else:
            self._overhead.measure(command)

    def _on_hello(self, command: Hello) -> None:
        if command.protocol != PROTOCOL_VERSION:
            self._complain(f"this is protocol {PROTOCOL_VERSION}, not {command.protocol!r}")

    def _on_catalogue(self, name: str | None, trust: bool) -> None:
        def answer(offer: Offer | ExperimentError) -> None:
            self._calls.put(partial(self._say_catalogue, name, offer))

        self._catalogues.ask(name, answer, trust=trust)

    def _say_catalogue(self, name: str | None, answer: Offer | ExperimentError) -> None:
        if isinstance(answer, ExperimentError):
            self._complain(answer.problem, answer.path)
        else:
            self._writer.say(CatalogueFound(name, answer.interpreter, answer.catalogue))

    def _on_interpreters(self, refresh: bool) -> None:
        if self._searching:
            return  # the search under way reports to every client
        self._searching = True
        threading.Thread(target=self._search, args=(refresh,), name="interpreters", daemon=True).start()

    def _search(self, refresh: bool) -> None:
        def report(found: list[Interpreter], complete: bool) -> None:
            self._writer.say(InterpretersFound(tuple(found), complete))

        try:
            interpreters.search(report, refresh=refresh)
        except Exception as error:
            self._calls.put(partial(self._complain, f"the search for interpreters failed: {error}"))
        finally:
            self._searching = False

    def _on_start(self, command: StartRun) -> None:
        start_ns = time.perf_counter_ns()
        run_id = command.run_id
        try:
            check_start(run_id, command.options, run_is_on=self._run_is_on())
            name = interpreter_of(command.experiment)
        except ExperimentError as error:
            self._refuse(run_id, error.path, error.problem)
            return
        self._pending = run_id
        self._interrupt_measurements()
        go_on = partial(self._on_offer, run_id, command.experiment, command.options, start_ns)
        trust = command.options.trust
        self._catalogues.ask(name, lambda answer: self._calls.put(lambda: go_on(answer)), trust=trust)

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
            request = CheckedRun(run_id, experiment, options, interpreter, answer.catalogue, folder, start_ns)
            self._run = ConductedRun(request, self._context)
        except ExperimentError as error:
            self._refuse(run_id, error.path, error.problem)
        except OSError as error:
            self._places.give_up(run_id)
            self._refuse(run_id, "", f"the run's folder cannot be made: {error}")
        except Exception as error:  # the client waits for an answer about the run in any case
            self._places.give_up(run_id)
            self._refuse(run_id, "", f"internal error: {type(error).__name__}: {error}")
            raise
        else:
            kind, workers = experiment.model.kind, experiment.model.workers
            _LOG.info("run %s: %s with %s workers on %s", run_id, kind, workers, interpreter.path)
            self._run.begin()

    def _on_stop(self, run_id: str) -> None:
        if self._watches.stop(run_id):
            return
        if self._pending is not None and self._pending == run_id:
            self._pending = None
            self._refuse(run_id, "", "stopped before it began")
        elif self._run is not None and self._run.request.run_id == run_id:
            self._run.stop()

    def _on_control(self, command: ControlRun) -> None:
        run = self._run
        if run is None or run.over or run.request.run_id != command.run_id:
            self._complain("there is no such run to control")
            return
        check_number(command.arrival_per_s, "arrival_per_s", 0.001, 1_000_000)
        check_number(command.switch_interval_s, "switch_interval_s", 0.000001, 10)
        run.control(arrival_per_s=command.arrival_per_s, switch_interval_s=command.switch_interval_s)

    def _on_locate(self, run_id: str) -> None:
        if self._watches.locate(run_id):
            return
        run = self._run
        if run is None or run.over or run.request.run_id != run_id:
            self._complain("there is no such run whose workers could be located")
            return
        run.locate()

    def _on_export(self, command: ExportRun) -> None:
        folder = self._places.folder_of(command.run_id)
        if folder is None:
            self._writer.say(ExportFailed(command.run_id, "there is no such run"))
            return
        threading.Thread(target=export, args=(command, folder, self._writer.say), name="export", daemon=True).start()

    # --- others

    def _on_service(self) -> None:
        if self._run is not None:
            self._run.proceed()

    def _run_is_on(self) -> bool:
        on = self._pending is not None or (self._run is not None and not self._run.ended)
        return on or self._watches.is_on

    def _refuse(self, run_id: str, key: str, reason: str) -> None:
        _LOG.info("run %s was refused: %s: %s", run_id, key, reason)
        self._writer.say(Refused(run_id, key, reason))

    def _complain(self, reason: str, key: str = "") -> None:
        _LOG.warning("%s: %s", key, reason)
        self._writer.say(Failure(key, f"{key}: {reason}" if key else reason))
