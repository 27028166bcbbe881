"""Carries out the comparison driver's decisions: runs cells one after the other, and saves each outcome."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from typing import Final

from engine.commandline.console import say
from engine.commandline.interrupts import Interrupts
from engine.commandline.progress import TerminalProgress, bar
from engine.comparison.driver import ComparisonDriver, RunOutcome, Save, StartCell, StopCell, WatchMachine
from engine.comparison.other_load import OtherLoad
from engine.comparison.plan import Cell
from engine.comparison.read_run import read_run
from engine.comparison.saved import Saved, SavedComparisons
from engine.history.recover_result import close_off
from engine.history.store import Store
from engine.record.run_folder import RunFolderError, new_run_id
from engine.wire.client import Conductor, ConductorDiedError
from engine.wire.commands import RunOptions, StartRun, StopRun
from engine.wire.facts import Ended, Refused
from engine.wire.result import RunResult
from engine.wording.durations import clock
from engine.workload.toml_table import TomlTable

_POLL_S: Final = 0.1


class ComparisonRun:
    """One comparison being run. `saved` holds all outcomes so far, whenever and however this ends."""

    def __init__(
        self, conductor: Conductor, store: Store, places: SavedComparisons, saved: Saved, *, trust: bool
    ) -> None:
        self._conductor = conductor
        self._store = store
        self._places = places
        self._saved = saved
        self._trust = trust
        self._line = TerminalProgress()

    def run(self, interrupts: Interrupts) -> None:
        """Run until the comparison is complete or interrupted."""
        driver = ComparisonDriver(self._saved.comparison, read_run)
        steps = deque(driver.begin())
        try:
            while steps:
                step = steps.popleft()
                if isinstance(step, Save):
                    self._places.save(self._saved)
                elif isinstance(step, WatchMachine):
                    load_before = _watch(step.seconds)
                    steps += driver.stop() if interrupts.count else driver.watched(load_before, time.monotonic())
                elif isinstance(step, StartCell):
                    outcome = self._run_cell(step.cell, driver, interrupts)
                    steps += driver.ended(outcome, time.monotonic())
        finally:
            self._line.clear()
            self._conductor.close()

    def trial(self, experiment: TomlTable, interrupts: Interrupts) -> RunResult | None:
        """Make a run that is not kept, and return its result; None if it has none."""
        run_id = new_run_id()
        with contextlib.suppress(ConductorDiedError):
            self._conductor.send(StartRun(run_id, experiment, RunOptions(trust=self._trust, history=False)))
            ended = self._until_ended(run_id, interrupts, "a trial run tells how long this takes")
            return ended.result if isinstance(ended, Ended) else None
        self._conductor = Conductor()
        return None

    def _run_cell(self, cell: Cell, driver: ComparisonDriver, interrupts: Interrupts) -> RunOutcome:
        """Run a cell once."""
        run_id = new_run_id()
        options = RunOptions(trust=self._trust, folder=str(self._store.folder))
        try:
            self._conductor.send(StartRun(run_id, cell.experiment, options))
            ended = self._until_ended(run_id, interrupts, cell.label, driver)
        except ConductorDiedError as error:
            return self._lost(run_id, str(error))
        if ended is None:
            return RunOutcome(run_id, stopped=True)
        if isinstance(ended, Refused):
            return RunOutcome(run_id, reason=f"{ended.key}: {ended.reason}" if ended.key else ended.reason)
        return RunOutcome(run_id, ended.result, ended.folder)

    def _until_ended(
        self, run_id: str, interrupts: Interrupts, label: str, driver: ComparisonDriver | None = None
    ) -> Ended | Refused | None:
        """Wait for the run's end and return the fact that reports it; None if the run was interrupted."""
        asked = False
        began_s = time.monotonic()
        while True:
            if interrupts.count and not asked:
                asked = True
                if driver is None or StopCell() in driver.stop():
                    self._conductor.send(StopRun(run_id))
            if interrupts.count > 1:
                self._conductor.close()
                return None
            fact = self._conductor.next_fact(_POLL_S)
            if isinstance(fact, (Ended, Refused)) and fact.run_id == run_id:
                return None if asked else fact
            self._line.show(self._progress(label, time.monotonic() - began_s))

    def _lost(self, run_id: str, reason: str) -> RunOutcome:
        self._line.clear()
        say(f"gilscope: {reason}")
        with contextlib.suppress(RunFolderError, OSError):
            close_off(self._store.folder_of(run_id), "failed", reason.partition("\n")[0])
            self._store.add(run_id)
        self._conductor.close()
        self._conductor = Conductor()
        return RunOutcome(run_id, reason=reason.partition("\n")[0])

    def _progress(self, label: str, run_s: float) -> str:
        comparison = self._saved.comparison
        done, left = comparison.runs_done(), comparison.runs_left()
        eta_s = comparison.eta_s()
        parts = [bar(done / max(1, done + left)), f"{done} of at most {done + left} runs", label]
        if eta_s is not None:
            parts.append(f"{clock(max(0.0, eta_s - run_s))} left")
        return "  ".join(parts)


def _watch(seconds: float) -> float | None:
    """Return the share of the machine that other programs used during `seconds`."""
    load = OtherLoad()
    time.sleep(seconds)
    return load.read()
