"""Runs the experiments of lessons and judges their claims: each experiment once, and twice more if a claim fails.

A claim is judged by the median of its figures, so that a single run disturbed by another program cannot decide it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from engine.commandline.console import say
from engine.commandline.interrupts import Interrupts
from engine.commandline.progress import TerminalProgress
from engine.commandline.trusted import catalogue_of
from engine.commandline.verb import RequestError
from engine.interpreters.installed import resolve
from engine.interpreters.known import is_known
from engine.interpreters.name import newest_first, parse_name
from engine.lessons.figures import Result
from engine.lessons.judging import FAILS, HOLDS, Verdict, experiments_needed, judge, judge_search
from engine.lessons.lesson import Claim, Lesson, LessonExperiment, is_replayed
from engine.lessons.picture import RunPicture
from engine.lessons.python_choice import PythonChoice, PythonNeed, choose_python
from engine.lessons.recorded import write_recorded
from engine.lessons.run_pictures import machine_words, picture_of
from engine.lessons.scheduler.client import Scheduler
from engine.lessons.scheduler.messages import FindOrder, OrdersRun, SchedulerState, StartProgram
from engine.record.run_folder import RunFolder, new_run_id
from engine.wire.client import Conductor
from engine.wire.codec import plain
from engine.wire.commands import QueryInterpreters, RunOptions, StartRun, StopRun
from engine.wire.facts import Ended, InterpretersFound, Refused
from engine.wire.interpreter import Interpreter
from engine.wire.result import RunResult
from engine.workload.code_permission import permission_needed
from engine.workload.errors import ExperimentError
from engine.workload.experiment import check

REPEATS: Final = 3
_POLL_S: Final = 0.1


class LessonCheck:
    """Checks lessons one after the other, with one conductor. It ends soon after an interrupt."""

    def __init__(self, conductor: Conductor, interrupts: Interrupts, *, trust: bool, record: bool = False) -> None:
        self._conductor = conductor
        self._interrupts = interrupts
        self._trust = trust
        self._record = record
        self._pictures: dict[str, RunPicture] = {}
        self._line = TerminalProgress()
        self._pythons: tuple[Interpreter, ...] | None = None
        self._preferred: Interpreter | None = None
        self._catalogue = catalogue_of(conductor)

    def run_under(self, interpreter: str) -> None:
        """Run whatever fits it under an interpreter that is asked for by its name or path. Raises RequestError."""
        name = parse_name(interpreter)
        if name is None:
            self._preferred = _at_path(interpreter)
            return
        found = newest_first([each for each in self._known_pythons(interpreter) if name.matches(each)])
        if not found:
            raise RequestError(f"no interpreter is called {interpreter}; gilscope interpreters lists them")
        usable = [each for each in found if each.usable]
        if not usable:
            raise RequestError(f"{interpreter} cannot be used: {found[0].problem}")
        self._preferred = usable[0]

    def lesson(self, lesson: Lesson) -> list[Verdict]:
        """Return the verdict on each claim, in the lesson's order; incomplete if interrupted."""
        self._require_trust(lesson)
        results: dict[str, list[Result]] = {}
        missing: dict[str, str] = {}
        verdicts = {}
        for claim in lesson.claims:
            self._run_missing(lesson, experiments_needed(claim), results, missing, 1)
            verdicts[claim] = self._judge(claim, results, missing)
            if verdicts[claim].verdict == FAILS and claim.relation:
                self._run_missing(lesson, experiments_needed(claim), results, missing, REPEATS)
                verdicts[claim] = self._judge(claim, results, missing)
        if self._record:
            names = [name for name in lesson.experiments if name not in results]
            self._run_missing(lesson, names, results, missing, 1)
            if all(each.verdict == HOLDS for each in verdicts.values()):
                write_recorded(lesson, self._pictures)
            else:
                say(f"gilscope: {lesson.name}: not every claim holds here, so its runs are not recorded")
            self._pictures = {}
        self._line.clear()
        return list(verdicts.values())

    def _judge(self, claim: Claim, results: dict[str, list[Result]], missing: dict[str, str]) -> Verdict:
        if claim.program:
            with Scheduler() as scheduler:
                scheduler.ask(StartProgram(claim.program), SchedulerState)
                found = scheduler.ask(FindOrder(), OrdersRun)
            return judge_search(claim, found.order, found.orders)
        return judge(claim, results, missing, self._conductor.ready.cores or 1)

    def _run_missing(
        self,
        lesson: Lesson,
        names: Iterable[str],
        results: dict[str, list[Result]],
        missing: dict[str, str],
        repeats: int,
    ) -> None:
        """Run experiments, in turn, until each has enough results; those that cannot run here go to `missing`."""
        for _ in range(repeats):
            for name in names:
                if name in missing or len(results.setdefault(name, [])) >= repeats or self._interrupts.count:
                    continue
                self._line.show(f"{lesson.name}: {lesson.experiments[name].label}")
                outcome = self._run(
                    lesson.experiments[name], trust=lesson.shipped or self._trust, motion=is_replayed(lesson, name)
                )
                if isinstance(outcome, str):
                    missing[name] = outcome
                elif outcome is not None:
                    results[name].append(plain(outcome))

    def _run(self, experiment: LessonExperiment, *, trust: bool, motion: bool) -> RunResult | str | None:
        """Return a run's result, or the reason why it cannot run here; None if interrupted."""
        preferred = self._preferred
        if preferred is not None and not PythonNeed.of(experiment.python).fits(preferred):
            preferred = None
        if preferred is not None:
            choice = PythonChoice(preferred.path)
        else:
            choice = choose_python(experiment.python, self._known_pythons(experiment.python))
        if choice.missing:
            return f"{experiment.label}: {choice.missing}"
        data = {**experiment.data, "model": {**experiment.data["model"]}}
        if choice.interpreter is not None:
            data["model"]["interpreter"] = choice.interpreter
        catalogue = catalogue_of(self._conductor, choice.interpreter, trust=preferred is not None)
        card = catalogue.models.get(data["model"]["kind"])
        if card is not None and card.unavailable_reason:
            return f"{experiment.label}: {card.unavailable_reason}"
        run_id = new_run_id()
        self._conductor.send(StartRun(run_id, data, RunOptions(trust=trust or preferred is not None, history=False)))
        ended = self._until_ended(run_id)
        if isinstance(ended, Refused):
            return RunResult(run_id, "failed", f"{ended.key}: {ended.reason}")
        if self._record and ended is not None and ended.folder:
            picture = picture_of(RunFolder(ended.folder), experiment.label, motion=motion)
            self._pictures[experiment.name] = replace(picture, recorded=machine_words(picture.result))
        return None if ended is None else ended.result

    def _until_ended(self, run_id: str) -> Ended | Refused | None:
        asked = False
        while True:
            if self._interrupts.count and not asked:
                asked = True
                self._conductor.send(StopRun(run_id))
            fact = self._conductor.next_fact(_POLL_S)
            if isinstance(fact, (Ended, Refused)) and fact.run_id == run_id:
                return None if asked else fact

    def _known_pythons(self, need: str) -> tuple[Interpreter, ...]:
        """Return this machine's Pythons; searched once, and only if a lesson needs another than the app's own."""
        if need == "any":
            return ()
        if self._pythons is None:
            self._line.show("looking for the Pythons of this machine")
            fact = self._conductor.ask(QueryInterpreters(), InterpretersFound)
            while not fact.complete:
                fact = self._conductor.wait_for(InterpretersFound)
            self._pythons = fact.interpreters
        return self._pythons

    def _require_trust(self, lesson: Lesson) -> None:
        if lesson.shipped or self._trust:
            return
        for experiment in lesson.experiments.values():
            if permission_needed(check(experiment.data, self._catalogue).to_dict(), self._catalogue, is_known):
                raise RequestError(
                    f"{lesson.path}: experiments.{experiment.name} has code of its own; read it, and if you "
                    f"trust it add --trust"
                )


def _at_path(path: str) -> Interpreter:
    """Return the Python at a path, which may be any: whoever named it on the command line lets it be started."""
    try:
        return resolve(path, allowed=True)
    except ExperimentError as error:
        raise RequestError(f"--interpreter: {error.problem}") from None
