"""One run's life: starting, warming up, measuring, draining, ended."""

from __future__ import annotations

import time
from typing import Any, Final

from engine.conductor.life import RunLife
from engine.conductor.measurements.cost_cache import known_costs
from engine.conductor.run_monitor import RunMonitor, cards_of
from engine.conductor.run_request import CheckedRun, RunContext
from engine.conductor.run_result import RunEnding
from engine.conductor.whereabouts.time_limit import TimeLimit
from engine.conductor.whereabouts.whereabouts import Whereabouts
from engine.host.control import Control
from engine.launch.host_process import HostLaunch, HostProcess, how_it_ended
from engine.processes.escaped_processes import EscapedProcesses
from engine.processes.output import Output, OutputFacts
from engine.record.host_files import HostSettings, write_request
from engine.record.run_files import RunFiles
from engine.trace.step_kinds import async_steps
from engine.wire.facts import StageEntered, WorkersLocated
from engine.wire.host_answers import HostDone, HostNotes, HostReady
from engine.wire.protocol import encode_message
from engine.wire.query_answers import HostAnswer
from engine.wire.tick import Mark, Tick
from engine.witness.environment import environment
from engine.witness.rate_limiter import RateLimiter
from engine.witness.sampler import own_processes
from engine.witness.sleep_lateness import LATENESS_HZ, LATENESS_SHARE
from engine.witness.witness import Witness

STOP_GRACE_S: Final = 0.3
EXIT_GRACE_S: Final = 2.0  # how long a host may take to exit after its last answer


