"""Measures a step of one's own code alone, with the permission that any code needs."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from engine.wire.facts import StepMeasured
from engine.wire.query_answers import CostAlone
from engine.workload.errors import ExperimentError
from engine.workload.experiment import FORMAT, check
from engine.workload.limits.limit import LIMIT
from engine.workload.toml_table import TomlTable
from gui.shell.context import WindowParts


class StepCostCommands(QObject):
    """Asks the engine; the composer shows the answers."""

    def __init__(self, parts: WindowParts) -> None:
        super().__init__(parts.window)
        self._composer, self._document = parts.composer, parts.document
        self._surroundings, self._session, self._question = parts.surroundings, parts.session, parts.question

    def measure(self, uid: int, step: TomlTable) -> None:
        """Measure a step, in the shape of its table in the file, once its code may run."""
        catalogue = self._surroundings.catalogue
        if self._session.running or catalogue is None:
            why = "Not while a run is on." if self._session.running else "Not yet: the engine is still starting."
            self._composer.show_step_cost(uid, CostAlone(reason=why))
            return
        experiment = self._alone(step)
        try:
            check(experiment, catalogue)
        except ExperimentError as error:
            self._composer.show_step_cost(uid, CostAlone(reason=error.problem))
            return
        if self._question.may_run(partial(self.measure, uid, step), experiment):
            trust = self._question.needs_permission(experiment)
            self._composer.begin_step_cost(uid)
            if not self._surroundings.measure_step(experiment, str(uid), trust=trust):
                self.on_lost()

    def on_measured(self, measured: StepMeasured) -> None:
        """Show an answer."""
        self._composer.show_step_cost(int(measured.token), measured.cost)

    def on_lost(self) -> None:
        """Say of every step whose answer is to come that there will be none."""
        for uid in self._composer.costs.measuring:
            self._composer.show_step_cost(uid, CostAlone(reason="It was not measured: the engine is not running."))

    def _alone(self, step: TomlTable) -> TomlTable:
        """Return an experiment of this step only, under the interpreter that is chosen."""
        experiment = self._document.experiment()
        python = {key: value for key, value in experiment["model"].items() if key in ("interpreter", "gil")}
        steps = [{key: value for key, value in step.items() if key != LIMIT.name}]
        workload = {"tasks": 1, "seed": experiment["workload"].get("seed", 1), "steps": steps}
        model = {"kind": "sequential", "workers": 1, **python}
        return {"format": FORMAT, "title": experiment["title"], "workload": workload, "model": model}
