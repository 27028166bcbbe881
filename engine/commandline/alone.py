"""Runs an experiment once more with one worker, to measure a task without competition."""

from __future__ import annotations

from dataclasses import replace

from engine.commandline.run_watch import RunWatch
from engine.commandline.verb import DONE, FAILED, INTERRUPTED, RequestError
from engine.history.store import Store
from engine.insight.figures_of import figures_of
from engine.insight.sentences_of import sentences_of
from engine.record.run_folder import RunFolder, new_run_id
from engine.wire.client import Conductor
from engine.wire.codec import plain
from engine.wire.result import RunResult
from engine.workload.catalogue import Catalogue
from engine.workload.experiment import Experiment, check


def check_can_run_alone(experiment: Experiment) -> None:
    """Raise RequestError for an experiment that cannot be compared with a run of one worker."""
    data = experiment.to_dict()
    if any(data["workload"].get(key) for key in ("groups", "stages")):
        raise RequestError("--alone: an experiment with groups or stages has no one worker to be run with")
    if data["model"].get("workers", 1) < 2:
        raise RequestError("--alone: the experiment has one worker as it is")


def run_alone(
    conductor: Conductor,
    store: Store,
    experiment: Experiment,
    catalogue: Catalogue,
    result: RunResult,
    *,
    trust: bool,
) -> tuple[RunResult, int]:
    """Run `experiment` with one worker; return `result` with a task's processor time, and the exit code."""
    data = experiment.to_dict()
    alone = check({**data, "model": {**data["model"], "workers": 1}}, catalogue)
    watch = RunWatch(conductor, new_run_id(), store)
    its_result = watch.run(alone, trust=trust)
    if its_result.status != "finished":
        return result, INTERRUPTED if watch.interrupted else FAILED
    result = replace(result, alone_task_cpu_s=figures_of(plain(its_result)).task_cpu_s)
    cards = RunFolder(store.folder_of(result.run_id)).cards()
    return replace(result, insight=tuple(sentences_of(plain(result), cards))), DONE
