"""Follows one run to its end: progress, the workload's output, Ctrl-C, and a conductor that dies."""

from __future__ import annotations

import math
import time

from engine.commandline.console import say, say_raw
from engine.commandline.interrupts import Interrupts
from engine.commandline.progress import TerminalProgress, tick_line
from engine.commandline.verb import FailedError
from engine.history.recover_result import close_off
from engine.history.store import HistoryError, Store
from engine.insight.whereabouts import whereabouts_text
from engine.record.run_folder import RunFolderError
from engine.wire.client import Conductor, ConductorDiedError
from engine.wire.codec import plain
from engine.wire.commands import RunOptions, StartRun, StopRun
from engine.wire.facts import Ended, Failure, OutputText, Refused, RunFact
from engine.wire.result import RunResult
from engine.wire.tick import Tick
from engine.wording.figure_text import seconds
from engine.workload.errors import ExperimentError
from engine.workload.experiment import Experiment

_POLL_S = 0.1
_OVERDUE_S = 5.0  # how long after the last task was taken, or ended, a message says what the run waits for


class RunWatch:
    """One run of one conductor, kept in `store`; `interrupted` says whether the person asked it to end."""

    def __init__(self, conductor: Conductor, run_id: str, store: Store) -> None:
        self._conductor = conductor
        self._run_id = run_id
        self._store = store
        self._line = TerminalProgress()
        self._dropped = 0
        self._ended = -1  # how many tasks had ended when the run last made progress
        self._got_on_s = time.monotonic()
        self._stall_said = False
        self.interrupted = False

    def run(self, experiment: Experiment, *, trust: bool, witness_percent: float = 3.0) -> RunResult:
        """Run to the end and return the result; `witness_percent` is the share of a core that looking may take.

        If the conductor died, or the run was ended at once, the result is made from the run's folder. Raises
        ExperimentError if the run is refused, FailedError if its folder holds no result.
        """
        with Interrupts() as interrupts:
            try:
                folder = str(self._store.folder)
                options = RunOptions(trust=trust, folder=folder, witness_percent=witness_percent)
                self._conductor.send(StartRun(self._run_id, experiment.to_dict(), options))
                return self._follow(interrupts)
            except ConductorDiedError as error:
                self._line.clear()
                say(f"gilscope: {error}")
                return self._rest("stopped" if self.interrupted else "failed", str(error).partition("\n")[0])
            finally:
                self._line.clear()

    def _follow(self, interrupts: Interrupts) -> RunResult:
        asked = False
        while True:
            if interrupts.count and not asked:
                asked = self.interrupted = True
                self._conductor.send(StopRun(self._run_id))
            if interrupts.count > 1:
                self._conductor.close()
                return self._rest("stopped", "ended at once")
            fact = self._conductor.next_fact(_POLL_S)
            if isinstance(fact, Failure):  # the disk filled, say: the run goes on
                self._line.clear()
                say(f"gilscope: {fact.reason}")
            elif isinstance(fact, RunFact) and fact.run_id == self._run_id:
                result = self._take(fact)
                if result is not None:
                    return result

    def _take(self, fact: RunFact) -> RunResult | None:
        if isinstance(fact, Refused):
            raise ExperimentError(fact.key, fact.reason)
        if isinstance(fact, Ended):
            return fact.result
        if isinstance(fact, Tick):
            self._say_stall(fact)
            self._say_overdue(fact)
            self._line.show(tick_line(fact))
        elif isinstance(fact, OutputText):
            self._line.clear()
            say_raw(fact.text.removesuffix("\n"))
            if fact.dropped > self._dropped:
                self._dropped = fact.dropped
                say(f"gilscope: {self._dropped:,} characters of what the workload printed were not kept")
        return None

    def _say_stall(self, tick: Tick) -> None:
        """Print once where the workers are, if all of them wait for a lock and no task ends."""
        stall = tick.stall
        if stall is None or not stall.workers or self._stall_said:
            return
        if all(each.state == "lock_wait" for each in stall.workers):
            self._stall_said = True
            self._line.clear()
            say(f"gilscope: no task has ended for {seconds(stall.for_s)}, and all workers wait for a lock: a deadlock?")
            for line in whereabouts_text([plain(each) for each in stall.workers]).splitlines():
                say(f"gilscope:   {line}")

    def _say_overdue(self, tick: Tick) -> None:
        """Print once that the run goes on, if no more tasks are taken and those under way do not end."""
        ended, now_s = tick.tasks.done + tick.tasks.failed if tick.tasks else 0, time.monotonic()
        if math.isinf(self._got_on_s):
            return
        if tick.stage != "draining" or ended != self._ended:
            self._ended, self._got_on_s = ended, now_s
        elif now_s - self._got_on_s > _OVERDUE_S:
            self._got_on_s = math.inf
            self._line.clear()
            say("gilscope: no more tasks are taken; what is under way goes on (Ctrl-C ends it)")

    def _rest(self, status: str, reason: str) -> RunResult:
        """Return the result made from the run's folder."""
        try:
            result = close_off(self._store.folder_of(self._run_id), status, reason)
        except (RunFolderError, OSError) as error:
            raise FailedError(f"the run left nothing: {error}") from None
        try:
            self._store.add(self._run_id)
        except (HistoryError, RunFolderError) as error:
            say(f"gilscope: the run could not be taken into the history: {error}")
        return result
