"""A watch in progress: the conductor's main thread drives it like a run, and reports it with the same facts."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.conductor.run_request import SayLine
from engine.processes.guard import Guard
from engine.processes.output import Output, OutputFacts
from engine.record.run_folder import RunFolder, RunFolderError
from engine.watch.life import WatchLife
from engine.watch.recover import recovered_watch
from engine.watch.stack_sampler import StackSample, sample_stacks
from engine.watch.started_program import StartedProgram
from engine.watch.target import Target
from engine.watch.watching import EVERY_S, WatchPlan
from engine.wire.commands import RunOptions
from engine.wire.facts import Ended, Fact, Failure, StageEntered
from engine.wire.protocol import encode_message
from engine.wire.result import RunResult
from engine.witness.platforms import Platform

_LOOKS_S: Final = 0.4  # how long it takes until the looks of an instant have been read
_FUNCTIONS_S: Final = 1.0
_FIRST_S: Final = 0.01  # the interval of the first readings: a program may end at once


class WatchedRun:
    """A program that is watched. Raises TargetError if it cannot be started, OSError if its folder cannot be made.

    When `over` is true, all processes that it started are gone; when `ended` is, its result was kept and reported.
    `keep` takes it into the history, and returns the problem, or None.
    """

    def __init__(
        self,
        run_id: str,
        target: Target,
        folder: Path,
        options: RunOptions,
        *,
        guard: Guard,
        platform: Platform,
        adopter: int | None,
        say: Callable[[Fact], None],
        say_line: SayLine,
        post: Callable[[Callable[[], None]], None],
        keep: Callable[[], str | None],
    ) -> None:
        self.run_id, self._folder = run_id, folder
        self._say, self._say_line, self._post, self._keep = say, say_line, post, keep
        self.over = self.ended = False
        self._output = Output()
        self._told = OutputFacts(run_id, self._output)
        self._start_ns = time.perf_counter_ns()
        budget = options.witness_percent / 100
        plan = WatchPlan(run_id, target, folder, self._start_ns, budget, adopter)
        self._life = WatchLife(plan, guard, platform, self._output)
        self._due_s = 0.0
        self._summary: threading.Thread | None = None
        self._leaving = self._locating = False
        self._functions_s = 0.0

    def begin(self) -> None:
        """Report that the watch has begun."""
        self._say(StageEntered(self.run_id, "measuring", 0.0, str(self._folder)))

    def turn(self, now_s: float) -> float:
        """Do what is due; return when to come again (`time.monotonic`)."""
        if self.over or self._leaving:
            return now_s + 1.0
        if now_s < self._due_s:
            return self._due_s
        tick = self._life.turn()
        self._say_line(encode_message(tick), dispensable=True)
        for fact in self._told.new():
            self._say(fact)
        if self._life.watching.stacks.sampler.is_on and now_s - self._functions_s > _FUNCTIONS_S:
            self._functions_s = now_s
            self._say(self._life.watching.functions())
        if self._life.ended:
            self._leave()
        self._due_s = now_s + min(EVERY_S, max(_FIRST_S, tick.t_s / 10))
        return self._due_s

    def locate(self) -> None:
        """Report where every thread is in its code, once another thread has read that."""
        if self._leaving or self._locating:
            return
        self._locating = True
        pids = list(self._life.watching.pids)
        threading.Thread(target=self._read_stacks, args=(pids,), name="locate", daemon=True).start()

    def sample(self, *, on: bool) -> None:
        """Start or stop sampling stacks."""
        stacks = self._life.watching.stacks.sampler
        if on and not self._leaving:
            stacks.start()
        elif not on:
            stacks.stop()
        self._say(self._life.watching.functions())

    def _read_stacks(self, pids: list[int]) -> None:
        sample = sample_stacks(pids)
        time.sleep(_LOOKS_S)
        self._post(lambda: self._say_located(sample))

    def _say_located(self, sample: StackSample) -> None:
        self._locating = False
        if not self.over:
            self._say(self._life.watching.locate(sample))

    def stop(self) -> None:
        """End a program that was started, or detach from one that was not; what was seen is kept."""
        if not (self.over or self._leaving):
            self._leave()

    def fail(self, reason: str) -> None:
        """End the watch after an internal error, and keep the results so far."""
        if not (self.over or self._leaving):
            self._leave(reason)

    def abandon(self) -> None:
        """End the program now, because the conductor ends. The next reader of the history makes the result."""
        if self._summary is not None:
            self._summary.join(3.0)
        elif not self.over:
            self.over = True
            self._life.abandon()

    def _leave(self, reason: str | None = None) -> None:
        """End the watch in another thread: a program is first asked to end, and gets a moment to do so."""
        self._leaving = True
        self._summary = threading.Thread(target=self._conclude, args=(reason,), name="watch-end", daemon=True)
        self._summary.start()

    def _conclude(self, reason: str | None) -> None:
        problem: str | None = None
        result = RunResult(self.run_id, "failed", reason)
        try:
            self._life.leave(StartedProgram.interrupt)
            self._life.last_tick()
            result = self._life.conclude(reason)
            problem = self._keep()
        except Exception as error:
            traceback.print_exc()
            problem = f"internal error: {type(error).__name__}: {error}"
            result = self._recovered(result)
        finally:
            ended = result
            self._post(lambda: self._say_ended(ended, problem))

    def _recovered(self, otherwise: RunResult) -> RunResult:
        try:
            return recovered_watch(RunFolder(self._folder))
        except (RunFolderError, OSError, ValueError):
            return otherwise

    def _say_ended(self, result: RunResult, problem: str | None) -> None:
        for fact in self._told.rest():
            self._say(fact)
        self.over = self.ended = True
        if problem:
            self._say(Failure("", problem))
        self._say(Ended(self.run_id, result, str(self._folder)))