class ConductedRun:
    """A run, driven by its conductor's main thread: `turn` in its loop, `stop` and `control` on a person's command.

    When `over` is true, all processes that it started are gone; when `ended` is, its result was kept and reported.
    """

    def __init__(self, request: CheckedRun, context: RunContext) -> None:
        self.request, self._context = request, context
        self.over = False
        self._files = RunFiles(request.folder)
        self._control = Control.create(str(request.folder))
        self._monitor = RunMonitor(
            request.folder, request.experiment, request.catalogue, context.platform, request.start_ns
        )
        self._monitor.gil = request.interpreter.gil_enabled is not False
        self._output = Output()
        self._told = OutputFacts(request.run_id, self._output)
        self._host: HostProcess | None = None
        self._escaped: EscapedProcesses | None = None
        self._life = RunLife(self._files, request.run_id)
        self._stopping_s: float | None = None  # when it was stopped
        self._exiting_s: float | None = None  # when the host said it was done
        self._killed = False
        self._whereabouts = Whereabouts(request.folder, self._monitor)
        limit_s = request.experiment.workload.time_limit_s
        self._limit = TimeLimit(
            limit_s, request.start_ns, self._monitor, self._whereabouts, self._life.take_notes, self.stop
        )
        self._ending = RunEnding(request, context, self._life, self._files)
        self._last_tick: Tick | None = None
        tick_hz = request.options.tick_hz
        self._samples, self._ticks = RateLimiter(request.options.sample_hz, later_hz=tick_hz), RateLimiter(tick_hz)
        self._wakes = RateLimiter(LATENESS_HZ, LATENESS_SHARE, uneven=True)
        self._mark_text = f"GILSCOPE_RUN={request.run_id}"
        self._names = sorted({name for card in self._cards()[1].values() for name in card.services})

    @property
    def ended(self) -> bool:
        """Whether its result was kept and reported."""
        return self._ending.is_reported

    def begin(self) -> None:
        """Start the services that the run needs; end the run at once if they cannot be started."""
        request = self.request
        model, steps = self._cards()
        workload, models = request.experiment.to_dict()["workload"], request.catalogue.models
        cards = {
            "model": model.to_json(),
            "steps": {key: card.to_json() for key, card in steps.items()},
            "async_steps": async_steps(workload, model, models),
        }
        about = environment(request.run_id, request.start_ns, request.interpreter.to_json())
        about["model_costs"] = known_costs(request.catalogue, request.interpreter)
        self._files.write_start(request.experiment.to_dict(), about, cards)
        self._enter("starting")
        try:
            self._context.services.need(self._names)
        except (LookupError, OSError) as error:
            self._end("failed", str(error))
            return
        self.proceed()

    def proceed(self) -> None:
        """Start the host once its services listen."""
        if self._host is not None or self.over or self._life.stage != "starting":
            return
        try:
            addresses = self._context.services.addresses(self._names)
            if addresses is not None:
                self._start_host(addresses)
        except OSError as error:
            self._end("failed", f"the host cannot be started: {error}" if self._names == [] else str(error))

    def stop(self) -> None:
        """Stop: workers take no further task, and the host is killed if it does not end soon."""
        if self.over or self._stopping_s is not None:
            return
        self._stopping_s = time.monotonic()
        self._control.stop()
        if self._host is None:
            self._end("stopped", None)
        elif self._life.stage == "starting":
            self._kill()
        else:
            self._enter("draining")

    def control(self, *, arrival_per_s: float | None, switch_interval_s: float | None) -> None:
        """Change the running experiment; each change leaves a mark on the timeline."""
        if arrival_per_s is not None:
            self._control.arrival_per_s = arrival_per_s
            text = f"arrivals {arrival_per_s:g}/s"
            self._life.mark(Mark(self._t_s(), text, arrival_per_s=arrival_per_s))
        if switch_interval_s is not None:
            self._control.switch_interval_s = switch_interval_s
            text = f"switch interval {switch_interval_s * 1e3:g} ms"
            self._life.mark(Mark(self._t_s(), text, switch_interval_s=switch_interval_s))

    def service_died(self, name: str) -> None:
        """Note that a service died and is being restarted."""
        if name in self._names and not self.over:
            text = f"The {name} service ended {self._t_s():.1f} s after the start, and was started again."
            self._life.take_notes(f"{text} Tasks that needed it meanwhile failed.")
            self._life.mark(Mark(self._t_s(), f"{name} service ended"))

    def turn(self, now_s: float) -> float:
        """Do what is due; return when to come again (`time.monotonic`)."""
        if self.over:
            return now_s + 1.0
        self._end_what_overstays(now_s)
        if self._host is None:
            return now_s + 0.1
        self._whereabouts.turn(now_s, tasks_run=self._life.stage in ("measuring", "draining"))
        wakes_s = now_s + 1.0
        if self._monitor.wants_lateness:
            wakes_s = self._wakes.turn(now_s, self._monitor.accounts.lateness.look)
        return min(wakes_s, self._samples.turn(now_s, self._read), self._ticks.turn(now_s, self._tick))

    def locate(self) -> None:
        """Report where every worker is in its code, once its processes have answered."""
        say, run_id = self._context.say, self.request.run_id
        self._whereabouts.ask(lambda places: say(WorkersLocated(run_id, self._t_s(), places)))

    def fail(self, reason: str) -> None:
        """End the run after an internal error, and keep the results so far."""
        if self._ending.is_begun:
            return
        self.over = True
        if self._host is not None:
            self._kill()
            self._host.close()
        self._monitor.end_looking()
        self._life.end("failed", reason, self._output.kept()[1])
        self._life.write()
        self._ending.begin(self._last_tick)

    def abandon(self) -> None:
        """End everything now, because the conductor ends. The next reader of the history makes the result."""
        if self._ending.is_begun:
            self._ending.wait()
        elif not self.over:
            self.over = True
            if self._host is not None:
                self._kill()
                self._host.close()
                self._end_escaped()
            self._monitor.end_looking()
            text, dropped = self._output.kept()
            self._life.end("stopped", "its conductor was told to end", dropped)
            self._monitor.save(now=True)
            self._enter("ended")
            self._files.close(text)

    # --- the host's answers and its end, on the main thread

    def _on_answer(self, answer: HostAnswer) -> None:
        if isinstance(answer, HostReady) and self._life.stage == "starting":
            self._life.take_ready(answer)
            self._set_gil(answer.python.gil_enabled)
            self._enter("warming_up")
            self._read()
        elif isinstance(answer, HostNotes):
            self._life.take_notes(*answer.notes)
        elif isinstance(answer, HostDone) and self._life.done is None:
            self._life.take_done(answer)
            self._set_gil(answer.gil_enabled)
            self._exiting_s = time.monotonic()
            self._read()

    def _on_host_end(self) -> None:
        host = self._host
        if host is None or self.over:
            return
        end_ns = self._life.end_at(time.perf_counter_ns())
        code = host.close()
        self._end_escaped()
        # The host's last answer may be queued behind this call (`close` made sure that it is queued), so post another.
        self._context.post(lambda: self._conclude(code, end_ns))

    def _conclude(self, code: int, end_ns: int) -> None:
        if self.over:
            return
        self._monitor.read_rest(end_ns, cut_short=self._life.done is None)
        done = self._life.done
        if self._limit.reason is not None:
            self._end("failed", self._limit.reason)
        elif self._stopping_s is not None:
            self._end("stopped", None)
        elif done is not None:
            self._end(done.status, done.reason)
        else:
            if self._host is not None:
                self._life.take_host_exit(self._host.pid, code)
            self._end("failed", how_it_ended(code))

    # --- what a turn does

    def _end_what_overstays(self, now_s: float) -> None:
        if self._host is None or self._killed:
            if self._host is None:
                self.proceed()
            return
        if self._stopping_s is None and self._exiting_s is None:
            self._limit.turn()
        stopping = self._stopping_s is not None and now_s - self._stopping_s > STOP_GRACE_S
        exiting = self._exiting_s is not None and now_s - self._exiting_s > EXIT_GRACE_S
        if exiting or (stopping and self._exiting_s is None):
            self._kill()

    def _read(self) -> None:
        taking = self._life.stage in ("starting", "warming_up", "measuring")
        self._monitor.read(taking=taking)
        if self._life.stage == "warming_up" and self._monitor.first_ns is not None:
            self._enter("measuring", at_ns=self._monitor.first_ns)
        if self._life.stage == "measuring" and self._monitor.all_taken():
            self._enter("draining")

    def _tick(self) -> None:
        running = self._context.services.pids()  # includes services that only other runs needed
        services = {pid: name for pid, name in running.items() if name in self._names}
        marks = tuple(self._life.take_marks())
        begun = Tick(self.request.run_id, self._t_s(), self._life.stage, marks=marks, stall=self._whereabouts.stall)
        tick = self._monitor.fill(begun, services, own_processes(self._context.guard.pid) | (running.keys() - services))
        if self._escaped is not None:
            self._escaped.see(self._monitor.pids)
        line = encode_message(tick)
        self._last_tick = tick
        self._files.add_sample(line)
        self._context.say_line(line, dispensable=True)
        for fact in self._told.new():
            self._context.say(fact)
        self._monitor.save()

    # --- its parts

    def _start_host(self, addresses: dict[str, str]) -> None:
        request, post, plugins = self.request, self._context.post, self._context.plugins()
        settings = HostSettings(
            experiment=request.experiment.to_dict(),
            services=addresses,
            phases_limit=request.options.phases_limit,
            nice=request.options.nice,
            plugins=plugins.entries,
        )
        write_request(request.folder, settings)
        launch = HostLaunch(
            interpreter=request.interpreter,
            folder=request.folder,
            mark=self._mark_text,
            guard=self._context.guard,
            plugins=plugins,
            gil=request.experiment.model.gil,
        )
        self._host = HostProcess(
            launch,
            self._output,
            lambda answer: post(lambda: self._on_answer(answer)),
            lambda: post(self._on_host_end),
        )
        try:  # after the host: both take tens of milliseconds to start, and the first task waits for the host alone
            budget = request.options.witness_percent / 100
            self._monitor.look_with(Witness(request.folder, self._context.guard, budget=budget))
        except OSError:
            self._kill()
            self._host.close()
            raise
        self._escaped = EscapedProcesses(self._context.guard, self._host.pid)
        self._monitor.attach(self._host.pid, self._context.adopter, self._mark_text)

    def _kill(self) -> None:
        self._killed = True
        self._life.end_at(time.perf_counter_ns())
        if self._host is not None:
            self._host.kill()

    def _end_escaped(self) -> None:
        if self._monitor.sampler is not None:
            self._monitor.sampler.end_escaped()
        if self._escaped is not None:
            self._escaped.forget()

    def _end(self, status: str, reason: str | None) -> None:
        """All processes of the run are gone: report its last facts, and make the result in another thread."""
        self.over = True
        if self._host is not None:
            self._tick()
        text, dropped = self._output.kept()
        for fact in self._told.rest():
            self._context.say(fact)
        self._life.end(status, reason, dropped)
        self._life.take_stall(self._whereabouts.latest_stall)
        self._monitor.save(now=True)
        self._monitor.close()
        self._control.close()
        self._enter("ended")
        self._files.close(text)
        self._ending.begin(self._last_tick)

    def _enter(self, stage: str, *, at_ns: int | None = None) -> None:
        if self._life.stage == stage:
            return
        t_s = self._t_s() if at_ns is None else (at_ns - self.request.start_ns) / 1e9
        self._life.enter(stage, t_s)
        if stage != "ended":
            self._context.say(StageEntered(self.request.run_id, stage, t_s, str(self.request.folder)))

    def _set_gil(self, enabled: bool | None) -> None:
        if enabled is not None:
            self._monitor.gil = enabled
            self._life.set_gil(enabled)

    def _t_s(self) -> float:
        return round((time.perf_counter_ns() - self.request.start_ns) / 1e9, 6)

    def _cards(self) -> Any:
        return cards_of(self.request.experiment, self.request.catalogue)
