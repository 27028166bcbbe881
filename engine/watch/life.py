"""One watch from start to end: starts or attaches to a program, reads it ten times a second, and releases it."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.processes.escaped_processes import EscapedProcesses
from engine.processes.guard import Guard
from engine.processes.output import Output
from engine.record.run_files import RunFiles
from engine.watch.started_program import StartedProgram
from engine.watch.watch_result import WatchEnd
from engine.watch.watching import Watching, WatchPlan, write_start
from engine.wire.result import RunResult
from engine.wire.tick import Tick
from engine.witness.platforms import Platform


class WatchLife:
    """The program and its watch. The program's output goes to `output` if given, else to the caller's own streams.

    Raises TargetError if it cannot be started, OSError if the folder cannot be made.
    """

    def __init__(self, plan: WatchPlan, guard: Guard, platform: Platform, output: Output | None = None) -> None:
        self.plan, self._output = plan, output
        self._files = RunFiles(plan.folder)
        write_start(self._files, plan)
        program = plan.target.program
        self.started = StartedProgram(program, guard, plan.mark, output) if program is not None else None
        self.pid = self.started.pid if self.started is not None else plan.target.pid or 0
        self._escaped = EscapedProcesses(guard, self.pid) if self.started is not None else None
        self.watching = Watching(plan, self._files, self.pid, guard, platform)
        self._end_ns = 0
        self._exit_code: int | None = None
        self._killed_by: int | None = None
        self.ended = False  # whether the program ended by itself

    def turn(self) -> Tick:
        """Take a reading, and check whether the program has ended."""
        tick = self.watching.turn()
        if self._escaped is not None:
            self._escaped.see(self.watching.pids)
        if self.started is not None:
            self.ended = self.started.exit_code is not None
        else:
            self.ended = self.pid not in self.watching.pids
        return tick

    def wait(self, limit_s: float) -> None:
        """Wait for `limit_s`, or until the started program ends."""
        if self.started is not None:
            self.started.wait(limit_s)
        else:
            time.sleep(limit_s)

    def leave(self, end: Callable[[StartedProgram], None]) -> None:
        """End the program with `end`, if the watch started it and it still runs; leave any other alone."""
        self._end_ns = time.perf_counter_ns()
        if self.started is None:
            return
        if self.ended:
            self._exit_code, self._killed_by = self.started.exit_code, self.started.killed_by
        if self.started.exit_code is None:
            end(self.started)
        self.started.close()
        self.watching.sampler.end_escaped()
        if self._escaped is not None:
            self._escaped.forget()

    def last_tick(self) -> Tick:
        """Take the last reading."""
        return self.watching.turn("ended")

    def conclude(self, reason: str | None = None) -> RunResult:
        """After `leave`: return the result, and write it into the folder; this takes a moment after a long watch.

        Raises RunFolderError, OSError.
        """
        text, dropped = self._output.kept() if self._output is not None else ("", 0)
        elapsed_s = (self._end_ns - self.plan.start_ns) / 1e9
        end = WatchEnd(self.ended, self._exit_code, elapsed_s, dropped, reason, self._killed_by)
        try:
            return self.watching.end(end, self._end_ns)
        finally:
            self._files.close(text)

    def abandon(self) -> None:
        """End at once; the next reader of the history will make the result."""
        self.leave(lambda started: started.kill())
        self.watching.close()
        self._files.close(self._output.kept()[0] if self._output is not None else "")
